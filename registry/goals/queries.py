"""Reading goals; the tree is small, so it is read whole."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.errors import NotFound
from registry.goals import tree
from registry.goals.models import Goal


def all_goals(session: Session, actor: Actor) -> list[Goal]:
    """The region's goals in printed order."""
    goals = session.scalars(
        sa.select(Goal).where(Goal.region_id == actor.region_id).order_by(Goal.position, Goal.id)
    )
    return tree.printed_order(list(goals))


def get(session: Session, actor: Actor, goal_id: int) -> Goal:
    """Raises NotFound, also for a goal of another region."""
    goal = session.scalar(
        sa.select(Goal).where(Goal.id == goal_id, Goal.region_id == actor.region_id)
    )
    if goal is None:
        raise NotFound("この目標は見つかりませんでした。")
    return goal


def by_code(session: Session, actor: Actor, code: str) -> Goal:
    """Raises NotFound."""
    goal = session.scalar(
        sa.select(Goal).where(Goal.code == code, Goal.region_id == actor.region_id)
    )
    if goal is None:
        raise NotFound(f"目標 {code} は見つかりませんでした。")
    return goal


def open_below(goals: Sequence[Goal], goal: Goal) -> list[Goal]:
    """Those of `goals` that hang below this one, however deep, and are not closed; in order."""
    below = tree.branch(goals, goal.id) - {goal.id}
    return [one for one in goals if one.id in below and not one.closed]
