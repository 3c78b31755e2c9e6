"""The comparison as JSON, CSV and workbook: stable shapes, and nothing a person may not see."""

from __future__ import annotations

import csv
import json
from io import BytesIO, StringIO

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import terminal_actor
from registry.comparison import commands
from registry.errors import Forbidden, NotFound
from registry.requirements.models import Requirement
from registry.standards.models import Alignment, Relation
from tests.comparison.desk import AIZU, KITAKATA, SEARCH, YUGAWA, Desk
from tests.world import World


@pytest.fixture
def lines(session: Session, world: World) -> dict[str, Requirement]:
    desk = Desk(session, world.business)
    found = {
        AIZU: desk.line(world.towns[AIZU], SEARCH),
        KITAKATA: desk.line(world.towns[KITAKATA], "施設の空き状況を30日先まで検索できること。"),
    }
    group = desk.group("F-001", "=検索", found[AIZU], goal_id=world.goals["G-1-1"].id)
    desk.align(group, found[KITAKATA], Relation.VALUE_DIFFERS)
    desk.standard(1, SEARCH, group)
    desk.group("F-002", "まだ空")
    return found


def test_the_json_of_compare_has_its_agreed_shape(
    session: Session, world: World, lines: dict[str, Requirement]
) -> None:
    found = commands.compare(session, world.coordinator, "facility-reservation")
    assert json.loads(json.dumps(found)) == {
        "business": "facility-reservation",
        "municipalities": [
            {"code": AIZU, "name": "会津若松市"},
            {"code": KITAKATA, "name": "喜多方市"},
            {"code": YUGAWA, "name": "湯川村"},
        ],
        "rows": [
            {
                "group": "F-001",
                "goal": "G-1-1",
                "standard": "A-0010001-01",
                "cells": {
                    AIZU: {"state": "same", "requirement_ids": [lines[AIZU].id]},
                    KITAKATA: {"state": "differs", "requirement_ids": [lines[KITAKATA].id]},
                    YUGAWA: {"state": "not_submitted", "requirement_ids": []},
                },
            },
            {
                "group": "F-002",
                "goal": None,
                "standard": None,
                "cells": {
                    AIZU: {"state": "absent", "requirement_ids": []},
                    KITAKATA: {"state": "absent", "requirement_ids": []},
                    YUGAWA: {"state": "not_submitted", "requirement_ids": []},
                },
            },
        ],
    }


def test_a_hidden_town_has_no_ids_in_any_form(
    session: Session, world: World, lines: dict[str, Requirement]
) -> None:
    Desk(session, world.business).hide(world.towns[KITAKATA])
    editor = world.of("editor")
    cells = commands.compare(session, editor, "facility-reservation")["rows"][0]["cells"]
    assert cells[KITAKATA] == {"state": "hidden", "requirement_ids": []}
    assert "内訳非公開" in commands.compare_csv(session, editor, "facility-reservation")
    full = commands.compare(session, terminal_actor(world.region.id), "facility-reservation")
    assert full["rows"][0]["cells"][KITAKATA]["state"] == "differs"


def test_csv_and_workbook_carry_the_same_table(
    session: Session, world: World, lines: dict[str, Requirement]
) -> None:
    text = commands.compare_csv(session, world.coordinator, "facility-reservation")
    assert text.startswith("\ufeff")
    rows = list(csv.reader(StringIO(text[1:])))
    assert rows[0][:5] == ["まとまり", "名称", "目標", "標準要件", "比べる基準の文"]
    assert rows[0][5:] == ["会津若松市", "喜多方市", "湯川村"]
    assert rows[1] == [
        *("F-001", "'=検索", "G-1-1", "A-0010001-01", SEARCH),
        *("同じ", "差異あり(値)", "未提出"),
    ]
    content = commands.compare_xlsx(session, world.coordinator, "facility-reservation")
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    assert sheet is not None
    found = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert found == [rows[0], [*rows[1][:1], "=検索", *rows[1][2:]], rows[2]]


def test_align_proposes_with_score_and_reason_and_merges_nothing(
    session: Session, world: World, lines: dict[str, Requirement]
) -> None:
    desk = Desk(session, world.business)
    join = desk.line(world.towns[YUGAWA], "施設の空き状況を検索すること")
    before = session.scalar(sa.select(sa.func.count()).select_from(Alignment))
    found = commands.align(session, world.coordinator, "facility-reservation")
    assert found[0]["group"] == "F-001"
    assert found[0]["relation"] == "same"
    assert found[0]["score"] == 1.0
    assert found[0]["why"]
    assert found[0]["lines"] == [
        {"requirement_id": join.id, "municipality": YUGAWA, "text": "施設の空き状況を検索すること"}
    ]
    assert found[0]["beside"] == []
    json.dumps(found)
    assert session.scalar(sa.select(sa.func.count()).select_from(Alignment)) == before


def test_align_knows_only_what_the_person_may_read(
    session: Session, world: World, lines: dict[str, Requirement]
) -> None:
    desk = Desk(session, world.business)
    desk.line(world.towns[YUGAWA], "鍵の貸出しと返却を記録できること。")
    desk.line(world.towns[AIZU], "鍵の貸出しと返却を記録すること。")
    desk.hide(world.towns[YUGAWA])
    assert commands.align(session, world.of("editor"), "facility-reservation") == []
    found = commands.align(session, world.of("editor", YUGAWA), "facility-reservation")
    assert len(found) == 1


def test_outsiders_and_people_without_the_right_get_nothing(
    session: Session, world: World, lines: dict[str, Requirement]
) -> None:
    for act in (commands.compare, commands.align, commands.compare_csv, commands.compare_xlsx):
        with pytest.raises(Forbidden):
            act(session, world.vendor_actor(), "facility-reservation")
        with pytest.raises(NotFound):
            act(session, world.stranger, "snow-removal")
    rows = commands.compare(session, world.stranger, "facility-reservation")["rows"]
    assert rows == []
