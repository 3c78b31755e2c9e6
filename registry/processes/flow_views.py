"""The pages of flows: all towns' flows of a business, and one flow; what the other pages share."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from registry.access import Permission
from registry.errors import Conflict, Forbidden
from registry.processes import commands, flow_export, flow_lint, flow_queries, flow_service, queries
from registry.processes.bpmn import reading, writing
from registry.processes.bpmn.notes import notes_of
from registry.processes.bpmn.reading import Document
from registry.processes.drawing.key import key
from registry.processes.drawing.svg import draw
from registry.processes.flow import in_words
from registry.processes.models import Business, FlowKind, FlowRecord, FlowVersion
from registry.web import downloads
from registry.web.conflicts import Difference
from registry.web.database import actor, session
from registry.web.forms import Form, shown
from registry.web.gates import allow, writes

blueprint = Blueprint("flows", __name__)  # beside "processes": it has its own place in the menu

LABELS: Final = {
    "title": "フローの名前",
    "kind": "現状かあるべき姿か",
    "note": "変更した理由",
    "file": "ファイル",
    "reason": "取り下げる理由",
}


@blueprint.get("/businesses/<string:slug>/flows")
@allow(Permission.READ_CONTENT)
def listing(slug: str) -> ResponseReturnValue:
    """All towns' flows of a business; from here two can be chosen to compare.

    ?withdrawn=1 shows those taken out too.
    """
    business = business_of(slug)
    found = flow_queries.flows(session(), actor(), business.id)
    in_use = [one for one in found if one.record.withdrawn_at is None]
    every = request.args.get("withdrawn") == "1"
    return render_template(
        "processes/flows.html",
        business=business,
        flows=found if every else in_use,
        in_use=len(in_use),
        withdrawn=len(found) - len(in_use),
        every=every,
        writes=may_write(),
        own=actor().municipality_id,
    )


@blueprint.post("/businesses/<string:slug>/flows/export")
@allow(Permission.READ_CONTENT)
@writes
def export(slug: str) -> ResponseReturnValue:
    business = business_of(slug)
    content = flow_export.export_flows(
        session(), actor(), business, withdrawn=request.form.get("withdrawn") == "1"
    )
    return downloads.workbook(content, f"{business.name}_フロー一覧")


@blueprint.get("/businesses/<string:slug>/flows/<int:flow_id>")
@allow(Permission.READ_CONTENT)
def page(slug: str, flow_id: int) -> ResponseReturnValue:
    """The drawing, the same in words, what the check says, and every version."""
    business, record = visible_flow(slug, flow_id)
    return flow_page(business, record)


# ---- shared by the pages ------------------------------------------------------------------------


def number_of(sent: str) -> int | None:
    """A number out of an address or form; None for what can be the number of no row."""
    return int(sent) if sent.isdecimal() and len(sent) < 9 else None


def flow_page(business: Business, record: FlowRecord, withdrawal: Form | None = None) -> str:
    """The page of a flow; `withdrawal` is the form to take it out, as sent."""
    number = request.args.get("version", "")
    version = flow_queries.version(session(), record, number_of(number))
    document = document_of(version)
    notes = notes_of(document)
    others = [
        one
        for one in flow_queries.flows(session(), actor(), business.id)
        if one.record.id != record.id and one.record.withdrawn_at is None
    ]
    return render_template(
        "processes/flow.html",
        business=business,
        flow=record,
        town=flow_queries.town(session(), record),
        version=version,
        history=flow_queries.history(session(), record),
        svg=picture_of(document),
        signs=signs_of(document),
        lines=in_words(document.flow, notes.by_step),
        notes=notes.elsewhere,
        minutes=document.flow.minutes,
        findings=flow_lint.check(document.flow),
        others=others,
        mine=is_own(record),
        writes=may_write(),
        decides=is_own(record) and actor().may(Permission.HIDE_DETAIL),
        withdrawn_by=flow_queries.withdrawn_by(session(), record),
        withdrawal=withdrawal or shown({"reason": ""}, record.version),
        form=Form(values={"title": record.title, "kind": record.kind.value}),
        labels=LABELS,
        kinds=FlowKind.choices(),
    )


def business_of(slug: str) -> Business:
    """Raises NotFound, also for another region's."""
    return queries.business(session(), actor(), slug)


def visible_flow(slug: str, flow_id: int) -> tuple[Business, FlowRecord]:
    """A flow this person may see, with its business. Raises NotFound."""
    business = business_of(slug)
    return business, flow_queries.flow(session(), actor(), business, flow_id)


def own_flow(slug: str, flow_id: int) -> tuple[Business, FlowRecord]:
    """A flow of the own town. Raises NotFound, Forbidden for another town's."""
    business, record = visible_flow(slug, flow_id)
    if not is_own(record):
        raise Forbidden("ほかの団体のフローは変更できません。複製してから直してください。")
    return business, record


def open_flow(slug: str, flow_id: int) -> tuple[Business, FlowRecord]:
    """A flow of the own town that can be changed. Raises Conflict for a withdrawn one."""
    business, record = own_flow(slug, flow_id)
    if record.withdrawn_at is not None:
        raise Conflict(
            "このフローは取り下げられています。直すには、先に「取下げをやめる」を行ってください。"
        )
    return business, record


def is_own(record: FlowRecord) -> bool:
    return record.municipality_id == actor().municipality_id


def may_write() -> bool:
    person = actor()
    return person.municipality_id is not None and person.may(Permission.WRITE_REQUIREMENTS)


def own_town() -> int:
    """The ID of the town a flow is written for. Raises Forbidden for people of no town."""
    town = actor().municipality_id
    if town is None:
        raise Forbidden("フローは団体の人が書きます。")
    return town


def document_of(version: FlowVersion) -> Document:
    return reading.read(version.bpmn.encode())


def picture_of(document: Document) -> Markup:
    """The drawing, as it may stand in a page."""
    picture = writing.picture(document)
    svg = draw(picture, about=commands.in_one_line(document))
    return Markup(svg)  # noqa: S704 - drawn by us, every text in it escaped


def signs_of(*documents: Document) -> list[tuple[Markup, str]]:
    """The signs of some drawings, each with its meaning."""
    found = key(writing.picture(document) for document in documents)
    return [(Markup(sign.svg), sign.words) for sign in found]  # noqa: S704 - drawn by us


def to_flow_page(slug: str, record: FlowRecord) -> ResponseReturnValue:
    return redirect(url_for("flows.page", slug=slug, flow_id=record.id), 303)


def saved(
    slug: str, business: Business, record: FlowRecord, form: Form, document: Document
) -> ResponseReturnValue:
    """Save a new version and lead back to the flow. Raises Conflict for a stale form."""
    before = flow_queries.version(session(), record).number
    made = flow_service.save_flow(
        session(),
        actor(),
        record,
        business=business,
        version=form.version,
        document=document,
        **form.data,
    )
    if made.number == before:
        flash("変更はありませんでした。", "info")
    else:
        flash(f"第{made.number}版として保存しました。", "success")
    return to_flow_page(slug, record)


def clash(record: FlowRecord, form: Form, stale: Conflict) -> tuple[str, list[Difference]]:
    """What the other person saved meanwhile, and the version the next try is made on."""
    newest = flow_queries.history(session(), record)[0]
    form.values["version"] = record.version
    return stale.message, [
        Difference(
            "フロー",
            "この画面の内容",
            f"第{newest.version.number}版({newest.saved_by or '端末'})"
            + (f" {newest.version.note}" if newest.version.note else ""),
        )
    ]
