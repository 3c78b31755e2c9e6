"""Reading jobs and the audit record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor, Permission
from registry.accounts.models import Account
from registry.audit import AuditEvent
from registry.errors import NotFound
from registry.jobs import Job, JobState
from registry.web.filters import JAPAN

KINDS: Final = {
    "requirements.import": "要件の取込",
    "comparison.propose": "対応付けの提案",
    "specs.build_edition": "仕様書の作成",
    "specs.build_draft": "仕様書の案の作成",
}
"""What people call a kind of job."""


def jobs(actor: Actor, state: JobState | None) -> sa.Select[Job, str]:
    """The region's jobs, newest first."""
    query = (
        sa.select(Job, Account.name)
        .outerjoin(Account, Account.id == Job.account_id)
        .where(Job.region_id == actor.region_id)
        .order_by(Job.id.desc())
    )
    return query if state is None else query.where(Job.state == state)


def job(session: Session, actor: Actor, job_id: int) -> Job:
    """A job one has started oneself, or any of the region for those who run it.

    Raises NotFound.
    """
    found = session.get(Job, job_id)
    if found is None or found.region_id != actor.region_id:
        raise NotFound("この処理は見つかりませんでした。")
    own = found.account_id is not None and found.account_id == actor.account_id
    same_town = found.municipality_id is not None and found.municipality_id == actor.municipality_id
    shared = found.municipality_id is None and actor.may(Permission.FREEZE_EDITIONS)
    if not (own or same_town or shared or actor.may(Permission.MANAGE_JOBS)):
        raise NotFound("この処理は見つかりませんでした。")
    return found


@dataclass(frozen=True)
class AuditFilter:
    """What to look for; empty fields take everything."""

    who: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def audit_filter(
    *, who: str, action: str, subject: str, since: date | None, until: date | None
) -> AuditFilter:
    """The filter for days of Japan, the last one included."""
    end = until + timedelta(days=1) if until else None
    return AuditFilter(who, action, subject, _midnight(since), _midnight(end))


def _midnight(day: date | None) -> datetime | None:
    """The start of a day in Japan, as stored."""
    return datetime.combine(day, time(), JAPAN).astimezone(UTC) if day else None


def audit_events(actor: Actor, wanted: AuditFilter) -> sa.Select[AuditEvent]:
    """The region's events and those of nobody (refused sign-ins), newest first."""
    query = (
        sa.select(AuditEvent)
        .where(sa.or_(AuditEvent.region_id == actor.region_id, AuditEvent.region_id.is_(None)))
        .order_by(AuditEvent.sequence.desc())
    )
    for text, column in (
        (wanted.who, AuditEvent.actor),
        (wanted.action, AuditEvent.action),
        (wanted.subject, AuditEvent.subject),
    ):
        if text:
            query = query.where(column.contains(text, autoescape=True))
    if wanted.since is not None:
        query = query.where(AuditEvent.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEvent.at < wanted.until)
    return query


def may_read_content(event: AuditEvent) -> bool:
    """Administrators run the registry but read no content (DESIGN §6): only what happened to
    accounts, sign-ins and jobs is shown to them in detail."""
    return event.action.partition(".")[0] in {"accounts", "jobs", "municipalities"}


def shown(event: AuditEvent) -> dict[str, Any]:
    """An event as a page or workbook shows it."""
    readable = may_read_content(event)
    return {
        "sequence": event.sequence,
        "at": event.at,
        "actor": event.actor,
        "role": event.role,
        "municipality_code": event.municipality_code,
        "action": event.action,
        "subject": event.subject,
        "before": event.before if readable else None,
        "after": event.after if readable else None,
        "readable": readable,
        "hash": event.hash,
    }
