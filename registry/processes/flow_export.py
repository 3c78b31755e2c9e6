"""Flows taken out as files; that they were taken is recorded."""

from __future__ import annotations

from sqlalchemy.orm import Session

from registry import access, audit, workbook
from registry.access import Actor, Permission
from registry.processes import flow_queries
from registry.processes.bpmn import reading
from registry.processes.bpmn.notes import notes_of
from registry.processes.flow import in_words
from registry.processes.models import Business, FlowRecord, FlowVersion
from registry.workbook import Column


def fetch_file(
    session: Session, actor: Actor, record: FlowRecord, *, number: int | None, form: str
) -> FlowVersion:
    """A version to be taken out as a file; that it was taken is recorded."""
    access.require(actor, Permission.READ_CONTENT)
    found = flow_queries.version(session, record, number)
    audit.record(
        session,
        actor,
        "processes.fetch_flow",
        f"flow:{record.id}",
        after={"number": found.number, "form": form},
    )
    return found


def export_steps(
    session: Session, actor: Actor, record: FlowRecord, *, number: int | None
) -> bytes:
    """The steps of a version as an xlsx file, in the order of the text twin."""
    found = fetch_file(session, actor, record, number=number, form="xlsx")
    document = reading.read(found.bpmn.encode())
    columns = (
        Column("番号", 8, code=True), Column("担当", 20), Column("手順", 44), Column("種類", 12),
        Column("次へ", 36), Column("使う帳票", 28), Column("分", 8), Column("区分", 8),
        Column("注記", 40),
    )  # fmt: skip
    rows = [
        (
            line.number,
            line.lane,
            line.name,
            line.step.kind.label,
            "、".join(
                f"{one.number}({one.condition})" if one.condition else one.number
                for one in line.nexts
            ),
            "、".join(line.step.forms),
            line.step.minutes,
            line.step.work.label if line.step.work else "",
            "\n".join(line.notes),
        )
        for line in in_words(document.flow, notes_of(document).by_step)
    ]
    return workbook.write_table(record.title, columns, rows)


def export_flows(
    session: Session, actor: Actor, business: Business, *, withdrawn: bool = False
) -> bytes:
    """The list of flows as an xlsx file; `withdrawn` ones are in it when asked for."""
    access.require(actor, Permission.READ_CONTENT, region_id=business.region_id)
    found = [
        one
        for one in flow_queries.flows(session, actor, business.id)
        if withdrawn or one.record.withdrawn_at is None
    ]
    audit.record(
        session,
        actor,
        "processes.export_flows",
        f"business:{business.id}",
        after={"rows": len(found)},
    )
    columns = (
        Column("団体コード", 12, code=True), Column("団体", 16), Column("区分", 18),
        Column("フロー", 40), Column("版", 8), Column("保存した人", 20), Column("保存日時", 20),
        Column("取下げ日時", 20), Column("取下げの理由", 40),
    )  # fmt: skip
    rows = [
        (
            one.town.code,
            one.town.name,
            one.record.kind.label,
            one.record.title,
            one.newest.number,
            one.saved_by,
            one.newest.saved_at.isoformat(timespec="minutes"),
            one.record.withdrawn_at.isoformat(timespec="minutes")
            if one.record.withdrawn_at
            else "",
            one.record.withdrawn_reason,
        )
        for one in found
    ]
    return workbook.write_table(f"{business.name} フロー一覧", columns, rows)
