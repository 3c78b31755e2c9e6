"""Flows as files: uploaded as a new flow or a new version, and taken out."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Final

from flask import Response, flash, request, send_file
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.errors import Conflict, Invalid
from registry.processes import flow_export, flow_queries, flow_service, step_table
from registry.processes.bpmn import reading, writing
from registry.processes.bpmn.reading import Document
from registry.processes.flow_schemas import FlowHeadSchema
from registry.processes.flow_table_views import table_page
from registry.processes.flow_views import (
    blueprint,
    business_of,
    clash,
    document_of,
    number_of,
    own_flow,
    own_town,
    picture_of,
    saved,
    to_flow_page,
    visible_flow,
)
from registry.processes.step_table import Row
from registry.web import downloads
from registry.web.database import actor, session
from registry.web.forms import Form, bind
from registry.web.gates import allow, prepares, writes

BPMN_TYPE: Final = "application/xml"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as read before the write lock; `document` is None when it could not be taken."""

    form: Form
    document: Document | None = None


def _read_upload(slug: str, flow_id: int = 0) -> Upload:
    """Read the sent file before the write lock; the limits of `source` bound the work.

    The file stays open: to know a repeated send, what was sent is looked at once more.
    """
    del slug, flow_id
    form = bind(FlowHeadSchema())
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        form.message = "ファイルが選ばれていません。まだ保存していません。"
        form.errors["file"] = [".bpmn または .tsv のファイルを選んでください。"]
        return Upload(form)
    if not form.ok:
        return Upload(form)
    try:
        return Upload(form, _parsed(sent.filename, sent.read(), form.data["title"]))
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
    business, form = business_of(slug), prepared.form
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
            return to_flow_page(slug, made)
    return table_page(business, None, form, [Row()] * 6), 422


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
                return saved(slug, business, record, form, prepared.document)
        except Conflict as stale:
            conflict = clash(record, form, stale)
    flow = document_of(flow_queries.version(session(), record)).flow
    rows = list(step_table.to_rows(flow))
    page = table_page(business, record, form, rows, flow, conflict)
    return page, 409 if conflict else 422


@blueprint.post("/businesses/<string:slug>/flows/<int:flow_id>/download")
@allow(Permission.READ_CONTENT)
@writes
def download(slug: str, flow_id: int) -> ResponseReturnValue:
    """A version as .bpmn, .svg, .tsv or .xlsx; that it was taken is recorded."""
    business, record = visible_flow(slug, flow_id)
    del business
    form = request.form.get("form", "bpmn")
    number = number_of(request.form.get("number", ""))
    if form == "xlsx":
        content = flow_export.export_steps(session(), actor(), record, number=number)
        return downloads.workbook(content, record.title)
    if form not in {"bpmn", "svg", "tsv"}:
        raise Invalid("この形式では保存できません。画面のボタンから選んでください。")
    found = flow_export.fetch_file(session(), actor(), record, number=number, form=form)
    document = document_of(found)
    if form == "bpmn":
        return _file(document.to_bytes(), f"{record.title}.bpmn", BPMN_TYPE)
    if form == "svg":
        return _file(str(picture_of(document)).encode(), f"{record.title}.svg", "image/svg+xml")
    table = step_table.write_tsv(step_table.to_rows(document.flow))
    return _file(table.encode("utf-8-sig"), f"{record.title}.tsv", "text/tab-separated-values")


def _file(content: bytes, name: str, kind: str) -> Response:
    return send_file(BytesIO(content), mimetype=kind, as_attachment=True, download_name=name)
