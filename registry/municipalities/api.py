"""The municipalities of the region for programs."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.municipalities import queries
from registry.municipalities.models import MunicipalityKind
from registry.paging import cut
from registry.web import api
from registry.web.database import actor, session
from registry.web.gates import allow

blueprint = api.blueprint("municipalities", "団体")


class MunicipalityAnswerSchema(schemas.Schema):
    """`code` is the six-digit local government code as text."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    kana = fields.String(required=True)
    kind = fields.Enum(MunicipalityKind, by_value=True, required=True)
    population = fields.Integer(required=True)


MunicipalityPageSchema = api.envelope(MunicipalityAnswerSchema)


@blueprint.route("/municipalities", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, MunicipalityPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def municipalities(query: dict[str, int]) -> dict[str, Any]:
    """The region's municipalities in the order of their codes."""
    return api.listed(cut(queries.all_towns(session(), actor()), **query))


@blueprint.route("/municipalities/<string:code>", methods=["GET"])
@blueprint.response(200, MunicipalityAnswerSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def municipality(code: str) -> Any:
    """One municipality of the region."""
    return queries.by_code(session(), actor(), code)
