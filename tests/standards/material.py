"""Lines, groups and standards for the tests of this feature."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.db import now
from registry.processes.models import Business, BusinessProcess
from registry.requirements.models import (
    Body,
    ImportState,
    Obligation,
    Requirement,
    RequirementKind,
    RequirementList,
    RequirementState,
    RequirementVersion,
)
from registry.standards import aligning, deciding, drafting
from registry.standards.models import (
    Decision,
    Outcome,
    Phase,
    Relation,
    RequirementGroup,
    StandardRequirement,
)
from registry.text.normalise import RULES, body_digest, body_text
from tests.world import World

DAY = date(2026, 8, 5)
AS_SENT = {
    "title": "仮予約の期限",
    "text": "仮予約は7日で取り消せること。",
    "obligation": "mandatory",
    "kind": "functional",
    "phase": "phase_1",
    "goal": "G-1-1",
    "reason": "多くの団体が7日で運用している。",
    "groups": ["F-001"],
}
"""A standard as a program sends it; `group_of` makes its group."""


def submitted_line(
    session: Session,
    world: World,
    code: str,
    text: str,
    *,
    business: Business | None = None,
    submitted: bool = True,
) -> Requirement:
    """A line of a town, submitted unless told otherwise."""
    business = business or world.business
    town = world.towns.get(code, world.other_town)
    sheet = RequirementList(
        municipality_id=town.id,
        business_id=business.id,
        name="一覧",
        state=ImportState.STORED,
        created_at=now(),
    )
    session.add(sheet)
    session.flush()
    requirement = Requirement(
        municipality_id=town.id,
        business_id=business.id,
        list_id=sheet.id,
        position=1,
        state=RequirementState.SUBMITTED if submitted else RequirementState.DRAFT,
    )
    session.add(requirement)
    session.flush()
    new_version(session, requirement, text, submitted=submitted)
    return requirement


def new_version(
    session: Session, requirement: Requirement, text: str, *, submitted: bool = True
) -> RequirementVersion:
    """A further wording, submitted unless told otherwise."""
    digest = body_digest(text)
    body = session.scalar(sa.select(Body).where(Body.rule == RULES, Body.digest == digest))
    if body is None:
        body = Body(rule=RULES, digest=digest, text=body_text(text))
        session.add(body)
        session.flush()
    count = session.scalar(
        sa.select(sa.func.count()).where(RequirementVersion.requirement_id == requirement.id)
    )
    version = RequirementVersion(
        requirement_id=requirement.id,
        number=(count or 0) + 1,
        section="予約",
        label=hashlib.sha256(text.encode()).hexdigest()[:2],
        text=text,
        obligation=Obligation.MANDATORY,
        body_id=body.id,
        created_at=now(),
    )
    session.add(version)
    session.flush()
    requirement.draft_version_id = version.id
    if submitted:
        requirement.submitted_version_id = version.id
    session.flush()
    return version


def group_of(
    session: Session, world: World, label: str = "仮予約", **lines: tuple[str, Relation]
) -> RequirementGroup:
    """A group; `t072028=("…", Relation.SAME)` adds a submitted line of that town."""
    group = aligning.create_group(
        session, world.coordinator, business_id=world.business.id, label=label
    )
    for town, (text, relation) in lines.items():
        requirement = submitted_line(session, world, town.removeprefix("t"), text)
        aligning.align(
            session, world.coordinator, group=group, requirement=requirement, relation=relation
        )
    return group


def values(**changes: Any) -> dict[str, Any]:
    """What a standard is drafted with."""
    return {
        "title": "仮予約の期限",
        "text": "仮予約は申込みの日から7日で自動的に取り消せること。",
        "obligation": Obligation.MANDATORY,
        "reason": "多くの団体が7日で運用している。",
        "goal_id": None,
        "kind": RequirementKind.FUNCTIONAL,
        "phase": Phase.PHASE_1,
        **changes,
    }


def drafted(
    session: Session, world: World, group_ids: Collection[int] = (), **changes: Any
) -> StandardRequirement:
    return drafting.draft_standard(
        session,
        world.coordinator,
        business_id=world.business.id,
        group_ids=group_ids,
        **values(**changes),
    )


def decide(session: Session, world: World, **changes: Any) -> Decision:
    """A decision on `standard` or `group`: adopted on `DAY` unless told otherwise."""
    subject = changes.get("standard") or changes["group"]
    return deciding.decide(
        session,
        world.coordinator,
        **{
            "version": subject.version,
            "outcome": Outcome.ADOPT,
            "reason": "研究会で合意した。",
            "decided_on": DAY,
            **changes,
        },
    )


def hide(session: Session, world: World, code: str) -> None:
    """The town shows other towns only counts."""
    session.add(
        BusinessProcess(
            municipality_id=world.towns[code].id, business_id=world.business.id, hides_detail=True
        )
    )
    session.flush()
