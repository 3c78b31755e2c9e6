"""The background worker: which function runs which kind of job."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from typing import Any

import structlog

from registry.comparison import proposing
from registry.config import Config
from registry.db import Database
from registry.jobs import Handler, Runner
from registry.requirements import importing
from registry.specs import building

log = structlog.get_logger()

HANDLERS: Mapping[str, Handler] = {
    "comparison.propose": proposing.run,
    importing.JOB: importing.run,
    "specs.build_draft": building.build_draft,
    "specs.build_edition": building.build_edition,
}


def runner(config: Config, database: Database) -> Runner:
    return Runner(database, HANDLERS, config.audit_key, config.lease_seconds)


def drain(config: Config, database: Database) -> int:
    """Run jobs until none is ready; the number that ran."""
    one, count = runner(config, database), 0
    while one.run_one():
        count += 1
    return count


def serve(config: Config, database: Database, *, poll_seconds: float = 0.5) -> None:
    """Run jobs until SIGTERM or SIGINT; the job at hand is finished first."""
    stop = threading.Event()

    def ask_to_stop(number: int, _: Any) -> None:
        log.info("worker.stopping", signal=number)
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    one = runner(config, database)
    log.info("worker.started", kinds=sorted(HANDLERS))
    while not stop.is_set():
        try:
            idle = not one.run_one()
        except Exception as error:  # noqa: BLE001 - a restarting database must not end the worker
            log.warning("worker.waiting", error=str(error))
            idle = True
        if idle:
            stop.wait(poll_seconds)
