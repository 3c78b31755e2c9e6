"""What happens to a town's flows: made, saved as a new version, copied with credit, taken out."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from registry import access, audit, workbook
from registry.access import Actor, Permission
from registry.db import check_version, now
from registry.errors import Invalid
from registry.processes import flow_queries
from registry.processes.bpmn import reading, writing
from registry.processes.bpmn.reading import Document
from registry.processes.flow import in_words
from registry.processes.models import Business, FlowKind, FlowRecord, FlowVersion
from registry.workbook import Column

MAX_FLOWS: Final = 50
"""Of one town in one business; more are a sign of versions kept by hand."""


def create_flow(
    session: Session,
    actor: Actor,
    *,
    municipality_id: int,
    business: Business,
    kind: FlowKind,
    title: str,
    document: Document,
    note: str = "",
    credit: FlowVersion | None = None,
) -> FlowRecord:
    """Add a flow of the own town with its first version.

    Raises Invalid when the town has one of the same kind and title or too many, Forbidden for
    another town's people.
    """
    access.require(actor, Permission.WRITE_REQUIREMENTS, region_id=business.region_id)
    access.require(actor, Permission.WRITE_REQUIREMENTS, municipality_id=municipality_id)
    own = [
        one.record
        for one in flow_queries.flows(session, actor, business.id)
        if one.record.municipality_id == municipality_id
    ]
    _check_title(own, kind, title)
    if len(own) >= MAX_FLOWS:
        raise Invalid(f"フローを保存していません。一つの業務に {MAX_FLOWS} 件までです。")
    record = FlowRecord(
        municipality_id=municipality_id, business_id=business.id, kind=kind, title=title
    )
    session.add(record)
    session.flush()  # the version and the audit name its id
    _add_version(session, actor, record, 1, document, note, credit)
    audit.record(
        session,
        actor,
        "processes.create_flow",
        f"flow:{record.id}",
        after={"kind": kind, "title": title, "credit": credit.id if credit else None},
    )
    return record


def save_flow(
    session: Session,
    actor: Actor,
    record: FlowRecord,
    *,
    business: Business,
    version: int,
    kind: FlowKind,
    title: str,
    document: Document,
    note: str = "",
) -> FlowVersion:
    """Save a new version; an unchanged drawing under the same names adds none.

    Raises Conflict for a stale version, Invalid for a title the town has already, Forbidden for
    another town's people.
    """
    access.require(actor, Permission.WRITE_REQUIREMENTS, region_id=business.region_id)
    access.require(actor, Permission.WRITE_REQUIREMENTS, municipality_id=record.municipality_id)
    check_version(record.version, version, {"title": record.title, "kind": record.kind.label})
    newest = flow_queries.version(session, record)
    own = [
        one.record
        for one in flow_queries.flows(session, actor, business.id)
        if one.record.municipality_id == record.municipality_id and one.record.id != record.id
    ]
    _check_title(own, kind, title)
    source = _source(document, title)
    before = {"kind": record.kind.value, "title": record.title, "number": newest.number}
    if source == newest.bpmn and (kind, title) == (record.kind, record.title):
        return newest
    record.kind, record.title = kind, title
    # A change of the drawing alone must count as a change of the row too: the next save on the
    # older one is then refused.
    flag_modified(record, "title")
    made = _add_version(session, actor, record, newest.number + 1, document, note, None)
    audit.record(
        session,
        actor,
        "processes.save_flow",
        f"flow:{record.id}",
        before=before,
        after={"kind": kind.value, "title": title, "number": made.number},
    )
    return made


def copy_flow(
    session: Session,
    actor: Actor,
    *,
    business: Business,
    source: FlowRecord,
    municipality_id: int,
    kind: FlowKind,
    title: str,
) -> FlowRecord:
    """Take over the newest version of any visible flow as one's own, with credit (出典)."""
    newest = flow_queries.version(session, source)
    place = flow_queries.town(session, source).name
    return create_flow(
        session,
        actor,
        municipality_id=municipality_id,
        business=business,
        kind=kind,
        title=title,
        document=reading.read(newest.bpmn.encode()),
        note=f"{place}「{source.title}」第{newest.number}版から複製",
        credit=newest,
    )


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
    flow = reading.read(found.bpmn.encode()).flow
    columns = (
        Column("番号", 8, code=True), Column("担当", 20), Column("手順", 44), Column("種類", 12),
        Column("次へ", 36), Column("使う帳票", 28), Column("分", 8), Column("区分", 8),
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
        )
        for line in in_words(flow)
    ]
    return workbook.write_table(record.title, columns, rows)


def export_flows(session: Session, actor: Actor, business: Business) -> bytes:
    """The list of flows as an xlsx file."""
    access.require(actor, Permission.READ_CONTENT, region_id=business.region_id)
    found = flow_queries.flows(session, actor, business.id)
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
        )
        for one in found
    ]
    return workbook.write_table(f"{business.name} フロー一覧", columns, rows)


def _check_title(own: list[FlowRecord], kind: FlowKind, title: str) -> None:
    if any((one.kind, one.title) == (kind, title) for one in own):
        raise Invalid(
            "フローを保存していません。",
            {"title": [f"{kind.label}の「{title}」はすでにあります。別の名前にしてください。"]},
        )


def _add_version(
    session: Session,
    actor: Actor,
    record: FlowRecord,
    number: int,
    document: Document,
    note: str,
    credit: FlowVersion | None,
) -> FlowVersion:
    made = FlowVersion(
        flow_id=record.id,
        number=number,
        bpmn=_source(document, record.title),
        account_id=actor.account_id,
        saved_at=now(),
        note=note,
        credit_id=credit.id if credit else None,
    )
    session.add(made)
    session.flush()  # later reads of this request see it as the newest
    return made


def _source(document: Document, title: str) -> str:
    """What is stored: with coordinates, since editors need some, and under the flow's title."""
    if not document.flow.title:
        document = writing.apply(document, replace(document.flow, title=title))
    return writing.with_drawing(document).to_bytes().decode("utf-8")
