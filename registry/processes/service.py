"""What happens to the catalogue of businesses and to a town's record of one."""

from __future__ import annotations

import re
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, audit
from registry.access import Actor, Permission
from registry.db import check_version
from registry.errors import Invalid
from registry.processes import queries
from registry.processes.models import Business, BusinessProcess, BusinessTerm

NOT_SAVED: Final = "業務を保存していません。"
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NUMBER: Final = re.compile(r"[0-9]{3}")


def create_business(
    session: Session,
    actor: Actor,
    *,
    slug: str,
    name: str,
    summary: str = "",
    number: str | None = None,
) -> Business:
    """Add a business; without a number the next free one of the region is given.

    Raises Invalid for a malformed or taken slug or number.
    """
    access.require(actor, Permission.EDIT_BUSINESSES)
    existing = queries.businesses(session, actor)
    number = number or _next_number(existing)
    errors: dict[str, list[str]] = {}
    if not _SLUG.fullmatch(slug):
        errors["slug"] = ["英小文字、数字、ハイフンで入力してください(例: facility-reservation)。"]
    elif any(business.slug == slug for business in existing):
        errors["slug"] = [f"{slug} はすでに使われています。"]
    if not _NUMBER.fullmatch(number):
        errors["number"] = ["数字 3 桁で入力してください。"]
    elif any(business.number == number for business in existing):
        errors["number"] = [f"{number} はすでに使われています。"]
    if errors:
        raise Invalid(NOT_SAVED, errors)
    business = Business(
        region_id=actor.region_id, slug=slug, number=number, name=name, summary=summary
    )
    session.add(business)
    session.flush()  # the audit names its id
    audit.record(
        session,
        actor,
        "processes.create_business",
        f"business:{business.id}",
        after={"slug": slug, "number": number, "name": name},
    )
    return business


def update_business(
    session: Session, actor: Actor, business: Business, *, version: int, name: str, summary: str
) -> None:
    """Change name and summary; slug and number stay, they are in addresses and codes.

    Raises Conflict for a stale version.
    """
    access.require(actor, Permission.EDIT_BUSINESSES, region_id=business.region_id)
    before = {"name": business.name, "summary": business.summary}
    check_version(business.version, version, before)
    business.name, business.summary = name, summary
    audit.record(
        session,
        actor,
        "processes.update_business",
        f"business:{business.id}",
        before=before,
        after={"name": name, "summary": summary},
    )


def set_term(
    session: Session, actor: Actor, *, business: Business, term: str, meaning: str
) -> None:
    """Define a term of the business, or change what it means."""
    access.require(actor, Permission.EDIT_BUSINESSES, region_id=business.region_id)
    known = session.scalar(
        sa.select(BusinessTerm).where(
            BusinessTerm.business_id == business.id, BusinessTerm.term == term
        )
    )
    before = {"meaning": known.meaning} if known else None
    if known is None:
        session.add(BusinessTerm(business_id=business.id, term=term, meaning=meaning))
    elif known.meaning != meaning:
        known.meaning = meaning
    else:
        return
    audit.record(
        session,
        actor,
        "processes.set_term",
        f"business:{business.id}",
        before=before,
        after={"term": term, "meaning": meaning},
    )


def remove_term(session: Session, actor: Actor, *, business: Business, term: str) -> None:
    access.require(actor, Permission.EDIT_BUSINESSES, region_id=business.region_id)
    session.execute(
        sa.delete(BusinessTerm).where(
            BusinessTerm.business_id == business.id, BusinessTerm.term == term
        )
    )
    audit.record(
        session,
        actor,
        "processes.remove_term",
        f"business:{business.id}",
        before={"term": term},
    )


def hide_detail(
    session: Session, actor: Actor, *, municipality_id: int, business_id: int, hidden: bool
) -> BusinessProcess:
    """Show other towns only counts of one's own lines for a business, or everything again.

    Raises Forbidden for another town's people.
    """
    access.require(actor, Permission.HIDE_DETAIL, municipality_id=municipality_id)
    record = queries.process(session, municipality_id=municipality_id, business_id=business_id)
    if record is None:
        record = BusinessProcess(municipality_id=municipality_id, business_id=business_id)
        session.add(record)
    record.hides_detail = hidden
    session.flush()  # the audit names its id
    audit.record(
        session,
        actor,
        "processes.hide_detail",
        f"business_process:{record.id}",
        after={"hidden": hidden},
    )
    return record


def _next_number(existing: list[Business]) -> str:
    """One after the highest ever given: businesses are not deleted."""
    return f"{max((int(business.number) for business in existing), default=0) + 1:03d}"
