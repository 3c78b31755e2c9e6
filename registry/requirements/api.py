"""A town's requirements for programs: its lines, what waits for its approver, its imports."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

import marshmallow as ma
from flask import Response, current_app, request, url_for
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.goals import queries as goals
from registry.municipalities.models import Municipality
from registry.paging import cut
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements import (
    editing,
    importing,
    queries,
    service,
    sheet,
    submissions,
    table,
)
from registry.requirements.import_views import USED, rejection_workbook
from registry.requirements.importing import Preview, Used
from registry.requirements.legend import Axis, Field, Legend, parse_legend
from registry.requirements.models import (
    ImportState,
    Obligation,
    Requirement,
    RequirementKind,
    RequirementList,
    RequirementState,
    RequirementVersion,
)
from registry.requirements.queries import SORTS, Filter, HistoryEntry, Line
from registry.requirements.rows import Rejection
from registry.requirements.schemas import RequirementSchema, UploadSchema
from registry.requirements.table import Row, Table
from registry.requirements.values import COLUMNS, Values, remark
from registry.requirements.values import changes as changed_fields
from registry.web import api, downloads
from registry.web.database import actor, session, state
from registry.web.gates import allow, prepares, writes

blueprint = api.blueprint("requirements", "団体の要件")

TOWN: Final = "/municipalities/<string:code>/businesses/<string:slug>"
MAX_TABLE_ROWS: Final = 10_000
NOT_OWN: Final = "ほかの団体の情報は扱えません。"


# ---- what is taken and given ------------------------------------------------------------------


class RequirementQuerySchema(api.PageQuery):
    """`goal` is a code, "-" means none."""

    state = schemas.choice(RequirementState, required=False)
    section = schemas.line(required=False, length=500)
    goal = schemas.line(required=False, length=100)
    q = schemas.line(required=False)
    sort = fields.String(load_default="position", validate=ma.validate.OneOf(list(SORTS)))
    descending = fields.Boolean(load_default=False)


class RequirementAnswerSchema(schemas.Schema):
    """A line as its town works on it; for others as it was submitted, without a `version`."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True, allow_none=True)
    section = fields.String(required=True)
    label = fields.String(required=True)
    text = fields.String(required=True)
    mark = fields.String(required=True)
    obligation = fields.Enum(Obligation, by_value=True, required=True, allow_none=True)
    kind = fields.Enum(RequirementKind, by_value=True, required=True)
    goal = fields.String(required=True)
    step = fields.String(required=True)
    note = fields.String(required=True)
    external_id = fields.String(required=True)
    state = fields.Enum(RequirementState, by_value=True, required=True)
    return_reason = fields.String(required=True)
    is_submitted = fields.Boolean(required=True)
    saved_at = fields.DateTime(required=True)
    saved_by = fields.String(required=True)


class SubmittedSchema(schemas.Schema):
    """One submission of a wording; `reason` is its 変更理由."""

    at = fields.DateTime(required=True)
    by = fields.String(required=True)
    reason = fields.String(required=True)


class RequirementVersionAnswerSchema(schemas.Schema):
    """One wording in a line's life; `id` is what an approver confirms.

    Who submitted it, when and why stands in `submissions`, for its own town alone.
    """

    id = fields.Integer(required=True)
    number = fields.Integer(required=True)
    section = fields.String(required=True)
    label = fields.String(required=True)
    text = fields.String(required=True)
    mark = fields.String(required=True)
    obligation = fields.Enum(Obligation, by_value=True, required=True, allow_none=True)
    kind = fields.Enum(RequirementKind, by_value=True, required=True)
    goal = fields.String(required=True)
    step = fields.String(required=True)
    note = fields.String(required=True)
    saved_at = fields.DateTime(required=True)
    saved_by = fields.String(required=True)
    source = fields.String(required=True)
    is_draft = fields.Boolean(required=True)
    is_submitted = fields.Boolean(required=True)
    is_confirmed = fields.Boolean(required=True)
    submissions = fields.List(fields.Nested(SubmittedSchema), required=True)


class RequirementWithHistorySchema(RequirementAnswerSchema):
    """`history` is newest first; other towns get the submitted wording alone."""

    history = fields.List(fields.Nested(RequirementVersionAnswerSchema), required=True)


class TownCountsSchema(schemas.Schema):
    """What everybody may know of a town's lines; `readable` are its submitted wordings."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    submitted = fields.Integer(required=True)
    confirmed = fields.Integer(required=True)
    has_draft = fields.Boolean(required=True)
    hides_detail = fields.Boolean(required=True)
    readable = fields.Boolean(required=True)


class ReasonOfLineSchema(schemas.Schema):
    """The 変更理由 of one line."""

    requirement_id = api.row_id(required=True)
    reason = schemas.text(length=submissions.MAX_REASON)


class SubmissionSchema(schemas.Schema):
    """The lines to submit; null means every draft and returned line.

    A line that was confirmed in another wording needs a 変更理由: its own in `reasons`, else the
    common `reason`. A 422 names each line that lacks one as "reasons.ID".
    """

    requirement_ids = fields.List(
        api.row_id(), required=True, allow_none=True, validate=ma.validate.Length(max=5000)
    )
    reasons = fields.List(
        fields.Nested(ReasonOfLineSchema), load_default=list, validate=ma.validate.Length(max=5000)
    )
    reason = schemas.text(required=False, length=submissions.MAX_REASON)


class ReviewedSchema(schemas.Schema):
    """Exactly this wording of a line."""

    requirement_id = api.row_id(required=True)
    version_id = api.row_id(required=True)


class ConfirmationSchema(schemas.Schema):
    items = fields.List(
        fields.Nested(ReviewedSchema), required=True, validate=ma.validate.Length(1, 500)
    )


class ReturnSchema(ConfirmationSchema):
    reason = schemas.text(length=2000)


class WaitingQuerySchema(api.PageQuery):
    """`business` is a slug."""

    business = schemas.line(required=False)


class WaitingAnswerSchema(schemas.Schema):
    """A submitted wording nobody has judged; `own` is one's own submission, `reason` its 変更理由."""

    requirement_id = fields.Integer(required=True)
    version_id = fields.Integer(required=True)
    section = fields.String(required=True)
    label = fields.String(required=True)
    text = fields.String(required=True)
    obligation = fields.Enum(Obligation, by_value=True, required=True, allow_none=True)
    note = fields.String(required=True)
    confirmed_text = fields.String(required=True, allow_none=True)
    confirmed_obligation = fields.Enum(Obligation, by_value=True, required=True, allow_none=True)
    submitted_by = fields.String(required=True)
    own = fields.Boolean(required=True)
    business_slug = fields.String(required=True)
    reason = fields.String(required=True)


class MeaningOfMarkSchema(schemas.Schema):
    """`value` is an obligation on that axis, free text on the others."""

    axis = schemas.choice(Axis)
    value = fields.String(allow_none=True, load_default=None, validate=ma.validate.Length(max=200))


def _meaning(**options: Any) -> fields.Nested:
    return fields.Nested(MeaningOfMarkSchema, allow_none=True, **options)


class LegendSchema(schemas.Schema):
    """What a list's columns and marks mean; null for a mark nobody has explained yet."""

    name = schemas.line(required=False)
    sheet = fields.String(allow_none=True, load_default=None, validate=ma.validate.Length(max=31))
    head_row = fields.Integer(
        load_default=1, strict=True, validate=ma.validate.Range(0, table.MAX_ROWS)
    )
    carry_down = fields.Boolean(load_default=False)
    columns = fields.Dict(
        keys=fields.String(validate=ma.validate.Length(max=500)),
        values=schemas.choice(Field),
        required=True,
        validate=ma.validate.Length(max=table.MAX_COLUMNS),
    )
    marks = fields.Dict(
        keys=fields.String(validate=ma.validate.Length(max=100)),
        values=_meaning(),
        load_default=dict,
        validate=ma.validate.Length(max=100),
    )
    blank = _meaning(load_default=None)


class TableSchema(schemas.Schema):
    """A list as rows of text; the first row holds the headings unless the legend says otherwise."""

    name = schemas.line()
    rows = fields.List(
        fields.List(
            fields.String(validate=ma.validate.Length(max=schemas.MAX_TEXT)),
            validate=ma.validate.Length(max=table.MAX_COLUMNS),
        ),
        required=True,
        validate=ma.validate.Length(
            1, MAX_TABLE_ROWS, error=f"1 行から {MAX_TABLE_ROWS:,} 行までにしてください。"
        ),
    )
    legend = fields.Nested(LegendSchema, allow_none=True, load_default=None)


class ImportRowSchema(schemas.Schema):
    """A list of the own town; `version` is for the next act on it."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    name = fields.String(required=True)
    state = fields.Enum(ImportState, by_value=True, required=True)
    source_name = fields.String(required=True)
    source_sha256 = fields.String(required=True)
    created_at = fields.DateTime(required=True)
    finished_at = fields.DateTime(required=True, allow_none=True)


class ImportCountsSchema(schemas.Schema):
    """Rows of the file by what becomes of them; `missing` are lines the file does not name."""

    new = fields.Integer(required=True)
    changed = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    rejected = fields.Integer(required=True)
    missing = fields.Integer(required=True)


class KeptSchema(schemas.Schema):
    """A line the undo left as it is, and why."""

    requirement_id = fields.Integer(required=True)
    label = fields.String(required=True)
    text = fields.String(required=True)
    why = fields.String(required=True)


class UndoneSchema(schemas.Schema):
    removed = fields.Integer(required=True)
    restored = fields.Integer(required=True)
    kept = fields.List(fields.Nested(KeptSchema), required=True)


class ImportAnswerSchema(ImportRowSchema):
    """An import whatever its state: in the preview what it would do, afterwards what it did.

    `error` says why the legend does not fit the file. `job_id` is the job that imports it.
    """

    legend = fields.Nested(LegendSchema, required=True)
    counts = fields.Nested(ImportCountsSchema, required=True, allow_none=True)
    unmapped = fields.List(fields.String(), required=True)
    notes = fields.List(fields.String(), required=True)
    error = fields.String(required=True)
    job_id = fields.Integer(required=True, allow_none=True)
    undone = fields.Nested(UndoneSchema, required=True, allow_none=True)


class ChangeOfImportSchema(schemas.Schema):
    """`what`: new, changed or missing. `row` is the file's row number; `fields` those that change."""

    what = fields.String(required=True, validate=ma.validate.OneOf(["new", "changed", "missing"]))
    row = fields.Integer(required=True, allow_none=True)
    requirement_id = fields.Integer(required=True, allow_none=True)
    section = fields.String(required=True)
    label = fields.String(required=True)
    text = fields.String(required=True)
    fields_ = fields.List(fields.String(), required=True, data_key="fields")


class RejectionAnswerSchema(schemas.Schema):
    """Why a row was not taken, and how to mend it."""

    row = fields.Integer(required=True)
    column = fields.String(required=True)
    value = fields.String(required=True)
    reason = fields.String(required=True)
    mend = fields.String(required=True)


RequirementPageSchema = api.envelope(RequirementAnswerSchema)
TownCountsPageSchema = api.envelope(TownCountsSchema)
WaitingPageSchema = api.envelope(WaitingAnswerSchema)
ImportPageSchema = api.envelope(ImportRowSchema)
ChangeOfImportPageSchema = api.envelope(ChangeOfImportSchema)
RejectionPageSchema = api.envelope(RejectionAnswerSchema)


# ---- lines ------------------------------------------------------------------------------------


@blueprint.route("/businesses/<string:slug>/town-counts", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, TownCountsPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def town_counts(query: dict[str, int], slug: str) -> dict[str, Any]:
    """Every town with the numbers of its lines, also of those that hide their detail."""
    business = processes.business(session(), actor(), slug)
    return api.listed(cut(queries.town_counts(session(), actor(), business.id), **query))


@blueprint.route(f"{TOWN}/requirements", methods=["GET"])
@blueprint.arguments(RequirementQuerySchema, location="query")
@blueprint.response(200, RequirementPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def requirements(query: dict[str, Any], code: str, slug: str) -> dict[str, Any]:
    """The own town's drafts, or another town's submitted lines."""
    town, business = place(code, slug)
    if not queries.may_read(session(), actor(), town.id, business.id):
        raise Forbidden(f"{town.name}はこの業務の内訳を公開していません。件数だけを見られます。")
    page, size = query.pop("page"), query.pop("page_size")
    found = queries.lines(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        narrowed=Filter(**query),
        page=page,
        page_size=size,
    )
    own = town.id == actor().municipality_id
    return api.listed(found) | {"items": [_line(line, own=own) for line in found.items]}


@blueprint.route(f"{TOWN}/requirements", methods=["POST"])
@blueprint.arguments(RequirementSchema)
@blueprint.response(201, RequirementWithHistorySchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def add_requirement(values: dict[str, Any], code: str, slug: str) -> Any:
    """Add a draft as the last line of the own town's list."""
    town, business = own_place(code, slug)
    kept = service.hand_kept_list(
        session(), actor(), municipality_id=town.id, business_id=business.id
    )
    with _by_field():
        made = service.save_new(
            session(), actor(), requirement_list=kept, values=_typed(None, values)
        )
    address = url_for("api_requirements.requirement", code=code, slug=slug, requirement_id=made.id)
    answer, status, headers = _shown(town, made, 201)
    return answer, status, {**headers, "Location": address}


@blueprint.route(f"{TOWN}/requirements/<int:requirement_id>", methods=["GET"])
@blueprint.response(200, RequirementWithHistorySchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def requirement(code: str, slug: str, requirement_id: int) -> Any:
    """One line with its history; its ETag is what an edit sends back."""
    town, business = place(code, slug)
    found, owner = queries.get_readable(session(), actor(), business.id, requirement_id)
    if owner.id != town.id:
        raise NotFound("この要件は見つかりませんでした。")
    return _shown(town, found)


@blueprint.route(f"{TOWN}/requirements/<int:requirement_id>", methods=["PUT"])
@blueprint.arguments(RequirementSchema)
@blueprint.response(200, RequirementWithHistorySchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def change_requirement(values: dict[str, Any], code: str, slug: str, requirement_id: int) -> Any:
    """The next wording of an own line; others see it once it is submitted."""
    town, business = own_place(code, slug)
    found = queries.get_own(session(), actor(), business.id, requirement_id)
    version = api.sent_version(found)
    draft = session().get_one(RequirementVersion, found.draft_version_id)
    with _by_field():
        new = _typed(_values_of(draft), values)
        legend = editing.legends(session(), [found.list_id]).get(found.list_id)
        service.save_edit(session(), actor(), found, version=version, values=remark(new, legend))
    session().refresh(found)
    return _shown(town, found)


@blueprint.route(f"{TOWN}/requirements/<int:requirement_id>", methods=["DELETE"])
@blueprint.response(204)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def delete_requirement(code: str, slug: str, requirement_id: int) -> None:
    """Take an own draft away; a line that others see stays."""
    _, business = own_place(code, slug)
    found = queries.get_own(session(), actor(), business.id, requirement_id)
    service.delete(session(), actor(), found, version=api.sent_version(found))


@blueprint.route(f"{TOWN}/submissions", methods=["POST"])
@blueprint.arguments(SubmissionSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.SUBMIT_REQUIREMENTS)
@writes
def submit(values: dict[str, Any], code: str, slug: str) -> dict[str, int]:
    """Show own drafts to the other towns and ask the approver."""
    town, business = own_place(code, slug)
    reasons = {one["requirement_id"]: one["reason"] for one in values.pop("reasons")}
    count = service.submit(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        reasons=reasons,
        **values,
    )
    return {"count": count}


# ---- the approver -----------------------------------------------------------------------------


@blueprint.route("/municipalities/<string:code>/reviews", methods=["GET"])
@blueprint.arguments(WaitingQuerySchema, location="query")
@blueprint.response(200, WaitingPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.CONFIRM_REQUIREMENTS)
def reviews(query: dict[str, Any], code: str) -> dict[str, Any]:
    """What the own town has submitted and nobody has judged yet."""
    own_town(code)
    slug = query.pop("business")
    business = processes.business(session(), actor(), slug) if slug else None
    return api.listed(
        queries.waiting(session(), actor(), business_id=business.id if business else None, **query)
    )


@blueprint.route("/municipalities/<string:code>/confirmations", methods=["POST"])
@blueprint.arguments(ConfirmationSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.CONFIRM_REQUIREMENTS)
@writes
def confirm(values: dict[str, Any], code: str) -> dict[str, int]:
    """Confirm exactly these wordings, all or none."""
    own_town(code)
    return {"count": service.confirm(session(), actor(), items=_items(values))}


@blueprint.route("/municipalities/<string:code>/returns", methods=["POST"])
@blueprint.arguments(ReturnSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.CONFIRM_REQUIREMENTS)
@writes
def send_back(values: dict[str, Any], code: str) -> dict[str, int]:
    """Return exactly these wordings with a reason, all or none."""
    own_town(code)
    count = service.send_back(session(), actor(), items=_items(values), reason=values["reason"])
    return {"count": count}


def _items(values: dict[str, Any]) -> list[tuple[int, int]]:
    return [(one["requirement_id"], one["version_id"]) for one in values["items"]]


# ---- imports ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as read before the write lock."""

    name: str
    table: Table
    sha256: str
    legend: Legend | None


def _read_file(code: str, slug: str) -> Sent:
    """Read the file in its child process. Raises Invalid, Forbidden, NotFound."""
    with state().database.read() as reading:
        if queries.municipality(reading, actor(), code).id != actor().municipality_id:
            raise Forbidden(NOT_OWN)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid(
            "ファイルが付いていません。取り込みは行っていません。",
            {"file": ["取り込むファイルを file として送ってください。"]},
        )
    try:
        values = UploadSchema(unknown=ma.RAISE).load(request.form.to_dict())
    except ma.ValidationError as error:
        raise Invalid(
            "入力内容を確かめてください。取り込みは行っていません。",
            cast(dict[str, list[str]], error.messages),
        ) from error
    content = sent.read()
    legend = parse_legend(values["legend"]) if values["legend"] else None
    wanted = values["sheet"] or (legend.sheet if legend else None) or None
    return Sent(
        values["name"],
        sheet.read_in_child(sent.filename[-200:], content, wanted),
        hashlib.sha256(content).hexdigest(),
        legend,
    )


_FILE: Final = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {
                        "type": "string",
                        "format": "binary",
                        "description": "xlsx、csv、tsv",
                    },
                    "name": {"type": "string", "maxLength": 200},
                    "sheet": {"type": "string", "maxLength": 31},
                    "legend": {"type": "string", "description": "凡例(TOML)"},
                },
            }
        }
    },
}


@blueprint.route(f"{TOWN}/imports", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, ImportPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.IMPORT_REQUIREMENTS)
def imports(query: dict[str, int], code: str, slug: str) -> dict[str, Any]:
    """The own town's imports, the newest first."""
    _, business = own_place(code, slug)
    found = queries.lists(session(), actor(), business_id=business.id)
    return api.listed(cut([_import_row(one) for one, _ in found], **query))


@blueprint.route(f"{TOWN}/imports", methods=["POST"])
@blueprint.doc(requestBody=_FILE)
@blueprint.response(201, ImportAnswerSchema)
@api.problems(blueprint, *api.WRITE, 413)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
@prepares(_read_file)
def upload(code: str, slug: str, prepared: Sent) -> Any:
    """Send a file to look at before it is imported. Without a legend one is guessed."""
    return _open(code, slug, prepared)


@blueprint.route(f"{TOWN}/imports/tables", methods=["POST"])
@blueprint.arguments(TableSchema)
@blueprint.response(201, ImportAnswerSchema)
@api.problems(blueprint, *api.WRITE, 413)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def send_table(values: dict[str, Any], code: str, slug: str) -> Any:
    """Send a list as rows of text instead of a file."""
    legend = Legend.from_data(_plain(values["legend"])) if values["legend"] else None
    content = json.dumps(values["rows"], ensure_ascii=False).encode()
    sent = Sent(
        values["name"],
        _table(values["name"], values["rows"]),
        hashlib.sha256(content).hexdigest(),
        legend,
    )
    return _open(code, slug, sent)


def _table(name: str, rows: list[list[str]]) -> Table:
    """The rows as if they had stood in a file."""
    found: list[Row] = []
    problems = []
    for number, sent in enumerate(rows, start=1):
        cells = []
        for column, cell in enumerate(sent):
            text, bad = table.clean(cell)
            if bad:
                problems.append(table.bad_character(number, column))
            cells.append(text)
        if any(cell.strip() for cell in cells):
            found.append(Row(number, tuple(cells)))
    if not found:
        raise Invalid(
            "表に文字が一つもありません。取り込みは行っていません。",
            {"rows": ["文字のある行を送ってください。"]},
        )
    return Table(name=name, format="json", rows=tuple(found), problems=tuple(problems))


def _open(code: str, slug: str, sent: Sent) -> Any:
    town, business = own_place(code, slug)
    opened = importing.open_list(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        name=sent.name,
        sha256=sent.sha256,
        table=sent.table,
        legend=sent.legend,
    )
    address = url_for("api_requirements.import_", code=code, slug=slug, list_id=opened.id)
    return _import(opened), 201, {"Location": address, "ETag": api.etag(opened)}


@blueprint.route(f"{TOWN}/imports/<int:list_id>", methods=["GET"])
@blueprint.response(200, ImportAnswerSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.IMPORT_REQUIREMENTS)
def import_(code: str, slug: str, list_id: int) -> Any:
    """One import; its ETag is what every act on it sends back."""
    found = _own_import(code, slug, list_id)
    return api.with_etag(_import(found), found)


@blueprint.route(f"{TOWN}/imports/<int:list_id>/changes", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, ChangeOfImportPageSchema)
@api.problems(blueprint, *api.READ, 409)
@allow(Permission.IMPORT_REQUIREMENTS)
def import_changes(query: dict[str, int], code: str, slug: str, list_id: int) -> dict[str, Any]:
    """What the import would do, line by line, while it waits for its start."""
    found = _own_import(code, slug, list_id)
    if found.state is not ImportState.PREVIEW:
        raise Conflict(f"この取込はすでに「{found.state.label}」です。")
    plan = importing.preview(session(), actor(), found).plan
    rows = [_change("new", one.row, None, one.values) for one in plan.new]
    for one in plan.changed:
        changed = changed_fields(one.before.values, one.values)
        names = [change.field.replace("goal_id", "goal") for change in changed]
        rows.append(_change("changed", one.row, one.before.id, one.values, names))
    rows += [_change("missing", None, one.id, one.values) for one in plan.missing]
    return api.listed(cut(rows, **query))


@blueprint.route(f"{TOWN}/imports/<int:list_id>/rejections", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, RejectionPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.IMPORT_REQUIREMENTS)
def rejections(query: dict[str, int], code: str, slug: str, list_id: int) -> dict[str, Any]:
    """The cells that were or would be refused, with their true row numbers."""
    return api.listed(cut(_rejections(_own_import(code, slug, list_id)), **query))


@blueprint.route(f"{TOWN}/imports/<int:list_id>/rejections/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def take_rejections(code: str, slug: str, list_id: int) -> Response:
    """The refused cells as a workbook; that it was taken is recorded."""
    town, business = own_place(code, slug)
    rows = _rejections(queries.get_list(session(), actor(), business.id, list_id))
    service.record_export(
        session(), actor(), municipality_id=town.id, business_id=business.id, count=len(rows)
    )
    return downloads.workbook(rejection_workbook(rows), f"{business.name}_取り込めない行")


def _rejections(found: RequirementList) -> list[Rejection]:
    if found.state is ImportState.PREVIEW:
        return list(importing.preview(session(), actor(), found).plan.rejections)
    return importing.rejections_of(found)


@blueprint.route(f"{TOWN}/imports/<int:list_id>/legend", methods=["PUT"])
@blueprint.arguments(LegendSchema)
@blueprint.response(200, ImportAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def set_legend(values: dict[str, Any], code: str, slug: str, list_id: int) -> Any:
    """Say what columns and marks mean; the preview is made anew."""
    found = _own_import(code, slug, list_id)
    importing.set_legend(
        session(),
        actor(),
        found,
        version=api.sent_version(found),
        legend=Legend.from_data(_plain(values)),
    )
    session().flush()  # the answer names the new version
    return api.with_etag(_import(found), found)


@blueprint.route(f"{TOWN}/imports/<int:list_id>/start", methods=["POST"])
@blueprint.response(202, api.StartedSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def start_import(code: str, slug: str, list_id: int) -> Any:
    """Import the good rows in the background."""
    found = _own_import(code, slug, list_id)
    job = importing.start(session(), actor(), found, version=api.sent_version(found))
    return api.started(job.id)


@blueprint.route(f"{TOWN}/imports/<int:list_id>/cancel", methods=["POST"])
@blueprint.response(200, ImportAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def cancel_import(code: str, slug: str, list_id: int) -> Any:
    """Put a file aside without importing it."""
    found = _own_import(code, slug, list_id)
    importing.cancel(session(), actor(), found, version=api.sent_version(found))
    session().flush()  # the answer names the new version
    return api.with_etag(_import(found), found)


@blueprint.route(f"{TOWN}/imports/<int:list_id>/undo", methods=["POST"])
@blueprint.response(200, ImportAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def undo_import(code: str, slug: str, list_id: int) -> Any:
    """Take an import back; lines that were touched since stay and are named."""
    found = _own_import(code, slug, list_id)
    used = cast(Used, current_app.extensions[USED])
    importing.undo(session(), actor(), found, version=api.sent_version(found), used=used)
    session().flush()  # the answer names the new version
    return api.with_etag(_import(found), found)


@blueprint.route(f"{TOWN}/imports/<int:list_id>/reopen", methods=["POST"])
@blueprint.response(200, ImportAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def reopen_import(code: str, slug: str, list_id: int) -> Any:
    """Take a failed import back to its preview."""
    found = _own_import(code, slug, list_id)
    importing.reopen(session(), actor(), found, version=api.sent_version(found))
    session().flush()  # the answer names the new version
    return api.with_etag(_import(found), found)


# ---- shared by the above ----------------------------------------------------------------------


def place(code: str, slug: str) -> tuple[Municipality, Business]:
    town = queries.municipality(session(), actor(), code)
    return town, processes.business(session(), actor(), slug)


def own_town(code: str) -> Municipality:
    town = queries.municipality(session(), actor(), code)
    if town.id != actor().municipality_id:
        raise Forbidden(NOT_OWN)
    return town


def own_place(code: str, slug: str) -> tuple[Municipality, Business]:
    return own_town(code), processes.business(session(), actor(), slug)


def _own_import(code: str, slug: str, list_id: int) -> RequirementList:
    _, business = own_place(code, slug)
    return queries.get_list(session(), actor(), business.id, list_id)


@contextmanager
def _by_field() -> Iterator[None]:
    """What services call "0.goal_id" is the key `goal` here."""
    try:
        yield
    except Invalid as error:
        error.fields = {
            name.removeprefix("0.").replace("goal_id", "goal"): texts
            for name, texts in error.fields.items()
        }
        raise


def _typed(before: Values | None, values: dict[str, Any]) -> Values:
    by_code = {goal.code: goal for goal in goals.all_goals(session(), actor())}
    return editing.with_fields(before, values, by_code)


def _values_of(version: RequirementVersion) -> Values:
    return Values(**{name: getattr(version, name) for name in COLUMNS})


def _line(line: Line, *, own: bool) -> dict[str, Any]:
    names = set(RequirementAnswerSchema().fields) - {"version"}
    shown = {name: getattr(line, name) for name in names}
    return shown | {"version": line.version if own else None}


def _shown(town: Municipality, found: Requirement, status: int = 200) -> Any:
    """A line as its town or as others may see it, with its tag."""
    own = town.id == actor().municipality_id
    entries = queries.history(session(), actor(), found)
    shown_id = found.draft_version_id if own else found.submitted_version_id
    current = next(entry for entry in entries if entry.version.id == shown_id)
    confirmed = RequirementState.CONFIRMED if current.is_confirmed else RequirementState.SUBMITTED
    answer = _entry(current) | {
        "id": found.id,
        "version": found.version if own else None,
        "external_id": current.version.external_id,
        "state": found.state if own else confirmed,
        "return_reason": found.return_reason if own else "",
        "is_submitted": found.submitted_version_id is not None,
        "history": [_entry(entry) for entry in entries],
    }
    # What a town does to its draft must not show in the tag that others get.
    tag = api.etag(found) if own else f'"{found.id}-v{found.submitted_version_id}"'
    return answer, status, {"ETag": tag}


def _entry(entry: HistoryEntry) -> dict[str, Any]:
    names = ("id", "number", "section", "label", "text", "mark", "obligation", "kind", "step")
    return {name: getattr(entry.version, name) for name in (*names, "note")} | {
        "goal": entry.goal,
        "saved_at": entry.version.created_at,
        "saved_by": entry.saved_by,
        "source": entry.source,
        "is_draft": entry.is_draft,
        "is_submitted": entry.is_submitted,
        "is_confirmed": entry.is_confirmed,
        "submissions": entry.submissions,
    }


def _plain(legend: dict[str, Any]) -> dict[str, Any]:
    """Checked legend data as `Legend.from_data` takes it: enumerations as their values."""

    def meaning(one: Mapping[str, Any] | None) -> dict[str, Any] | None:
        return {"axis": one["axis"].value, "value": one["value"]} if one else None

    return legend | {
        "columns": {heading: one.value for heading, one in legend["columns"].items()},
        "marks": {sign: meaning(one) for sign, one in legend["marks"].items()},
        "blank": meaning(legend["blank"]),
    }


def _change(
    what: str,
    row: int | None,
    requirement_id: int | None,
    values: Values,
    names: list[str] | None = None,
) -> dict[str, Any]:
    return {
        "what": what,
        "row": row,
        "requirement_id": requirement_id,
        "section": values.section,
        "label": values.label,
        "text": values.text,
        "fields_": names or [],
    }


def _import_row(found: RequirementList) -> dict[str, Any]:
    names = set(ImportRowSchema().fields)
    return {name: getattr(found, name) for name in names}


def _import(found: RequirementList) -> dict[str, Any]:
    outcome = found.outcome or {}
    seen = (
        importing.preview(session(), actor(), found) if found.state is ImportState.PREVIEW else None
    )
    legend = Legend.from_data(found.legend or {})
    return _import_row(found) | {
        "legend": _explained(legend),
        "counts": _counts(seen) if seen else outcome.get("counts"),
        "unmapped": list(seen.checked.unmapped) if seen else outcome.get("unmapped", []),
        "notes": [*seen.table.notes, *seen.checked.notes] if seen else [],
        "error": seen.error if seen else "",
        "job_id": outcome.get("job_id"),
        "undone": _undone(outcome),
    }


def _explained(legend: Legend) -> dict[str, Any]:
    """A legend as its schema dumps it."""
    return {
        "name": legend.name,
        "sheet": legend.sheet,
        "head_row": legend.head_row,
        "carry_down": legend.carry_down,
        "columns": dict(legend.columns),
        "marks": dict(legend.marks),
        "blank": legend.blank,
    }


def _counts(seen: Preview) -> dict[str, int] | None:
    return None if seen.error else seen.counts()


def _undone(outcome: Mapping[str, Any]) -> dict[str, Any] | None:
    done = outcome.get("undone")
    if done is None:
        return None
    names = ("requirement_id", "label", "text", "why")
    return {
        "removed": done["removed"],
        "restored": done["restored"],
        "kept": [dict(zip(names, one, strict=True)) for one in outcome.get("kept", [])],
    }
