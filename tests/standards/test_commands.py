from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from registry.access import terminal_actor
from registry.audit import AuditEvent
from registry.db import Database
from registry.errors import Conflict, Forbidden, Invalid
from registry.standards.commands import import_national
from registry.standards.models import NationalItem, NationalLine, NationalReference, NationalSpec
from tests.conftest import AUDIT_KEY
from tests.standards.nation import FIRST, INDEX, SECOND, THIRD
from tests.world import World


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "spec"
    place.mkdir()
    files = {"index.md": INDEX, "a.txt": FIRST, "b.txt": SECOND, "c.txt": THIRD}
    for name, content in files.items():
        (place / name).write_text(content, encoding="utf-8")
    return place


def run(database: Database, world: World, source: Path, edition: str = "1.0") -> dict[str, Any]:
    return import_national(
        database,
        world.coordinator,
        source=source,
        name="住民記録",
        edition=edition,
        audit_key=AUDIT_KEY,
    )


def test_the_report_counts_what_was_read(database: Database, world: World, folder: Path) -> None:
    report = run(database, world, folder)
    assert report["items"] == 3
    assert report["lines"] == {"mandatory": 6, "optional": 1, "prohibited": 1}
    references = report["references"]
    assert references["resolved"] == 2
    assert [(one["from"], one["to"]) for one in references["unresolved"]] == [("1.1.1", "5.2")]
    assert report["stored"] is True


def test_a_second_run_changes_nothing(database: Database, world: World, folder: Path) -> None:
    run(database, world, folder)
    with database.read() as session:
        events = session.scalar(sa.select(sa.func.count()).select_from(AuditEvent))
    assert run(database, world, folder)["stored"] is False
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AuditEvent)) == events
        assert session.scalar(sa.select(sa.func.count()).select_from(NationalSpec)) == 1


def test_other_content_and_unreadable_text_leave_everything_as_it_was(
    database: Database, world: World, folder: Path
) -> None:
    run(database, world, folder)
    (folder / "b.txt").write_text(SECOND.replace("通称", "氏名"), encoding="utf-8")
    with pytest.raises(Conflict):
        run(database, world, folder)
    (folder / "b.txt").write_bytes("1.1.2. 外国人".encode("cp932"))
    with pytest.raises(Invalid):
        run(database, world, folder, edition="2.0")
    with pytest.raises(Invalid):
        run(database, world, folder / "nowhere", edition="2.0")
    with database.read() as session:
        assert session.scalars(sa.select(NationalSpec.edition)).all() == ["1.0"]


def test_a_town_may_not_import(database: Database, world: World, folder: Path) -> None:
    with pytest.raises(Forbidden):
        import_national(
            database,
            world.of("editor"),
            source=folder,
            name="x",
            edition="1",
            audit_key=AUDIT_KEY,
        )


def test_the_official_text_is_stored_whole(database: Database, world: World) -> None:
    place = os.environ.get("KAIZU_SHARED_DATA")
    if not place:
        pytest.skip("KAIZU_SHARED_DATA が設定されていません(国標準の本文を置いた場所)")
    report = import_national(
        database,
        terminal_actor(world.region.id),
        source=Path(place) / "standard_spec_v1",
        name="住民記録",
        edition="1.0",
        audit_key=AUDIT_KEY,
    )
    assert report["items"] == 44
    with database.read() as session:

        def count(table: type, *conditions: sa.ColumnElement[bool]) -> int:
            query = sa.select(sa.func.count()).select_from(table).where(*conditions)
            return session.scalar(query) or 0

        assert count(NationalItem, ~NationalItem.is_chapter) == 44
        assert count(NationalLine) == sum(report["lines"].values())
        resolved = count(NationalReference, NationalReference.target_id.is_not(None))
        assert resolved == report["references"]["resolved"]
        unresolved = count(NationalReference, NationalReference.target_id.is_(None))
        assert unresolved == len(report["references"]["unresolved"]) > 0
