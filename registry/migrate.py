"""Bringing a database to the newest revision."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from registry import frozen
from registry.config import ROOT
from registry.db import Database


def alembic_config() -> AlembicConfig:
    config = AlembicConfig(toml_file=str(ROOT / "pyproject.toml"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Create or upgrade the tables in one transaction.

    Raises RuntimeError when a trigger that keeps history unchanged is missing afterwards.
    """
    if database.is_sqlite and database.url.database not in {None, "", ":memory:"}:
        Path(str(database.url.database)).parent.mkdir(parents=True, exist_ok=True)
    config = alembic_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        gone = frozen.missing(connection)
        if gone:
            raise RuntimeError(f"missing triggers after migration: {', '.join(gone)}")


def downgrade(database: Database, revision: str = "base") -> None:
    config = alembic_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def current(database: Database) -> str | None:
    """The revision the database is at; None for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The revision this code wants."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if head is None:
        raise RuntimeError("migrations/versions is empty")
    return head
