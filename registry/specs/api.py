"""Editions for programs: frozen, and read as they were frozen."""

from __future__ import annotations

from typing import Any, Final

import marshmallow as ma
from flask import Response, make_response, request, url_for
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.paging import cut
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.specs import building, export, queries, readiness_queries, service
from registry.specs.models import Edition
from registry.specs.schemas import FreezeSchema
from registry.web import api, downloads
from registry.web.database import actor, session, state
from registry.web.gates import allow, prepares, writes

blueprint = api.blueprint("specs", "版と仕様書")

BUSINESS: Final = "/businesses/<string:slug>"
EDITION: Final = f"{BUSINESS}/editions/<string:number>"


class EditionQuerySchema(api.PageQuery):
    """`business` is a slug."""

    business = schemas.line(required=False)


class EditionRowSchema(schemas.Schema):
    """An edition; `built` says that all its files are there."""

    id = fields.Integer(required=True)
    business = fields.String(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    issued_on = fields.Date(required=True)
    sha256 = fields.String(required=True)
    created_at = fields.DateTime(required=True)
    built = fields.Boolean(required=True)


class FrozenEditionSchema(EditionRowSchema):
    """A new edition and the job that builds its files."""

    job = fields.Nested(api.StartedSchema, required=True)


class NewEditionSchema(FreezeSchema):
    """The number must be above the newest edition's, the date not before its."""

    class Meta:
        exclude = ("confirmed",)  # a program has no box to tick


class SpecSchema(schemas.Schema):
    """`spec.json` byte for byte, as the edition was frozen."""

    format = fields.String(required=True)
    template_version = fields.String(required=True)
    region = fields.Dict(keys=fields.String(), required=True)
    business = fields.Dict(keys=fields.String(), required=True)
    edition = fields.Dict(keys=fields.String(), required=True)
    history = fields.List(fields.Dict(keys=fields.String()), required=True)
    municipalities = fields.List(fields.Dict(keys=fields.String()), required=True)
    goals = fields.List(fields.Dict(keys=fields.String()), required=True)
    chapters = fields.List(fields.Dict(keys=fields.String()), required=True)
    terms = fields.List(fields.Dict(keys=fields.String()), required=True)


class PointSchema(schemas.Schema):
    """A standard to look at before freezing, and why."""

    code = fields.String(required=True)
    title = fields.String(required=True)
    note = fields.String(required=True)


class ReadinessSchema(schemas.Schema):
    """How far the next edition is; only what stands in `problems` blocks it."""

    decided = fields.Integer(required=True)
    problems = fields.List(fields.String(), required=True)
    undecided = fields.List(fields.Nested(PointSchema), required=True)
    put_off = fields.List(fields.Nested(PointSchema), required=True)
    edited = fields.List(fields.Nested(PointSchema), required=True)
    unconfirmed = fields.List(fields.Nested(PointSchema), required=True)
    copied = fields.List(fields.Nested(PointSchema), required=True)


EditionPageSchema = api.envelope(EditionRowSchema)


@blueprint.route("/editions", methods=["GET"])
@blueprint.arguments(EditionQuerySchema, location="query")
@blueprint.response(200, EditionPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def editions(query: dict[str, Any]) -> dict[str, Any]:
    """The region's editions by business, the newest first."""
    slug = query.pop("business")
    business_id = business_of(slug).id if slug else None
    found = cut(queries.editions(session(), actor(), business_id), **query)
    return api.listed(found) | {"items": [_row(row) for row in found.items]}


@blueprint.route("/editions/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_editions() -> Response:
    """The region's editions as a workbook; that it was taken is recorded."""
    rows = queries.editions(session(), actor())
    subject = f"region:{actor().region_id}"
    service.record_export(session(), actor(), subject=subject, rows=len(rows))
    return downloads.workbook(export.editions(rows), "版の一覧")


@blueprint.route(f"{BUSINESS}/readiness", methods=["GET"])
@blueprint.response(200, ReadinessSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def readiness(slug: str) -> Any:
    """What still stands between the decided standards and the next edition."""
    return readiness_queries.readiness(session(), actor(), business_of(slug))


def _rehearse(slug: str) -> None:
    """See that all of it can be printed before the write lock is taken. Raises Invalid, NotFound.

    A body that is wrong is left to the check that answers for it.
    """
    try:
        issue = NewEditionSchema().load(request.get_json(silent=True) or {})
    except ma.ValidationError:
        return
    with state().database.read() as reading:
        business = processes.business(reading, actor(), slug)
        if not readiness_queries.readiness(reading, actor(), business).problems:
            building.rehearse(
                service.preview(reading, actor(), business_id=business.id, **_issue(issue))
            )


@blueprint.route(f"{BUSINESS}/editions", methods=["POST"])
@blueprint.arguments(NewEditionSchema)
@blueprint.response(201, FrozenEditionSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.FREEZE_EDITIONS)
@writes
@prepares(_rehearse)
def freeze(values: dict[str, Any], slug: str, prepared: None) -> Any:
    """Freeze what is decided now as an edition for ever, and have its files built."""
    business = business_of(slug)
    made = service.freeze_edition(session(), actor(), business_id=business.id, **_issue(values))
    job = queries.edition_job(session(), actor(), made.id)
    started = api.started(job.id)[0] if job else None
    address = url_for("api_specs.edition", slug=slug, number=made.number)
    answer = _row(_edition_row(business, made)) | {"job": started}
    return api.created(answer, address, f'"{made.sha256}"')


@blueprint.route(EDITION, methods=["GET"])
@blueprint.response(200, SpecSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def edition(slug: str, number: str) -> Response:
    """The frozen edition."""
    found = edition_of(slug, number)
    answer = make_response(queries.frozen_bytes(session(), found.id))
    answer.mimetype = "application/json"
    answer.headers["ETag"] = f'"{found.sha256}"'
    return answer


@blueprint.route(f"{EDITION}/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_edition(slug: str, number: str) -> Response:
    """The lines of an edition as a workbook; that it was taken is recorded."""
    found = edition_of(slug, number)
    spec = queries.frozen_spec(session(), found.id)
    rows = sum(
        len(section["requirements"])
        for chapter in spec["chapters"]
        for section in chapter["sections"]
    )
    service.record_export(session(), actor(), subject=f"edition:{found.id}", rows=rows)
    return downloads.workbook(export.lines(spec), f"機能要件一覧_{slug}_{number}")


def business_of(slug: str) -> Business:
    """The business of an address. Raises NotFound."""
    return processes.business(session(), actor(), slug)


def edition_of(slug: str, number: str) -> Edition:
    """The edition of an address. Raises NotFound."""
    return queries.edition(session(), actor(), business_of(slug).id, number)


def _issue(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": values["number"],
        "issued_on": values["issued_on"],
        "title": values["title"] or None,
    }


def _edition_row(business: Business, found: Edition) -> queries.EditionRow:
    rows = queries.editions(session(), actor(), business.id)
    return next(row for row in rows if row.id == found.id)


def _row(row: queries.EditionRow) -> dict[str, Any]:
    names = set(EditionRowSchema().fields) - {"business"}
    return {name: getattr(row, name) for name in names} | {"business": row.slug}
