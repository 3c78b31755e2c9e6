"""The flows of a business for programs: as BPMN source or as rows of a step table."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response, url_for
from marshmallow import fields, validate

from registry import schemas
from registry.access import Permission
from registry.errors import Invalid
from registry.paging import cut
from registry.processes import (
    flow_diff,
    flow_export,
    flow_lint,
    flow_queries,
    flow_service,
    step_table,
)
from registry.processes.api import blueprint, business_of
from registry.processes.bpmn import reading, writing
from registry.processes.bpmn.notes import notes_of
from registry.processes.bpmn.reading import Document
from registry.processes.flow import in_words
from registry.processes.flow_queries import Listed, Saved
from registry.processes.flow_schemas import (
    FlowHeadSchema,
    StepRowSchema,
    row_of,
)
from registry.processes.flow_views import own_flow, own_town, visible_flow
from registry.processes.models import FlowKind, FlowRecord
from registry.web import api, downloads
from registry.web.database import actor, session
from registry.web.gates import allow, writes


class FlowAnswerSchema(schemas.Schema):
    """A flow in a list; `number` is its newest version."""

    id = fields.Integer(required=True)
    municipality = fields.String(required=True)
    kind = fields.Enum(FlowKind, by_value=True, required=True)
    title = fields.String(required=True)
    number = fields.Integer(required=True)
    saved_at = fields.DateTime(required=True)
    saved_by = fields.String(required=True)
    withdrawn_at = fields.DateTime(required=True, allow_none=True)
    withdrawn_reason = fields.String(required=True)


class FlowFindingSchema(schemas.Schema):
    kind = fields.String(required=True)
    severity = fields.String(required=True)
    place = fields.String(required=True)
    message = fields.String(required=True)


class FlowNextSchema(schemas.Schema):
    number = fields.String(required=True)
    name = fields.String(required=True)
    condition = fields.String(required=True)
    message = fields.Boolean(required=True)


class FlowLineSchema(schemas.Schema):
    """One step in words, in the order work goes on."""

    number = fields.String(required=True)
    lane = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    forms = fields.List(fields.String(), required=True)
    minutes = fields.Integer(required=True, allow_none=True)
    work = fields.String(required=True, allow_none=True)
    nexts = fields.List(fields.Nested(FlowNextSchema), required=True)
    notes = fields.List(fields.String(), required=True)


class FlowNoteSchema(schemas.Schema):
    """An annotation of the drawing that belongs to no step."""

    text = fields.String(required=True)
    about = fields.String(required=True)


class FlowDetailSchema(schemas.Schema):
    """A flow with its newest version: the source, the steps in words, what the check says."""

    id = fields.Integer(required=True)
    municipality = fields.String(required=True)
    kind = fields.Enum(FlowKind, by_value=True, required=True)
    title = fields.String(required=True)
    number = fields.Integer(required=True)
    version = fields.Integer(required=True)
    withdrawn_at = fields.DateTime(required=True, allow_none=True)
    withdrawn_by = fields.String(required=True)
    withdrawn_reason = fields.String(required=True)
    bpmn = fields.String(required=True)
    steps = fields.List(fields.Nested(FlowLineSchema), required=True)
    notes = fields.List(fields.Nested(FlowNoteSchema), required=True)
    findings = fields.List(fields.Nested(FlowFindingSchema), required=True)


class FlowVersionSchema(schemas.Schema):
    number = fields.Integer(required=True)
    saved_at = fields.DateTime(required=True)
    saved_by = fields.String(required=True)
    note = fields.String(required=True)
    credit = fields.String(required=True)


class FlowWriteSchema(FlowHeadSchema):
    """Either `bpmn` (the whole file) or `rows` (a step table)."""

    bpmn = fields.String(load_default=None)  # its size is looked at before it is parsed
    rows = fields.List(
        fields.Nested(StepRowSchema),
        load_default=None,
        validate=validate.Length(
            max=step_table.MAX_ROWS,
            error=f"手順は {step_table.MAX_ROWS} 行までです。段階ごとに分けてください。",
        ),
    )

    @ma.validates_schema
    def one_of(self, values: dict[str, Any], **_: Any) -> None:
        if (values.get("bpmn") is None) == (values.get("rows") is None):
            raise ma.ValidationError("bpmn と rows のどちらか一つを送ってください。", "bpmn")


class FlowListQuery(api.PageQuery):
    """`withdrawn`: whether flows taken out are listed too."""

    withdrawn = fields.Boolean(load_default=False)


class FlowCompareQuery(schemas.Schema):
    """Both are asked for; whether the business is there at all is answered first."""

    one = schemas.row_id(load_default=None)
    other = schemas.row_id(load_default=None)


class FlowPlaceSchema(schemas.Schema):
    name = fields.String(required=True)
    lane = fields.String(required=True)


class FlowDifferenceSchema(schemas.Schema):
    field = fields.String(required=True)
    a = fields.String(required=True)
    b = fields.String(required=True)


class FlowPairSchema(schemas.Schema):
    a = fields.Nested(FlowPlaceSchema, required=True)
    b = fields.Nested(FlowPlaceSchema, required=True)
    differences = fields.List(fields.Nested(FlowDifferenceSchema))


class FlowComparisonSchema(schemas.Schema):
    same = fields.List(fields.Nested(FlowPairSchema), required=True)
    added = fields.List(fields.Nested(FlowPlaceSchema), required=True)
    removed = fields.List(fields.Nested(FlowPlaceSchema), required=True)
    moved = fields.List(fields.Nested(FlowPairSchema), required=True)
    changed = fields.List(fields.Nested(FlowPairSchema), required=True)


FlowPageSchema = api.envelope(FlowAnswerSchema)
FlowVersionPageSchema = api.envelope(FlowVersionSchema)


@blueprint.route("/businesses/<string:slug>/flows", methods=["GET"])
@blueprint.arguments(FlowListQuery, location="query")
@blueprint.response(200, FlowPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def flows(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """All towns' flows of a business that this person may see."""
    withdrawn = query.pop("withdrawn")
    found = [
        one
        for one in flow_queries.flows(session(), actor(), business_of(slug).id)
        if withdrawn or one.record.withdrawn_at is None
    ]
    return api.listed(cut([_listed(one) for one in found], **query))


@blueprint.route("/businesses/<string:slug>/flows/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_flows(slug: str) -> Response:
    """The list of flows as a workbook; that it was taken is recorded."""
    found = business_of(slug)
    content = flow_export.export_flows(session(), actor(), found)
    return downloads.workbook(content, f"{found.name}_フロー一覧")


@blueprint.route("/businesses/<string:slug>/flows", methods=["POST"])
@blueprint.arguments(FlowWriteSchema)
@blueprint.response(201, FlowDetailSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def add_flow(values: dict[str, Any], slug: str) -> Any:
    """Add a flow of the own town."""
    business = business_of(slug)
    source, rows = values.pop("bpmn"), values.pop("rows")
    made = flow_service.create_flow(
        session(),
        actor(),
        municipality_id=own_town(),
        business=business,
        document=_written(source, rows, values["title"], None),
        **values,
    )
    address = url_for("api_processes.flow", slug=slug, flow_id=made.id)
    return api.created(detail(made), address, api.etag(made))


@blueprint.route("/businesses/<string:slug>/flows/<int:flow_id>", methods=["GET"])
@blueprint.response(200, FlowDetailSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def flow(slug: str, flow_id: int) -> Any:
    """One flow; its ETag is what an edit sends back."""
    _, found = visible_flow(slug, flow_id)
    return api.with_etag(detail(found), found)


@blueprint.route("/businesses/<string:slug>/flows/<int:flow_id>", methods=["PUT"])
@blueprint.arguments(FlowWriteSchema)
@blueprint.response(200, FlowDetailSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def change_flow(values: dict[str, Any], slug: str, flow_id: int) -> Any:
    """Save a new version."""
    business, found = own_flow(slug, flow_id)
    version = api.sent_version(found)
    source, rows = values.pop("bpmn"), values.pop("rows")
    newest = reading.read(flow_queries.version(session(), found).bpmn.encode())
    flow_service.save_flow(
        session(),
        actor(),
        found,
        business=business,
        version=version,
        document=_written(source, rows, values["title"], newest),
        **values,
    )
    session().flush()  # the answer names the new version
    return api.with_etag(detail(found), found)


@blueprint.route("/businesses/<string:slug>/flows/<int:flow_id>/versions", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, FlowVersionPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def flow_versions(query: dict[str, int], slug: str, flow_id: int) -> dict[str, Any]:
    """Every version, the newest first."""
    _, found = visible_flow(slug, flow_id)
    return api.listed(cut([_saved(one) for one in flow_queries.history(session(), found)], **query))


@blueprint.route("/businesses/<string:slug>/flow-comparison", methods=["GET"])
@blueprint.arguments(FlowCompareQuery, location="query")
@blueprint.response(200, FlowComparisonSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def compare_flows(query: dict[str, int | None], slug: str) -> dict[str, Any]:
    """Two flows by content: what `other` adds, removes, moves and changes against `one`."""
    business_of(slug)
    both = []
    for name in ("one", "other"):
        chosen = query[name]
        if chosen is None:
            raise Invalid("比べる二つのフローを one と other で指定してください。")
        _, found = visible_flow(slug, chosen)
        both.append(reading.read(flow_queries.version(session(), found).bpmn.encode()).flow)
    return flow_diff.compare(both[0], both[1]).as_json()


def _written(
    source: str | None, rows: list[dict[str, Any]] | None, title: str, base: Document | None
) -> Document:
    if source is not None:
        return reading.read_text(source)
    if rows is None:
        raise Invalid("bpmn と rows のどちらか一つを送ってください。")
    table = [row_of(row) for row in rows]
    if base is None:
        return writing.compose(step_table.to_flow(table, title=title))
    return writing.apply(base, step_table.to_flow(table, title=title, base=base.flow))


def _listed(one: Listed) -> dict[str, Any]:
    return {
        "id": one.record.id,
        "municipality": one.town.code,
        "kind": one.record.kind,
        "title": one.record.title,
        "number": one.newest.number,
        "saved_at": one.newest.saved_at,
        "saved_by": one.saved_by,
        "withdrawn_at": one.record.withdrawn_at,
        "withdrawn_reason": one.record.withdrawn_reason,
    }


def _saved(one: Saved) -> dict[str, Any]:
    return {
        "number": one.version.number,
        "saved_at": one.version.saved_at,
        "saved_by": one.saved_by,
        "note": one.version.note,
        "credit": one.credit,
    }


def detail(found: FlowRecord) -> dict[str, Any]:
    """A flow with its newest version, as `FlowDetailSchema` has it."""
    version = flow_queries.version(session(), found)
    document = reading.read(version.bpmn.encode())
    flow_, notes = document.flow, notes_of(document)
    return {
        "id": found.id,
        "municipality": flow_queries.town(session(), found).code,
        "kind": found.kind,
        "title": found.title,
        "number": version.number,
        "version": found.version,
        "withdrawn_at": found.withdrawn_at,
        "withdrawn_by": flow_queries.withdrawn_by(session(), found),
        "withdrawn_reason": found.withdrawn_reason,
        "bpmn": version.bpmn,
        "steps": [
            {
                "number": line.number,
                "lane": line.lane,
                "name": line.step.name,
                "kind": line.step.kind.value,
                "forms": list(line.step.forms),
                "minutes": line.step.minutes,
                "work": line.step.work.value if line.step.work else None,
                "nexts": [
                    {
                        "number": each.number,
                        "name": each.name,
                        "condition": each.condition,
                        "message": each.message,
                    }
                    for each in line.nexts
                ],
                "notes": list(line.notes),
            }
            for line in in_words(flow_, notes.by_step)
        ],
        "notes": [{"text": note.text, "about": note.about} for note in notes.elsewhere],
        "findings": [
            {
                "kind": finding.fault.value,
                "severity": finding.severity.value,
                "place": finding.place,
                "message": finding.message,
            }
            for finding in flow_lint.check(flow_)
        ],
    }
