"""The chain has no gaps, no forks, and tells when it was touched."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from registry import audit, frozen, transaction
from registry.audit import AuditEvent
from registry.db import Database
from tests.conftest import AUDIT_KEY
from tests.world import World


def write(database: Database, world: World, count: int = 3) -> None:
    for number in range(count):
        with transaction.writing(database, audit_key=AUDIT_KEY) as session:
            audit.record(
                session,
                world.coordinator,
                "test.write",
                f"thing:{number}",
                before={"名前": "髙﨑𠮷", "n": 1},
                after={"n": None, "list": [1, 2.5, True]},
            )


def verify(database: Database, key: str = AUDIT_KEY) -> audit.Verification:
    with database.read() as session:
        return audit.verify(session, key)


def test_an_empty_chain_is_whole(database: Database) -> None:
    assert verify(database) == audit.Verification(0, audit.GENESIS)


def test_events_are_chained_in_order(database: Database, world: World) -> None:
    write(database, world)
    found = verify(database)
    assert (found.count, found.broken) == (3, None)
    with database.read() as session:
        last = session.get_one(AuditEvent, 3)
        assert found.head == last.hash
        assert last.actor == "coordinator@bureau.example"
        assert last.before == {"名前": "髙﨑𠮷", "n": 1}


def test_a_rolled_back_change_leaves_no_event(database: Database, world: World) -> None:
    def interrupted() -> None:
        with transaction.writing(database, audit_key=AUDIT_KEY) as session:
            audit.record(session, world.coordinator, "test.write", "thing:1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    assert verify(database).count == 0


def test_parallel_writers_share_one_chain(database: Database, world: World) -> None:
    threads = [threading.Thread(target=write, args=(database, world, 5)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = verify(database)
    assert (found.count, found.broken) == (20, None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE audit_event SET action = 'other' WHERE sequence = 2", "書き換え"),
        ("DELETE FROM audit_event WHERE sequence = 2", "記録がありません"),
        ("UPDATE audit_event SET previous_hash = '00' WHERE sequence = 3", "つながって"),
    ],
)
def test_a_forged_event_is_found(
    database: Database, world: World, change: str, reason: str
) -> None:
    write(database, world)
    with database.engine.begin() as connection:
        frozen.thaw(connection, "audit_event")
        connection.execute(sa.text(change))
    found = verify(database)
    assert found.broken is not None
    assert reason in found.reason


def test_a_wrong_key_is_not_called_forgery(database: Database, world: World) -> None:
    write(database, world)
    assert "別の鍵" in verify(database, "x" * 40).reason


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET action = 'x'",
        "DELETE FROM audit_event",
        (
            "INSERT INTO audit_event SELECT * FROM audit_event WHERE true ON CONFLICT (sequence)"
            " DO UPDATE SET action = 'x'"
        ),
    ],
)
def test_the_database_refuses_to_change_it(
    database: Database, world: World, statement: str
) -> None:
    write(database, world)
    with (
        pytest.raises(sa.exc.DBAPIError, match="frozen"),
        database.engine.begin() as connection,
    ):
        connection.execute(sa.text(statement))
    assert verify(database).broken is None


def test_replace_does_not_walk_round_the_trigger(database: Database, world: World) -> None:
    if not database.is_sqlite:
        pytest.skip("INSERT OR REPLACE is SQLite's")
    write(database, world)
    with (
        pytest.raises(sa.exc.DBAPIError, match="frozen"),
        database.engine.begin() as connection,
    ):
        connection.execute(
            sa.text(
                "INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event WHERE sequence = 1"
            )
        )
