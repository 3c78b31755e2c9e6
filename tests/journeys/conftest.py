"""A real Kaizu on a scratch database: web server and worker as processes of their own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry import config as settings
from registry import transaction
from registry.db import Database
from registry.overview import demo
from registry.overview.loading import Folder

FIXTURE = settings.ROOT / "fixtures" / "aizu_13"
KAIZU = (sys.executable, "-m", "registry.cli")


@dataclass(frozen=True)
class Site:
    """Where the server answers, and the environment its commands share with it."""

    address: str
    environ: dict[str, str]
    folder: Path

    def kaizu(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*KAIZU, *words],
            cwd=settings.ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    def must(self, *words: str) -> None:
        """A command that has to be done, and says why not."""
        done = self.kaizu(*words)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The thirteen towns, their groups and decisions, before any edition; 昭和村 has not submitted."""
    made = _site(tmp_path_factory.mktemp("kaizu"))
    made.must("migrate")
    made.must("load", str(FIXTURE))
    _decide(made.environ)
    with _serving(made):
        yield made


@pytest.fixture(scope="module")
def demo_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """What `make demo` serves: edition 1.0 is delivered, 1.1 is open work."""
    made = _site(tmp_path_factory.mktemp("demo"))
    made.must("migrate")
    made.must("demo", str(FIXTURE), "--out", str(made.folder / "out"))
    with _serving(made):
        yield made


def _site(folder: Path) -> Site:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("KAIZU_")}
    environ |= {
        "KAIZU_DATABASE_URL": f"sqlite:///{folder / 'kaizu.db'}",
        "KAIZU_DATA_DIR": str(folder),
        "KAIZU_INSECURE_HTTP": "1",
    }
    return Site(f"http://127.0.0.1:{_free_port()}", environ, folder)


@contextlib.contextmanager
def _serving(site: Site) -> Iterator[None]:
    """With server and worker running; when they have ended, the audit record must hold."""
    port = site.address.rpartition(":")[2]
    with _running(site, "serve", "--port", port), _running(site, "work"):
        _wait(site)
        yield
    site.must("audit", "verify")


def _decide(environ: dict[str, str]) -> None:
    """Passwords, groups and the decisions meant for edition 1.0, as the persons of the fixture."""
    config = settings.read(environ)
    database = Database(config.database_url)
    fixture = Folder(FIXTURE)
    wanted = demo.plan(fixture)
    with transaction.writing(database, audit_key=config.audit_key) as session:
        demo.open_accounts(session, fixture)
        demo.align(session, fixture, wanted)
        demo.decide(session, fixture, wanted)
    database.dispose()


@contextlib.contextmanager
def _running(site: Site, *words: str) -> Iterator[None]:
    """A command that serves until it is asked to stop; it must then end by itself, with 0."""
    log = site.folder / f"{words[0]}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*KAIZU, *words], cwd=settings.ROOT, env=site.environ, stdout=stream, stderr=stream
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    written = log.read_text(encoding="utf-8")
    assert process.returncode == 0, written[-4000:]
    assert "Traceback" not in written, written[-4000:]


def _wait(site: Site) -> None:
    """Until the server says that it is ready."""
    end = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(site.address + "/readyz", timeout=30) as answer:
                assert answer.status == 200
                return
        except OSError:  # refused, reset, or too busy to answer
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
