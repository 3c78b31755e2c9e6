"""What several tests of requirements need: lists and lines of the cast's towns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit
from registry.access import Actor
from registry.audit import AuditEvent
from registry.processes import service as processes
from registry.processes.models import Business
from registry.requirements import line_queries, reviewing, service
from registry.requirements.line_queries import Filter
from registry.requirements.models import Requirement, RequirementList
from registry.requirements.values import Values
from tests.world import World


def a_list(
    session: Session, world: World, code: str = "072028", business: Business | None = None
) -> RequirementList:
    return service.create_list(
        session,
        world.of("editor", code),
        municipality_id=world.towns[code].id,
        business_id=(business or world.business).id,
        name="手元の一覧",
    )


def lines(
    session: Session,
    world: World,
    texts: Sequence[str],
    code: str = "072028",
    business: Business | None = None,
) -> list[Requirement]:
    """Drafts of a town, numbered 1, 2, … in section 照会."""
    saved = service.save_many(
        session,
        world.of("editor", code),
        requirement_list=a_list(session, world, code, business),
        lines=[
            service.Save(values=Values(text=text, section="照会", label=str(number)))
            for number, text in enumerate(texts, start=1)
        ],
    )
    return [session.get_one(Requirement, one.requirement_id) for one in saved]


def submit(
    session: Session, world: World, rows: Sequence[Requirement], reason: str = ""
) -> list[tuple[int, int]]:
    """Submit lines of one town as its editor; the items an approver would be shown.

    `reason` is the 変更理由 of the lines that need one.
    """
    town = next(one for one in world.towns.values() if one.id == rows[0].municipality_id)
    reviewing.submit(
        session,
        world.of("editor", town.code),
        municipality_id=town.id,
        business_id=rows[0].business_id,
        requirement_ids=[row.id for row in rows],
        reason=reason,
    )
    return [(row.id, row.submitted_version_id or 0) for row in rows]


def edit(session: Session, actor: Actor, row: Requirement, text: str) -> None:
    service.save_edit(session, actor, row, version=row.version, values=Values(text=text))


def agreed(
    session: Session, world: World, texts: Sequence[str], code: str = "072028"
) -> list[Requirement]:
    """Lines of a town that its approver has confirmed."""
    rows = lines(session, world, texts, code)
    reviewing.confirm(session, world.of("approver", code), items=submit(session, world, rows))
    return rows


def hide(session: Session, world: World, code: str) -> None:
    processes.hide_detail(
        session,
        world.of("editor", code),
        municipality_id=world.towns[code].id,
        business_id=world.business.id,
        hidden=True,
    )
    session.flush()


def table(
    session: Session, actor: Actor, world: World, code: str = "072028", **narrowed: Any
) -> list[str]:
    page = line_queries.lines(
        session,
        actor,
        municipality_id=world.towns[code].id,
        business_id=world.business.id,
        narrowed=Filter(**narrowed),
    )
    return [line.text for line in page.items]


def events(session: Session) -> list[tuple[str, str, Any, Any]]:
    audit.seal(session)
    found = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.sequence))
    return [(one.action, one.subject, one.before, one.after) for one in found]
