"""One line into several."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit
from registry.errors import Conflict, Forbidden, Invalid
from registry.goals.models import Goal
from registry.requirements import line_queries, reviewing, service, splitting
from registry.requirements.line_queries import Filter
from registry.requirements.models import (
    Obligation,
    Requirement,
    RequirementState,
    RequirementVersion,
)
from registry.requirements.splitting import Part
from registry.requirements.values import MAX_LENGTH, Values
from tests.requirements.lists import a_list, agreed, lines
from tests.world import World

COMPOUND = "滞納者を検索でき、結果をCSVで出力できること。"
PARTS = [Part("滞納者を検索できること。", "7"), Part("結果をCSVで出力できること。", "7-2")]


def the_table(session: Session, world: World) -> list[tuple[str, str]]:
    found = line_queries.lines(
        session,
        world.of("editor"),
        municipality_id=world.towns["072028"].id,
        business_id=world.business.id,
        narrowed=Filter(),
    )
    return [(line.label, line.text) for line in found.items]


def test_the_first_part_is_the_line_and_the_others_stand_behind_it(
    session: Session, world: World
) -> None:
    goal = session.scalars(sa.select(Goal).order_by(Goal.id)).first()
    assert goal is not None
    values = Values(
        text=COMPOUND,
        label="7",
        section="収納",
        mark="◎",
        meaning={"axis": "obligation", "value": "mandatory"},
        obligation=Obligation.MANDATORY,
        goal_id=goal.id,
        step="照会",
        note="窓口分は除く。",
        external_id="X-7",
    )
    row = service.save_new(
        session,
        world.of("editor"),
        requirement_list=a_list(session, world),
        values=values,
    )
    lines(session, world, ["後ろの行"])
    saved = splitting.split(
        session, world.of("editor"), row, version=row.version, parts=[*PARTS, Part("印刷できる。")]
    )
    assert the_table(session, world) == [
        ("7", "滞納者を検索できること。"),
        ("7-2", "結果をCSVで出力できること。"),
        ("", "印刷できる。"),
        ("1", "後ろの行"),
    ]
    kept = session.get_one(RequirementVersion, saved[0].version_id)
    assert (kept.requirement_id, kept.number) == (row.id, 2)
    assert (kept.mark, kept.external_id, kept.note) == (
        "◎",
        "X-7",
        "窓口分は除く。\n分割: 要件番号7を3件に分けた",
    )
    made = session.get_one(RequirementVersion, saved[1].version_id)
    assert (made.section, made.obligation, made.goal_id) == ("収納", Obligation.MANDATORY, goal.id)
    assert (made.step, made.mark, made.meaning, made.external_id) == ("照会", "", None, "")
    assert made.note == kept.note
    event = next(
        one for one in session.info["kaizu.audit"] if one["action"] == "requirements.split"
    )
    assert event["after"]["reason"] == "分割: 要件番号7を3件に分けた"
    assert event["after"]["requirement_ids"] == [one.requirement_id for one in saved]
    assert audit.pending(session) >= 4


def test_a_confirmed_line_asks_for_its_reason_when_it_is_submitted(
    session: Session, world: World
) -> None:
    (row,) = agreed(session, world, [COMPOUND])
    agreed_id = row.confirmed_version_id
    splitting.split(session, world.of("editor"), row, version=row.version, parts=PARTS)
    session.refresh(row)
    assert row.state is RequirementState.DRAFT
    assert row.confirmed_version_id == row.submitted_version_id == agreed_id
    with pytest.raises(Invalid, match="変更理由"):
        reviewing.submit(
            session,
            world.of("editor"),
            municipality_id=row.municipality_id,
            business_id=row.business_id,
            requirement_ids=None,
        )


def test_a_closed_goal_is_not_handed_on(session: Session, world: World) -> None:
    goal = session.scalars(sa.select(Goal).order_by(Goal.id)).first()
    assert goal is not None
    row = service.save_new(
        session,
        world.of("editor"),
        requirement_list=a_list(session, world),
        values=Values(text=COMPOUND, goal_id=goal.id, note="注" * MAX_LENGTH["note"]),
    )
    goal.closed = True
    session.flush()
    saved = splitting.split(session, world.of("editor"), row, version=row.version, parts=PARTS)
    first, second = (session.get_one(RequirementVersion, one.version_id) for one in saved)
    assert (first.goal_id, second.goal_id) == (goal.id, None)
    assert second.note.endswith(f"\n分割: 「{COMPOUND}」を2件に分けた")
    assert len(second.note) == MAX_LENGTH["note"]


def test_nothing_is_split_that_is_not_ready(session: Session, world: World) -> None:
    (row,) = lines(session, world, [COMPOUND])
    editor = world.of("editor")
    for parts, field in (
        ([PARTS[0]], "1.text"),
        ([PARTS[0], Part("〔何秒・何日〕以内に出力できること。")], "1.text"),
        ([PARTS[0], Part("。。")], "1.text"),
        ([PARTS[0], Part("出力できること。", "番" * 101)], "1.label"),
    ):
        with pytest.raises(Invalid) as refused:
            splitting.split(session, editor, row, version=row.version, parts=parts)
        assert list(refused.value.fields) == [field]
    many = [Part(f"{number}を印刷できること。") for number in range(splitting.MOST + 1)]
    with pytest.raises(Invalid, match="件までです"):
        splitting.split(session, editor, row, version=row.version, parts=many)
    with pytest.raises(Conflict):
        splitting.split(session, editor, row, version=row.version + 1, parts=PARTS)
    with pytest.raises(Forbidden):
        splitting.split(
            session, world.of("editor", "072087"), row, version=row.version, parts=PARTS
        )
    assert session.scalar(sa.select(sa.func.count()).select_from(Requirement)) == 1


def test_numbers_are_proposed_from_the_line_s_own() -> None:
    assert splitting.proposed(["甲", "乙"], "1.2") == [Part("甲", "1.2"), Part("乙", "1.2-2")]
    assert splitting.proposed(["甲", "乙"], "") == [Part("甲"), Part("乙")]
