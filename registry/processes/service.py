"""What happens to the catalogue of businesses and to a town's record of one."""

from __future__ import annotations

import re
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, audit, workbook
from registry.access import Actor, Permission
from registry.db import check_version
from registry.errors import Conflict, Invalid
from registry.processes import queries
from registry.processes.models import Business, BusinessProcess, BusinessTerm
from registry.workbook import Column

NOT_SAVED: Final = "業務を保存していません。"
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NUMBER: Final = re.compile(r"[0-9]{3}")
_RESERVED: Final = frozenset({"new", "export"})  # words in the addresses beside the slugs


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
    elif slug in _RESERVED or any(business.slug == slug for business in existing):
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


def add_term(
    session: Session, actor: Actor, *, business: Business, term: str, meaning: str
) -> None:
    """Define a new term. Raises Invalid when the business has it already."""
    access.require(actor, Permission.EDIT_BUSINESSES, region_id=business.region_id)
    if any(known.term == term for known in queries.terms(session, business.id)):
        raise Invalid(
            "用語を追加していません。",
            {"term": [f"「{term}」はすでにあります。一覧の「変更」から意味を直してください。"]},
        )
    set_term(session, actor, business=business, term=term, meaning=meaning)


def change_term(
    session: Session,
    actor: Actor,
    *,
    business: Business,
    known: BusinessTerm,
    meaning: str,
    was: str,
) -> None:
    """Change what a term means; `was` is the meaning the person had before them.

    Raises Conflict when somebody else has changed it meanwhile.
    """
    access.require(actor, Permission.EDIT_BUSINESSES, region_id=business.region_id)
    _check_meaning(known, was)
    set_term(session, actor, business=business, term=known.term, meaning=meaning)


def remove_term(
    session: Session, actor: Actor, *, business: Business, known: BusinessTerm, was: str
) -> None:
    """Take a term out of the business. Raises Conflict when its meaning has changed meanwhile."""
    access.require(actor, Permission.EDIT_BUSINESSES, region_id=business.region_id)
    _check_meaning(known, was)
    session.delete(known)
    audit.record(
        session,
        actor,
        "processes.remove_term",
        f"business:{business.id}",
        before={"term": known.term, "meaning": known.meaning},
    )


def save_record(
    session: Session,
    actor: Actor,
    *,
    municipality_id: int,
    business: Business,
    version: int,
    division: str,
    hidden: bool,
) -> BusinessProcess:
    """Save a town's own record of a business; `version` is 0 while there is none.

    Raises Forbidden for another town's people, Conflict for a stale version.
    """
    access.require(actor, Permission.HIDE_DETAIL, region_id=business.region_id)
    access.require(actor, Permission.HIDE_DETAIL, municipality_id=municipality_id)
    record = queries.process(session, municipality_id=municipality_id, business_id=business.id)
    check_version(record.version if record else 0, version)
    if record is None:
        record = BusinessProcess(
            municipality_id=municipality_id,
            business_id=business.id,
            division="",
            hides_detail=False,
        )
        session.add(record)
    before = {"division": record.division, "hidden": record.hides_detail}
    record.division, record.hides_detail = division, hidden
    session.flush()  # the audit names its id
    audit.record(
        session,
        actor,
        "processes.save_record",
        f"business_process:{record.id}",
        before=before,
        after={"division": division, "hidden": hidden},
    )
    return record


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


def export(session: Session, actor: Actor) -> bytes:
    """The region's catalogue as an xlsx file."""
    access.require(actor, Permission.READ_CONTENT)
    found = queries.businesses(session, actor)
    audit.record(
        session, actor, "processes.export", f"region:{actor.region_id}", after={"rows": len(found)}
    )
    columns = (
        Column("業務番号", 10, code=True),
        Column("業務名", 30),
        Column("業務コード", 28, code=True),
        Column("概要", 80),
    )
    return workbook.write_table(
        "業務一覧", columns, [(one.number, one.name, one.slug, one.summary) for one in found]
    )


def export_towns(session: Session, actor: Actor, business: Business) -> bytes:
    """The towns with their records of one business as an xlsx file."""
    access.require(actor, Permission.READ_CONTENT, region_id=business.region_id)
    found = queries.town_records(session, actor, business.id)
    audit.record(
        session,
        actor,
        "processes.export_towns",
        f"business:{business.id}",
        after={"rows": len(found)},
    )
    columns = (
        Column("団体コード", 12, code=True),
        Column("団体", 16),
        Column("ふりがな", 20),
        Column("区分", 8),
        Column("人口", 12),
        Column("担当課", 24),
        Column("内訳", 12),
    )
    rows = [
        (
            one.town.code,
            one.town.name,
            one.town.kana,
            one.town.kind.label,
            one.town.population,
            one.division,
            "非公開" if one.hides_detail else "公開",
        )
        for one in found
    ]
    return workbook.write_table(f"{business.name} 団体一覧", columns, rows)


def export_terms(session: Session, actor: Actor, business: Business) -> bytes:
    """The terms of one business as an xlsx file."""
    access.require(actor, Permission.READ_CONTENT, region_id=business.region_id)
    found = queries.terms(session, business.id)
    audit.record(
        session,
        actor,
        "processes.export_terms",
        f"business:{business.id}",
        after={"rows": len(found)},
    )
    columns = (Column("用語", 24), Column("意味", 90))
    return workbook.write_table(
        f"{business.name} 用語一覧", columns, [(one.term, one.meaning) for one in found]
    )


def _check_meaning(known: BusinessTerm, was: str) -> None:
    """Forms send newlines as CRLF, so only the words are compared."""
    if known.meaning.split() != was.split():
        raise Conflict(
            "ほかの人が先にこの用語を変えたため、まだ保存していません。"
            "いまの意味を確かめてから、もう一度操作してください。",
            {"meaning": known.meaning},
        )


def _next_number(existing: list[Business]) -> str:
    """One after the highest ever given: businesses are not deleted."""
    return f"{max((int(business.number) for business in existing), default=0) + 1:03d}"
