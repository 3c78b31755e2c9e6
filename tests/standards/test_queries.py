from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from registry.errors import NotFound
from registry.standards import decision_queries, group_queries, queries, standings
from registry.standards.models import Relation
from registry.standards.standings import Wanted
from tests.standards.material import decide, drafted, group_of
from tests.world import World


def test_another_region_finds_nothing(session: Session, world: World) -> None:
    group = group_of(session, world, t072028=("仮予約ができること。", Relation.SAME))
    standard = drafted(session, world, [group.id])
    line = group_queries.group_lines(session, world.coordinator, world.business.id, [group.id])[0]
    business = world.business.id
    for look in (
        lambda: queries.group(session, world.stranger, business, group.code),
        lambda: queries.standard(session, world.stranger, business, standard.code),
        lambda: queries.alignment(session, world.stranger, line.alignment_id),
        lambda: queries.standard(session, world.coordinator, business, "A-0019999-01"),
        lambda: queries.group(session, world.coordinator, world.foreign_business.id, group.code),
    ):
        with pytest.raises(NotFound):
            look()
    assert group_queries.groups(session, world.stranger, business) == []
    assert group_queries.group_lines(session, world.stranger, business, [group.id]) == []
    assert standings.listing(session, world.stranger, business, Wanted()).total == 0
    decide(session, world, standard=standard)
    assert decision_queries.decided(session, world.stranger, business) == []
    assert len(decision_queries.decided(session, world.coordinator, business)) == 1


def test_the_goal_chain_starts_at_the_top(session: Session, world: World) -> None:
    chain = queries.goal_chain(session, world.of("editor"), world.goals["G-1-1-1"].id)
    assert [goal.code for goal in chain] == ["G-1", "G-1-1", "G-1-1-1"]
    assert queries.goal_chain(session, world.of("editor"), None) == []
