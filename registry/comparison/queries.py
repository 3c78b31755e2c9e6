"""Reading what is compared: always the same number of queries, however many towns and lines.

Plain columns only. Texts are read for the groups on the screen, not for the whole matrix.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.comparison import matrix
from registry.comparison.matrix import Group, Matrix, Plain, Row, Town
from registry.goals.models import Goal
from registry.municipalities.models import Municipality
from registry.processes.models import Business, BusinessProcess
from registry.requirements.models import (
    Body,
    Requirement,
    RequirementVersion,
)
from registry.requirements.queries import sees_all_detail
from registry.standards.models import (
    Alignment,
    RequirementGroup,
    StandardAnswer,
    StandardRequirement,
)
from registry.text.normalise import RULES, body_digest

_IDS_A_QUERY: Final = 5000
"""Digests sent in one query; a business has at most 9,999 standards (codes.MAX_SERIAL)."""

_SUBMITTED: Final = sa.and_(
    Requirement.submitted_version_id.is_not(None), Requirement.deleted_at.is_(None)
)


def matrices(session: Session, actor: Actor, business_ids: Sequence[int]) -> dict[int, Matrix]:
    """The matrix of each business as this person may see it; ids must be of the actor's region."""
    towns = _towns(session, actor, business_ids)
    standards = _answers(session, business_ids)
    bodies = _standard_bodies(session, standards)
    groups = _groups(session, business_ids, standards)
    home = {group.id: business_id for business_id, own in groups.items() for group in own}
    lines: dict[int, list[Plain]] = {business_id: [] for business_id in business_ids}
    for line in _lines(session, business_ids):
        lines[home[line[0]]].append(line)
    return {
        business_id: matrix.build(
            towns[business_id], groups[business_id], lines[business_id], bodies
        )
        for business_id in business_ids
    }


def of_business(session: Session, actor: Actor, business: Business) -> Matrix:
    return matrices(session, actor, [business.id])[business.id]


def _towns(session: Session, actor: Actor, business_ids: Sequence[int]) -> dict[int, list[Town]]:
    counts = (
        sa.select(
            Requirement.business_id,
            Requirement.municipality_id,
            sa.func.count().label("submitted"),
        )
        .where(Requirement.business_id.in_(business_ids), _SUBMITTED)
        .group_by(Requirement.business_id, Requirement.municipality_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(
            Business.id,
            Municipality.id,
            Municipality.code,
            Municipality.name,
            sa.func.coalesce(counts.c.submitted, 0),
            sa.func.coalesce(BusinessProcess.hides_detail, sa.false()),
        )
        .join(Municipality, Municipality.region_id == Business.region_id)
        .outerjoin(
            counts,
            sa.and_(
                counts.c.business_id == Business.id, counts.c.municipality_id == Municipality.id
            ),
        )
        .outerjoin(
            BusinessProcess,
            sa.and_(
                BusinessProcess.business_id == Business.id,
                BusinessProcess.municipality_id == Municipality.id,
            ),
        )
        .where(Business.id.in_(business_ids), Business.region_id == actor.region_id)
        .order_by(Business.id, Municipality.code)
    )
    towns: dict[int, list[Town]] = {business_id: [] for business_id in business_ids}
    for business_id, id, code, name, submitted, hides in rows:
        hidden = bool(hides) and not sees_all_detail(actor) and id != actor.municipality_id
        towns[business_id].append(Town(id, code, name, submitted, hidden))
    return towns


class _Answer(NamedTuple):
    group_id: int
    code: str
    text: str


def _answers(session: Session, business_ids: Sequence[int]) -> list[_Answer]:
    rows = session.execute(
        sa.select(StandardAnswer.group_id, StandardRequirement.code, StandardRequirement.text)
        .join(StandardRequirement, StandardRequirement.id == StandardAnswer.standard_id)
        .where(StandardRequirement.business_id.in_(business_ids))
        .order_by(StandardAnswer.group_id, StandardRequirement.serial)
    )
    return [_Answer._make(row) for row in rows]


@lru_cache(maxsize=16384)
def _digest(text: str) -> str:
    """Remembered: standards change seldom, and normalising 2,000 of them takes a fifth of a second."""
    return body_digest(text)


def _standard_bodies(session: Session, answers: Iterable[_Answer]) -> dict[int, frozenset[int]]:
    """Group → bodies of its standards; one that no town wrote has no body, but still counts."""
    digests: dict[int, set[str]] = {}
    for answer in answers:
        digests.setdefault(answer.group_id, set()).add(_digest(answer.text))
    wanted = sorted(set().union(*digests.values()))
    found: dict[str, int] = {}
    for start in range(0, max(len(wanted), 1), _IDS_A_QUERY):
        rows = session.execute(
            sa.select(Body.digest, Body.id)
            .where(Body.rule == RULES, Body.digest.in_(wanted[start : start + _IDS_A_QUERY]))
            .order_by(Body.id)
        )
        found.update((digest, id) for digest, id in rows)
    return {
        group_id: frozenset(found[digest] for digest in own if digest in found)
        for group_id, own in digests.items()
    }


def _groups(
    session: Session, business_ids: Sequence[int], answers: Iterable[_Answer]
) -> dict[int, list[Group]]:
    standards: dict[int, list[_Answer]] = {}
    for answer in answers:
        standards.setdefault(answer.group_id, []).append(answer)
    groups: dict[int, list[Group]] = {business_id: [] for business_id in business_ids}
    for business_id, id, code, label, goal_id in session.execute(
        sa.select(
            RequirementGroup.business_id,
            RequirementGroup.id,
            RequirementGroup.code,
            RequirementGroup.label,
            RequirementGroup.goal_id,
        )
        .where(RequirementGroup.business_id.in_(business_ids))
        .order_by(sa.func.length(RequirementGroup.code), RequirementGroup.code)
    ):
        own = standards.get(id, [])
        codes = tuple(answer.code for answer in own)
        wording = own[0].text if own else ""
        groups[business_id].append(Group(id, code, label, goal_id, codes, wording))
    return groups


def _lines(session: Session, business_ids: Sequence[int]) -> list[Plain]:
    """Every aligned line as submitted now, in any order.

    The two vocabularies come as text and the rows as the driver gives them: turning 26,000 rows
    into objects takes longer than the query.
    """
    result = session.connection().execute(
        sa.select(
            Alignment.group_id,
            Requirement.municipality_id,
            Requirement.id,
            RequirementVersion.body_id,
            Alignment.requirement_version_id,
            RequirementVersion.id,
            sa.type_coerce(Alignment.relation, sa.String),
            sa.type_coerce(RequirementVersion.obligation, sa.String),
        )
        .join(Requirement, Requirement.id == Alignment.requirement_id)
        .join(RequirementVersion, RequirementVersion.id == Requirement.submitted_version_id)
        .where(Requirement.business_id.in_(business_ids), Requirement.deleted_at.is_(None))
        .order_by(None)
    )
    rows = cast(list[Plain], result.cursor.fetchall())
    result.close()
    return rows


def wordings(session: Session, rows: Iterable[Row]) -> dict[int, str]:
    """Group id → what its cells are compared with: the standard's text or the most frequent line."""
    found = {row.group.id: row.group.wording for row in rows if row.has_standard}
    bases = {
        row.base.version_id: row.group.id
        for row in rows
        if row.base is not None and not row.has_standard
    }
    for version_id, text in session.execute(
        sa.select(RequirementVersion.id, RequirementVersion.text)
        .where(RequirementVersion.id.in_(bases))
        .order_by(RequirementVersion.id)
    ):
        found[bases[version_id]] = text
    return found


@dataclass(frozen=True, slots=True)
class GoalChoice:
    """A goal as the filter needs it; satisfies `goals.tree.Node`."""

    id: int
    parent_id: int | None
    position: int
    code: str
    statement: str
    closed: bool


def goals(session: Session, actor: Actor) -> list[GoalChoice]:
    """The region's goals; `goals.tree` puts them into their order."""
    rows = session.execute(
        sa.select(Goal.id, Goal.parent_id, Goal.position, Goal.code, Goal.statement, Goal.closed)
        .where(Goal.region_id == actor.region_id)
        .order_by(Goal.position, Goal.id)
    )
    return [GoalChoice(*row) for row in rows]
