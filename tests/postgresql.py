"""A private PostgreSQL for the tests: its own data, its own socket, no port, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from tests import tools

# No machine crashes here, so nothing waits for the disk; a commit still survives the death of the
# server itself (synchronous_commit stays on). The zone differs from UTC so that a time stored
# without one is noticed.
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "timezone": "Asia/Tokyo",
}

# Stands between the tests and the server: a line names the signal that stops it. The end of
# input means that the tests died without a word; then nobody else would stop it or clean up.
_GUARD = """
folder=$1; shift
"$@" & server=$!
if read -r signal; then kill -"$signal" "$server"; wait "$server"
else kill -QUIT "$server"; wait "$server"; rm -rf "$folder"
fi
"""


@dataclass
class Cluster:
    """A running server. `own` is false for the one named by TEST_DATABASE_URL."""

    url: URL
    own: bool
    folder: Path | None = None
    binaries: Path | None = None
    _guard: subprocess.Popen[bytes] | None = None
    _created: list[str] = field(default_factory=list)

    def create_database(self, name: str | None = None, *, template: str = "template0") -> str:
        """Make an empty database, or a copy of `template`; return its SQLAlchemy URL.

        A template must have no open connection while it is copied.
        """
        name = name or f"kaizu_test_{uuid4().hex[:12]}"
        self._administer(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        self._created.append(name)
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop_database(self, name: str) -> None:
        """Remove a database together with whoever is still connected to it."""
        self._administer(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )
        if name in self._created:
            self._created.remove(name)

    def restart(self, how: Literal["fast", "immediate"] = "fast") -> None:
        """Stop and start again; `immediate` is a crash that recovers from the log."""
        if not self.own:
            raise RuntimeError("The server of TEST_DATABASE_URL is not the suite's to restart.")
        self._stop_server("INT" if how == "fast" else "QUIT")
        self._start_server()

    def stop(self) -> None:
        """Stop the server and remove its folder; on a foreign server drop what was created."""
        if self.own:
            self._stop_server("INT")
            if self.folder is not None:
                shutil.rmtree(self.folder, ignore_errors=True)
            return
        for name in list(self._created):
            self.drop_database(name)

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(_conninfo(self.url), autocommit=True) as connection:
            connection.execute(statement)

    def _start_server(self) -> None:
        assert self.folder is not None
        assert self.binaries is not None
        log = self.folder / "log"
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with log.open("ab") as output:
            self._guard = subprocess.Popen(
                [
                    *("/bin/sh", "-c", _GUARD, "guard", str(self.folder)),
                    *(str(self.binaries / "postgres"), "-D", str(self.folder / "data")),
                    *("-k", str(self.folder), *settings),
                ],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=self.folder,
                # Ctrl-C is for the tests, which then stop the server themselves.
                start_new_session=True,
                **_unprivileged(),
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(_conninfo(self.url), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    self._stop_server("QUIT")
                    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from error
                time.sleep(0.05)
            else:
                return

    def _stop_server(self, signal: str) -> None:
        if self._guard is None:
            return
        self._guard.communicate(f"{signal}\n".encode(), timeout=60)
        self._guard = None


def start_cluster(directory: Path | None = None) -> Cluster:
    """Give a PostgreSQL: the one of TEST_DATABASE_URL, else one made here from Debian's programs.

    The data lie in a folder below `directory`, or below the system's temporary folder where that
    path would be too long for a socket or, for root, closed to the ordinary user who must own it.
    Skips the test (fails it in CI) when there is no PostgreSQL on this machine.
    """
    given = os.environ.get("TEST_DATABASE_URL", "")
    if given:
        return Cluster(url=make_url(given).set(drivername="postgresql+psycopg"), own=False)
    binaries = find_binaries()
    if binaries is None:
        tools.without("PostgreSQL is missing: apt-get install postgresql")
    wanted = [*([directory] if directory else []), Path(tempfile.gettempdir())]
    place = next((path for path in wanted if _usable(path)), Path("/tmp"))
    folder = Path(tempfile.mkdtemp(prefix="kaizu-pg-", dir=place))
    identity = _unprivileged()
    if identity:
        shutil.chown(folder, identity["user"], identity["group"])
    initialise = [
        *(str(binaries / "initdb"), "-D", str(folder / "data"), "--username=kaizu"),
        *("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
    ]
    made = subprocess.run(
        initialise, cwd=folder, capture_output=True, text=True, check=False, **identity
    )
    if made.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")
    url = URL.create(
        "postgresql+psycopg",
        username="kaizu",
        database="postgres",
        query={"host": str(folder), "port": "5432"},
    )
    cluster = Cluster(url=url, own=True, folder=folder, binaries=binaries)
    cluster._start_server()
    return cluster


def running_cluster(directory: Path | None = None) -> Iterator[Cluster]:
    """`start_cluster` for a fixture: `yield from running_cluster()`."""
    cluster = start_cluster(directory)
    try:
        yield cluster
    finally:
        cluster.stop()


def find_binaries() -> Path | None:
    """The folder with initdb and postgres, newest version first; Debian keeps it off PATH."""
    versions = sorted(
        (path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()),
        key=lambda path: int(path.parent.name) if path.parent.name.isdecimal() else 0,
    )
    if versions:
        return versions[-1]
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _conninfo(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _unprivileged() -> dict[str, Any]:
    """Who the server runs as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    return {"user": "nobody", "group": "nogroup", "extra_groups": []}


def _usable(directory: Path) -> bool:
    # A socket's path holds 107 bytes; the folder's own name and the socket's take about 40.
    if len(os.fsencode(directory.resolve())) > 64:
        return False
    if os.geteuid() != 0:
        return True
    resolved = directory.resolve()
    return all(path.stat().st_mode & 0o001 for path in (resolved, *resolved.parents))
