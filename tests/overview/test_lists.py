"""The towns' lists of a folder; the worked example as a whole is in test_demo."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from registry import transaction
from registry.config import ROOT
from registry.db import Database
from registry.errors import Invalid
from registry.overview import lists, loading
from registry.overview.loading import Folder
from registry.requirements.models import Requirement
from tests.conftest import AUDIT_KEY

FIXTURE = ROOT / "fixtures" / "aizu_13"
HIDING = "074225"


@pytest.fixture
def copy(tmp_path: Path) -> Folder:
    path = tmp_path / "copy"
    shutil.copytree(FIXTURE, path)
    return Folder(path)


def load(database: Database, folder: Folder, code: str) -> int:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        actor = loading.load(session, folder)
        (file,) = (one for one in lists.list_files(folder) if one.code == code)
        lists.load(session, actor, folder, file)
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count(Requirement.id))) or 0


def test_a_list_is_stored_once_and_its_town_hides_detail(database: Database, copy: Folder) -> None:
    stored = load(database, copy, HIDING)
    assert stored > 10
    assert load(database, copy, HIDING) == stored
    with database.read() as session:
        hidden = session.scalar(sa.text("SELECT count(*) FROM business_process WHERE hides_detail"))
    assert hidden == 1


def test_a_row_that_cannot_be_taken_is_named(database: Database, copy: Folder) -> None:
    file = copy.path / "requirements" / "facility-reservation" / f"{HIDING}.tsv"
    head, first, *rest = file.read_text(encoding="utf-8").splitlines()
    cells = first.split("\t")
    cells[-1 if "備考" not in head else -2] = "☆"
    file.write_text("\n".join([head, "\t".join(cells), *rest]) + "\n", encoding="utf-8")
    with pytest.raises(Invalid, match="2 行目"):
        load(database, copy, HIDING)
