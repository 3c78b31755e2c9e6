"""Bringing a database to the newest revision."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from registry import frozen
from registry.config import ROOT
from registry.db import Database

# Alembic is imported by what migrates. A server and most commands only ask for the revision, and
# the library would be a tenth of the time they take to start.
if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

_HEAD: Final = ROOT / "migrations" / "HEAD"
_DONE: Final = sa.table("alembic_version", sa.column("version_num", sa.String))


def alembic_config() -> AlembicConfig:
    from alembic.config import Config as AlembicConfig

    config = AlembicConfig(toml_file=str(ROOT / "pyproject.toml"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Create or upgrade the tables in one transaction.

    Raises RuntimeError when a trigger that keeps history unchanged is missing afterwards.
    """
    from alembic import command

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
    from alembic import command

    config = alembic_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def current(database: Database) -> str | None:
    """The revision the database is at; None for an empty one."""
    with database.engine.connect() as connection:
        if not sa.inspect(connection).has_table(_DONE.name):
            return None
        return connection.scalar(sa.select(_DONE.c.version_num))


def newest() -> str:
    """The revision this code wants, as `migrations/HEAD` names it."""
    return _HEAD.read_text(encoding="utf-8").strip()
