"""The groups of a business and the towns' lines in them, without what a town hides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor, Role
from registry.municipalities.models import Municipality
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements.models import Obligation, Requirement, RequirementVersion
from registry.standards import decision_queries
from registry.standards.models import (
    Alignment,
    Decision,
    Outcome,
    Relation,
    RequirementGroup,
    StandardAnswer,
    StandardRequirement,
)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group in a list; `standards` are the codes of those that answer it."""

    id: int
    code: str
    label: str
    version: int
    goal_id: int | None
    lines: int
    towns: int
    suspects: int
    standards: tuple[str, ...]
    outcome: Outcome | None


def groups(session: Session, actor: Actor, business_id: int) -> list[GroupRow]:
    """The groups of a business by code, with counts of all their lines."""
    moved = sa.or_(
        Requirement.submitted_version_id != Alignment.requirement_version_id,
        Requirement.submitted_version_id.is_(None),
        Requirement.deleted_at.is_not(None),
    )
    rows = session.execute(
        sa.select(
            RequirementGroup,
            sa.func.count(Requirement.id),
            sa.func.count(Requirement.municipality_id.distinct()),
            sa.func.count(sa.case((moved, Requirement.id))),
        )
        .join(Business, Business.id == RequirementGroup.business_id)
        .outerjoin(Alignment, Alignment.group_id == RequirementGroup.id)
        .outerjoin(Requirement, Requirement.id == Alignment.requirement_id)
        .where(Business.id == business_id, Business.region_id == actor.region_id)
        .group_by(RequirementGroup.id)
        .order_by(RequirementGroup.code)
    ).all()
    answered = _answering(session, business_id)
    outcomes = _group_outcomes(session, business_id)
    return [
        GroupRow(
            id=row.id,
            code=row.code,
            label=row.label,
            version=row.version,
            goal_id=row.goal_id,
            lines=lines,
            towns=towns,
            suspects=suspects,
            standards=tuple(answered.get(row.id, ())),
            outcome=outcomes.get(row.id),
        )
        for row, lines, towns, suspects in rows
    ]


def _answering(session: Session, business_id: int) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for group_id, code in session.execute(
        sa.select(StandardAnswer.group_id, StandardRequirement.code)
        .join(StandardRequirement, StandardRequirement.id == StandardAnswer.standard_id)
        .where(StandardRequirement.business_id == business_id)
        .order_by(StandardAnswer.group_id, StandardRequirement.code)
    ):
        found[group_id].append(code)
    return found


def _group_outcomes(session: Session, business_id: int) -> dict[int, Outcome]:
    rows = session.execute(
        sa.select(Decision.group_id, Decision.outcome)
        .where(
            Decision.business_id == business_id,
            Decision.group_id.is_not(None),
            decision_queries.newest(),
        )
        .order_by(Decision.id)
    )
    return {group_id: outcome for group_id, outcome in rows if group_id is not None}


def standards_answering(session: Session, group_id: int) -> list[str]:
    """The codes of the standards that answer a group."""
    return list(
        session.scalars(
            sa.select(StandardRequirement.code)
            .join(StandardAnswer, StandardAnswer.standard_id == StandardRequirement.id)
            .where(StandardAnswer.group_id == group_id)
            .order_by(StandardRequirement.code)
        )
    )


@dataclass(frozen=True, slots=True)
class GroupLine:
    """An aligned line as its town now submits it.

    `suspect`: the town submitted another wording since a person looked. `withdrawn`: it took the
    line back; the text is then the one that was looked at.
    """

    alignment_id: int
    requirement_id: int
    group_id: int
    group_code: str
    municipality_id: int
    municipality_code: str
    municipality_name: str
    section: str
    label: str
    text: str
    obligation: Obligation | None
    relation: Relation
    suspect: bool
    withdrawn: bool


def group_lines(
    session: Session, actor: Actor, business_id: int, group_ids: Collection[int]
) -> list[GroupLine]:
    """The lines of the groups this person may read, by town, group and place in the list.

    Lines of a town that hides its details are left out for other towns, as if they were not there.
    """
    shown = sa.func.coalesce(Requirement.submitted_version_id, Alignment.requirement_version_id)
    query = (
        sa.select(Alignment, Requirement, RequirementVersion, RequirementGroup.code, Municipality)
        .join(RequirementGroup, RequirementGroup.id == Alignment.group_id)
        .join(Requirement, Requirement.id == Alignment.requirement_id)
        .join(RequirementVersion, RequirementVersion.id == shown)
        .join(Municipality, Municipality.id == Requirement.municipality_id)
        .where(
            RequirementGroup.business_id == business_id,
            RequirementGroup.id.in_(group_ids),
            Municipality.region_id == actor.region_id,
        )
        .order_by(Municipality.code, RequirementGroup.code, Requirement.position, Requirement.id)
    )
    hidden = unreadable_towns(session, actor, business_id)
    return [
        GroupLine(
            alignment_id=link.id,
            requirement_id=requirement.id,
            group_id=link.group_id,
            group_code=code,
            municipality_id=town.id,
            municipality_code=town.code,
            municipality_name=town.name,
            section=version.section,
            label=version.label,
            text=version.text,
            obligation=version.obligation,
            relation=link.relation,
            suspect=requirement.submitted_version_id != link.requirement_version_id,
            withdrawn=(
                requirement.deleted_at is not None or requirement.submitted_version_id is None
            ),
        )
        for link, requirement, version, code, town in session.execute(query)
        if town.id not in hidden
    ]


def unreadable_towns(session: Session, actor: Actor, business_id: int) -> set[int]:
    """Ids of the towns whose wordings this person may only count (DESIGN §6)."""
    if actor.terminal or actor.role is Role.COORDINATOR:
        return set()
    return processes.hidden_towns(session, business_id) - {actor.municipality_id or 0}


def submitted_towns(session: Session, business_id: int) -> set[int]:
    """Ids of the towns that have submitted at least one line."""
    return set(
        session.scalars(
            sa.select(Requirement.municipality_id)
            .where(
                Requirement.business_id == business_id,
                Requirement.submitted_version_id.is_not(None),
                Requirement.deleted_at.is_(None),
            )
            .distinct()
            .order_by(Requirement.municipality_id)
        )
    )
