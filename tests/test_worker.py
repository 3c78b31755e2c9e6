"""The worker knows every kind of job and stops when asked."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from registry import config, jobs, transaction, worker
from registry.db import Database
from registry.jobs import Context, Job, JobState
from tests.conftest import AUDIT_KEY
from tests.world import World


@pytest.fixture
def settings(tmp_path: Path) -> config.Config:
    return config.read({"KAIZU_DATA_DIR": str(tmp_path), "KAIZU_AUDIT_KEY": AUDIT_KEY})


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The jobs of kind `test` that were run."""
    done: list[int] = []

    def handle(context: Context) -> None:
        with context.complete({}):
            done.append(context.job_id)

    monkeypatch.setattr(worker, "HANDLERS", {"test": handle})
    return done


def enqueue(database: Database, world: World, count: int) -> list[int]:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        return [jobs.enqueue(session, world.coordinator, "test", {}).id for _ in range(count)]


def test_every_kind_of_the_screens_has_its_handler() -> None:
    assert set(worker.HANDLERS) == {
        "comparison.propose",
        "requirements.import",
        "specs.build_draft",
        "specs.build_edition",
    }


def test_draining_runs_all_in_order_and_stops(
    database: Database, world: World, settings: config.Config, counted: list[int]
) -> None:
    wanted = enqueue(database, world, 3)
    assert worker.drain(settings, database) == 3
    assert counted == wanted
    assert worker.drain(settings, database) == 0


def test_serving_runs_jobs_until_the_signal(
    database: Database,
    world: World,
    settings: config.Config,
    counted: list[int],
) -> None:
    wanted = enqueue(database, world, 2)

    def ask_to_stop() -> None:
        deadline = time.monotonic() + 20
        while len(counted) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    watcher = threading.Thread(target=ask_to_stop)
    watcher.start()
    try:
        worker.serve(settings, database, poll_seconds=0.05)
    finally:
        watcher.join()
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
    assert counted == wanted
    with database.read() as session:
        assert session.get_one(Job, wanted[-1]).state is JobState.DONE
