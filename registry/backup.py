"""Backup and restore through one portable file, whatever the engine.

The file is an SQLite database at the same revision, filled from one consistent snapshot. It is
called good only after it was opened again and proved: integrity, row counts, the audit chain and
the hash of every released file. Restoring into the other engine moves a registry there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from registry import audit, migrate
from registry.db import Base, Database, now
from registry.errors import Conflict, Invalid

# Only in the file: when it was made and how many rows each table had.
_MANIFEST: Final = sa.Table(
    "kaizu_backup",
    sa.MetaData(),
    sa.Column("created_at", sa.Text),
    sa.Column("revision", sa.Text),
    sa.Column("counts", sa.Text),
)
_BATCH: Final = 500

# References that point forward or to the own table in any order: filled in a second pass.
_LATE: Final = {
    "requirement": ("draft_version_id", "submitted_version_id", "confirmed_version_id"),
    "goal": ("parent_id",),
}


@dataclass(frozen=True)
class Summary:
    """`counts` of rows by table; `head` is the last hash of the audit chain."""

    path: Path
    created_at: datetime
    revision: str
    counts: dict[str, int]
    head: str


def backup(database: Database, path: Path, *, audit_key: str) -> Summary:
    """Write a proved backup to `path`, which must not exist yet.

    Raises Conflict when the file exists, Invalid when the copy does not prove sound.
    """
    if path.exists():
        raise Conflict(f"{path} はすでにあります。別の名前を指定してください。何も書いていません。")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    target = Database(f"sqlite:///{partial}")
    try:
        migrate.upgrade(target)
        with _Snapshot(database) as source, target.engine.begin() as copy:
            revision = _same_revision(database)
            counts = _copy(source, copy)
            _write_manifest(copy, revision, counts)
        summary = _prove(target, path, counts, audit_key)
        with target.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA journal_mode = DELETE")
    except BaseException:
        target.dispose()
        _remove(partial)
        raise
    target.dispose()
    _settle(partial, path)
    return summary


def restore(database: Database, path: Path, *, audit_key: str) -> Summary:
    """Fill an empty database from a backup and prove the result.

    Raises Invalid for a file that is no sound backup of this revision, Conflict when the
    database already holds data. Nothing is written then.
    """
    if not path.is_file():
        raise Invalid(f"{path} が見つかりません。")
    with path.open("rb") as stream:
        if stream.read(16) != b"SQLite format 3\x00":
            raise Invalid(f"{path} は kaizu backup で作ったファイルではありません。")
    source = Database(f"sqlite:///file:{path}?mode=ro&immutable=1&uri=true")
    try:
        if migrate.current(source) != migrate.newest():
            raise Invalid(
                "バックアップの版とこのプログラムの版が違います。同じ版のプログラムで戻してください。"
            )
        with source.engine.connect() as connection:
            manifest = connection.execute(sa.select(_MANIFEST.c.counts)).scalar_one()
        counts = _parse_counts(manifest)
        _prove(source, path, counts, audit_key)
        migrate.upgrade(database)
        _must_be_empty(database)
        with source.engine.connect() as copy, database.engine.begin() as target:
            _copy(copy, target)
            _reset_sequences(target)
        return _prove(database, path, counts, audit_key)
    except sa.exc.DBAPIError as error:
        raise Invalid(f"{path} を読めません。壊れている可能性があります。({error.orig})") from error
    finally:
        source.dispose()


def _tables() -> list[sa.Table]:
    """In an order that satisfies the foreign keys that are not filled late."""
    late = {(table, column) for table, columns in _LATE.items() for column in columns}

    def needs(table: sa.Table) -> set[str]:
        return {
            key.column.table.name
            for key in table.foreign_keys
            if (table.name, key.parent.name) not in late and key.column.table is not table
        }

    waiting = sorted(Base.metadata.tables.values(), key=lambda table: table.name)
    ordered: list[sa.Table] = []
    done: set[str] = set()
    while waiting:
        ready = [table for table in waiting if needs(table) <= done]
        if not ready:
            raise RuntimeError("tables refer to each other in a circle")
        ordered += ready
        done |= {table.name for table in ready}
        waiting = [table for table in waiting if table.name not in done]
    return ordered


class _Snapshot:
    """A connection whose reads all see one moment, on both engines."""

    def __init__(self, database: Database) -> None:
        options: dict[str, Any] = {"kaizu_reading": True}
        if not database.is_sqlite:
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._connection = database.engine.connect().execution_options(**options)

    def __enter__(self) -> Connection:
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _same_revision(database: Database) -> str:
    revision = migrate.current(database)
    if revision != migrate.newest():
        raise Invalid("データベースが古い版のままです。先に kaizu migrate を実行してください。")
    return str(revision)


def _copy(source: Connection, target: Connection) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table in _tables():
        late = _LATE.get(table.name, ())
        counts[table.name] = 0
        for rows in _batches(source, table):
            target.execute(
                sa.insert(table),
                [{k: None if k in late else v for k, v in row.items()} for row in rows],
            )
            counts[table.name] += len(rows)
    for name, columns in _LATE.items():
        _fill_late(source, target, Base.metadata.tables[name], columns)
    return counts


def _fill_late(
    source: Connection, target: Connection, table: sa.Table, columns: tuple[str, ...]
) -> None:
    update = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("row_id"))
        .values({column: sa.bindparam(f"new_{column}") for column in columns})
    )
    for rows in _batches(source, table):
        changes = [
            {"row_id": row["id"]} | {f"new_{column}": row[column] for column in columns}
            for row in rows
            if any(row[column] is not None for column in columns)
        ]
        if changes:
            target.execute(update, changes)


def _batches(source: Connection, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    """Rows in key order, so that a row's predecessor in the same table comes first."""
    result = source.execution_options(yield_per=_BATCH).execute(
        sa.select(table).order_by(*table.primary_key.columns)
    )
    for part in result.mappings().partitions(_BATCH):
        yield [dict(row) for row in part]


def _write_manifest(copy: Connection, revision: str, counts: dict[str, int]) -> None:
    text = ",".join(f"{name}={count}" for name, count in sorted(counts.items()))
    _MANIFEST.create(copy)
    copy.execute(
        sa.insert(_MANIFEST).values(created_at=now().isoformat(), revision=revision, counts=text)
    )


def _parse_counts(manifest: str) -> dict[str, int]:
    pairs = (part.split("=") for part in manifest.split(","))
    return {name: int(count) for name, count in pairs}


def _prove(database: Database, path: Path, counts: dict[str, int], audit_key: str) -> Summary:
    """Read everything back. Raises Invalid naming the first thing that does not fit."""
    with database.read() as session:
        if database.is_sqlite:
            found = session.execute(sa.text("PRAGMA integrity_check")).scalar()
            if found != "ok":
                raise Invalid(f"{path} は壊れています({found})。")
        for name, count in counts.items():
            table = Base.metadata.tables[name]
            there = session.scalar(sa.select(sa.func.count()).select_from(table))
            if there != count:
                raise Invalid(f"{path} の {name} は {count} 行のはずが {there} 行です。")
        files = Base.metadata.tables["edition_file"]
        for name, content, digest in session.execute(
            sa.select(files.c.name, files.c.content, files.c.sha256)
            .order_by(files.c.id)
            .execution_options(yield_per=1)
        ):
            if hashlib.sha256(content).hexdigest() != digest:
                raise Invalid(f"{path} の中の {name} が、公開したときの内容と違います。")
        chain = audit.verify(session, audit_key)
        if chain.broken is not None:
            raise Invalid(f"監査記録の {chain.broken} 番が確かめられません。{chain.reason}")
    return Summary(path, now(), migrate.newest(), counts, chain.head)


def _must_be_empty(database: Database) -> None:
    with database.read() as session:
        for table in _tables():
            if session.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first():
                raise Conflict(
                    "戻し先のデータベースにはすでに内容があります。何も書いていません。"
                    "空のデータベースを KAIZU_DATABASE_URL に指定してください。"
                )


def _reset_sequences(target: Connection) -> None:
    """PostgreSQL hands out ids by sequences, which a copy with given ids does not move."""
    if target.dialect.name != "postgresql":
        return
    for table in _tables():
        column = table.primary_key.columns.values()[0]
        name = target.execute(
            sa.select(sa.func.pg_get_serial_sequence(table.name, column.name))
        ).scalar()
        if name is not None:
            highest = sa.select(sa.func.max(column)).scalar_subquery()
            target.execute(
                sa.select(sa.func.setval(name, sa.func.coalesce(highest, 1), highest.is_not(None)))
            )


def _settle(partial: Path, path: Path) -> None:
    """Make it durable before it gets its name."""
    with partial.open("rb") as stream:
        os.fsync(stream.fileno())
    partial.rename(path)
    for suffix in ("-wal", "-shm"):
        Path(f"{partial}{suffix}").unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _remove(partial: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{partial}{suffix}").unlink(missing_ok=True)
