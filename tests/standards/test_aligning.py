from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.errors import Conflict, Invalid, NotFound
from registry.requirements.models import Requirement
from registry.standards import (
    aligning,
    group_queries,
)
from registry.standards.models import (
    Alignment,
    Relation,
)
from tests.standards.material import (
    group_of,
    new_version,
    submitted_line,
)
from tests.world import World

SAME = Relation.SAME


def test_groups_are_numbered_per_business_and_never_twice(session: Session, world: World) -> None:
    first = group_of(session, world)
    second = group_of(session, world)
    aligning.create_group(
        session, world.coordinator, business_id=world.business.id, label="指定", code="F-010"
    )
    elsewhere = aligning.create_group(
        session, world.coordinator, business_id=world.other_business.id, label="除雪"
    )
    after = group_of(session, world)
    assert [first.code, second.code, after.code] == ["F-001", "F-002", "F-011"]
    assert elsewhere.code == "F-001"


def test_a_taken_or_strange_group_code_is_refused(session: Session, world: World) -> None:
    def create(code: str) -> None:
        aligning.create_group(
            session, world.coordinator, business_id=world.business.id, label="x", code=code
        )

    create("F-001")
    with pytest.raises(Conflict):
        create("F-001")
    with pytest.raises(Invalid) as refused:
        create("1")
    assert "code" in refused.value.fields


def test_an_empty_label_and_a_foreign_goal_are_refused(session: Session, world: World) -> None:
    with pytest.raises(Invalid):
        group_of(session, world, "  ")
    with pytest.raises(NotFound):
        aligning.create_group(
            session,
            world.coordinator,
            business_id=world.business.id,
            label="x",
            goal_id=world.foreign_goal.id,
        )


def test_an_alignment_names_the_version_looked_at(session: Session, world: World) -> None:
    group = group_of(session, world)
    line = submitted_line(session, world, "072028", "仮予約ができること。")
    alignment = aligning.align(
        session, world.coordinator, group=group, requirement=line, relation=SAME
    )
    assert alignment.requirement_version_id == line.submitted_version_id
    assert alignment.account_id == world.coordinator.account_id


def test_a_newer_wording_is_suspect_until_confirmed_again(session: Session, world: World) -> None:
    group = group_of(session, world)
    line = submitted_line(session, world, "072028", "仮予約ができること。")

    def look() -> Alignment:
        return aligning.align(
            session, world.coordinator, group=group, requirement=line, relation=SAME
        )

    def suspect() -> bool:
        (found,) = group_queries.group_lines(
            session, world.coordinator, world.business.id, [group.id]
        )
        return found.suspect

    first = look()
    assert not suspect()
    new_version(session, line, "仮予約が3日できること。")
    assert suspect()
    assert look().id == first.id
    assert not suspect()


def test_only_submitted_lines_of_the_business_are_aligned(session: Session, world: World) -> None:
    group = group_of(session, world)
    draft = submitted_line(session, world, "072028", "下書きの行", submitted=False)
    with pytest.raises(Conflict):
        aligning.align(session, world.coordinator, group=group, requirement=draft, relation=SAME)
    snow = submitted_line(session, world, "072028", "除雪", business=world.other_business)
    with pytest.raises(NotFound):
        aligning.align(session, world.coordinator, group=group, requirement=snow, relation=SAME)


def test_a_line_may_sit_in_two_groups_and_be_taken_out(session: Session, world: World) -> None:
    one, two = group_of(session, world), group_of(session, world)
    line = submitted_line(session, world, "072028", "登録し、取り消せること。")
    for group in (one, two):
        aligning.align(
            session, world.coordinator, group=group, requirement=line, relation=Relation.CONTAINS
        )
    (first, second) = session.scalars(sa.select(Alignment).order_by(Alignment.id)).all()
    aligning.unalign(session, world.coordinator, alignment=first)
    session.flush()
    assert session.scalars(sa.select(Alignment.id)).all() == [second.id]


def test_moving_a_line_keeps_it_suspect_and_refuses_a_double(
    session: Session, world: World
) -> None:
    one = group_of(session, world, t072028=("仮予約ができること。", SAME))
    two = group_of(session, world)
    alignment = session.scalars(sa.select(Alignment)).one()
    line = session.get_one(Requirement, alignment.requirement_id)
    new_version(session, line, "仮予約ができ、取り消せること。")
    aligning.move_alignment(session, world.coordinator, alignment=alignment, group=two)
    session.flush()
    assert alignment.group_id == two.id
    assert alignment.requirement_version_id != line.submitted_version_id
    aligning.align(session, world.coordinator, group=one, requirement=line, relation=SAME)
    with pytest.raises(Conflict):
        aligning.move_alignment(session, world.coordinator, alignment=alignment, group=one)


def test_splitting_moves_the_chosen_lines_into_a_new_group(session: Session, world: World) -> None:
    group = group_of(
        session,
        world,
        t072028=("仮予約ができること。", SAME),
        t072087=("仮予約はできないこと。", Relation.OPPOSITE),
    )
    ids = session.scalars(sa.select(Alignment.id).order_by(Alignment.id)).all()
    new = aligning.split_group(
        session,
        world.coordinator,
        group=group,
        version=group.version,
        alignment_ids=[ids[1]],
        label="仮予約を認めない",
    )
    session.flush()
    assert new.code == "F-002"
    assert [session.get_one(Alignment, one).group_id for one in ids] == [group.id, new.id]


def test_a_split_is_refused_when_it_leaves_nothing_or_is_stale(
    session: Session, world: World
) -> None:
    group = group_of(session, world, t072028=("仮予約ができること。", SAME))
    stranger = group_of(session, world, t072087=("別のまとまりの行", SAME))
    by_group = {
        row.group_id: row.id for row in session.scalars(sa.select(Alignment).order_by(Alignment.id))
    }

    def split(ids: list[int], version: int) -> None:
        aligning.split_group(
            session,
            world.coordinator,
            group=group,
            version=version,
            alignment_ids=ids,
            label="新",
        )

    seen = group.version
    with pytest.raises(Invalid):
        split([by_group[group.id]], seen)
    with pytest.raises(NotFound):
        split([by_group[stranger.id]], group.version)
    line = submitted_line(session, world, "074225", "あとから入った行")
    aligning.align(session, world.coordinator, group=group, requirement=line, relation=SAME)
    with pytest.raises(Conflict):
        split([by_group[group.id]], seen)


def test_a_group_is_renamed_and_a_stale_rename_is_refused(session: Session, world: World) -> None:
    group = group_of(session, world)
    seen = group.version
    goal = world.goals["G-1-1"].id

    def rename(label: str) -> None:
        aligning.update_group(
            session, world.coordinator, group, version=seen, label=label, goal_id=goal
        )
        session.flush()

    rename("仮予約の期限")
    assert (group.label, group.goal_id, group.version) == ("仮予約の期限", goal, seen + 1)
    with pytest.raises(Conflict) as refused:
        rename("遅れた名前")
    assert refused.value.theirs["label"] == "仮予約の期限"
