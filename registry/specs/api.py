"""Editions for programs: frozen, read as they were frozen, their files fetched."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

import marshmallow as ma
from flask import Response, make_response, request, send_file, url_for
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


class FileSchema(schemas.Schema):
    name = fields.String(required=True)
    media_type = fields.String(required=True)
    sha256 = fields.String(required=True)
    size = fields.Integer(required=True)


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
FilePageSchema = api.envelope(FileSchema)

FILE_ANSWER: Final = {
    "200": {
        "description": "ファイル",
        "content": dict.fromkeys(dict.fromkeys(building.MEDIA_TYPES.values()), api.BINARY),
    }
}
"""What a download answers with, for the description."""


@blueprint.route("/editions", methods=["GET"])
@blueprint.arguments(EditionQuerySchema, location="query")
@blueprint.response(200, EditionPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def editions(query: dict[str, Any]) -> dict[str, Any]:
    """The region's editions by business, the newest first."""
    slug = query.pop("business")
    business_id = _business(slug).id if slug else None
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
    return readiness_queries.readiness(session(), actor(), _business(slug))


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
    business = _business(slug)
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
    found = _edition(slug, number)
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
    found = _edition(slug, number)
    spec = queries.frozen_spec(session(), found.id)
    rows = sum(
        len(section["requirements"])
        for chapter in spec["chapters"]
        for section in chapter["sections"]
    )
    service.record_export(session(), actor(), subject=f"edition:{found.id}", rows=rows)
    return downloads.workbook(export.lines(spec), f"機能要件一覧_{slug}_{number}")


@blueprint.route(f"{EDITION}/files", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, FilePageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def files(query: dict[str, int], slug: str, number: str) -> dict[str, Any]:
    """The built files, the PDF first; none before the job has finished."""
    return api.listed(cut(queries.files(session(), _edition(slug, number).id), **query))


@blueprint.route(f"{EDITION}/files/<string:name>", methods=["POST"])
@blueprint.doc(responses=FILE_ANSWER)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def fetch_file(slug: str, number: str, name: str) -> Response:
    """Fetch a file; who fetched what is recorded."""
    found = service.fetch_file(session(), actor(), edition=_edition(slug, number), name=name)
    return attachment(found.content, found.media_type, f"{slug}-{number}-{name}")


@blueprint.route(f"{EDITION}/build", methods=["POST"])
@blueprint.response(202, api.StartedSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.FREEZE_EDITIONS)
@writes
def build(slug: str, number: str) -> Any:
    """Have the files built again after their job has failed."""
    return api.started(service.enqueue_build(session(), actor(), _edition(slug, number)).id)


@blueprint.route(f"{BUSINESS}/draft", methods=["POST"])
@blueprint.response(202, api.StartedSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.FREEZE_EDITIONS)
@writes
def build_draft(slug: str) -> Any:
    """Have the draft PDF drawn, with what is undecided marked so."""
    business = _business(slug)
    return api.started(service.enqueue_draft(session(), actor(), business_id=business.id).id)


@blueprint.route(f"{BUSINESS}/draft/file", methods=["POST"])
@blueprint.doc(
    responses={
        "200": {"description": "案の PDF", "content": {"application/pdf": api.BINARY}},
    }
)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.FREEZE_EDITIONS)
@writes
def fetch_draft(slug: str) -> Response:
    """Fetch the newest draft PDF."""
    business = _business(slug)
    content = service.fetch_draft(session(), actor(), business=business)
    return attachment(content, "application/pdf", f"{slug}-draft.pdf")


def attachment(content: bytes, media_type: str, name: str) -> Response:
    return send_file(BytesIO(content), mimetype=media_type, as_attachment=True, download_name=name)


def _business(slug: str) -> Business:
    return processes.business(session(), actor(), slug)


def _edition(slug: str, number: str) -> Edition:
    return queries.edition(session(), actor(), _business(slug).id, number)


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
