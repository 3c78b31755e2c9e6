"""How many lines each town has in each state."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor, Permission
from registry.municipalities.models import Municipality
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements.models import (
    Requirement,
    RequirementState,
)
from registry.requirements.queries import is_waiting, sees_all_detail


@dataclass(frozen=True, slots=True)
class Counts:
    """Lines by state, as the town itself counts them; `submitted` are those others can see."""

    total: int = 0
    draft: int = 0
    returned: int = 0
    waiting: int = 0
    confirmed: int = 0
    submitted: int = 0


@dataclass(frozen=True, slots=True)
class TownCounts:
    """What may be known of a town's lines by others: numbers, and that a draft exists."""

    municipality_id: int
    code: str
    name: str
    submitted: int
    confirmed: int
    has_draft: bool
    hides_detail: bool
    readable: bool


def own_counts(session: Session, actor: Actor) -> dict[int, Counts]:
    """Business id → counts of the actor's own town; businesses without lines are left out."""
    if actor.municipality_id is None or not actor.may(Permission.READ_CONTENT):
        return {}
    state = Requirement.state
    rows = session.execute(
        sa.select(
            Requirement.business_id,
            sa.func.count(),
            _count(state == RequirementState.DRAFT),
            _count(state == RequirementState.RETURNED),
            _count(is_waiting()),
            _count(state == RequirementState.CONFIRMED),
            _count(Requirement.submitted_version_id.is_not(None)),
        )
        .where(
            Requirement.municipality_id == actor.municipality_id, Requirement.deleted_at.is_(None)
        )
        .group_by(Requirement.business_id)
        .order_by(Requirement.business_id)
    )
    return {row[0]: Counts(*list(row)[1:]) for row in rows}


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def town_counts(session: Session, actor: Actor, business_id: int) -> list[TownCounts]:
    """Every town of the region with what others may know of its lines, by code."""
    if not actor.may(Permission.READ_CONTENT):
        return []
    unsubmitted = sa.or_(
        Requirement.submitted_version_id.is_(None),
        Requirement.draft_version_id != Requirement.submitted_version_id,
    )
    confirmed = sa.and_(
        Requirement.submitted_version_id.is_not(None),
        Requirement.confirmed_version_id == Requirement.submitted_version_id,
    )
    rows = session.execute(
        sa.select(
            Municipality.id,
            Municipality.code,
            Municipality.name,
            _count(Requirement.submitted_version_id.is_not(None)),
            _count(confirmed),
            _count(sa.and_(Requirement.id.is_not(None), unsubmitted)),
        )
        .outerjoin(
            Requirement,
            sa.and_(
                Requirement.municipality_id == Municipality.id,
                Requirement.business_id == business_id,
                Requirement.deleted_at.is_(None),
            ),
        )
        .where(Municipality.region_id == actor.region_id)
        .group_by(Municipality.id, Municipality.code, Municipality.name)
        .order_by(Municipality.code)
    ).all()
    hidden = processes.hidden_towns(session, business_id)
    return [
        TownCounts(
            row[0],
            row[1],
            row[2],
            int(row[3]),
            int(row[4]),
            bool(row[5]),
            hides_detail=row[0] in hidden,
            readable=(
                row[0] == actor.municipality_id or sees_all_detail(actor) or row[0] not in hidden
            ),
        )
        for row in rows
    ]


def towns_submitted(session: Session, actor: Actor) -> dict[int, tuple[int, int]]:
    """Business id → (towns with submitted lines, submitted lines) in the actor's region."""
    if not actor.may(Permission.READ_CONTENT):
        return {}
    rows = session.execute(
        sa.select(
            Requirement.business_id,
            sa.func.count(sa.distinct(Requirement.municipality_id)),
            sa.func.count(),
        )
        .join(Business, Business.id == Requirement.business_id)
        .where(
            Business.region_id == actor.region_id,
            Requirement.submitted_version_id.is_not(None),
            Requirement.deleted_at.is_(None),
        )
        .group_by(Requirement.business_id)
        .order_by(Requirement.business_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}
