"""The library of national standards for programs."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response, url_for
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.db import MAX_ID
from registry.paging import cut
from registry.requirements.models import Obligation
from registry.standards import library, library_business
from registry.standards.api import blueprint
from registry.standards.library import ItemView, LineView
from registry.standards.models import NationalSpec
from registry.standards.schemas import NationalBusinessSchema
from registry.web import api, downloads
from registry.web.database import actor, session
from registry.web.gates import allow, writes

NATIONAL = "/national-specs/<int:spec_id>"


class NationalSpecAnswerSchema(schemas.Schema):
    """A national standard of the library; `lines` counts them by obligation."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    edition = fields.String(required=True)
    imported_at = fields.DateTime(required=True)
    items = fields.Integer(required=True)
    lines = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    unresolved = fields.Integer(required=True)


class NationalHeadingSchema(schemas.Schema):
    number = fields.String(required=True)
    title = fields.String(required=True)


class NationalOutlineSchema(NationalHeadingSchema):
    """A heading of the outline; `lines` counts its own lines by obligation."""

    level = fields.Integer(required=True)
    is_chapter = fields.Boolean(required=True)
    lines = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class NationalReferenceSchema(schemas.Schema):
    number = fields.String(required=True)
    resolved = fields.Boolean(required=True)


class NationalLineSchema(schemas.Schema):
    """A line as printed, with its cross references in their order."""

    position = fields.Integer(required=True)
    text = fields.String(required=True)
    references = fields.List(fields.Nested(NationalReferenceSchema), required=True)


class NationalItemSchema(NationalHeadingSchema):
    """An item with its blocks, its place in the outline and who refers to it."""

    is_chapter = fields.Boolean(required=True)
    above = fields.List(fields.Nested(NationalHeadingSchema), required=True)
    blocks = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Nested(NationalLineSchema)),
        required=True,
    )
    before = fields.Nested(NationalHeadingSchema, required=True, allow_none=True)
    after = fields.Nested(NationalHeadingSchema, required=True, allow_none=True)
    cited_by = fields.List(fields.Nested(NationalHeadingSchema), required=True)


class NationalSearchQuerySchema(api.PageQuery):
    """`spec` is the id of one national standard; without it all are searched."""

    q = schemas.line(length=100)
    spec = fields.Integer(allow_none=True, load_default=None, validate=ma.validate.Range(1, MAX_ID))


class NationalHitSchema(schemas.Schema):
    spec_id = fields.Integer(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    obligation = fields.Enum(Obligation, by_value=True, required=True)
    text = fields.String(required=True)


class NationalBusinessAnswerSchema(schemas.Schema):
    """The business made of a national standard, and of how many standards."""

    slug = fields.String(required=True)
    number = fields.String(required=True)
    standards = fields.Integer(required=True)


NationalSpecPageSchema = api.envelope(NationalSpecAnswerSchema)
NationalOutlinePageSchema = api.envelope(NationalOutlineSchema)
NationalHitPageSchema = api.envelope(NationalHitSchema)


@blueprint.route("/national-specs", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, NationalSpecPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def national_specs(query: dict[str, int]) -> dict[str, Any]:
    """The region's library by name and edition."""
    return api.listed(cut(library.specs(session(), actor()), **query))


@blueprint.route("/national-specs/search", methods=["GET"])
@blueprint.arguments(NationalSearchQuerySchema, location="query")
@blueprint.response(200, NationalHitPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def search_national(query: dict[str, Any]) -> dict[str, Any]:
    """The lines that hold every word, in printed order."""
    if query["spec"] is not None:
        _national(query["spec"])
    found = library.search(
        session(),
        actor(),
        query["q"],
        spec_id=query["spec"],
        page=query["page"],
        page_size=query["page_size"],
    )
    return api.listed(found.lines)


@blueprint.route(f"{NATIONAL}/items", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, NationalOutlinePageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def national_outline(query: dict[str, int], spec_id: int) -> dict[str, Any]:
    """The outline of a national standard in printed order."""
    return api.listed(cut(library.outline(session(), _national(spec_id)), **query))


@blueprint.route(f"{NATIONAL}/items/<string:number>", methods=["GET"])
@blueprint.response(200, NationalItemSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def national_item(spec_id: int, number: str) -> dict[str, Any]:
    """One item with its lines and cross references."""
    return _item(library.item(session(), _national(spec_id), number))


@blueprint.route(f"{NATIONAL}/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_national(spec_id: int) -> Response:
    """The lines of a national standard as a workbook; that it was taken is recorded."""
    spec = _national(spec_id)
    content = library.export_lines(session(), actor(), spec=spec)
    return downloads.workbook(content, f"{spec.name}_{spec.edition}")


@blueprint.route(f"{NATIONAL}/business", methods=["POST"])
@blueprint.arguments(NationalBusinessSchema)
@blueprint.response(201, NationalBusinessAnswerSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.DRAFT_STANDARDS)
@writes
def make_national_business(values: dict[str, Any], spec_id: int) -> Any:
    """Make a business of a national standard, one standard a line."""
    made, count = library_business.make_business(
        session(), actor(), spec=_national(spec_id), **values
    )
    answer = {"slug": made.slug, "number": made.number, "standards": count}
    return answer, 201, {"Location": url_for("api_processes.business", slug=made.slug)}


def _national(spec_id: int) -> NationalSpec:
    return library.spec(session(), actor(), spec_id)


def _heading(one: tuple[str, str] | None) -> dict[str, str] | None:
    return {"number": one[0], "title": one[1]} if one else None


def _item(found: ItemView) -> dict[str, Any]:
    return {
        "number": found.number,
        "title": found.title,
        "is_chapter": found.is_chapter,
        "above": [_heading(one) for one in found.above],
        "blocks": {
            obligation.value: [_line(line) for line in lines]
            for obligation, lines in found.blocks.items()
        },
        "before": _heading(found.before),
        "after": _heading(found.after),
        "cited_by": [_heading(one) for one in found.cited_by],
    }


def _line(line: LineView) -> dict[str, Any]:
    return {
        "position": line.position,
        "text": "".join(part.text for part in line.parts),
        "references": [
            {"number": part.number, "resolved": part.resolved} for part in line.parts if part.number
        ],
    }
