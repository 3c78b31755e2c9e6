"""Reading the towns' flows: one's own always, another town's unless it hides its detail."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from registry.access import TOWN_ROLES, Actor
from registry.accounts.models import Account
from registry.errors import NotFound
from registry.municipalities.models import Municipality
from registry.processes.models import Business, BusinessProcess, FlowRecord, FlowVersion


@dataclass(frozen=True)
class Listed:
    """A flow with its town and the newest version, for lists: who saved it, when, which number."""

    record: FlowRecord
    town: Municipality
    newest: FlowVersion
    saved_by: str


@dataclass(frozen=True)
class Saved:
    """One version with the name of who saved it and where it was copied from ("" for nowhere)."""

    version: FlowVersion
    saved_by: str
    credit: str


def _visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Flows of the own region; other towns' only where they show their detail."""
    inside = Municipality.region_id == actor.region_id
    if actor.role not in TOWN_ROLES or actor.terminal:
        return inside
    hidden = sa.exists().where(
        BusinessProcess.municipality_id == FlowRecord.municipality_id,
        BusinessProcess.business_id == FlowRecord.business_id,
        BusinessProcess.hides_detail,
    )
    return sa.and_(inside, sa.or_(FlowRecord.municipality_id == actor.municipality_id, ~hidden))


def flows(session: Session, actor: Actor, business_id: int) -> list[Listed]:
    """All flows of a business this person may see, withdrawn ones too, by town and kind."""
    newest = (
        sa.select(FlowVersion.flow_id, sa.func.max(FlowVersion.number).label("number"))
        .group_by(FlowVersion.flow_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(FlowRecord, Municipality, FlowVersion, Account.name)
        .join(Municipality, Municipality.id == FlowRecord.municipality_id)
        .join(newest, newest.c.flow_id == FlowRecord.id)
        .join(
            FlowVersion,
            sa.and_(FlowVersion.flow_id == FlowRecord.id, FlowVersion.number == newest.c.number),
        )
        .outerjoin(Account, Account.id == FlowVersion.account_id)
        .where(FlowRecord.business_id == business_id, _visible(actor))
        .order_by(Municipality.code, FlowRecord.kind, FlowRecord.title, FlowRecord.id)
    )
    return [Listed(record, town, version, name or "") for record, town, version, name in rows]


def flow(session: Session, actor: Actor, business: Business, flow_id: int) -> FlowRecord:
    """Raises NotFound, also for another region's flow and one whose town hides it."""
    found: FlowRecord | None = session.scalar(
        sa.select(FlowRecord)
        .join(Municipality, Municipality.id == FlowRecord.municipality_id)
        .where(FlowRecord.id == flow_id, FlowRecord.business_id == business.id, _visible(actor))
    )
    if found is None:
        raise NotFound("このフローは見つかりませんでした。")
    return found


def town(session: Session, record: FlowRecord) -> Municipality:
    return session.scalars(
        sa.select(Municipality)
        .where(Municipality.id == record.municipality_id)
        .order_by(Municipality.id)
    ).one()


def withdrawn_by(session: Session, record: FlowRecord) -> str:
    """The name of who withdrew a flow, "" for the terminal or a flow in use."""
    if record.withdrawn_by is None:
        return ""
    return session.get_one(Account, record.withdrawn_by).name


def history(session: Session, record: FlowRecord) -> list[Saved]:
    """Every version, the newest first, with its credit."""
    origin = aliased(FlowVersion)
    source = aliased(FlowRecord)
    rows = session.execute(
        sa.select(FlowVersion, Account.name, Municipality.name, source.title, origin.number)
        .outerjoin(Account, Account.id == FlowVersion.account_id)
        .outerjoin(origin, origin.id == FlowVersion.credit_id)
        .outerjoin(source, source.id == origin.flow_id)
        .outerjoin(Municipality, Municipality.id == source.municipality_id)
        .where(FlowVersion.flow_id == record.id)
        .order_by(FlowVersion.number.desc())
    )
    return [
        Saved(version, name or "", f"{place}「{title}」第{number}版" if place else "")
        for version, name, place, title, number in rows
    ]


def version(session: Session, record: FlowRecord, number: int | None = None) -> FlowVersion:
    """A version by number, the newest without one. Raises NotFound."""
    query = sa.select(FlowVersion).where(FlowVersion.flow_id == record.id)
    if number is not None:
        query = query.where(FlowVersion.number == number)
    found = session.scalar(query.order_by(FlowVersion.number.desc()).limit(1))
    if found is None:
        raise NotFound("この版は見つかりませんでした。")
    return found
