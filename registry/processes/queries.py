"""Reading businesses and the towns' records of them."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.errors import NotFound
from registry.municipalities.models import Municipality
from registry.processes.models import Business, BusinessProcess, BusinessTerm


@dataclass(frozen=True)
class TownRecord:
    """A town with what it has recorded of one business; `record` is None before it has."""

    town: Municipality
    record: BusinessProcess | None

    @property
    def division(self) -> str:
        return self.record.division if self.record else ""

    @property
    def hides_detail(self) -> bool:
        return self.record is not None and self.record.hides_detail


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


def term(session: Session, business_id: int, term_id: int) -> BusinessTerm:
    """Raises NotFound, also for a term of another business."""
    found = session.scalar(
        sa.select(BusinessTerm).where(
            BusinessTerm.id == term_id, BusinessTerm.business_id == business_id
        )
    )
    if found is None:
        raise NotFound("この用語は見つかりませんでした。ほかの人が先に削除したのかもしれません。")
    return found


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


def town_records(session: Session, actor: Actor, business_id: int) -> list[TownRecord]:
    """Every town of the actor's region by code, with its record of the business if it has one."""
    rows = session.execute(
        sa.select(Municipality, BusinessProcess)
        .outerjoin(
            BusinessProcess,
            sa.and_(
                BusinessProcess.municipality_id == Municipality.id,
                BusinessProcess.business_id == business_id,
            ),
        )
        .where(Municipality.region_id == actor.region_id)
        .order_by(Municipality.code)
    )
    return [TownRecord(town, record) for town, record in rows]


def hidden_businesses(session: Session, municipality_id: int) -> set[int]:
    """Ids of the businesses whose detail this town hides."""
    return set(
        session.scalars(
            sa.select(BusinessProcess.business_id)
            .where(BusinessProcess.municipality_id == municipality_id, BusinessProcess.hides_detail)
            .order_by(BusinessProcess.business_id)
        )
    )
