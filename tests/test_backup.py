"""A backup is good only when restoring it gives the same registry, on either engine."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from registry import audit, backup, migrate, transaction
from registry.access import Role
from registry.accounts import service as accounts
from registry.accounts.models import Account
from registry.db import Base, Database
from registry.errors import Conflict, Invalid
from tests.conftest import AUDIT_KEY
from tests.world import World


@pytest.fixture
def filled(database: Database, world: World) -> Database:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        accounts.create_account(
            session,
            world.administrator,
            email="new@072028.example",
            name="新しい人",
            role=Role.EDITOR,
            municipality=world.towns["072028"],
        )
    return database


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.read() as session:
        return {
            name: [
                tuple(row) for row in session.execute(sa.select(table).order_by(*table.primary_key))
            ]
            for name, table in Base.metadata.tables.items()
        }


def test_restored_rows_are_the_same_and_new_ones_can_be_added(
    filled: Database, tmp_path: Path
) -> None:
    summary = backup.backup(filled, tmp_path / "a.backup", audit_key=AUDIT_KEY)
    assert summary.counts["audit_event"] == 1
    restored = Database(f"sqlite:///{tmp_path / 'restored.db'}")
    backup.restore(restored, tmp_path / "a.backup", audit_key=AUDIT_KEY)
    assert rows(restored) == rows(filled)
    with transaction.writing(restored, audit_key=AUDIT_KEY) as session:
        account = session.scalars(sa.select(Account).order_by(Account.id.desc()).limit(1)).one()
        accounts.revoke_access(session, account)
    with restored.read() as session:
        assert audit.verify(session, AUDIT_KEY).broken is None
    restored.dispose()


@pytest.mark.postgresql
def test_a_file_moves_a_registry_to_the_other_engine(
    filled: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if not filled.is_sqlite:
        pytest.skip("the way to SQLite is the test above")
    cluster = request.getfixturevalue("cluster")
    backup.backup(filled, tmp_path / "a.backup", audit_key=AUDIT_KEY)
    target = Database(cluster.create_database())
    backup.restore(target, tmp_path / "a.backup", audit_key=AUDIT_KEY)
    assert rows(target) == rows(filled)
    with transaction.writing(target, audit_key=AUDIT_KEY) as session:
        region = session.execute(sa.text("SELECT min(id) FROM region")).scalar_one()
        session.execute(
            sa.insert(Base.metadata.tables["vendor"]).values(region_id=region, name="あと", kana="")
        )
    target.dispose()


def test_an_existing_file_is_kept(filled: Database, tmp_path: Path) -> None:
    path = tmp_path / "a.backup"
    path.write_text("mine")
    with pytest.raises(Conflict):
        backup.backup(filled, path, audit_key=AUDIT_KEY)
    assert path.read_text() == "mine"
    assert not (tmp_path / "a.backup.partial").exists()


def test_a_filled_database_is_not_overwritten(filled: Database, tmp_path: Path) -> None:
    backup.backup(filled, tmp_path / "a.backup", audit_key=AUDIT_KEY)
    before = rows(filled)
    with pytest.raises(Conflict):
        backup.restore(filled, tmp_path / "a.backup", audit_key=AUDIT_KEY)
    assert rows(filled) == before


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00garbage", b"PK\x03\x04"])
def test_a_file_that_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "b.backup"
    path.write_bytes(content)
    target = Database(f"sqlite:///{tmp_path / 'target.db'}")
    with pytest.raises(Invalid):
        backup.restore(target, path, audit_key=AUDIT_KEY)
    assert migrate.current(target) is None
    target.dispose()


def test_a_changed_backup_is_refused(filled: Database, tmp_path: Path) -> None:
    path = tmp_path / "a.backup"
    backup.backup(filled, path, audit_key=AUDIT_KEY)
    forged = sqlite3.connect(path)
    with forged:
        forged.execute("DROP TRIGGER frozen_audit_event_update")
        forged.execute("UPDATE audit_event SET action = 'forged'")
    forged.close()
    target = Database(f"sqlite:///{tmp_path / 'target.db'}")
    with pytest.raises(Invalid, match="監査記録"):
        backup.restore(target, path, audit_key=AUDIT_KEY)
    target.dispose()


def test_another_key_is_named_as_the_reason(filled: Database, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="別の鍵"):
        backup.backup(filled, tmp_path / "a.backup", audit_key="another key " * 4)
    assert not (tmp_path / "a.backup").exists()
