from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from registry.access import Actor, terminal_actor
from registry.audit import AuditEvent
from registry.db import Database
from registry.errors import Forbidden, Invalid, NotFound
from registry.requirements.commands import import_file
from registry.requirements.models import Requirement, RequirementList
from tests.conftest import AUDIT_KEY
from tests.world import World

LEGEND = """[columns]
"要件" = "text"
"必須" = "mark"
[marks."◎"]
axis = "obligation"
value = "mandatory"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "一覧.tsv"
    path.write_text("要件\t必須\t担当\n照会できること。\t◎\t甲\n予約できること。\t×\t乙\n", "cp932")
    return path


@pytest.fixture
def legend(tmp_path: Path) -> Path:
    path = tmp_path / "legend.toml"
    path.write_text(LEGEND, "utf-8")
    return path


def run(database: Database, actor: Actor, file: Path, **more: Any) -> dict[str, Any]:
    order = {"municipality": "072028", "business": "facility-reservation", "audit_key": AUDIT_KEY}
    return import_file(database, actor, file, **order | more)


def count(database: Database, kind: type[Any]) -> int | None:
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(kind))


def test_good_rows_are_stored_and_bad_ones_reported(
    database: Database, world: World, file: Path, legend: Path
) -> None:
    report = run(database, world.of("editor"), file, legend=legend)
    assert report["stored"]
    assert (report["new"], report["rejected_rows"]) == (1, 1)
    assert report["rejected"] == [
        {
            "row": 3,
            "column": "必須",
            "value": "×",
            "reason": "凡例にない印です（凡例にある印：「◎」）。",
            "mend": "凡例にこの印の意味を足すか、印を直してください。",
        }
    ]
    assert report["unmapped"] == ["担当"]
    assert count(database, Requirement) == 1
    again = run(database, world.of("editor"), file, legend=legend)
    assert (again["new"], again["unchanged"]) == (0, 1)
    assert count(database, Requirement) == 1


def test_a_check_keeps_nothing(database: Database, world: World, file: Path, legend: Path) -> None:
    report = run(database, world.of("editor"), file, legend=legend, check=True)
    assert (report["stored"], report["list_id"], report["new"]) == (False, None, 1)
    for kind in (Requirement, RequirementList, AuditEvent):
        assert count(database, kind) == 0


def test_the_rights_of_the_person_count(
    database: Database, world: World, file: Path, legend: Path
) -> None:
    for who, error in (
        (world.of("contributor"), Forbidden),
        (world.of("editor", "072087"), Forbidden),
        (world.stranger, NotFound),
    ):
        with pytest.raises(error):
            run(database, who, file, legend=legend)
    assert count(database, RequirementList) == 0
    terminal = terminal_actor(world.region.id)
    assert run(database, terminal, file, legend=legend)["new"] == 1


def test_what_cannot_be_read_is_refused(
    database: Database, world: World, file: Path, legend: Path, tmp_path: Path
) -> None:
    editor = world.of("editor")
    with pytest.raises(Invalid, match="読めませんでした"):
        run(database, editor, tmp_path / "ない.xlsx")
    other = tmp_path / "other.toml"
    other.write_text('[columns]\n"本文" = "text"\n', "utf-8")
    with pytest.raises(Invalid, match="見出し"):
        run(database, editor, file, legend=other)
    with pytest.raises(NotFound):
        run(database, editor, file, business="no-such")
    with pytest.raises(NotFound):
        run(database, editor, file, municipality="999999")
    with pytest.raises(Invalid, match="UTF-8"):
        run(database, editor, file, legend=file)
    assert count(database, RequirementList) == 0


@pytest.mark.skipif("KAIZU_SHARED_DATA" not in os.environ, reason="KAIZU_SHARED_DATA is not set")
def test_every_row_of_the_published_lists_is_stored_or_reported(
    database: Database, world: World
) -> None:
    folder = Path(os.environ["KAIZU_SHARED_DATA"]) / "lists"
    files = sorted(folder.glob("*.tsv"))
    assert files
    for file in files:
        rows = [line for line in file.read_text("utf-8").splitlines()[1:] if line.strip()]
        report = run(database, world.of("editor"), file)
        done = report["new"] + report["changed"] + report["unchanged"] + report["rejected_rows"]
        assert done == len(rows), file.name
