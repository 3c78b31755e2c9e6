from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit
from registry.audit import AuditEvent
from registry.errors import Conflict, Invalid, NotFound
from registry.goals.models import Goal
from registry.standards import (
    decision_queries,
    drafting,
    queries,
)
from registry.standards.models import (
    Outcome,
    RequirementGroup,
    StandardRequirement,
)
from tests.standards.material import (
    decide,
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


# ---- 変更理由 of decided standards -----------------------------------------------------------


def edit(session: Session, world: World, standard: StandardRequirement, **changes: Any) -> None:
    drafting.update_standard(
        session,
        world.coordinator,
        standard,
        version=standard.version,
        group_ids=[],
        change_reason=changes.pop("change_reason", ""),
        **values(**changes),
    )
    session.flush()


def last_event(session: Session) -> Any:
    """What the audit says of the newest act."""
    audit.seal(session)
    newest = sa.select(AuditEvent.after).order_by(AuditEvent.sequence.desc()).limit(1)
    return session.scalar(newest)


def test_before_a_decision_no_reason_is_asked_for(session: Session, world: World) -> None:
    standard = drafted(session, world)
    edit(session, world, standard, text="新しい本文", change_reason="まだ要らない理由")
    assert decision_queries.changes(session, standard=standard) == []
    assert last_event(session) == {"text": "新しい本文"}


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_decided_standard_is_edited_with_a_reason_only(
    session: Session, world: World, outcome: Outcome
) -> None:
    standard = drafted(session, world)
    decide(session, world, standard=standard, outcome=outcome)
    session.flush()
    seen = standard.version
    with pytest.raises(Invalid) as refused:
        edit(session, world, standard, text="新しい本文", change_reason=" \n")
    assert list(refused.value.fields) == ["change_reason"]
    session.flush()
    assert (standard.text, standard.version) == (values()["text"], seen)
    edit(session, world, standard, text="新しい本文", change_reason=" 様式の改正。 ")
    assert (standard.text, standard.version) == ("新しい本文", seen + 1)
    (entry,) = decision_queries.changes(session, standard=standard)
    assert (entry.reason, entry.standard_version) == ("様式の改正。", seen)
    assert entry.who == world.coordinator.name
    assert last_event(session) == {"text": "新しい本文", "change_reason": "様式の改正。"}


def test_saving_a_decided_standard_as_it_stands_needs_no_reason(
    session: Session, world: World
) -> None:
    standard = drafted(session, world)
    decide(session, world, standard=standard)
    session.flush()
    seen = standard.version
    edit(session, world, standard)
    assert standard.version == seen
    assert decision_queries.changes(session, standard=standard) == []


def test_reasons_stay_with_their_standard_in_order_for_ever(session: Session, world: World) -> None:
    standard, other = drafted(session, world), drafted(session, world)
    for one in (standard, other):
        decide(session, world, standard=one)
    edit(session, world, standard, text="二つめ", change_reason="はじめの理由")
    edit(session, world, standard, text="三つめ", change_reason="次の理由")
    edit(session, world, other, text="別", change_reason="別の理由")
    reasons = [entry.reason for entry in decision_queries.changes(session, standard=standard)]
    assert reasons == ["次の理由", "はじめの理由"]
    for act in ("UPDATE standard_change SET reason = 'x'", "DELETE FROM standard_change"):
        with pytest.raises(sa.exc.DBAPIError, match="frozen"), session.begin_nested():
            session.execute(sa.text(act))
