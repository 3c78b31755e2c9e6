"""Reading businesses and the towns' records of them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.errors import NotFound
from registry.processes.models import Business, BusinessProcess, BusinessTerm


def businesses(session: Session, actor: Actor) -> list[Business]:
    """The region's catalogue by number."""
    return list(
        session.scalars(
            sa.select(Business)
            .where(Business.region_id == actor.region_id)
            .order_by(Business.number)
        )
    )


def business(session: Session, actor: Actor, slug: str) -> Business:
    """Raises NotFound, also for a business of another region."""
    found = session.scalar(
        sa.select(Business).where(Business.region_id == actor.region_id, Business.slug == slug)
    )
    if found is None:
        raise NotFound(f"業務 {slug} は見つかりませんでした。")
    return found


def terms(session: Session, business_id: int) -> list[BusinessTerm]:
    return list(
        session.scalars(
            sa.select(BusinessTerm)
            .where(BusinessTerm.business_id == business_id)
            .order_by(BusinessTerm.id)
        )
    )


def hidden_towns(session: Session, business_id: int) -> set[int]:
    """Ids of the municipalities that show other towns only counts for this business."""
    return set(
        session.scalars(
            sa.select(BusinessProcess.municipality_id)
            .where(BusinessProcess.business_id == business_id, BusinessProcess.hides_detail)
            .order_by(BusinessProcess.municipality_id)
        )
    )


def process(session: Session, *, municipality_id: int, business_id: int) -> BusinessProcess | None:
    """A town's record of a business, if it has made one."""
    return session.scalar(
        sa.select(BusinessProcess).where(
            BusinessProcess.municipality_id == municipality_id,
            BusinessProcess.business_id == business_id,
        )
    )
