"""What waits for a town's approver, and which agreed lines it would change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from registry.access import Actor
from registry.accounts.models import Account
from registry.paging import Page
from registry.processes.models import Business
from registry.requirements import submissions
from registry.requirements.models import (
    Obligation,
    Requirement,
    RequirementVersion,
)
from registry.requirements.queries import in_region, is_waiting
from registry.requirements.values import COLUMNS, Values


@dataclass(frozen=True, slots=True)
class Waiting:
    """A submitted version that its town's approver has not judged yet."""

    requirement_id: int
    version_id: int
    section: str
    label: str
    text: str
    obligation: Obligation | None
    note: str
    confirmed_text: str | None
    confirmed_obligation: Obligation | None
    submitted_by: str
    own: bool
    business_slug: str
    business_name: str
    reason: str


def waiting(
    session: Session,
    actor: Actor,
    *,
    business_id: int | None = None,
    page: int = 1,
    page_size: int = 100,
) -> Page[Waiting]:
    """What the approver's own town has submitted and nobody has judged yet."""
    submitted, confirmed = RequirementVersion, aliased(RequirementVersion)
    query = (
        sa.select(
            Requirement.id,
            submitted.id,
            submitted.section,
            submitted.label,
            submitted.text,
            submitted.obligation,
            submitted.note,
            confirmed.text,
            confirmed.obligation,
            sa.func.coalesce(Account.name, "管理者(端末)"),
            sa.func.coalesce(Requirement.submitted_by == actor.account_id, sa.false()),
            Business.slug,
            Business.name,
            submissions.newest_reason(submitted.id),
        )
        .join(submitted, submitted.id == Requirement.submitted_version_id)
        .outerjoin(confirmed, confirmed.id == Requirement.confirmed_version_id)
        .outerjoin(Account, Account.id == Requirement.submitted_by)
        .join(Business, Business.id == Requirement.business_id)
        .where(
            Requirement.municipality_id == actor.municipality_id,
            Business.region_id == actor.region_id,
            Requirement.deleted_at.is_(None),
            is_waiting(),
        )
        .order_by(Business.number, Requirement.position, Requirement.id)
    )
    if business_id is not None:
        query = query.where(Requirement.business_id == business_id)
    total = session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery()))
    rows = session.execute(query.limit(page_size).offset((page - 1) * page_size))
    return Page([Waiting(*list(row)) for row in rows], page, page_size, total or 0)


def agreed_changes(
    session: Session, actor: Actor, *, municipality_id: int, business_id: int
) -> dict[int, tuple[Values, Values]]:
    """Requirement id → (confirmed, draft) wording of the own town's lines where the two are
    different versions. Other towns' lines are left out."""
    confirmed, draft = aliased(RequirementVersion), aliased(RequirementVersion)
    rows = session.execute(
        sa.select(
            Requirement.id,
            *(getattr(confirmed, name) for name in COLUMNS),
            *(getattr(draft, name) for name in COLUMNS),
        )
        .join(confirmed, confirmed.id == Requirement.confirmed_version_id)
        .join(draft, draft.id == Requirement.draft_version_id)
        .where(
            Requirement.municipality_id == municipality_id,
            Requirement.municipality_id == actor.municipality_id,
            Requirement.business_id == business_id,
            Requirement.deleted_at.is_(None),
            Requirement.draft_version_id != Requirement.confirmed_version_id,
            in_region(actor),
        )
        .order_by(Requirement.position, Requirement.id)
    )
    found = {}
    for row in rows:
        cells: list[Any] = list(row)
        old, new = cells[1 : len(COLUMNS) + 1], cells[len(COLUMNS) + 1 :]
        found[cells[0]] = (
            Values(**dict(zip(COLUMNS, old, strict=True))),
            Values(**dict(zip(COLUMNS, new, strict=True))),
        )
    return found
