"""What happens to a town's flows: made, saved as a new version, copied with credit, withdrawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from registry import access, audit
from registry.access import Actor, Permission
from registry.db import check_version, now
from registry.errors import Conflict, Invalid
from registry.processes import flow_queries
from registry.processes.bpmn import reading, writing
from registry.processes.bpmn.reading import Document
from registry.processes.models import Business, FlowKind, FlowRecord, FlowVersion

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
    own = _open_flows(session, actor, business, municipality_id)
    _check_title(own, kind, title)
    _check_number(own)
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

    Raises Conflict for a stale version or a withdrawn flow, Invalid for a title the town has already,
    Forbidden for another town's people.
    """
    access.require(actor, Permission.WRITE_REQUIREMENTS, region_id=business.region_id)
    access.require(actor, Permission.WRITE_REQUIREMENTS, municipality_id=record.municipality_id)
    _check_open(record)
    check_version(record.version, version, {"title": record.title, "kind": record.kind.label})
    newest = flow_queries.version(session, record)
    own = _open_flows(session, actor, business, record.municipality_id)
    _check_title([one for one in own if one.id != record.id], kind, title)
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
    """Take over the newest version of any visible flow as one's own, with credit (出典).

    Raises Conflict for a withdrawn flow; else as `create_flow`.
    """
    _check_open(source)
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


def withdraw_flow(
    session: Session,
    actor: Actor,
    record: FlowRecord,
    *,
    business: Business,
    version: int,
    reason: str,
) -> None:
    """Take out a flow that was made by mistake (取下げ); its versions and credits stay.

    Raises Invalid without a reason, Conflict for a stale version or a flow withdrawn already,
    Forbidden for anybody but the editor (情報部門) of its town.
    """
    _require_withdrawing(actor, record, business)
    session.refresh(record, with_for_update=True)
    if record.withdrawn_at is not None:
        raise Conflict(
            "このフローはすでに取り下げられています。何も変更していません。",
            {"reason": record.withdrawn_reason},
        )
    check_version(record.version, version, {"title": record.title, "kind": record.kind.label})
    reason = reason.strip()
    if not reason:
        raise Invalid(
            "フローを取り下げていません。", {"reason": ["取り下げる理由を入力してください。"]}
        )
    record.withdrawn_at = now()
    record.withdrawn_by = actor.account_id
    record.withdrawn_reason = reason
    audit.record(
        session,
        actor,
        "processes.withdraw_flow",
        f"flow:{record.id}",
        after={"kind": record.kind.value, "title": record.title, "reason": reason},
    )


def restore_flow(
    session: Session, actor: Actor, record: FlowRecord, *, business: Business, version: int
) -> None:
    """Bring a withdrawn flow back (取下げをやめる), as it was.

    Raises Conflict for a stale version or a flow that is not withdrawn, Invalid when the town has
    written another one of its kind and title meanwhile or has too many, Forbidden as `withdraw_flow`.
    """
    _require_withdrawing(actor, record, business)
    session.refresh(record, with_for_update=True)
    if record.withdrawn_at is None:
        raise Conflict("このフローは取り下げられていません。何も変更していません。")
    check_version(record.version, version, {"title": record.title, "kind": record.kind.label})
    own = _open_flows(session, actor, business, record.municipality_id)
    if any((one.kind, one.title) == (record.kind, record.title) for one in own):
        raise Invalid(
            f"取下げをやめていません。{record.kind.label}の「{record.title}」がほかにあります。"
            "そちらの名前を変えるか取り下げてから、もう一度行ってください。"
        )
    _check_number(own)
    reason = record.withdrawn_reason
    record.withdrawn_at = record.withdrawn_by = None
    record.withdrawn_reason = ""
    audit.record(
        session,
        actor,
        "processes.restore_flow",
        f"flow:{record.id}",
        before={"kind": record.kind.value, "title": record.title, "reason": reason},
    )


def _open_flows(
    session: Session, actor: Actor, business: Business, municipality_id: int
) -> list[FlowRecord]:
    """A town's flows of a business that are not withdrawn."""
    return [
        one.record
        for one in flow_queries.flows(session, actor, business.id)
        if one.record.municipality_id == municipality_id and one.record.withdrawn_at is None
    ]


def _require_withdrawing(actor: Actor, record: FlowRecord, business: Business) -> None:
    """The same people decide it who decide what other towns see of the business."""
    access.require(actor, Permission.HIDE_DETAIL, region_id=business.region_id)
    access.require(actor, Permission.HIDE_DETAIL, municipality_id=record.municipality_id)


def _check_open(record: FlowRecord) -> None:
    if record.withdrawn_at is not None:
        raise Conflict(
            "このフローは取り下げられているため、保存も複製もしていません。"
            "情報部門の人が「取下げをやめる」と、また使えます。",
            {"reason": record.withdrawn_reason},
        )


def _check_number(own: list[FlowRecord]) -> None:
    if len(own) >= MAX_FLOWS:
        raise Invalid(f"フローを保存していません。一つの業務に {MAX_FLOWS} 件までです。")


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
    source = _source(document, record.title)
    reading.read(source.encode())  # what is stored can be opened again; raises Invalid
    made = FlowVersion(
        flow_id=record.id,
        number=number,
        bpmn=source,
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
