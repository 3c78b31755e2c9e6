"""The list of standards as an Excel file."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from registry import access, audit
from registry.access import Actor, Permission
from registry.processes.models import Business
from registry.standards import standings
from registry.workbook import Column, write_table

COLUMNS: Final = (
    Column("要件ID", 16, code=True),
    Column("件名", 24),
    Column("要件", 60),
    Column("実装区分", 10),
    Column("種別", 8),
    Column("目標", 14, code=True),
    Column("目標の文", 30),
    Column("理由", 40),
    Column("時期", 10),
    Column("答えるまとまり", 16),
    Column("状態", 12),
    Column("決定日", 12),
    Column("決定の理由", 40),
    Column("決めた人", 16),
)


def export_list(
    session: Session, actor: Actor, *, business: Business, wanted: standings.Wanted
) -> bytes:
    """The filtered list as an xlsx file; that it was taken along is in the audit record."""
    access.require(actor, Permission.READ_CONTENT, region_id=business.region_id)
    rows = standings.listing(session, actor, business.id, wanted, page_size=None).items
    audit.record(
        session,
        actor,
        "standards.export_list",
        f"business:{business.id}",
        after={"rows": len(rows)},
    )
    return write_table(
        f"{business.name} 標準要件",
        COLUMNS,
        (
            (
                row.code,
                row.title,
                row.text,
                row.obligation.label,
                row.kind.label,
                row.goal,
                row.goal_statement,
                row.reason,
                row.phase.label if row.phase is not None else "",
                "、".join(row.groups),
                row.standing.label,
                row.decided_on.isoformat() if row.decided_on is not None else "",
                row.decision_reason,
                row.who,
            )
            for row in rows
        ),
    )
