"""What happens between the bureau and the vendors: named, delivered, fetched, withdrawn."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, audit
from registry.access import Actor, Permission, Role
from registry.accounts import queries as accounts
from registry.db import check_version, now
from registry.errors import Conflict, Invalid, NotFound
from registry.processes.models import Business
from registry.specs import queries as specs
from registry.specs.models import Edition, EditionFile
from registry.vendors import export, queries
from registry.vendors.models import Delivery, Download, Vendor, VendorMember

NOT_SAVED: Final = "事業者を保存していません。"
NOT_DELIVERED: Final = "配布していません。"


def create_vendor(session: Session, actor: Actor, *, name: str, kana: str = "") -> Vendor:
    """A vendor of the region. Raises Invalid for an empty or taken name."""
    access.require(actor, Permission.DELIVER)
    name, kana = name.strip(), kana.strip()
    if not name:
        raise Invalid(NOT_SAVED, {"name": ["入力してください。"]})
    taken = session.scalar(
        sa.select(Vendor.id).where(Vendor.region_id == actor.region_id, Vendor.name == name)
    )
    if taken is not None:
        raise Invalid(NOT_SAVED, {"name": [f"{name} はすでに登録されています。"]})
    vendor = Vendor(region_id=actor.region_id, name=name, kana=kana)
    session.add(vendor)
    session.flush()  # the audit names its id
    audit.record(
        session,
        actor,
        "vendors.create_vendor",
        f"vendor:{vendor.id}",
        after={"name": name, "kana": kana},
    )
    return vendor


def add_member(session: Session, actor: Actor, *, vendor: Vendor, account_id: int) -> VendorMember:
    """Let a vendor account act for a vendor: it then sees what that vendor is given.

    Raises NotFound for an account of another region, Invalid for one that is no vendor account or
    acts for a vendor already.
    """
    access.require(actor, Permission.DELIVER, region_id=vendor.region_id)
    account = accounts.get(session, actor, account_id)
    if account.role is not Role.VENDOR:
        raise Invalid(
            NOT_SAVED, {"account_id": [f"{account.email} は事業者のアカウントではありません。"]}
        )
    if session.get(VendorMember, account.id) is not None:
        raise Invalid(
            NOT_SAVED, {"account_id": [f"{account.email} はすでに事業者に結び付いています。"]}
        )
    member = VendorMember(account_id=account.id, vendor_id=vendor.id)
    session.add(member)
    session.flush()  # a twin must collide here
    audit.record(
        session,
        actor,
        "vendors.add_member",
        f"vendor:{vendor.id}",
        after={"account_id": account.id, "email": account.email},
    )
    return member


def join(session: Session, actor: Actor, *, name: str, account_id: int) -> VendorMember:
    """Let an account act for the vendor of that name. Raises NotFound for an unknown vendor."""
    access.require(actor, Permission.DELIVER)
    return add_member(
        session, actor, vendor=queries.by_name(session, actor, name), account_id=account_id
    )


def deliver(session: Session, actor: Actor, *, edition_id: int, vendor_id: int) -> Delivery:
    """Hand an edition to a vendor.

    Raises NotFound for an edition or vendor of another region, Invalid while its files are not
    built or when the vendor holds it already.
    """
    access.require(actor, Permission.DELIVER)
    edition = session.scalar(
        sa.select(Edition)
        .join(Business, Business.id == Edition.business_id)
        .where(Edition.id == edition_id, Business.region_id == actor.region_id)
    )
    if edition is None:
        raise NotFound
    vendor = queries.vendor(session, actor, vendor_id)
    if len(specs.files(session, edition.id)) < len(specs.FILES):
        raise Invalid(
            NOT_DELIVERED,
            {
                "edition_id": [
                    "この版はファイルの作成が終わっていません。終わってから配布してください。"
                ]
            },
        )
    held = session.scalar(
        sa.select(Delivery.id).where(
            Delivery.edition_id == edition.id,
            Delivery.vendor_id == vendor.id,
            Delivery.withdrawn_at.is_(None),
        )
    )
    if held is not None:
        raise Invalid(
            NOT_DELIVERED, {"vendor_ids": [f"{vendor.name} にはこの版をすでに配布しています。"]}
        )
    delivery = Delivery(
        edition_id=edition.id,
        vendor_id=vendor.id,
        delivered_by=actor.account_id,
        delivered_at=now(),
    )
    session.add(delivery)
    session.flush()  # the audit names its id
    audit.record(
        session,
        actor,
        "vendors.deliver",
        f"delivery:{delivery.id}",
        after={
            "vendor": vendor.name,
            "edition": edition.id,
            "number": edition.number,
            "sha256": edition.sha256,
        },
    )
    return delivery


def withdraw(
    session: Session, actor: Actor, *, delivery: Delivery, version: int, reason: str
) -> None:
    """Take an edition back: the vendor can neither see nor fetch it from now on.

    Raises Invalid without a reason, Conflict for a stale version or what was withdrawn already.
    """
    vendor = session.get_one(Vendor, delivery.vendor_id)
    access.require(actor, Permission.DELIVER, region_id=vendor.region_id)
    session.refresh(delivery, with_for_update=True)
    if delivery.withdrawn_at is not None:
        raise Conflict(
            "この配布はすでに取り下げられています。何も変更していません。",
            {"reason": delivery.withdrawn_reason},
        )
    check_version(delivery.version, version)
    reason = reason.strip()
    if not reason:
        raise Invalid(
            "配布を取り下げていません。", {"reason": ["取り下げる理由を入力してください。"]}
        )
    delivery.withdrawn_at = now()
    delivery.withdrawn_by = actor.account_id
    delivery.withdrawn_reason = reason
    audit.record(
        session,
        actor,
        "vendors.withdraw",
        f"delivery:{delivery.id}",
        after={"vendor": vendor.name, "edition": delivery.edition_id, "reason": reason},
    )


def fetch_file(session: Session, actor: Actor, *, delivery_id: int, name: str) -> EditionFile:
    """A file of a delivery for somebody of its vendor; the first one opens the delivery.

    Raises NotFound for another vendor's, a withdrawn one or a file the edition does not have.
    """
    held = queries.received_one(session, actor, delivery_id)
    file = specs.file(session, held.edition_id, name)
    at = now()
    # Not through the row: fetching must not make the bureau's open page stale.
    session.execute(
        sa.update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.opened_at.is_(None))
        .values(opened_at=at)
        .execution_options(synchronize_session="fetch")
    )
    session.add(
        Download(
            delivery_id=delivery_id, edition_file_id=file.id, account_id=actor.account_id, at=at
        )
    )
    audit.record(
        session,
        actor,
        "vendors.download",
        f"delivery:{delivery_id}",
        after={"edition": held.edition_id, "file": name, "sha256": file.sha256},
    )
    return file


def export_deliveries(session: Session, actor: Actor) -> bytes:
    """All deliveries of the region as a workbook; that it was taken is recorded."""
    rows = queries.deliveries(session, actor)
    audit.record(
        session, actor, "vendors.export", f"region:{actor.region_id}", after={"rows": len(rows)}
    )
    return export.deliveries(rows)
