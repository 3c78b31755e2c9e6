"""The private PostgreSQL starts, restarts, crashes, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import create_engine, make_url, text

from tests import tools
from tests.postgresql import Cluster, _usable, running_cluster, start_cluster

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    yield from running_cluster()


def run(url: str, *statements: str) -> object:
    """Run statements in one transaction; give the first value of the last one, if it has any."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                result = connection.execute(text(statement))
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


def test_database_holds_every_character_and_sorts_by_code_point(cluster: Cluster) -> None:
    url = cluster.create_database()
    assert url.startswith("postgresql+psycopg://")
    assert run(url, "SHOW server_encoding") == "UTF8"
    assert run(url, "SELECT datcollate FROM pg_database WHERE datname = current_database()") == (
        "C.UTF-8"
    )
    assert run(url, "SELECT '髙﨑𠮷' || '葛󠄀'") == "髙﨑𠮷葛󠄀"


def test_databases_are_separate_and_can_be_copied(cluster: Cluster) -> None:
    original = cluster.create_database("original")
    run(original, "CREATE TABLE town (name text)", "INSERT INTO town VALUES ('柳津町')")
    copy = cluster.create_database("copied", template="original")
    empty = cluster.create_database()
    assert run(copy, "SELECT name FROM town") == "柳津町"
    assert run(empty, "SELECT to_regclass('town')") is None
    cluster.drop_database("copied")
    assert run(original, "SELECT count(*) FROM pg_database WHERE datname = 'copied'") == 0


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_restart_keeps_what_was_committed(how: Literal["fast", "immediate"]) -> None:
    own = start_cluster()
    try:
        if not own.own:
            pytest.skip("The server of TEST_DATABASE_URL is not the suite's to restart")
        url = own.create_database()
        run(url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")
        started = run(url, "SELECT pg_postmaster_start_time()")
        own.restart(how)
        assert run(url, "SELECT n FROM kept") == 7
        assert run(url, "SELECT pg_postmaster_start_time()") != started
    finally:
        own.stop()


def test_no_port_is_opened_and_stop_leaves_nothing(tmp_path: Path) -> None:
    own = start_cluster(tmp_path)
    if not own.own:
        pytest.skip("TEST_DATABASE_URL names a server that listens where it likes")
    folder = own.folder
    try:
        assert folder is not None
        assert run(own.create_database(), "SHOW listen_addresses") == ""
        assert (folder / ".s.PGSQL.5432").exists()
    finally:
        own.stop()
    assert not folder.exists()


def test_server_goes_when_the_tests_are_killed() -> None:
    program = (
        "import time; from tests.postgresql import start_cluster; c = start_cluster();"
        "print(c.folder if c.own else '', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=tools.ROOT, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        process.send_signal(signal.SIGKILL)
    if not line:
        pytest.skip("TEST_DATABASE_URL names a server that outlives the tests")
    deadline = time.monotonic() + 20
    while Path(line).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(line).exists()


def test_given_server_is_used_and_left_as_it_was(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = cluster.create_database("given")
    monkeypatch.setenv("TEST_DATABASE_URL", url)
    borrowed = start_cluster()
    assert not borrowed.own
    made = borrowed.create_database()
    assert run(made, "SELECT 1") == 1
    with pytest.raises(RuntimeError, match="not the suite's"):
        borrowed.restart()
    borrowed.stop()
    name = make_url(made).database
    assert run(url, f"SELECT count(*) FROM pg_database WHERE datname = '{name}'") == 0
    assert run(url, "SELECT count(*) FROM pg_database WHERE datname = 'given'") == 1


def test_long_or_closed_folder_is_not_used(tmp_path: Path) -> None:
    deep = tmp_path / ("深い" * 12)
    deep.mkdir()
    assert not _usable(deep)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert _usable(closed) is (os.geteuid() != 0 and len(os.fsencode(closed)) <= 64)
