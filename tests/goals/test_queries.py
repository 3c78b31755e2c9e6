"""Reading goals: in printed order, and only those of one's own region."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from registry.errors import NotFound
from registry.goals import queries
from tests.world import World


def test_goals_come_in_printed_order_without_those_of_another_region(
    session: Session, world: World
) -> None:
    for actor in (world.coordinator, world.of("contributor")):
        codes = [goal.code for goal in queries.all_goals(session, actor)]
        assert codes == ["G-1", "G-1-1", "G-1-1-1", "G-1-2"]
    assert [goal.id for goal in queries.all_goals(session, world.stranger)] == [
        world.foreign_goal.id
    ]


def test_the_same_code_in_two_regions_means_two_goals(session: Session, world: World) -> None:
    assert queries.by_code(session, world.coordinator, "G-1").id == world.goals["G-1"].id
    assert queries.by_code(session, world.stranger, "G-1").id == world.foreign_goal.id


def test_a_goal_of_another_region_is_not_there(session: Session, world: World) -> None:
    with pytest.raises(NotFound):
        queries.get(session, world.coordinator, world.foreign_goal.id)
    with pytest.raises(NotFound):
        queries.by_code(session, world.stranger, "G-1-1")
    with pytest.raises(NotFound, match="G-9"):
        queries.by_code(session, world.coordinator, "G-9")


def test_a_goal_is_found_by_its_id(session: Session, world: World) -> None:
    goal = world.goals["G-1-2"]
    assert queries.get(session, world.of("editor"), goal.id).code == "G-1-2"
