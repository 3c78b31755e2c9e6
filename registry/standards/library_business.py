"""A business made of a national standard: one standard requirement a line."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, audit
from registry.access import Actor, Permission
from registry.errors import Invalid
from registry.processes import service as processes
from registry.processes.models import Business
from registry.requirements.models import RequirementKind
from registry.standards import codes
from registry.standards.library import all_lines
from registry.standards.models import (
    NationalItem,
    NationalLine,
    NationalSpec,
    StandardRequirement,
)
from registry.standards.national import is_page_number


def usable_lines(session: Session, spec: NationalSpec) -> int:
    """How many standards a business of this text would have."""
    return len(_usable(session, spec))


def _usable(session: Session, spec: NationalSpec) -> list[tuple[NationalItem, NationalLine]]:
    return [pair for pair in all_lines(session, spec) if not is_page_number(pair[1].text)]


def make_business(
    session: Session,
    actor: Actor,
    *,
    spec: NationalSpec,
    slug: str,
    name: str,
    number: str | None = None,
    summary: str = "",
) -> tuple[Business, int]:
    """A business with one standard for each line of the text; (the business, how many).

    Page numbers left in the text make no standard. Nobody has decided anything yet: see
    `deciding.adopt_national`. Raises Invalid for a slug or number that is taken or malformed, or a
    text of more lines than a business has codes.
    """
    access.require(actor, Permission.DRAFT_STANDARDS, region_id=spec.region_id)
    lines = _usable(session, spec)
    if not lines:
        raise Invalid("この国標準には行がないため、業務を作れません。何も登録していません。")
    if len(lines) > codes.MAX_SERIAL:
        raise Invalid(
            f"行が {len(lines)} あり、1 つの業務に登録できる {codes.MAX_SERIAL} 件を超えます。"
            "何も登録していません。章ごとに分けて取り込んでください。"
        )
    business = processes.create_business(
        session, actor, slug=slug, number=number or None, name=name, summary=summary
    )
    session.execute(
        sa.insert(StandardRequirement),
        [
            {
                "business_id": business.id,
                "serial": serial,
                "code": codes.standard_code(business.number, serial),
                "title": item.title,
                "text": line.text.strip(),
                "obligation": line.obligation,
                "kind": RequirementKind.FUNCTIONAL,
                "reason": f"国標準「{spec.name} {spec.edition} 版」{item.number} {item.title}",
                "national_item_id": item.id,
                "target_edition": "",
                "version": 1,
            }
            for serial, (item, line) in enumerate(lines, start=1)
        ],
    )
    audit.record(
        session,
        actor,
        "standards.make_business",
        f"business:{business.id}",
        after={"national_spec_id": spec.id, "standards": len(lines)},
    )
    return business, len(lines)
