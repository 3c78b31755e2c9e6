"""Tables the database itself keeps unchanged, on both engines.

SQLite's batch migrations drop triggers without a word (RELIABILITY finding 11), so their
presence is checked after every migration and at start-up.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

FROZEN: Final = (
    "audit_event",
    "decision",
    "edition",
    "edition_file",
    "flow_version",
    "requirement_version",
    "standard_change",
    "submission",
)


def freeze(connection: Connection, table: str) -> None:
    """Create the triggers that refuse to change or delete a row of `table`."""
    for statement in _statements(connection.dialect.name, table):
        connection.exec_driver_sql(statement)


def thaw(connection: Connection, table: str) -> None:
    """Drop the triggers again; only a migration going down may do this."""
    for name in _names(table):
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        else:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")


def missing(connection: Connection) -> list[str]:
    """The names of triggers that should be there and are not, in order.

    A table that an older revision does not have yet needs none.
    """
    if connection.dialect.name == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    present = set(connection.execute(sa.text(query)).scalars())
    postgresql = connection.dialect.name == "postgresql"
    tables = set(sa.inspect(connection).get_table_names())
    wanted = [name for table in FROZEN if table in tables for name in _names(table)]
    if not postgresql:
        wanted = [name for name in wanted if not name.endswith("_truncate")]
    return [name for name in wanted if name not in present]


def _names(table: str) -> tuple[str, str, str]:
    return f"frozen_{table}_update", f"frozen_{table}_delete", f"frozen_{table}_truncate"


def _statements(dialect: str, table: str) -> list[str]:
    update, delete, truncate = _names(table)
    message = f"{table} is frozen"
    if dialect != "postgresql":
        return [
            (
                f"CREATE TRIGGER {update} BEFORE UPDATE ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
            ),
            (
                f"CREATE TRIGGER {delete} BEFORE DELETE ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
            ),
        ]
    return [
        (
            "CREATE OR REPLACE FUNCTION kaizu_frozen() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is frozen'; END $$"
        ),
        (
            f"CREATE TRIGGER {update} BEFORE UPDATE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION kaizu_frozen()"
        ),
        (
            f"CREATE TRIGGER {delete} BEFORE DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION kaizu_frozen()"
        ),
        (
            f"CREATE TRIGGER {truncate} BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION kaizu_frozen()"
        ),
    ]
