"""A town's lines for programs: every town's counts, and the lines one may read."""

from __future__ import annotations

from typing import Any, Final

import marshmallow as ma
from marshmallow import fields
from sqlalchemy.orm import Session

from registry import schemas
from registry.access import Permission
from registry.errors import Forbidden
from registry.municipalities.models import Municipality
from registry.paging import cut
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements import count_queries, line_queries, queries
from registry.requirements.line_queries import SORTS, Filter, Line
from registry.requirements.models import Obligation, RequirementKind, RequirementState
from registry.web import api
from registry.web.database import actor, session
from registry.web.gates import allow

blueprint = api.blueprint("requirements", "団体の要件")

TOWN: Final = "/municipalities/<string:code>/businesses/<string:slug>"


class RequirementQuerySchema(api.PageQuery):
    """`goal` is a code, "-" means none."""

    state = schemas.choice(RequirementState, required=False)
    section = schemas.line(required=False, length=500)
    goal = schemas.line(required=False, length=100)
    q = schemas.line(required=False)
    sort = fields.String(load_default="position", validate=ma.validate.OneOf(list(SORTS)))
    descending = fields.Boolean(load_default=False)


class WordingSchema(schemas.Schema):
    """What a line says in one wording, who saved it and when; `goal` is a goal's code."""

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


class RequirementAnswerSchema(WordingSchema):
    """A line as its town works on it; for others as it was submitted, without a `version`."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True, allow_none=True)
    external_id = fields.String(required=True)
    state = fields.Enum(RequirementState, by_value=True, required=True)
    return_reason = fields.String(required=True)
    is_submitted = fields.Boolean(required=True)


class TownCountsSchema(schemas.Schema):
    """What everybody may know of a town's lines; `readable` are its submitted wordings."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    submitted = fields.Integer(required=True)
    confirmed = fields.Integer(required=True)
    has_draft = fields.Boolean(required=True)
    hides_detail = fields.Boolean(required=True)
    readable = fields.Boolean(required=True)


RequirementPageSchema = api.envelope(RequirementAnswerSchema)
TownCountsPageSchema = api.envelope(TownCountsSchema)


@blueprint.route("/businesses/<string:slug>/town-counts", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, TownCountsPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def town_counts(query: dict[str, int], slug: str) -> dict[str, Any]:
    """Every town with the numbers of its lines, also of those that hide their detail."""
    business = processes.business(session(), actor(), slug)
    return api.listed(cut(count_queries.town_counts(session(), actor(), business.id), **query))


@blueprint.route(f"{TOWN}/requirements", methods=["GET"])
@blueprint.arguments(RequirementQuerySchema, location="query")
@blueprint.response(200, RequirementPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def requirements(query: dict[str, Any], code: str, slug: str) -> dict[str, Any]:
    """The own town's drafts, or another town's submitted lines."""
    town, business = readable_place(code, slug)
    page, size = query.pop("page"), query.pop("page_size")
    found = line_queries.lines(
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


def place(code: str, slug: str) -> tuple[Municipality, Business]:
    """The town and the business of an address. Raises NotFound."""
    town = queries.municipality(session(), actor(), code)
    return town, processes.business(session(), actor(), slug)


def readable_place(code: str, slug: str) -> tuple[Municipality, Business]:
    """As `place`, but Forbidden where the town hides its detail."""
    town, business = place(code, slug)
    if not queries.may_read(session(), actor(), town.id, business.id):
        raise Forbidden(f"{town.name}はこの業務の内訳を公開していません。件数だけを見られます。")
    return town, business


def own_town(code: str, reading: Session | None = None) -> Municipality:
    """The person's own town; work ahead of the request's session brings its `reading` one.

    Raises NotFound, Forbidden for another town of the region.
    """
    town = queries.municipality(reading or session(), actor(), code)
    if town.id != actor().municipality_id:
        raise Forbidden("ほかの団体の情報は扱えません。")
    return town


def own_place(code: str, slug: str) -> tuple[Municipality, Business]:
    """As `place`, but Forbidden for another town's."""
    return own_town(code), processes.business(session(), actor(), slug)


def _line(line: Line, *, own: bool) -> dict[str, Any]:
    names = set(RequirementAnswerSchema().fields) - {"version"}
    shown = {name: getattr(line, name) for name in names}
    return shown | {"version": line.version if own else None}
