"""Which lines belong to a group, for programs."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.comparison import service, variant_queries
from registry.comparison.api import BUSINESS, blueprint, business_of, choice_of
from registry.comparison.group_api import GROUP, group_of
from registry.errors import Conflict, Invalid, NotFound
from registry.requirements.models import Obligation
from registry.standards import queries as standards_queries
from registry.standards.models import Relation
from registry.web import api
from registry.web.database import actor, session
from registry.web.gates import allow, writes


class NewAlignmentsSchema(schemas.Schema):
    requirement_ids = api.row_ids()
    relation = schemas.choice(Relation)


class ReconfirmedSchema(schemas.Schema):
    """Without a relation the lines keep theirs."""

    alignment_ids = api.row_ids()
    relation = schemas.choice(Relation, required=False)


class MovedLinesSchema(schemas.Schema):
    """`target` is the code of the group the lines go to."""

    alignment_ids = api.row_ids()
    target = schemas.line()


class LooseQuerySchema(api.PageQuery):
    """`municipality` is a code."""

    municipality = schemas.line(required=False)
    q = schemas.line(required=False)


class LooseLineSchema(schemas.Schema):
    requirement_id = fields.Integer(required=True)
    municipality_name = fields.String(required=True)
    section = fields.String(required=True)
    label = fields.String(required=True)
    text = fields.String(required=True)
    obligation = fields.Enum(Obligation, by_value=True, required=True, allow_none=True)


LooseLinePageSchema = api.envelope(LooseLineSchema)


@blueprint.route(f"{GROUP}/alignments", methods=["POST"])
@blueprint.arguments(NewAlignmentsSchema)
@blueprint.response(201, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.ALIGN)
@writes
def align(values: dict[str, Any], slug: str, code: str) -> dict[str, int]:
    """Say that submitted lines belong to the group, all or none."""
    found = group_of(business_of(slug), code)
    return {"count": service.put_into_group(session(), actor(), group=found, **values)}


@blueprint.route(f"{GROUP}/alignments/confirm", methods=["POST"])
@blueprint.arguments(ReconfirmedSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.ALIGN)
@writes
def reconfirm(values: dict[str, Any], slug: str, code: str) -> dict[str, int]:
    """Say that lines belong to the group as they are worded now."""
    found = group_of(business_of(slug), code)
    return {"count": service.reconfirm(session(), actor(), group=found, **values)}


@blueprint.route(f"{GROUP}/alignments/move", methods=["POST"])
@blueprint.arguments(MovedLinesSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.ALIGN)
@writes
def move(values: dict[str, Any], slug: str, code: str) -> dict[str, int]:
    """Move lines into another group of the business."""
    subject = business_of(slug)
    found = group_of(subject, code)
    try:
        target = group_of(subject, values["target"])
    except NotFound as missing:
        raise Invalid("何も変更していません。", {"target": [missing.message]}) from missing
    count = service.move(
        session(), actor(), group=found, alignment_ids=values["alignment_ids"], target=target
    )
    return {"count": count}


@blueprint.route(f"{GROUP}/alignments/<int:alignment_id>", methods=["DELETE"])
@blueprint.response(204)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.ALIGN)
@writes
def unalign(slug: str, code: str, alignment_id: int) -> None:
    """Take a line out of the group."""
    found = group_of(business_of(slug), code)
    try:
        service.take_out(session(), actor(), group=found, alignment_ids=[alignment_id])
    except Conflict as gone:
        raise NotFound("この対応付けは見つかりませんでした。") from gone


@blueprint.route(f"{BUSINESS}/unaligned", methods=["GET"])
@blueprint.arguments(LooseQuerySchema, location="query")
@blueprint.response(200, LooseLinePageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def unaligned(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """Submitted lines that are in no group, town by town."""
    subject = business_of(slug)
    towns = standards_queries.towns(session(), actor())
    town = choice_of("municipality", query["municipality"], list(towns))
    found = variant_queries.loose_lines(
        session(),
        actor(),
        subject.id,
        municipality_id=town.id if town is not None else None,
        words=query["q"],
        page=query["page"],
        page_size=query["page_size"],
    )
    return api.listed(found)
