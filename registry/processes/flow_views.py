"""The pages of flows: all towns' flows of a business, one flow, its step table, comparing two."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from io import BytesIO
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from registry.access import Permission
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.processes import (
    commands,
    flow_diff,
    flow_lint,
    flow_queries,
    flow_service,
    queries,
    step_table,
)
from registry.processes.bpmn import reading, writing
from registry.processes.bpmn.reading import Document
from registry.processes.drawing import pair
from registry.processes.drawing.svg import draw
from registry.processes.flow import Flow, StepKind, Work, in_words
from registry.processes.flow_schemas import DrawingSchema, FlowCopySchema, FlowHeadSchema
from registry.processes.models import Business, FlowKind, FlowRecord, FlowVersion
from registry.processes.step_table import HEADINGS, MAX_ROWS, Row
from registry.web import downloads
from registry.web.conflicts import Difference
from registry.web.database import actor, session
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, prepares, writes

blueprint = Blueprint("flows", __name__)  # beside "processes": it has its own place in the menu

LABELS: Final = {
    "title": "フローの名前",
    "kind": "現状かあるべき姿か",
    "note": "変更した理由",
    "file": "ファイル",
}
_BLANKS: Final = 3
_CELL: Final = re.compile(r"rows-([0-9]{1,4})-([a-z]+)")
_ACT: Final = re.compile(r"(insert|remove)-([0-9]{1,4})")
BPMN_TYPE: Final = "application/xml"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as read before the write lock; `document` is None when it could not be taken."""

    form: Form
    document: Document | None = None


# ---- lists and pages ----------------------------------------------------------------------------


@blueprint.get("/businesses/<string:slug>/flows")
@allow(Permission.READ_CONTENT)
def listing(slug: str) -> ResponseReturnValue:
    """All towns' flows of a business; from here two can be chosen to compare."""
    business = _business(slug)
    found = flow_queries.flows(session(), actor(), business.id)
    return render_template(
        "processes/flows.html",
        business=business,
        flows=found,
        writes=_may_write(),
        own=actor().municipality_id,
    )


@blueprint.post("/businesses/<string:slug>/flows/export")
@allow(Permission.READ_CONTENT)
@writes
def export(slug: str) -> ResponseReturnValue:
    business = _business(slug)
    content = flow_service.export_flows(session(), actor(), business)
    return downloads.workbook(content, f"{business.name}_フロー一覧")


@blueprint.get("/businesses/<string:slug>/flows/<int:flow_id>")
@allow(Permission.READ_CONTENT)
def page(slug: str, flow_id: int) -> ResponseReturnValue:
    """The drawing, the same in words, what the check says, and every version."""
    business, record = visible_flow(slug, flow_id)
    number = request.args.get("version", "")
    version = flow_queries.version(session(), record, int(number) if number.isdecimal() else None)
    document = _document(version)
    town = flow_queries.town(session(), record)
    others = [
        one
        for one in flow_queries.flows(session(), actor(), business.id)
        if one.record.id != record.id
    ]
    return render_template(
        "processes/flow.html",
        business=business,
        flow=record,
        town=town,
        version=version,
        history=flow_queries.history(session(), record),
        svg=_svg(document),
        lines=in_words(document.flow),
        minutes=document.flow.minutes,
        findings=flow_lint.check(document.flow),
        others=others,
        mine=_is_own(record),
        writes=_may_write(),
        form=Form(values={"title": record.title, "kind": record.kind.value}),
        labels=LABELS,
        kinds=FlowKind.choices(),
    )


@blueprint.get("/businesses/<string:slug>/flows/compare")
@allow(Permission.READ_CONTENT)
def compare(slug: str) -> ResponseReturnValue:
    """Two flows side by side: ?one=ID&other=ID; without both, the choice."""
    business = _business(slug)
    every = flow_queries.flows(session(), actor(), business.id)
    chosen = [_asked(business, name) for name in ("one", "other")]
    sides: list[dict[str, Any]] = []
    found = None
    if all(chosen):
        documents = []
        for record in chosen:
            if record is None:
                raise NotFound
            version = flow_queries.version(session(), record)
            documents.append(_document(version))
            place = flow_queries.town(session(), record)
            sides.append({"flow": record, "town": place, "version": version})
        found = flow_diff.compare(documents[0].flow, documents[1].flow)
        for side, svg in zip(sides, pair.draw_pair(documents[0], documents[1], found), strict=True):
            side["svg"] = Markup(svg)  # noqa: S704 - drawn by us, every text in it escaped
    return render_template(
        "processes/flow_compare.html",
        business=business,
        flows=every,
        sides=sides,
        found=found,
        said=pair.describe(found) if found else "",
        one=request.args.get("one", ""),
        other=request.args.get("other", ""),
    )


# ---- a new one ----------------------------------------------------------------------------------


@blueprint.get("/businesses/<string:slug>/flows/new")
@allow(Permission.WRITE_REQUIREMENTS)
def new(slug: str) -> ResponseReturnValue:
    business = _business(slug)
    form = shown({"title": business.name, "kind": FlowKind.AS_IS.value, "note": ""})
    return _table_page(business, None, form, [Row()] * 6)


@blueprint.post("/businesses/<string:slug>/flows/new")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def create(slug: str) -> ResponseReturnValue:
    business = _business(slug)
    form, rows = bind(FlowHeadSchema()), _rows()
    act = _changed_rows(rows)
    if act is not None:
        return _table_page(business, None, Form(values=form.values), act)
    if form.ok:
        with form.catching():
            flow = step_table.to_flow(rows, title=form.data["title"])
            made = flow_service.create_flow(
                session(),
                actor(),
                municipality_id=own_town(),
                business=business,
                document=writing.compose(flow),
                **form.data,
            )
            flash(f"フロー「{made.title}」を保存しました。", "success")
            return _to_flow(slug, made)
    return _table_page(business, None, form, rows), 422


def _read_upload(slug: str, flow_id: int = 0) -> Upload:
    """Read the sent file before the write lock; the limits of `source` bound the work."""
    del slug, flow_id
    form = bind(FlowHeadSchema())
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        form.message = "ファイルが選ばれていません。まだ保存していません。"
        form.errors["file"] = [".bpmn または .tsv のファイルを選んでください。"]
        return Upload(form)
    if not form.ok:
        sent.close()
        return Upload(form)
    content = sent.read()
    sent.close()  # a large one lies in a temporary file
    try:
        return Upload(form, _parsed(sent.filename, content, form.data["title"]))
    except Invalid as error:
        form.message = error.message
        form.errors["file"] = [text for texts in error.fields.values() for text in texts] or [
            error.message
        ]
        return Upload(form)


def _parsed(name: str, content: bytes, title: str) -> Document:
    if name.lower().endswith((".tsv", ".txt")):
        try:
            rows = step_table.read_tsv(content.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise Invalid(
                "手順表を読み込んでいません。文字コード UTF-8 で保存し直してください。"
            ) from None
        return writing.compose(step_table.to_flow(rows, title=title))
    return reading.read(content)


@blueprint.post("/businesses/<string:slug>/flows/upload")
@allow(Permission.WRITE_REQUIREMENTS)
@prepares(_read_upload)
@writes
def upload(slug: str, prepared: Upload) -> ResponseReturnValue:
    """A new flow from a file."""
    business, form = _business(slug), prepared.form
    if form.ok and prepared.document is not None:
        with form.catching():
            made = flow_service.create_flow(
                session(),
                actor(),
                municipality_id=own_town(),
                business=business,
                document=prepared.document,
                **form.data,
            )
            flash(f"フロー「{made.title}」をファイルから保存しました。", "success")
            return _to_flow(slug, made)
    return _table_page(business, None, form, [Row()] * 6), 422


@blueprint.post("/businesses/<string:slug>/flows/<int:flow_id>/copy")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def copy(slug: str, flow_id: int) -> ResponseReturnValue:
    """Take over a flow as one's own; where it came from stays written in its history."""
    business, record = visible_flow(slug, flow_id)
    form = bind(FlowCopySchema())
    if not form.ok:
        raise Invalid(form.message, form.errors)
    made = flow_service.copy_flow(
        session(),
        actor(),
        business=business,
        source=record,
        municipality_id=own_town(),
        **form.data,
    )
    flash(f"「{made.title}」として複製しました。出典は履歴に残ります。", "success")
    return _to_flow(slug, made)


# ---- the step table -----------------------------------------------------------------------------


@blueprint.get("/businesses/<string:slug>/flows/<int:flow_id>/table")
@allow(Permission.WRITE_REQUIREMENTS)
def edit_table(slug: str, flow_id: int) -> ResponseReturnValue:
    business, record = own_flow(slug, flow_id)
    flow = _document(flow_queries.version(session(), record)).flow
    form = shown({"title": record.title, "kind": record.kind.value, "note": ""}, record.version)
    return _table_page(business, record, form, list(step_table.to_rows(flow)), flow)


@blueprint.post("/businesses/<string:slug>/flows/<int:flow_id>/table")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def save_table(slug: str, flow_id: int) -> ResponseReturnValue:
    """Save the table as a new version; what it does not show stays as it was in the file."""
    business, record = own_flow(slug, flow_id)
    document = _document(flow_queries.version(session(), record))
    form, rows = bind(FlowHeadSchema()), _rows()
    act = _changed_rows(rows)
    if act is not None:
        return _table_page(business, record, Form(values=form.values), act, document.flow)
    if form.ok:
        try:
            with form.catching():
                flow = step_table.to_flow(rows, title=form.data["title"], base=document.flow)
                return _save(slug, business, record, form, writing.apply(document, flow))
        except Conflict as stale:
            conflict = _clash(record, form, stale)
            return _table_page(business, record, form, rows, document.flow, conflict), 409
    return _table_page(business, record, form, rows, document.flow), 422


@blueprint.post("/businesses/<string:slug>/flows/<int:flow_id>/upload")
@allow(Permission.WRITE_REQUIREMENTS)
@prepares(_read_upload)
@writes
def upload_version(slug: str, flow_id: int, prepared: Upload) -> ResponseReturnValue:
    """A new version from a file."""
    business, record = own_flow(slug, flow_id)
    form, conflict = prepared.form, None
    if form.ok and prepared.document is not None:
        try:
            with form.catching():
                return _save(slug, business, record, form, prepared.document)
        except Conflict as stale:
            conflict = _clash(record, form, stale)
    flow = _document(flow_queries.version(session(), record)).flow
    rows = list(step_table.to_rows(flow))
    page = _table_page(business, record, form, rows, flow, conflict)
    return page, 409 if conflict else 422


# ---- the drawing --------------------------------------------------------------------------------


@blueprint.get("/businesses/<string:slug>/flows/<int:flow_id>/drawing")
@allow(Permission.WRITE_REQUIREMENTS)
def edit_drawing(slug: str, flow_id: int) -> ResponseReturnValue:
    """bpmn-js on the stored file; the step table beside it is for everybody without a mouse."""
    business, record = own_flow(slug, flow_id)
    form = shown(
        {
            "title": record.title,
            "kind": record.kind.value,
            "note": "",
            "bpmn": flow_queries.version(session(), record).bpmn,
        },
        record.version,
    )
    return _drawing_page(business, record, form)


@blueprint.post("/businesses/<string:slug>/flows/<int:flow_id>/drawing")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def save_drawing(slug: str, flow_id: int) -> ResponseReturnValue:
    business, record = own_flow(slug, flow_id)
    form = bind(DrawingSchema())
    if form.ok:
        try:
            with form.catching():
                document = reading.read(form.data.pop("bpmn").encode())
                return _save(slug, business, record, form, document)
        except Conflict as stale:
            return _drawing_page(business, record, form, _clash(record, form, stale)), 409
    return _drawing_page(business, record, form), 422


# ---- files --------------------------------------------------------------------------------------


@blueprint.post("/businesses/<string:slug>/flows/<int:flow_id>/download")
@allow(Permission.READ_CONTENT)
@writes
def download(slug: str, flow_id: int) -> ResponseReturnValue:
    """A version as .bpmn, .svg, .tsv or .xlsx; that it was taken is recorded."""
    business, record = visible_flow(slug, flow_id)
    del business
    form = request.form.get("form", "bpmn")
    sent = request.form.get("number", "")
    number = int(sent) if sent.isdecimal() and len(sent) < 9 else None
    if form == "xlsx":
        content = flow_service.export_steps(session(), actor(), record, number=number)
        return downloads.workbook(content, record.title)
    if form not in {"bpmn", "svg", "tsv"}:
        raise Invalid("この形式では保存できません。画面のボタンから選んでください。")
    found = flow_service.fetch_file(session(), actor(), record, number=number, form=form)
    document = _document(found)
    if form == "bpmn":
        return _file(document.to_bytes(), f"{record.title}.bpmn", BPMN_TYPE)
    if form == "svg":
        return _file(str(_svg(document)).encode(), f"{record.title}.svg", "image/svg+xml")
    table = step_table.write_tsv(step_table.to_rows(document.flow))
    return _file(table.encode("utf-8-sig"), f"{record.title}.tsv", "text/tab-separated-values")


def _file(content: bytes, name: str, kind: str) -> Response:
    return send_file(BytesIO(content), mimetype=kind, as_attachment=True, download_name=name)


# ---- shared by the pages ------------------------------------------------------------------------


def _business(slug: str) -> Business:
    return queries.business(session(), actor(), slug)


def visible_flow(slug: str, flow_id: int) -> tuple[Business, FlowRecord]:
    business = _business(slug)
    return business, flow_queries.flow(session(), actor(), business, flow_id)


def own_flow(slug: str, flow_id: int) -> tuple[Business, FlowRecord]:
    business, record = visible_flow(slug, flow_id)
    if not _is_own(record):
        raise Forbidden("ほかの団体のフローは変更できません。複製してから直してください。")
    return business, record


def _asked(business: Business, name: str) -> FlowRecord | None:
    sent = request.args.get(name, "")
    if not (sent.isdecimal() and len(sent) < 9):
        return None
    return flow_queries.flow(session(), actor(), business, int(sent))


def _is_own(record: FlowRecord) -> bool:
    return record.municipality_id == actor().municipality_id


def _may_write() -> bool:
    person = actor()
    return person.municipality_id is not None and person.may(Permission.WRITE_REQUIREMENTS)


def own_town() -> int:
    town = actor().municipality_id
    if town is None:
        raise Forbidden("フローは団体の人が書きます。")
    return town


def _document(version: FlowVersion) -> Document:
    return reading.read(version.bpmn.encode())


def _svg(document: Document) -> Markup:
    picture = writing.picture(document)
    svg = draw(picture, about=commands.in_one_line(document))
    return Markup(svg)  # noqa: S704 - drawn by us, every text in it escaped


def _to_flow(slug: str, record: FlowRecord) -> ResponseReturnValue:
    return redirect(url_for("flows.page", slug=slug, flow_id=record.id), 303)


def _save(
    slug: str, business: Business, record: FlowRecord, form: Form, document: Document
) -> ResponseReturnValue:
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
    return _to_flow(slug, record)


def _clash(record: FlowRecord, form: Form, stale: Conflict) -> tuple[str, list[Difference]]:
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


def _rows() -> list[Row]:
    """The rows as typed, in the order of their numbers; empty ones fall away."""
    cells: dict[int, dict[str, str]] = {}
    for name, value in request.form.items():
        found = _CELL.fullmatch(name)
        if found and found.group(2) in {*HEADINGS, "id"} and int(found.group(1)) <= 2 * MAX_ROWS:
            text = value.replace("\r\n", "\n")[:1000]
            cells.setdefault(int(found.group(1)), {})[found.group(2)] = text
    rows = [Row(**cells[at]) for at in sorted(cells)]
    act = _ACT.fullmatch(request.form.get("act", ""))
    return rows if act else [row for row in rows if not row.is_empty]


def _changed_rows(rows: list[Row]) -> list[Row] | None:
    """The rows after 「行を加える」 or 「行を消す」; None when the table is to be saved."""
    act = request.form.get("act", "save")
    if act == "add":
        return [*rows, *[Row()] * _BLANKS]
    found = _ACT.fullmatch(act)
    if found is None:
        return None
    at = int(found.group(2))
    if found.group(1) == "remove":
        return [row for place, row in enumerate(rows, start=1) if place != at] or [Row()]
    return [*rows[:at], Row(number=_free_number(rows)), *rows[at:]]


def _free_number(rows: list[Row]) -> str:
    """One after the highest number in the table, so that 「次へ」 of the others stays true."""
    taken = [int(row.number) for row in rows if row.number.isascii() and row.number.isdecimal()]
    return str(max([*taken, len(rows)]) + 1)


def _table_page(
    business: Business,
    record: FlowRecord | None,
    form: Form,
    rows: list[Row],
    base: Flow | None = None,
    conflict: tuple[str, list[Difference]] | None = None,
) -> str:
    numbered = [
        row if row.number or row.is_empty else replace(row, number=str(at))
        for at, row in enumerate(rows, start=1)
    ]
    blanks = [Row()] * (_BLANKS if len(rows) < MAX_ROWS else 0)
    inner = sum(1 for step in base.steps if step.parent) if base else 0
    return render_template(
        "processes/flow_table.html",
        business=business,
        flow=record,
        form=form,
        labels={**LABELS, **_cell_labels(len(rows))},
        rows=[asdict(row) for row in (*numbered, *blanks)],
        headings=HEADINGS,
        lanes=sorted({row.lane for row in rows if row.lane}),
        works=[work.label for work in Work],
        step_kinds=[kind.label for kind in StepKind if kind is not StepKind.TASK],
        kinds=FlowKind.choices(),
        inner=inner,
        conflict=conflict,
    )


def _cell_labels(count: int) -> Mapping[str, str]:
    return {
        f"rows-{at}-{name}": f"{at} 行目の{heading}"
        for at in range(1, count + 1)
        for name, heading in HEADINGS.items()
    }


def _drawing_page(
    business: Business,
    record: FlowRecord,
    form: Form,
    conflict: tuple[str, list[Difference]] | None = None,
) -> str:
    return render_template(
        "processes/flow_drawing.html",
        business=business,
        flow=record,
        form=form,
        labels=LABELS,
        kinds=FlowKind.choices(),
        conflict=conflict,
    )
