"""Reading one group with its lines, and the lines that are in none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from registry.access import Actor
from registry.municipalities.models import Municipality
from registry.paging import Page
from registry.processes.models import BusinessProcess
from registry.requirements.models import (
    Body,
    Obligation,
    Requirement,
    RequirementKind,
    RequirementVersion,
)
from registry.requirements.queries import readable, sees_all_detail
from registry.standards.models import (
    Alignment,
    Decision,
    Outcome,
    Relation,
    RequirementGroup,
    StandardAnswer,
    StandardRequirement,
)
from registry.text.normalise import search_key


@dataclass(frozen=True, slots=True)
class VariantLine:
    """A line in a group as its town submits it now.

    `aligned_text` is the wording a person looked at, when it is another one. `withdrawn`: the
    town took the line back since; `text` is then the one that was looked at.
    """

    alignment_id: int
    requirement_id: int
    municipality_id: int
    section: str
    label: str
    mark: str
    text: str
    obligation: Obligation | None
    kind: RequirementKind
    relation: Relation
    body_id: int
    aligned_text: str | None
    withdrawn: bool
    also_in: tuple[str, ...]


def variant_lines(session: Session, actor: Actor, group: RequirementGroup) -> list[VariantLine]:
    """The lines of a group this person may read, by town and place in its list."""
    looked_at = aliased(RequirementVersion)
    now_sent = aliased(RequirementVersion)
    rows = session.execute(
        sa.select(
            Alignment.id,
            Alignment.relation,
            Requirement.id,
            Requirement.municipality_id,
            Requirement.deleted_at,
            looked_at,
            now_sent,
        )
        .join(Requirement, Requirement.id == Alignment.requirement_id)
        .join(Municipality, Municipality.id == Requirement.municipality_id)
        .join(looked_at, looked_at.id == Alignment.requirement_version_id)
        .outerjoin(now_sent, now_sent.id == Requirement.submitted_version_id)
        .where(Alignment.group_id == group.id, _may_be_read(actor))
        .order_by(Municipality.code, Requirement.position, Requirement.id)
    ).all()
    elsewhere: dict[int, list[str]] = {}
    other = aliased(Alignment)
    for requirement_id, code in session.execute(
        sa.select(other.requirement_id, RequirementGroup.code)
        .join(Alignment, Alignment.requirement_id == other.requirement_id)
        .join(RequirementGroup, RequirementGroup.id == other.group_id)
        .where(Alignment.group_id == group.id, other.group_id != group.id)
        .order_by(RequirementGroup.code)
    ):
        elsewhere.setdefault(requirement_id, []).append(code)
    return [_variant(*row, also_in=tuple(elsewhere.get(row[2], ()))) for row in rows]


def _may_be_read(actor: Actor) -> sa.ColumnElement[bool]:
    """As `requirements.queries.readable`, but for lines that were taken back as well."""
    if sees_all_detail(actor):
        return sa.true()
    hides = sa.exists().where(
        BusinessProcess.municipality_id == Requirement.municipality_id,
        BusinessProcess.business_id == Requirement.business_id,
        BusinessProcess.hides_detail,
    )
    gone = sa.or_(Requirement.deleted_at.is_not(None), Requirement.submitted_version_id.is_(None))
    return sa.or_(Requirement.municipality_id == actor.municipality_id, sa.and_(~hides, ~gone))


def _variant(
    alignment_id: int,
    relation: Relation,
    requirement_id: int,
    municipality_id: int,
    deleted_at: Any,
    looked_at: RequirementVersion,
    now_sent: RequirementVersion | None,
    *,
    also_in: tuple[str, ...],
) -> VariantLine:
    withdrawn = deleted_at is not None or now_sent is None
    shown = looked_at if now_sent is None else now_sent
    return VariantLine(
        alignment_id=alignment_id,
        requirement_id=requirement_id,
        municipality_id=municipality_id,
        section=shown.section,
        label=shown.label,
        mark=shown.mark,
        text=shown.text,
        obligation=shown.obligation,
        kind=shown.kind,
        relation=relation,
        body_id=shown.body_id,
        aligned_text=looked_at.text if shown.id != looked_at.id else None,
        withdrawn=withdrawn,
        also_in=also_in,
    )


@dataclass(frozen=True, slots=True)
class AnsweringStandard:
    """A standard that answers the group; `outcome` of its newest decision."""

    code: str
    title: str
    text: str
    obligation: Obligation
    outcome: Outcome | None


def answering(session: Session, group: RequirementGroup) -> list[AnsweringStandard]:
    """The standards that answer a group, in the order of their codes."""
    newer = aliased(Decision)
    newest = ~sa.exists().where(newer.supersedes_id == Decision.id)
    rows = session.execute(
        sa.select(
            StandardRequirement.code,
            StandardRequirement.title,
            StandardRequirement.text,
            StandardRequirement.obligation,
            Decision.outcome,
        )
        .join(StandardAnswer, StandardAnswer.standard_id == StandardRequirement.id)
        .outerjoin(Decision, sa.and_(Decision.standard_id == StandardRequirement.id, newest))
        .where(StandardAnswer.group_id == group.id)
        .order_by(StandardRequirement.serial)
    )
    return [AnsweringStandard(*row) for row in rows]


def group_decision(session: Session, group: RequirementGroup) -> Outcome | None:
    """What was decided on the group itself, where no standard was drafted."""
    newer = aliased(Decision)
    return session.scalar(
        sa.select(Decision.outcome)
        .where(
            Decision.group_id == group.id,
            ~sa.exists().where(newer.supersedes_id == Decision.id),
        )
        .order_by(Decision.id.desc())
        .limit(1)
    )


def neighbours(session: Session, group: RequirementGroup) -> tuple[str | None, str | None]:
    """The codes before and after this one, for going through the groups one by one."""
    length = sa.func.length(RequirementGroup.code)
    place = sa.tuple_(length, RequirementGroup.code)
    here = sa.tuple_(sa.literal(len(group.code)), sa.literal(group.code))
    own = sa.select(RequirementGroup.code).where(RequirementGroup.business_id == group.business_id)
    before = own.where(place < here).order_by(length.desc(), RequirementGroup.code.desc())
    after = own.where(place > here).order_by(length, RequirementGroup.code)
    return session.scalar(before.limit(1)), session.scalar(after.limit(1))


def group_names(session: Session, business_id: int) -> list[tuple[str, str]]:
    """(code, label) of all groups, for choosing one."""
    rows = session.execute(
        sa.select(RequirementGroup.code, RequirementGroup.label)
        .where(RequirementGroup.business_id == business_id)
        .order_by(sa.func.length(RequirementGroup.code), RequirementGroup.code)
    )
    return [(code, label) for code, label in rows]


@dataclass(frozen=True, slots=True)
class LooseLine:
    requirement_id: int
    municipality_name: str
    section: str
    label: str
    text: str
    obligation: Obligation | None


def _loose() -> sa.ColumnElement[bool]:
    return ~sa.exists().where(Alignment.requirement_id == Requirement.id)


def loose_lines(
    session: Session,
    actor: Actor,
    business_id: int,
    *,
    municipality_id: int | None = None,
    words: str = "",
    page: int = 1,
    page_size: int = 50,
) -> Page[LooseLine]:
    """Submitted lines that are in no group and that this person may read, town by town."""
    query = (
        sa.select(
            Requirement.id,
            Municipality.name,
            RequirementVersion.section,
            RequirementVersion.label,
            RequirementVersion.text,
            RequirementVersion.obligation,
        )
        .join(RequirementVersion, RequirementVersion.id == Requirement.submitted_version_id)
        .join(Municipality, Municipality.id == Requirement.municipality_id)
        .where(Requirement.business_id == business_id, readable(actor), _loose())
        .order_by(Municipality.code, Requirement.position, Requirement.id)
    )
    if municipality_id is not None:
        query = query.where(Requirement.municipality_id == municipality_id)
    if words.strip():
        query = query.join(Body, Body.id == RequirementVersion.body_id)
    for word in words.split():
        query = query.where(Body.text.contains(search_key(word), autoescape=True))
    total = session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery()))
    rows = session.execute(query.limit(page_size).offset((page - 1) * page_size))
    return Page([LooseLine(*row) for row in rows], page, page_size, total or 0)
