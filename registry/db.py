"""Engines, sessions and column types for SQLite and PostgreSQL behind one URL setting."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import pysqlite3
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    declared_attr,
    mapped_column,
    sessionmaker,
)
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator, TypeEngine

from registry.errors import Conflict

# SQLite before 3.51.3 can corrupt a WAL database on reset (RELIABILITY finding 1).
SAFE_SQLITE: Final = (3, 51, 3)

SQLITE_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA busy_timeout = 15000",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
)

POSTGRES_OPTIONS: Final = (
    "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000"
    " -c timezone=UTC"
)


MAX_ID: Final = 2**31 - 1  # what an integer column holds on PostgreSQL


class Base(DeclarativeBase):
    """Every table; constraints have names so that migrations can find them on both engines."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Versioned:
    """An editable row: every save counts up, and a save on an older count is refused."""

    version: Mapped[int] = mapped_column()

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class JsonDoc(TypeDecorator[Any]):
    """A JSON value: JSONB on PostgreSQL, text with sorted keys on SQLite."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.JSONB(none_as_null=True))
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return json.dumps(value, ensure_ascii=False, sort_keys=True)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return json.loads(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC; SQLite has no zone, so it is put back on reading."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times are stored with their zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_column(kind: type[StrEnum], name: str) -> sa.Enum:
    """The values of an enumeration as text with a named check, the same on both engines."""
    return sa.Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def now() -> datetime:
    return datetime.now(UTC)


class Database:
    """One engine with a reading and a writing mode.

    Reading sessions cannot write at all (`query_only`, `READ ONLY`), so a GET stays pure even if
    its code is wrong. Writing sessions take SQLite's write lock before they read anything:
    a deferred BEGIN answers "database is locked" by the thousand (RELIABILITY finding 2).
    """

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = sa.make_url(url)
        self.engine = _engine(self.url, pool_size)
        readonly = self.engine.execution_options(kaizu_reading=True)
        if self.url.get_backend_name() == "postgresql":
            readonly = readonly.execution_options(postgresql_readonly=True)
        self._reading = sessionmaker(readonly, expire_on_commit=False)
        self._writing = sessionmaker(self.engine, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    def reading(self) -> Session:
        """A session that can only read; the caller closes it."""
        return self._reading()

    def writing(self) -> Session:
        """A session whose transaction holds the write lock from its first statement on."""
        return self._writing()

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self.reading() as session:
            yield session

    def dispose(self) -> None:
        self.engine.dispose()


def check_version(stored: int, sent: int, theirs: Mapping[str, object] | None = None) -> None:
    """Refuse an edit made on an older version of a row.

    Raises Conflict with the stored values, so that the page can show both sides.
    """
    if stored != sent:
        raise Conflict(
            "ほかの人が先に保存したため、まだ保存していません。入力した内容はこの画面に残っています。"
            "相手の変更を確かめてから、もう一度保存してください。",
            theirs,
        )


def _engine(url: sa.URL, pool_size: int) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, pool_size)
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        connect_args={"options": POSTGRES_OPTIONS, "application_name": "kaizu"},
    )


def _sqlite_engine(url: sa.URL, pool_size: int) -> Engine:
    if pysqlite3.sqlite_version_info < SAFE_SQLITE:
        raise RuntimeError(
            f"SQLite {pysqlite3.sqlite_version} には WAL の不具合があります。"
            f"{'.'.join(map(str, SAFE_SQLITE))} 以上の pysqlite3 を入れてください。"
        )
    engine = sa.create_engine(url, module=pysqlite3, pool_size=pool_size, pool_timeout=10)

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # The driver must not open transactions by itself: BEGIN is ours (see _begin).
        connection.isolation_level = None
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("kaizu_reading", False)
        connection.exec_driver_sql(f"PRAGMA query_only = {int(reading)}")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
