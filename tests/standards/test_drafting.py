from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from registry import audit
from registry.errors import Conflict, Invalid, NotFound
from registry.goals.models import Goal
from registry.standards import (
    drafting,
    queries,
)
from registry.standards.models import (
    RequirementGroup,
)
from tests.standards.material import (
    drafted,
    group_of,
    values,
)
from tests.world import World


def test_standards_take_the_next_serial_of_their_business(session: Session, world: World) -> None:
    first, second = drafted(session, world), drafted(session, world)
    given = drafted(session, world, code="A-0010009-01")
    after = drafted(session, world)
    assert [first.code, second.code] == ["A-0010001-01", "A-0010002-01"]
    assert (given.serial, after.code) == (9, "A-0010010-01")


@pytest.mark.parametrize("code", ["A-0020001-01", "A-0010001-02", "X-1"])
def test_a_code_of_another_form_is_refused(session: Session, world: World, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        drafted(session, world, code=code)
    assert "A-0010001-01" in refused.value.fields["code"][0]


def test_a_given_code_is_taken_once(session: Session, world: World) -> None:
    drafted(session, world, code="A-0010001-01")
    with pytest.raises(Conflict):
        drafted(session, world, code="A-0010001-01")


def test_a_closed_goal_takes_no_new_standard_but_keeps_the_old(
    session: Session, world: World
) -> None:
    goal = session.get_one(Goal, world.goals["G-1-1"].id)
    standard = drafted(session, world, goal_id=goal.id)
    goal.closed = True
    session.flush()
    with pytest.raises(Invalid) as refused:
        drafted(session, world, goal_id=goal.id)
    assert "goal" in refused.value.fields
    drafting.update_standard(
        session,
        world.coordinator,
        standard,
        version=standard.version,
        group_ids=[],
        **values(goal_id=goal.id, title="別の題"),
    )
    assert standard.goal_id == goal.id


def test_an_edit_counts_up_and_a_stale_one_is_refused_with_both_sides(
    session: Session, world: World
) -> None:
    standard = drafted(session, world)
    seen = standard.version

    def edit(**changes: Any) -> None:
        drafting.update_standard(
            session,
            world.coordinator,
            standard,
            version=seen,
            group_ids=[],
            **values(**changes),
        )

    edit(text="新しい本文", goal_id=world.goals["G-1-1"].id)
    session.flush()
    assert standard.version == seen + 1
    with pytest.raises(Conflict) as refused:
        edit(text="古い画面の本文")
    assert refused.value.theirs["text"] == "新しい本文"
    assert refused.value.theirs["version"] == seen + 1


def test_saving_the_same_again_changes_nothing(session: Session, world: World) -> None:
    standard = drafted(session, world)
    seen, events = standard.version, audit.pending(session)
    drafting.update_standard(
        session, world.coordinator, standard, version=seen, group_ids=[], **values()
    )
    session.flush()
    assert (standard.version, audit.pending(session)) == (seen, events)


def test_other_groups_are_an_edit_too(session: Session, world: World) -> None:
    one, two = group_of(session, world), group_of(session, world)
    standard = drafted(session, world, [one.id])
    seen = standard.version
    drafting.update_standard(
        session,
        world.coordinator,
        standard,
        version=seen,
        group_ids=[one.id, two.id],
        **values(),
    )
    session.flush()
    assert standard.version == seen + 1
    assert queries.answered_codes(session, world.business.id) == {standard.id: ["F-001", "F-002"]}


def test_a_group_of_another_business_is_not_answered(session: Session, world: World) -> None:
    foreign = RequirementGroup(business_id=world.foreign_business.id, code="F-001", label="よそ")
    session.add(foreign)
    session.flush()
    with pytest.raises(NotFound):
        drafted(session, world, [foreign.id])
