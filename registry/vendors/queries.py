"""Reading vendors and deliveries: the coordinator's side and the vendor's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from registry.access import Actor, Permission, Role, require
from registry.accounts.models import Account
from registry.errors import NotFound
from registry.processes.models import Business
from registry.specs import queries as specs
from registry.specs.models import Edition, EditionFile
from registry.vendors.models import Delivery, Download, Vendor, VendorMember

WITHDRAWN: Final = (
    "この仕様書の配布は取り下げられたため、開けません。くわしくは、配布した事務局に"
    "問い合わせてください。"
)
NO_VENDOR: Final = (
    "このアカウントはまだ事業者に結び付いていません。事務局に、事業者への登録を頼んでください。"
)


# ---- the coordinator's side -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Member:
    account_id: int
    name: str
    email: str
    active: bool


@dataclass(frozen=True, slots=True)
class VendorRow:
    """A vendor with its people and how many editions it holds now."""

    id: int
    name: str
    kana: str
    members: Sequence[Member]
    deliveries: int


def vendors(session: Session, actor: Actor) -> list[VendorRow]:
    """The region's vendors by reading and name."""
    require(actor, Permission.DELIVER)
    members = _members(session, actor)
    held = _held(session, actor)
    rows = session.scalars(
        sa.select(Vendor)
        .where(Vendor.region_id == actor.region_id)
        .order_by(Vendor.kana, Vendor.name)
    )
    return [
        VendorRow(row.id, row.name, row.kana, members.get(row.id, []), held.get(row.id, 0))
        for row in rows
    ]


def vendor(session: Session, actor: Actor, vendor_id: int) -> Vendor:
    """Raises NotFound, also for another region's."""
    found = session.scalar(
        sa.select(Vendor).where(Vendor.id == vendor_id, Vendor.region_id == actor.region_id)
    )
    if found is None:
        raise NotFound("この事業者は見つかりませんでした。")
    return found


def by_name(session: Session, actor: Actor, name: str) -> Vendor:
    """Raises NotFound naming the way to make it."""
    found = session.scalar(
        sa.select(Vendor).where(Vendor.name == name.strip(), Vendor.region_id == actor.region_id)
    )
    if found is None:
        raise NotFound(
            f"事業者「{name.strip()}」は登録されていません。先に配布の画面で登録してください。"
        )
    return found


def members(session: Session, actor: Actor, vendor_id: int) -> list[Member]:
    return _members(session, actor).get(vendor_id, [])


def free_accounts(session: Session, actor: Actor) -> list[Member]:
    """Active vendor accounts of the region that act for nobody yet, by address."""
    rows = session.scalars(
        sa.select(Account)
        .where(
            Account.region_id == actor.region_id,
            Account.role == Role.VENDOR,
            Account.deactivated_at.is_(None),
            ~sa.exists().where(VendorMember.account_id == Account.id),
        )
        .order_by(Account.email)
    )
    return [Member(row.id, row.name, row.email, True) for row in rows]


def _members(session: Session, actor: Actor) -> dict[int, list[Member]]:
    found: dict[int, list[Member]] = defaultdict(list)
    for vendor_id, account in session.execute(
        sa.select(VendorMember.vendor_id, Account)
        .join(Account, Account.id == VendorMember.account_id)
        .where(Account.region_id == actor.region_id)
        .order_by(VendorMember.vendor_id, Account.email)
    ):
        found[vendor_id].append(
            Member(account.id, account.name, account.email, account.deactivated_at is None)
        )
    return found


def _held(session: Session, actor: Actor) -> dict[int, int]:
    rows = session.execute(
        sa.select(Delivery.vendor_id, sa.func.count(Delivery.id))
        .join(Vendor, Vendor.id == Delivery.vendor_id)
        .where(Vendor.region_id == actor.region_id, Delivery.withdrawn_at.is_(None))
        .group_by(Delivery.vendor_id)
        .order_by(Delivery.vendor_id)
    )
    return {row[0]: row[1] for row in rows}


def deliverable(session: Session, actor: Actor) -> list[specs.EditionRow]:
    """The editions whose files are all there."""
    return [row for row in _editions(session, actor) if row.built]


def _editions(session: Session, actor: Actor) -> list[specs.EditionRow]:
    require(actor, Permission.DELIVER)
    return specs.editions(session, actor)


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as the bureau sees it."""

    id: int
    version: int
    vendor_id: int
    vendor: str
    slug: str
    business: str
    number: str
    title: str
    delivered_at: datetime
    delivered_by: str
    opened_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_by: str
    withdrawn_reason: str
    downloads: int


def deliveries(
    session: Session, actor: Actor, *, vendor_id: int | None = None
) -> list[DeliveryRow]:
    """The region's deliveries, the newest first; withdrawn ones stay as a record."""
    require(actor, Permission.DELIVER)
    query = _deliveries(actor).order_by(Delivery.id.desc())
    if vendor_id is not None:
        query = query.where(Delivery.vendor_id == vendor_id)
    return [_row(row) for row in session.execute(query)]


def delivery_row(session: Session, actor: Actor, delivery_id: int) -> DeliveryRow:
    """Raises NotFound, also for another region's."""
    require(actor, Permission.DELIVER)
    row = session.execute(_deliveries(actor).where(Delivery.id == delivery_id)).first()
    if row is None:
        raise NotFound("この配布は見つかりませんでした。")
    return _row(row)


def delivery(session: Session, actor: Actor, delivery_id: int) -> Delivery:
    """Raises NotFound, also for another region's."""
    found = session.scalar(
        sa.select(Delivery)
        .join(Vendor, Vendor.id == Delivery.vendor_id)
        .where(Delivery.id == delivery_id, Vendor.region_id == actor.region_id)
    )
    if found is None:
        raise NotFound("この配布は見つかりませんでした。")
    return found


def _deliveries(actor: Actor) -> sa.Select[Any]:
    sender, taker = aliased(Account), aliased(Account)
    fetched = (
        sa.select(sa.func.count(Download.id))
        .where(Download.delivery_id == Delivery.id)
        .scalar_subquery()
    )
    return (
        sa.select(Delivery, Vendor, Edition, Business, sender.name, taker.name, fetched)
        .join(Vendor, Vendor.id == Delivery.vendor_id)
        .join(Edition, Edition.id == Delivery.edition_id)
        .join(Business, Business.id == Edition.business_id)
        .outerjoin(sender, sender.id == Delivery.delivered_by)
        .outerjoin(taker, taker.id == Delivery.withdrawn_by)
        .where(Vendor.region_id == actor.region_id)
    )


def _row(row: Any) -> DeliveryRow:
    delivery, vendor, edition, business, sender, taker, fetched = row
    return DeliveryRow(
        id=delivery.id,
        version=delivery.version,
        vendor_id=vendor.id,
        vendor=vendor.name,
        slug=business.slug,
        business=business.name,
        number=edition.number,
        title=edition.title,
        delivered_at=delivery.delivered_at,
        delivered_by=sender or "",
        opened_at=delivery.opened_at,
        withdrawn_at=delivery.withdrawn_at,
        withdrawn_by=taker or "",
        withdrawn_reason=delivery.withdrawn_reason,
        downloads=fetched,
    )


@dataclass(frozen=True, slots=True)
class DownloadRow:
    at: datetime
    name: str
    who: str
    email: str


def downloads(session: Session, delivery_id: int) -> list[DownloadRow]:
    """Who of the vendor fetched which file when, the newest first."""
    rows = session.execute(
        sa.select(Download.at, EditionFile.name, Account.name, Account.email)
        .join(EditionFile, EditionFile.id == Download.edition_file_id)
        .join(Account, Account.id == Download.account_id)
        .where(Download.delivery_id == delivery_id)
        .order_by(Download.id.desc())
    )
    return [DownloadRow(*row) for row in rows]


# ---- the vendor's own side --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Received:
    """An edition in a vendor's hands."""

    delivery_id: int
    edition_id: int
    slug: str
    business: str
    number: str
    title: str
    issued_on: date
    sha256: str
    delivered_at: datetime
    opened_at: datetime | None


def own_vendor(session: Session, actor: Actor) -> Vendor | None:
    """The vendor this account acts for."""
    return session.scalar(
        sa.select(Vendor)
        .join(VendorMember, VendorMember.vendor_id == Vendor.id)
        .where(VendorMember.account_id == actor.account_id, Vendor.region_id == actor.region_id)
    )


def received(session: Session, actor: Actor) -> list[Received]:
    """What was delivered to the actor's vendor and not withdrawn, the newest first."""
    require(actor, Permission.RECEIVE)
    query = _received(actor).where(Delivery.withdrawn_at.is_(None)).order_by(Delivery.id.desc())
    return [_in_hand(row) for row in session.execute(query)]


def received_one(session: Session, actor: Actor, delivery_id: int) -> Received:
    """Raises NotFound for what is another vendor's, and, saying so, for what was withdrawn."""
    require(actor, Permission.RECEIVE)
    row = session.execute(_received(actor).where(Delivery.id == delivery_id)).first()
    if row is None:
        raise NotFound("この仕様書は見つかりませんでした。")
    if row[0].withdrawn_at is not None:
        raise NotFound(WITHDRAWN)
    return _in_hand(row)


def _received(actor: Actor) -> sa.Select[Delivery, Edition, Business]:
    return (
        sa.select(Delivery, Edition, Business)
        .join(Edition, Edition.id == Delivery.edition_id)
        .join(Business, Business.id == Edition.business_id)
        .join(VendorMember, VendorMember.vendor_id == Delivery.vendor_id)
        .where(VendorMember.account_id == actor.account_id, Business.region_id == actor.region_id)
    )


def _in_hand(row: Any) -> Received:
    delivery, edition, business = row
    return Received(
        delivery_id=delivery.id,
        edition_id=edition.id,
        slug=business.slug,
        business=business.name,
        number=edition.number,
        title=edition.title,
        issued_on=edition.issued_on,
        sha256=edition.sha256,
        delivered_at=delivery.delivered_at,
        opened_at=delivery.opened_at,
    )
