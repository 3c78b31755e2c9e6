"""The pages of an import: choose a file, look at what it would do, import, see the result, undo."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.errors import Invalid
from registry.goals import queries as goals
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements import clarity, diffs, export, importing, queries, service, sheet
from registry.requirements.importing import Preview, Used
from registry.requirements.legend import Axis, Field, Legend, Mark, headings, normal, parse_legend
from registry.requirements.models import ImportState, Obligation, RequirementList
from registry.requirements.rows import Rejection
from registry.requirements.schemas import UploadSchema
from registry.requirements.table import Table
from registry.requirements.views import blueprint, own_town
from registry.web import downloads
from registry.web.database import actor, session, state
from registry.web.forms import Form, bind
from registry.web.gates import allow, prepares, writes
from registry.workbook import Cell, Column, write_table

USED: Final = "kaizu.requirements.used"
"""Key in `app.extensions`: which imported versions other features rest on (`importing.Used`)."""

UPLOAD_LABELS: Final = {
    "file": "ファイル",
    "name": "一覧の名前",
    "sheet": "シート名",
    "legend": "凡例",
}
_SHOWN: Final = 300  # rows of each kind on the preview; the counts are always whole
_NO_FIELD: Final = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as read before the write lock; `table` is None when it could not be taken."""

    form: Form
    table: Table | None = None
    sha256: str = ""
    legend: Legend | None = None


@blueprint.get("/requirements/<string:slug>/imports")
@allow(Permission.IMPORT_REQUIREMENTS)
def upload_page(slug: str) -> ResponseReturnValue:
    """Choose a file; below it the imports so far."""
    return _upload_page(processes.business(session(), actor(), slug), Form())


def _upload_page(business: Business, form: Form) -> str:
    return render_template(
        "requirements/upload.html",
        business=business,
        form=form,
        labels=UPLOAD_LABELS,
        imports=queries.lists(session(), actor(), business_id=business.id),
    )


def _read_upload(slug: str) -> Upload:
    """Read the file in its child process; what is wrong with it stands in the form."""
    form = bind(UploadSchema())
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        form.message = form.message or "ファイルが選ばれていません。取り込みは行っていません。"
        form.errors["file"] = ["取り込むファイルを選んでください。"]
        return Upload(form)
    if not form.ok:
        return Upload(form)
    content = sent.read()
    try:
        legend = _sent_legend(form.data["legend"])
    except Invalid as error:
        form.message, form.errors = error.message, {"legend": [error.message]}
        return Upload(form)
    wanted = form.data["sheet"] or (legend.sheet if legend else None) or None
    try:
        table = sheet.read_in_child(sent.filename[-200:], content, wanted)
    except Invalid as error:
        form.message = error.message
        form.errors = {"file": ["このファイルは取り込めません。"]} | error.fields
        return Upload(form)
    return Upload(form, table, hashlib.sha256(content).hexdigest(), legend)


def _sent_legend(typed: str) -> Legend | None:
    """A legend as TOML, from its file or typed. Raises Invalid."""
    file = request.files.get("legend_file")
    if file is not None and file.filename:
        try:
            typed = file.read(200_000).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Invalid(
                "凡例のファイルがUTF-8ではありません。UTF-8で保存し直してください。"
            ) from error
    return parse_legend(typed) if typed.strip() else None


@blueprint.post("/requirements/<string:slug>/imports")
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
@prepares(_read_upload)
def upload(slug: str, prepared: Upload) -> ResponseReturnValue:
    business, town = processes.business(session(), actor(), slug), own_town(actor())
    if prepared.table is None:
        return _upload_page(business, prepared.form), 422
    opened = importing.open_list(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        name=prepared.form.data["name"],
        sha256=prepared.sha256,
        table=prepared.table,
        legend=prepared.legend,
    )
    return redirect(url_for("requirements.import_page", slug=slug, list_id=opened.id), 303)


def _list(slug: str, list_id: int) -> tuple[Business, RequirementList]:
    business = processes.business(session(), actor(), slug)
    return business, queries.get_list(session(), actor(), business.id, list_id)


@blueprint.get("/requirements/<string:slug>/imports/<int:list_id>")
@allow(Permission.IMPORT_REQUIREMENTS)
def import_page(slug: str, list_id: int) -> ResponseReturnValue:
    """One import, whatever its state: preview, progress or result."""
    business, list_ = _list(slug, list_id)
    if list_.state is ImportState.PREVIEW:
        return _preview_page(business, list_, Form())
    return _result_page(business, list_)


def _preview_page(business: Business, list_: RequirementList, form: Form) -> str:
    found = importing.preview(session(), actor(), list_)
    codes = {goal.id: goal.code for goal in goals.all_goals(session(), actor())}
    plan = found.plan
    incoming = [(one.row, one.values.text) for one in plan.changed]
    incoming += [(one.row, one.values.text) for one in plan.new]
    return render_template(
        "requirements/preview.html",
        business=business,
        list=list_,
        form=form,
        preview=found,
        counts=found.counts(),
        columns=_columns(found),
        marks=_marks(found),
        fields=[(_NO_FIELD, "取り込まない"), *FIELD_CHOICES],
        meanings=MEANINGS,
        blank=_meaning(found.legend.blank),
        other_sheets=[
            one for one in found.table.other_sheets if one not in (export.GUIDE, export.GOALS)
        ],
        rejections=plan.rejections[:_SHOWN],
        changes=[
            (one, diffs.changed_fields(one.before.values, one.values, codes))
            for one in plan.changed[:_SHOWN]
        ],
        new=plan.new[:_SHOWN],
        missing=plan.missing[:_SHOWN],
        incoming=clarity.of_incoming(session(), actor(), incoming),
        shown=_SHOWN,
    )


# The version column is our own file's affair; nobody maps it by hand.
FIELD_CHOICES: Final = [(one.value, one.label) for one in Field if one is not Field.VERSION]
MEANINGS: Final = [
    ("", "(まだ決めていない)"),
    *((f"obligation:{one.value}", f"実装区分: {one.label}") for one in Obligation),
    *((one.value, f"{one.label}(実装区分にしない)") for one in Axis if one is not Axis.OBLIGATION),
]


def _head(found: Preview) -> list[str]:
    head = next((row for row in found.table.rows if row.number == found.legend.head_row), None)
    width = max((len(row.cells) for row in found.table.rows), default=0)
    return headings(head, width)


def _columns(found: Preview) -> list[dict[str, Any]]:
    """Each column with its heading, an example and the field it is read as."""
    wanted = {normal(heading): one for heading, one in found.legend.columns.items()}
    names = _head(found)
    body = [row for row in found.table.rows if row.number > found.legend.head_row]
    columns = []
    for index, name in enumerate(names):
        cells = (row.cells[index] for row in body if index < len(row.cells))
        example = next((cell.strip() for cell in cells if cell.strip()), "")
        named = wanted.get(normal(name))
        columns.append(
            {
                "index": index,
                "heading": name,
                "example": example[:60],
                "field": named.value if named else _NO_FIELD,
                "own": named is Field.VERSION,
            }
        )
    return columns


def _marks(found: Preview) -> list[dict[str, Any]]:
    """The signs of the list with how often they stand there and what they mean so far."""
    names = [normal(name) for name in _head(found)]
    index = next(
        (
            names.index(normal(heading))
            for heading, one in found.legend.columns.items()
            if one is Field.MARK and normal(heading) in names
        ),
        None,
    )
    signs: Counter[str] = Counter()
    if index is not None:
        for row in found.table.rows:
            if row.number > found.legend.head_row and index < len(row.cells):
                signs[row.cells[index].strip()] += 1
    signs.pop("", None)
    listed = dict.fromkeys([*signs, *found.legend.marks])
    return [
        {"sign": sign, "count": signs[sign], "meaning": _meaning(found.legend.marks.get(sign))}
        for sign in list(listed)[:100]
    ]


def _meaning(mark: Mark | None) -> str:
    if mark is None:
        return ""
    if mark.axis is Axis.OBLIGATION:
        return f"obligation:{mark.value}"
    return mark.axis.value


@blueprint.post("/requirements/<string:slug>/imports/<int:list_id>/legend")
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def set_legend(slug: str, list_id: int) -> ResponseReturnValue:
    """Keep what columns and marks mean and show the preview anew."""
    business, list_ = _list(slug, list_id)
    form = Form(values=dict(request.form))
    here = redirect(url_for("requirements.import_page", slug=slug, list_id=list_id), 303)
    if list_.state is not ImportState.PREVIEW:
        return here
    with form.catching():
        legend = typed_legend(request.form, Table.from_data(list_.table or {}), list_.legend or {})
        importing.set_legend(session(), actor(), list_, version=form.version, legend=legend)
    if not form.ok:
        return _preview_page(business, list_, form), 422
    flash("凡例を保存し、確かめ直しました。", "success")
    return here


def typed_legend(sent: Mapping[str, str], table: Table, before: Mapping[str, Any]) -> Legend:
    """The legend of the preview's form. Raises Invalid.

    Columns come by their index, so that odd headings need no escaping; values that a mark had on
    an axis other than the obligation are kept when its axis stays.
    """
    number = sent.get("head_row", "1").strip()
    if not (number.isascii() and number.isdecimal() and len(number) < 6):
        raise Invalid(
            "凡例を保存していません。",
            {"head_row": ["見出しの行は0以上の整数で入力してください。"]},
        )
    head = next((row for row in table.rows if row.number == int(number)), None)
    width = max((len(row.cells) for row in table.rows), default=0)
    columns = {
        name: sent[f"column-{index}"]
        for index, name in enumerate(headings(head, width))
        if sent.get(f"column-{index}")
    }
    marks = {}
    for index in range(100):
        sign = sent.get(f"sign-{index}", "")
        if sign:
            marks[sign] = _mark_data(sent.get(f"mark-{index}", ""), before, sign)
    return Legend.from_data(
        {
            "name": before.get("name"),
            "sheet": before.get("sheet"),
            "head_row": int(number),
            "carry_down": sent.get("carry_down") == "1",
            "columns": columns,
            "marks": marks,
            "blank": _mark_data(sent.get("blank", ""), before, None),
        }
    )


def _mark_data(typed: str, before: Mapping[str, Any], sign: str | None) -> dict[str, Any] | None:
    if not typed:
        return None
    axis, _, value = typed.partition(":")
    held = before.get("blank") if sign is None else (before.get("marks") or {}).get(sign)
    if not value and held and held.get("axis") == axis:
        value = held.get("value") or ""
    return {"axis": axis, "value": value or None}


@blueprint.post("/requirements/<string:slug>/imports/<int:list_id>/start")
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def start_import(slug: str, list_id: int) -> ResponseReturnValue:
    _, list_ = _list(slug, list_id)
    importing.start(session(), actor(), list_, version=_version())
    return redirect(url_for("requirements.import_page", slug=slug, list_id=list_id), 303)


@blueprint.post("/requirements/<string:slug>/imports/<int:list_id>/cancel")
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def cancel_import(slug: str, list_id: int) -> ResponseReturnValue:
    _, list_ = _list(slug, list_id)
    importing.cancel(session(), actor(), list_, version=_version())
    flash("取込をやめました。要件は何も変わっていません。", "info")
    return redirect(url_for("requirements.upload_page", slug=slug), 303)


@blueprint.post("/requirements/<string:slug>/imports/<int:list_id>/reopen")
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def reopen_import(slug: str, list_id: int) -> ResponseReturnValue:
    _, list_ = _list(slug, list_id)
    importing.reopen(session(), actor(), list_, version=_version())
    return redirect(url_for("requirements.import_page", slug=slug, list_id=list_id), 303)


@blueprint.post("/requirements/<string:slug>/imports/<int:list_id>/undo")
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def undo_import(slug: str, list_id: int) -> ResponseReturnValue:
    """Take the import back; what was touched since stays and is named on the page."""
    _, list_ = _list(slug, list_id)
    used = cast(Used, current_app.extensions[USED])
    undone = importing.undo(session(), actor(), list_, version=_version(), used=used)
    flash(
        f"取込を取り消しました。追加した要件{undone.removed}件を消し、変更した要件{undone.restored}件を元に戻しました。",
        "success",
    )
    if undone.kept:
        flash(f"{len(undone.kept)}件は、取込のあとに使われているため残しました。", "warning")
    return redirect(url_for("requirements.import_page", slug=slug, list_id=list_id), 303)


def _version() -> int:
    return Form(values=dict(request.form)).version


def _result_page(business: Business, list_: RequirementList) -> str:
    outcome = list_.outcome or {}
    rejections = importing.rejections_of(list_)
    return render_template(
        "requirements/result.html",
        business=business,
        list=list_,
        job=importing.job_of(session(), list_),
        counts=outcome.get("counts"),
        rejections=rejections[:_SHOWN],
        rejection_count=len(rejections),
        missing=outcome.get("missing", [])[:_SHOWN],
        unmapped=outcome.get("unmapped", []),
        undone=outcome.get("undone"),
        kept=outcome.get("kept", []),
        shown=_SHOWN,
    )


@blueprint.get("/requirements/<string:slug>/imports/<int:list_id>/progress")
@allow(Permission.IMPORT_REQUIREMENTS)
def import_progress(slug: str, list_id: int) -> ResponseReturnValue:
    """The progress alone, for the page that asks each second."""
    business, list_ = _list(slug, list_id)
    return render_template(
        "requirements/progress.html",
        business=business,
        list=list_,
        job=importing.job_of(session(), list_),
    )


def annotated(slug: str, list_id: int) -> bytes:
    """A list of ten thousand rows takes seconds to write: before the lock, in a reading session."""
    with state().database.read() as reading:
        business = processes.business(reading, actor(), slug)
        list_ = queries.get_list(reading, actor(), business.id, list_id)
        return importing.write_annotated(reading, actor(), list_)


@blueprint.post("/requirements/<string:slug>/imports/<int:list_id>/annotated")
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
@prepares(annotated)
def export_annotated(slug: str, list_id: int, prepared: bytes) -> ResponseReturnValue:
    """The person's own list with the result of each row written into it."""
    _, list_ = _list(slug, list_id)
    importing.record_annotated(session(), actor(), list_)
    return downloads.workbook(prepared, f"{stem(list_.source_name or list_.name)}_取込の結果")


def stem(name: str) -> str:
    """The name of a file without what says its format."""
    stem, dot, ending = name.rpartition(".")
    return stem if dot and stem and ending.lower() in {"xlsx", "csv", "tsv", "txt"} else name


@blueprint.post("/requirements/<string:slug>/template")
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def export_template(slug: str) -> ResponseReturnValue:
    """An empty list with drop-downs, to fill in and import."""
    business = processes.business(session(), actor(), slug)
    content = importing.template(
        session(), actor(), business=business, title=f"{business.name} 要件"
    )
    return downloads.workbook(content, f"{business.name}_要件のひな形")


@blueprint.post("/requirements/<string:slug>/imports/<int:list_id>/rejections")
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def export_rejections(slug: str, list_id: int) -> ResponseReturnValue:
    """The rows that were or would be refused, as a list to work through in Excel."""
    business, list_ = _list(slug, list_id)
    found = (
        list(importing.preview(session(), actor(), list_).plan.rejections)
        if list_.state is ImportState.PREVIEW
        else importing.rejections_of(list_)
    )
    service.record_export(
        session(),
        actor(),
        municipality_id=list_.municipality_id,
        business_id=business.id,
        count=len(found),
    )
    return downloads.workbook(rejection_workbook(found), f"{business.name}_取り込めない行")


def rejection_workbook(found: list[Rejection]) -> bytes:
    columns = (
        Column("行", 8),
        Column("列", 20),
        Column("値", 40),
        Column("理由", 50),
        Column("直し方", 50),
    )
    rows: list[list[Cell]] = [
        [one.row, one.column, one.value, one.reason, one.mend] for one in found
    ]
    return write_table("取り込めない行", columns, rows)
