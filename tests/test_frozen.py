"""What was released or decided cannot be changed, whatever the code does."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from registry import frozen
from registry.db import Base, Database


def test_the_triggers_are_there(database: Database) -> None:
    with database.engine.connect() as connection:
        assert frozen.missing(connection) == []


@pytest.mark.parametrize("table", frozen.FROZEN)
def test_a_missing_trigger_is_noticed_and_put_back(database: Database, table: str) -> None:
    with database.engine.begin() as connection:
        frozen.thaw(connection, table)
        assert any(table in name for name in frozen.missing(connection))
        frozen.freeze(connection, table)
        assert frozen.missing(connection) == []


def test_truncate_is_refused_too(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("TRUNCATE is PostgreSQL's")
    for table in frozen.FROZEN:
        with (
            pytest.raises(sa.exc.DBAPIError, match="frozen"),
            database.engine.begin() as connection,
        ):
            connection.execute(sa.text(f"TRUNCATE {table} CASCADE"))


def test_the_frozen_tables_exist() -> None:
    assert set(frozen.FROZEN) <= set(Base.metadata.tables)
