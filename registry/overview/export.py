"""The lists of the overview as workbooks; that one was taken is recorded."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from registry import access, audit
from registry.access import Actor, Permission, Role
from registry.overview import progress, queries
from registry.overview.queries import AuditFilter
from registry.web.filters import moment_short, percent
from registry.workbook import Column, write_table

MOST_ROWS: Final = 50_000


def towns(session: Session, actor: Actor) -> bytes:
    """How far each town is, in per cent and in lines."""
    access.require(actor, Permission.READ_CONTENT)
    found = progress.of_region(session, actor)
    columns = [Column("団体コード", code=True), Column("団体")]
    for _, label in progress.MEASURES:
        columns += [Column(label), Column(f"{label}の内訳")]
    rows = [
        [town.code, town.name]
        + [
            cell
            for key, _ in progress.MEASURES
            for cell in (percent(*town.values[key]), "/".join(map(str, town.values[key])))
        ]
        for town in found
    ]
    audit.record(session, actor, "overview.export", "region:", after={"rows": len(rows)})
    return write_table("進み具合", columns, rows)


def jobs(session: Session, actor: Actor) -> bytes:
    """The region's jobs, the newest first."""
    access.require(actor, Permission.MANAGE_JOBS)
    found = session.execute(queries.jobs(actor, None).limit(MOST_ROWS)).all()
    columns = [
        Column(heading)
        for heading in ("番号", "処理", "状態", "だれが", "受付", "終了", "試行", "メッセージ")
    ]
    rows = [
        [
            str(row.id),
            queries.KINDS.get(row.kind, row.kind),
            row.state.label,
            who or "",
            moment_short(row.created_at),
            moment_short(row.finished_at),
            str(row.attempt),
            row.error or row.message,
        ]
        for row, who in found
    ]
    audit.record(session, actor, "jobs.export", "job:", after={"rows": len(rows)})
    return write_table("処理状況", columns, rows)


def audit_events(session: Session, actor: Actor, wanted: AuditFilter) -> bytes:
    """The events that fit, the newest first, without what was changed to what."""
    access.require(actor, Permission.READ_AUDIT)
    events = session.scalars(queries.audit_events(actor, wanted).limit(MOST_ROWS))
    columns = [
        Column(heading)
        for heading in ("番号", "日時", "だれが", "役割", "団体", "操作", "対象", "ハッシュ")
    ]
    rows = [
        [
            str(event.sequence),
            moment_short(event.at),
            event.actor,
            _role(event.role),
            event.municipality_code or "",
            event.action,
            event.subject,
            event.hash,
        ]
        for event in events
    ]
    audit.record(session, actor, "audit.export", "audit_event:", after={"rows": len(rows)})
    return write_table("監査記録", columns, rows)


def _role(value: str) -> str:
    return Role(value).label if value in Role.values() else value
