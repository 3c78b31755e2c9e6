"""A folder becomes a region, once; a fault in it is told with its place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from registry import audit, transaction
from registry.accounts.models import Account
from registry.audit import AuditEvent
from registry.config import ROOT
from registry.db import Base, Database
from registry.errors import Invalid
from registry.overview import loading
from registry.overview.loading import Folder
from tests.conftest import AUDIT_KEY

FIXTURE = ROOT / "fixtures" / "aizu_13"


def load(database: Database, path: Path = FIXTURE) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        loading.load(session, Folder(path))


def counts(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {
            name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


def test_the_worked_example_is_loaded_once(database: Database) -> None:
    load(database)
    first = counts(database)
    assert first["municipality"] == 13
    assert first["business"] == 5
    assert first["vendor"] == 2
    assert first["vendor_member"] == 2
    assert first["goal"] >= 25
    load(database)
    assert counts(database) == first
    with database.read() as session:
        assert audit.verify(session, AUDIT_KEY).broken is None
        roles = set(session.scalars(sa.select(AuditEvent.role).order_by(AuditEvent.role)))
        assert roles == {"terminal"}
        assert session.scalar(sa.select(sa.func.count(Account.password_hash))) == 0


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    path = tmp_path / "copy"
    shutil.copytree(FIXTURE, path)
    return path


def edit(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("goals.tsv", "G-1-1\tG-1\t", "G-1-1\tG-77\t", "G-77"),
        ("vendors.tsv", "べんだーえーかぶしきがいしゃ", "x\ty", "vendors.tsv の 2 行目"),
        ("region.toml", 'code = "aizu"', "code = ", "region.toml"),
    ],
)
def test_a_fault_names_its_place_and_nothing_is_stored(
    database: Database, copy: Path, file: str, old: str, new: str, said: str
) -> None:
    edit(copy / file, lambda text: text.replace(old, new))
    with pytest.raises(Invalid, match=said):
        load(database, copy)
    assert counts(database)["region"] == 0


def test_a_folder_that_is_not_there(database: Database, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="フォルダー名"):
        load(database, tmp_path / "nowhere")


def test_a_newline_is_written_as_two_characters(tmp_path: Path) -> None:
    (tmp_path / "x.tsv").write_text("a\tb\n1\\n2\t3\n", encoding="utf-8")
    assert list(Folder(tmp_path).rows("x.tsv")) == [{"a": "1\n2", "b": "3"}]
    assert list(Folder(tmp_path).rows("not-there.tsv")) == []
