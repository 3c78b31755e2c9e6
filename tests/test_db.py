"""Sessions and types behave the same on both engines."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import pysqlite3
import pytest
import sqlalchemy as sa

from registry import db, jobs, transaction
from registry.db import Database
from registry.errors import Conflict
from registry.goals.models import Goal
from registry.jobs import Job
from registry.municipalities.models import Municipality
from tests.conftest import AUDIT_KEY
from tests.world import World


def test_the_sqlite_in_use_has_no_wal_fault() -> None:
    assert pysqlite3.sqlite_version_info >= db.SAFE_SQLITE


def test_an_older_sqlite_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pysqlite3, "sqlite_version_info", (3, 40, 1))
    with pytest.raises(RuntimeError, match="WAL"):
        Database("sqlite://")


def test_sqlite_is_durable_and_strict(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("pragmas are SQLite's")
    with database.read() as session:
        values = {
            name: session.execute(sa.text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        }
    assert values == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
    }


def test_a_reading_session_cannot_write(database: Database, world: World) -> None:
    with database.read() as session, pytest.raises(sa.exc.DBAPIError):
        session.execute(sa.update(Goal).values(statement="x"))
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        session.execute(sa.update(Goal).values(statement="y"))  # the next session can


def test_an_edit_of_an_older_version_is_lost_by_nobody(database: Database, world: World) -> None:
    with database.read() as reading:
        goal = reading.get_one(Goal, world.goals["G-1"].id)
    with transaction.writing(database, audit_key=AUDIT_KEY) as first:
        first.get_one(Goal, goal.id).statement = "先に保存した"
    with database.writing() as second:
        second.add(goal)
        goal.statement = "後から保存しようとした"
        with pytest.raises(sa.orm.exc.StaleDataError):
            second.flush()


def test_writers_wait_for_each_other_instead_of_failing(database: Database, world: World) -> None:
    failures: list[Exception] = []

    def edit(number: int) -> None:
        try:
            for _ in range(10):
                with transaction.writing(database, audit_key=AUDIT_KEY) as session:
                    goal = session.scalars(
                        sa.select(Goal)
                        .where(Goal.id == world.goals["G-1"].id)
                        .order_by(Goal.id)
                        .with_for_update()
                    ).one()
                    goal.position += 1
                    time.sleep(0.001)
        except Exception as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.read() as session:
        assert session.get_one(Goal, world.goals["G-1"].id).position == 41


def test_times_come_back_aware_and_in_utc(database: Database, world: World) -> None:
    japan = timezone(timedelta(hours=9))
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        job = jobs.enqueue(session, world.coordinator, "test", {"髙": [1, None, {"a": "b"}]})
        job.run_at = datetime(2026, 4, 1, 8, 30, tzinfo=japan)
    with database.read() as session:
        read = session.get_one(Job, job.id)
        assert read.run_at == datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
        assert read.run_at.tzinfo is UTC
        assert read.payload == {"髙": [1, None, {"a": "b"}]}
        assert read.result is None
        null = sa.select(sa.func.count()).select_from(Job).where(Job.result.is_(None))
        assert session.scalar(null) == 1


def test_a_time_without_zone_is_refused(database: Database, world: World) -> None:
    with database.writing() as session, pytest.raises(sa.exc.StatementError, match="zone"):
        session.execute(sa.update(Job).values(run_at=datetime(2026, 4, 1)))  # noqa: DTZ001


@pytest.mark.parametrize(
    "values",
    [
        {"code": "12345"},
        {"kind": "hamlet"},
        {"region_id": 999_999},
    ],
)
def test_the_database_has_the_last_word(
    database: Database, world: World, values: dict[str, object]
) -> None:
    table = Municipality.__table__
    with (
        pytest.raises((sa.exc.IntegrityError, sa.exc.StatementError)),
        database.engine.begin() as connection,
    ):
        connection.execute(
            sa.update(table).where(table.c.id == world.other_town.id).values(**values)
        )


def test_check_version_shows_what_is_stored() -> None:
    db.check_version(3, 3)
    with pytest.raises(Conflict) as stale:
        db.check_version(3, 2, {"statement": "いまの文"})
    assert stale.value.theirs == {"statement": "いまの文"}
