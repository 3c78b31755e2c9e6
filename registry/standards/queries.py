"""One group, standard or alignment as far as a person may see it, and what it is tied to."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.errors import NotFound
from registry.goals import queries as goals
from registry.goals import tree
from registry.goals.models import Goal
from registry.municipalities.models import Municipality
from registry.processes.models import Business
from registry.standards.models import (
    Alignment,
    RequirementGroup,
    StandardAnswer,
    StandardRequirement,
)


def group(session: Session, actor: Actor, business_id: int, code: str) -> RequirementGroup:
    """Raises NotFound, also for another region's."""
    found = session.scalar(
        sa.select(RequirementGroup)
        .join(Business, Business.id == RequirementGroup.business_id)
        .where(
            Business.id == business_id,
            Business.region_id == actor.region_id,
            RequirementGroup.code == code,
        )
    )
    if found is None:
        raise NotFound(f"まとまり {code} は見つかりませんでした。")
    return found


def standard(session: Session, actor: Actor, business_id: int, code: str) -> StandardRequirement:
    """Raises NotFound, also for another region's."""
    found = session.scalar(
        sa.select(StandardRequirement)
        .join(Business, Business.id == StandardRequirement.business_id)
        .where(
            Business.id == business_id,
            Business.region_id == actor.region_id,
            StandardRequirement.code == code,
        )
    )
    if found is None:
        raise NotFound(f"標準要件 {code} は見つかりませんでした。")
    return found


def alignment(session: Session, actor: Actor, alignment_id: int) -> Alignment:
    """Raises NotFound, also for another region's."""
    found = session.scalar(
        sa.select(Alignment)
        .join(RequirementGroup, RequirementGroup.id == Alignment.group_id)
        .join(Business, Business.id == RequirementGroup.business_id)
        .where(Alignment.id == alignment_id, Business.region_id == actor.region_id)
    )
    if found is None:
        raise NotFound("この対応付けは見つかりませんでした。すでに外されたのかもしれません。")
    return found


def goal_chain(session: Session, actor: Actor, goal_id: int | None) -> list[Goal]:
    """The goal and everything it serves, from the top down; empty without a goal."""
    if goal_id is None:
        return []
    return tree.ancestors({goal.id: goal for goal in goals.all_goals(session, actor)}, goal_id)


def towns(session: Session, actor: Actor) -> list[Municipality]:
    """The region's municipalities by code."""
    return list(
        session.scalars(
            sa.select(Municipality)
            .where(Municipality.region_id == actor.region_id)
            .order_by(Municipality.code)
        )
    )


def answered_groups(session: Session, standard_id: int) -> list[RequirementGroup]:
    """The groups a standard answers, by code."""
    return list(
        session.scalars(
            sa.select(RequirementGroup)
            .join(StandardAnswer, StandardAnswer.group_id == RequirementGroup.id)
            .where(StandardAnswer.standard_id == standard_id)
            .order_by(RequirementGroup.code)
        )
    )


def answered_codes(session: Session, business_id: int) -> dict[int, list[str]]:
    """The codes of the groups each standard of a business answers, by standard id."""
    found: dict[int, list[str]] = defaultdict(list)
    for standard_id, code in session.execute(
        sa.select(StandardAnswer.standard_id, RequirementGroup.code)
        .join(RequirementGroup, RequirementGroup.id == StandardAnswer.group_id)
        .where(RequirementGroup.business_id == business_id)
        .order_by(StandardAnswer.standard_id, RequirementGroup.code)
    ):
        found[standard_id].append(code)
    return found


def shown_values(session: Session, standard: StandardRequirement) -> dict[str, object]:
    """What is stored, as a page shows it beside what somebody else typed."""
    goal = session.get(Goal, standard.goal_id) if standard.goal_id is not None else None
    return {
        "title": standard.title,
        "text": standard.text,
        "obligation": standard.obligation.label,
        "reason": standard.reason,
        "goal": f"{goal.code} {goal.statement}" if goal is not None else "",
        "kind": standard.kind.label,
        "phase": standard.phase.label if standard.phase is not None else "",
        "target_edition": standard.target_edition,
        "groups": "、".join(group.code for group in answered_groups(session, standard.id)),
        "version": standard.version,
    }
