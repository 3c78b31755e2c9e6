"""Kaizu's own processes on a scratch database, to be killed and restarted."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry import config as settings
from registry import transaction
from registry.accounts import service as accounts
from registry.accounts.models import Account
from registry.db import Database
from tests.conftest import AUDIT_KEY
from tests.world import World

KAIZU = (sys.executable, "-m", "registry.cli")
PATIENCE = 90  # seconds; this machine may be busy with other tests


@dataclass
class Process:
    """One running command; its output goes to a file."""

    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.popen.pid

    def kill(self) -> None:
        """As the kernel does when memory runs out."""
        self.popen.kill()
        self.popen.wait()

    def stop(self) -> int:
        """Ask to end; the exit status."""
        self.popen.send_signal(signal.SIGTERM)
        try:
            return self.popen.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def written(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


def environment(database: Database, folder: Path) -> dict[str, str]:
    """What the commands need to work on this database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KAIZU_")}
    return kept | {
        "KAIZU_DATABASE_URL": database.url.render_as_string(hide_password=False),
        "KAIZU_DATA_DIR": str(folder),
        "KAIZU_AUDIT_KEY": AUDIT_KEY,
        "KAIZU_INSECURE_HTTP": "1",
    }


@contextlib.contextmanager
def running(database: Database, folder: Path, *words: str) -> Iterator[Process]:
    """A command that goes on until it is stopped; whatever is left of it is killed at the end."""
    log = folder / f"{words[0]}-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        popen = subprocess.Popen(
            [*KAIZU, *words],
            cwd=settings.ROOT,
            env=environment(database, folder),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield Process(popen, log)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(popen.pid, signal.SIGKILL)
        popen.wait()


@dataclass
class Server:
    process: Process
    port: int

    def web_workers(self) -> list[int]:
        """The processes that answer, as children of the one that was started."""
        return children(self.process.pid)


@contextlib.contextmanager
def serving(database: Database, folder: Path) -> Iterator[Server]:
    """The web server with two processes, once it is ready."""
    port = free_port()
    with running(database, folder, "serve", "--port", str(port)) as process:
        server = Server(process, port)
        wait_until(lambda: _ready(port), f"the server: {process.log}")
        yield server


def children(pid: int) -> list[int]:
    """Processes whose parent is `pid` (Linux only, as the suite's other process tests)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(entry.parent.name))
    return sorted(found)


def wait_until(done: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Ask until the answer is true, and give it."""
    end = time.monotonic() + seconds
    while True:
        if found := done():
            return found
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _ready(port: int) -> bool:
    try:
        return ask(port, "GET", "/readyz")[0] == 200
    except OSError:
        return False


def ask(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    *,
    token: str = "",
    timeout: float = 60,
    **headers: str,
) -> tuple[int, str, bytes]:
    """(status, media type, body). Raises OSError when the connection breaks."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    try:
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        return answer.status, answer.headers.get_content_type(), answer.read()
    except http.client.HTTPException as error:
        raise ConnectionError(str(error)) from error
    finally:
        connection.close()


def post_json(port: int, path: str, token: str, content: Any, key: str) -> int:
    """The status of one keyed write."""
    body = json.dumps(content, ensure_ascii=False).encode()
    return ask(
        port, "POST", path, body, token=token, Content_Type="application/json", Idempotency_Key=key
    )[0]


def token_of(database: Database, world: World, email: str) -> str:
    """A bearer token of one of the cast."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        account = session.get_one(Account, world.accounts[email].id)
        return accounts.create_token(session, world.actors[email], account)
