from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.db import now
from registry.requirements.models import Requirement
from registry.standards import aligning, group_queries
from registry.standards.models import Relation, RequirementGroup
from tests.standards.material import drafted, group_of, hide, new_version, submitted_line
from tests.world import World

SAME = Relation.SAME


def test_groups_are_counted_with_suspects_and_standards(session: Session, world: World) -> None:
    group = group_of(session, world, t072028=("一", SAME), t072087=("二", SAME))
    empty = group_of(session, world, "空")
    another = submitted_line(session, world, "072028", "三")
    aligning.align(
        session, world.coordinator, group=group, requirement=another, relation=Relation.CONTAINED
    )
    new_version(session, another, "三の二")
    drafted(session, world, [group.id])
    first, second = group_queries.groups(session, world.of("editor"), world.business.id)
    assert (first.lines, first.towns, first.suspects) == (3, 2, 1)
    assert first.standards == ("A-0010001-01",)
    assert (second.code, second.lines, second.towns) == (empty.code, 0, 0)


def test_a_foreign_group_stays_out_of_the_list(session: Session, world: World) -> None:
    session.add(RequirementGroup(business_id=world.foreign_business.id, code="F-001", label="よそ"))
    group_of(session, world)
    rows = group_queries.groups(session, world.coordinator, world.business.id)
    assert [row.label for row in rows] == ["仮予約"]


def readers(world: World) -> dict[str, Actor]:
    return {
        "own": world.of("contributor", "072087"),
        "coordinator": world.coordinator,
        "other": world.of("editor", "072028"),
    }


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        ("own", ["072028", "072087"]),
        ("coordinator", ["072028", "072087"]),
        ("other", ["072028"]),
    ],
)
def test_hidden_wordings_are_not_shown_to_other_towns(
    session: Session, world: World, reader: str, expected: list[str]
) -> None:
    group = group_of(
        session, world, t072028=("開いた行", SAME), t072087=("隠した行", Relation.OPPOSITE)
    )
    group_of(session, world, t074225=("別のまとまり", SAME))
    hide(session, world, "072087")
    lines = group_queries.group_lines(
        session, readers(world)[reader], world.business.id, [group.id]
    )
    assert [line.municipality_code for line in lines] == expected


def test_a_draft_wording_is_never_shown(session: Session, world: World) -> None:
    group = group_of(session, world, t072028=("提出した本文", SAME))
    requirement = session.scalars(sa.select(Requirement)).one()
    new_version(session, requirement, "書きかけの本文", submitted=False)
    (line,) = group_queries.group_lines(session, world.coordinator, world.business.id, [group.id])
    assert (line.text, line.suspect, line.withdrawn) == ("提出した本文", False, False)
    new_version(session, requirement, "出し直した本文")
    (line,) = group_queries.group_lines(session, world.coordinator, world.business.id, [group.id])
    assert (line.text, line.suspect) == ("出し直した本文", True)
    requirement.deleted_at = now()
    session.flush()
    (line,) = group_queries.group_lines(session, world.coordinator, world.business.id, [group.id])
    assert line.withdrawn


def test_submitted_towns_are_those_with_a_submitted_line(session: Session, world: World) -> None:
    submitted_line(session, world, "072028", "提出")
    submitted_line(session, world, "072087", "下書き", submitted=False)
    submitted_line(session, world, "074225", "除雪の行", business=world.other_business)
    assert group_queries.submitted_towns(session, world.business.id) == {world.towns["072028"].id}
