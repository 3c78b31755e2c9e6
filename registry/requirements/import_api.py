"""A town's imports for programs: what a file would do and did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.errors import Conflict
from registry.paging import cut
from registry.requirements import importing, queries
from registry.requirements.api import TOWN, blueprint, own_place
from registry.requirements.importing import Preview
from registry.requirements.legend import Legend
from registry.requirements.legend_schema import LegendSchema, as_sent
from registry.requirements.models import ImportState, RequirementList
from registry.requirements.rows import Rejection
from registry.requirements.values import Values
from registry.requirements.values import changes as changed_fields
from registry.web import api
from registry.web.database import actor, session
from registry.web.gates import allow


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


ImportPageSchema = api.envelope(ImportRowSchema)
ChangeOfImportPageSchema = api.envelope(ChangeOfImportSchema)
RejectionPageSchema = api.envelope(RejectionAnswerSchema)


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


@blueprint.route(f"{TOWN}/imports/<int:list_id>", methods=["GET"])
@blueprint.response(200, ImportAnswerSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.IMPORT_REQUIREMENTS)
def import_(code: str, slug: str, list_id: int) -> Any:
    """One import; its ETag is what every act on it sends back."""
    found = own_import(code, slug, list_id)
    return api.with_etag(shown_import(found), found)


@blueprint.route(f"{TOWN}/imports/<int:list_id>/changes", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, ChangeOfImportPageSchema)
@api.problems(blueprint, *api.READ, 409)
@allow(Permission.IMPORT_REQUIREMENTS)
def import_changes(query: dict[str, int], code: str, slug: str, list_id: int) -> dict[str, Any]:
    """What the import would do, line by line, while it waits for its start."""
    found = own_import(code, slug, list_id)
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
    return api.listed(cut(rejections_of(own_import(code, slug, list_id)), **query))


def rejections_of(found: RequirementList) -> list[Rejection]:
    """The cells that were refused, or would be."""
    if found.state is ImportState.PREVIEW:
        return list(importing.preview(session(), actor(), found).plan.rejections)
    return importing.rejections_of(found)


def own_import(code: str, slug: str, list_id: int) -> RequirementList:
    """The import of an address, of the own town. Raises NotFound, Forbidden."""
    _, business = own_place(code, slug)
    return queries.get_list(session(), actor(), business.id, list_id)


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


def shown_import(found: RequirementList) -> dict[str, Any]:
    """As `ImportAnswerSchema` takes it."""
    outcome = found.outcome or {}
    seen = (
        importing.preview(session(), actor(), found) if found.state is ImportState.PREVIEW else None
    )
    legend = Legend.from_data(found.legend or {})
    return _import_row(found) | {
        "legend": as_sent(legend),
        "counts": _counts(seen) if seen else outcome.get("counts"),
        "unmapped": list(seen.checked.unmapped) if seen else outcome.get("unmapped", []),
        "notes": [*seen.table.notes, *seen.checked.notes] if seen else [],
        "error": seen.error if seen else "",
        "job_id": outcome.get("job_id"),
        "undone": _undone(outcome),
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
