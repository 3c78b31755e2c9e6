"""What a coordinator may do to the goal tree and what it refuses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit, transaction
from registry.audit import AuditEvent
from registry.db import Database
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.goals import queries, service, tree
from registry.goals.models import Beneficiary, Goal, Horizon, IndicatorKind, Viewpoint
from tests.conftest import AUDIT_KEY
from tests.world import World

SAYS: dict[str, Any] = {
    "statement": "抽選の結果に納得できている",
    "viewpoint": Viewpoint.MANAGEMENT,
    "horizon": Horizon.SHORT,
    "beneficiary": Beneficiary.RESIDENT,
}
INDICATOR: dict[str, Any] = {
    "indicator_kind": IndicatorKind.QUANTITATIVE,
    "measure": "申立ての件数",
    "unit": "件/年",
    "now": "12",
    "target": "0",
    "due": date(2028, 3, 31),
    "judgement": "",
}


def mine(session: Session, world: World, code: str) -> Goal:
    return session.get_one(Goal, world.goals[code].id)


def codes(session: Session, world: World) -> list[str]:
    session.flush()
    session.expire_all()
    return [goal.code for goal in queries.all_goals(session, world.coordinator)]


def events(session: Session, action: str) -> list[AuditEvent]:
    audit.seal(session)
    query = sa.select(AuditEvent).where(AuditEvent.action == action)
    return list(session.scalars(query.order_by(AuditEvent.sequence)))


def test_a_new_goal_is_the_last_child_with_the_next_code(session: Session, world: World) -> None:
    parent = world.goals["G-1"]
    goal = service.create_goal(session, world.coordinator, parent_id=parent.id, **SAYS, **INDICATOR)
    assert (goal.code, goal.position, goal.target) == ("G-1-3", 3, "0")
    top = service.create_goal(session, world.coordinator, parent_id=None, **SAYS)
    assert (top.code, top.position) == ("G-2", 2)
    assert codes(session, world) == ["G-1", "G-1-1", "G-1-1-1", "G-1-2", "G-1-3", "G-2"]
    event = events(session, "goals.create")[0]
    assert event.subject == f"goal:{goal.id}"
    assert event.after["statement"] == SAYS["statement"]


def test_a_code_is_not_given_again_after_its_goal_has_moved_away(
    session: Session, world: World
) -> None:
    goal = mine(session, world, "G-1-2")
    service.move_goal(
        session, world.coordinator, goal, version=goal.version, parent_id=None, position=2
    )
    parent = world.goals["G-1"]
    fresh = service.create_goal(session, world.coordinator, parent_id=parent.id, **SAYS)
    assert fresh.code == "G-1-3"


def test_a_taken_code_a_closed_or_foreign_parent_is_refused(session: Session, world: World) -> None:
    actor = world.coordinator
    with pytest.raises(Invalid) as taken:
        service.create_goal(session, actor, parent_id=None, code="G-1-1", **SAYS)
    assert "code" in taken.value.fields
    with pytest.raises(NotFound):
        service.create_goal(session, actor, parent_id=world.foreign_goal.id, **SAYS)
    closed = mine(session, world, "G-1-2")
    service.close_goal(session, actor, closed, version=closed.version, closed=True)
    with pytest.raises(Invalid) as refused:
        service.create_goal(session, actor, parent_id=closed.id, **SAYS)
    assert "閉じた目標" in refused.value.fields["parent_id"][0]


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"measure": "", "target": ""}, {"measure", "target"}),
        ({"target": ""}, {"target"}),
        ({"indicator_kind": IndicatorKind.QUALITATIVE}, {"judgement"}),
    ],
)
def test_half_an_indicator_is_refused(
    session: Session, world: World, change: dict[str, Any], fields: set[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        service.create_goal(
            session, world.coordinator, parent_id=None, **SAYS, **INDICATOR | change
        )
    assert set(refused.value.fields) == fields


def test_a_change_keeps_code_and_place(session: Session, world: World) -> None:
    goal = mine(session, world, "G-1-1")
    service.update_goal(session, world.coordinator, goal, version=goal.version, **SAYS, **INDICATOR)
    assert codes(session, world) == ["G-1", "G-1-1", "G-1-1-1", "G-1-2"]
    assert mine(session, world, "G-1-1").statement == SAYS["statement"]
    event = events(session, "goals.update")[0]
    assert event.before["statement"] == "施設の予約が家からできている"
    assert event.after["due"] == "2028-03-31"


def test_a_change_of_an_older_version_is_refused_with_what_is_stored(
    session: Session, world: World
) -> None:
    goal = mine(session, world, "G-1-1")
    with pytest.raises(Conflict) as stale:
        service.update_goal(
            session, world.coordinator, goal, version=goal.version - 1, **SAYS, **INDICATOR
        )
    assert stale.value.theirs["statement"] == "施設の予約が家からできている"
    assert goal.statement == "施設の予約が家からできている"


def test_a_move_takes_everything_below_along(session: Session, world: World) -> None:
    goal = mine(session, world, "G-1-1")
    other = mine(session, world, "G-1-2")
    service.move_goal(
        session, world.coordinator, goal, version=goal.version, parent_id=other.id, position=1
    )
    assert codes(session, world) == ["G-1", "G-1-2", "G-1-1", "G-1-1-1"]
    event = events(session, "goals.move")[0]
    assert event.before == {"parent_id": world.goals["G-1"].id, "position": 1}
    assert event.after == {"parent_id": other.id, "position": 1}


@pytest.mark.parametrize(
    ("position", "expected"),
    [(1, ["G-1-3", "G-1-1", "G-1-2"]), (2, ["G-1-1", "G-1-3", "G-1-2"])]
    + [(place, ["G-1-1", "G-1-2", "G-1-3"]) for place in (3, 99)],
)
def test_siblings_make_room(
    session: Session, world: World, position: int, expected: list[str]
) -> None:
    parent = world.goals["G-1"]
    goal = service.create_goal(session, world.coordinator, parent_id=parent.id, **SAYS)
    service.move_goal(
        session,
        world.coordinator,
        goal,
        version=goal.version,
        parent_id=parent.id,
        position=position,
    )
    assert [one for one in codes(session, world) if one.count("-") == 2] == expected
    places = session.scalars(
        sa.select(Goal.position).where(Goal.parent_id == parent.id).order_by(Goal.position)
    )
    assert list(places) == [1, 2, 3]


def test_making_room_is_no_change_of_the_neighbour(session: Session, world: World) -> None:
    """Somebody who edits the neighbour's text is not refused because of it."""
    goal, neighbour = mine(session, world, "G-1-2"), mine(session, world, "G-1-1")
    version = neighbour.version
    service.move_goal(
        session,
        world.coordinator,
        goal,
        version=goal.version,
        parent_id=goal.parent_id,
        position=1,
    )
    assert codes(session, world) == ["G-1", "G-1-2", "G-1-1", "G-1-1-1"]
    assert mine(session, world, "G-1-1").version == version


@pytest.mark.parametrize("below", ["G-1", "G-1-1", "G-1-1-1"])
def test_a_goal_never_comes_to_hang_below_itself(
    session: Session, world: World, below: str
) -> None:
    goal = mine(session, world, "G-1")
    with pytest.raises(Invalid) as refused:
        service.move_goal(
            session,
            world.coordinator,
            goal,
            version=goal.version,
            parent_id=world.goals[below].id,
            position=1,
        )
    assert "下へは移せません" in refused.value.fields["parent_id"][0]
    assert codes(session, world) == ["G-1", "G-1-1", "G-1-1-1", "G-1-2"]


def test_the_tree_does_not_grow_deeper_than_it_can_be_drawn(session: Session, world: World) -> None:
    actor = world.coordinator
    below = world.goals["G-1-1-1"].id
    for _ in range(3, tree.MAX_LEVEL):
        below = service.create_goal(session, actor, parent_id=below, **SAYS).id
    with pytest.raises(Invalid) as deep:
        service.create_goal(session, actor, parent_id=below, **SAYS)
    assert "10 段" in deep.value.fields["parent_id"][0]
    goal = mine(session, world, "G-1-1")
    with pytest.raises(Invalid):
        service.move_goal(
            session,
            actor,
            goal,
            version=goal.version,
            parent_id=world.goals["G-1-2"].id,
            position=1,
        )


def test_a_goal_is_closed_and_opened_again(session: Session, world: World) -> None:
    goal = mine(session, world, "G-1-2")
    service.close_goal(session, world.coordinator, goal, version=goal.version, closed=True)
    session.flush()
    assert goal.closed
    service.close_goal(session, world.coordinator, goal, version=goal.version, closed=False)
    assert not goal.closed
    assert len(events(session, "goals.close")) == len(events(session, "goals.reopen")) == 1
    with pytest.raises(Conflict):
        service.close_goal(session, world.coordinator, goal, version=0, closed=True)


def test_a_goal_with_open_goals_below_is_not_closed(session: Session, world: World) -> None:
    actor = world.coordinator
    top, middle, leaf = (mine(session, world, code) for code in ("G-1", "G-1-1", "G-1-1-1"))
    with pytest.raises(Invalid) as refused:
        service.close_goal(session, actor, top, version=top.version, closed=True)
    assert "下に閉じていない目標が 3 件あります(G-1-1、G-1-1-1、G-1-2)" in refused.value.message
    assert not top.closed
    service.close_goal(session, actor, leaf, version=leaf.version, closed=True)
    service.close_goal(session, actor, middle, version=middle.version, closed=True)
    with pytest.raises(Invalid, match="1 件あります"):
        service.close_goal(session, actor, top, version=top.version, closed=True)
    assert len(events(session, "goals.close")) == 2


def test_many_open_goals_below_are_counted_not_all_named(session: Session, world: World) -> None:
    actor = world.coordinator
    top = mine(session, world, "G-1-2")
    for _ in range(12):
        service.create_goal(session, actor, parent_id=top.id, **SAYS)
    with pytest.raises(Invalid) as refused:
        service.close_goal(session, actor, top, version=top.version, closed=True)
    assert "12 件あります(G-1-2-1、" in refused.value.message
    assert "G-1-2-10、ほか 2 件)" in refused.value.message


def test_a_goal_below_a_closed_one_stays_closed(session: Session, world: World) -> None:
    actor = world.coordinator
    middle, leaf = (mine(session, world, code) for code in ("G-1-1", "G-1-1-1"))
    service.close_goal(session, actor, leaf, version=leaf.version, closed=True)
    service.close_goal(session, actor, middle, version=middle.version, closed=True)
    session.flush()
    with pytest.raises(Invalid, match="上の目標 G-1-1 が閉じています"):
        service.close_goal(session, actor, leaf, version=leaf.version, closed=False)
    service.close_goal(session, actor, middle, version=middle.version, closed=False)
    service.close_goal(session, actor, leaf, version=leaf.version, closed=False)
    assert not leaf.closed


def test_closing_waits_for_whoever_is_adding_below(database: Database, world: World) -> None:
    def close() -> str:
        with transaction.writing(database, audit_key=AUDIT_KEY) as other:
            goal = mine(other, world, "G-1-2")
            try:
                service.close_goal(
                    other, world.coordinator, goal, version=goal.version, closed=True
                )
            except Invalid as refused:
                return refused.message
        return "closed"

    with ThreadPoolExecutor(1) as pool:
        with transaction.writing(database, audit_key=AUDIT_KEY) as session:
            parent = mine(session, world, "G-1-2")
            service.create_goal(session, world.coordinator, parent_id=parent.id, **SAYS)
            closing = pool.submit(close)
            with suppress(TimeoutError):  # it waits; if it did not, it would see nothing below
                closing.result(timeout=0.5)
        assert "G-1-2-1" in closing.result(timeout=20)


@pytest.mark.parametrize("role", ["contributor", "editor", "approver"])
def test_only_a_coordinator_changes_goals(session: Session, world: World, role: str) -> None:
    goal = mine(session, world, "G-1-2")
    actor = world.of(role)
    with pytest.raises(Forbidden):
        service.create_goal(session, actor, parent_id=None, **SAYS)
    with pytest.raises(Forbidden):
        service.update_goal(session, actor, goal, version=goal.version, **SAYS, **INDICATOR)
    with pytest.raises(Forbidden):
        service.move_goal(session, actor, goal, version=goal.version, parent_id=None, position=1)
    with pytest.raises(Forbidden):
        service.close_goal(session, actor, goal, version=goal.version, closed=True)


def test_the_other_regions_coordinator_finds_nothing_to_change(
    session: Session, world: World
) -> None:
    goal = mine(session, world, "G-1-2")
    stranger = world.stranger
    with pytest.raises(NotFound):
        service.update_goal(session, stranger, goal, version=goal.version, **SAYS, **INDICATOR)
    with pytest.raises(NotFound):
        service.move_goal(session, stranger, goal, version=goal.version, parent_id=None, position=1)
    with pytest.raises(NotFound):
        service.close_goal(session, stranger, goal, version=goal.version, closed=True)


def test_the_workbook_holds_the_tree_of_the_own_region(session: Session, world: World) -> None:
    goal = service.create_goal(
        session, world.coordinator, parent_id=world.goals["G-1-2"].id, **SAYS, **INDICATOR
    )
    content = service.export(session, world.of("contributor"))
    rows = list(openpyxl.load_workbook(BytesIO(content)).active.iter_rows(values_only=True))
    assert rows[0][:4] == ("目標コード", "上の目標", "段", "目標")
    assert [row[0] for row in rows[1:]] == ["G-1", "G-1-1", "G-1-1-1", "G-1-2", goal.code]
    assert rows[5][1:8] == ("G-1-2", 3, SAYS["statement"], "経営", "1年以内", "住民", "定量")
    assert events(session, "goals.export")[0].after == {"rows": 5}
    with pytest.raises(Forbidden):
        service.export(session, world.vendor_actor())
