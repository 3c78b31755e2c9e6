"""Alembic's entry: which tables there should be, and how a migration connects."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from registry import app as _every_table  # noqa: F401 - the composition root imports all models
from registry import config, db

LOCK = 0x6B61697A75  # one migration at a time on PostgreSQL ("kaizu")


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our own column types with their import; Alembic would leave the import out."""
    if kind == "type" and isinstance(item, db.JsonDoc | db.UtcDateTime):
        autogen.imports.add("from registry import db")
        return f"db.{type(item).__name__}()"
    return False


def migrate(connection: sa.Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=db.Base.metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        if not sqlite:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '1s'")
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        context.run_migrations()


given: sa.Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    database = db.Database(config.read().database_url)
    with database.engine.connect() as own:
        migrate(own)
        own.commit()
    database.dispose()
