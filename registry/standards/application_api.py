"""What a standard means for each town, for programs."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.errors import NotFound
from registry.paging import cut
from registry.standards import application_queries, applying
from registry.standards.api import STANDARD, blueprint, standard_of
from registry.standards.application_queries import ApplicationRow
from registry.standards.models import ApplicationState, StandardRequirement
from registry.standards.schemas import ApplicationSchema
from registry.web import api
from registry.web.database import actor, session
from registry.web.gates import allow, writes


class ProposedApplicationSchema(schemas.Schema):
    """What the alignments propose today."""

    state = fields.Enum(ApplicationState, by_value=True, required=True)
    value = fields.String(required=True)


class ApplicationAnswerSchema(schemas.Schema):
    """What a standard means for a town; `version` 0 and `state` null while nothing is stored."""

    municipality = fields.String(required=True)
    name = fields.String(required=True)
    state = fields.Enum(ApplicationState, by_value=True, required=True, allow_none=True)
    value = fields.String(required=True)
    version = fields.Integer(required=True)
    confirmed = fields.Boolean(required=True)
    confirmed_by = fields.String(required=True)
    confirmed_at = fields.DateTime(required=True, allow_none=True)
    proposed = fields.Nested(ProposedApplicationSchema, required=True)


ApplicationPageSchema = api.envelope(ApplicationAnswerSchema)


@blueprint.route(f"{STANDARD}/applications", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, ApplicationPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def applications(query: dict[str, int], slug: str, code: str) -> dict[str, Any]:
    """What the standard means for each town, by municipality code."""
    rows = application_queries.applications(session(), actor(), standard_of(slug, code))
    return api.listed(cut([_application(row) for row in rows], **query))


@blueprint.route(f"{STANDARD}/applications/<string:municipality>", methods=["GET"])
@blueprint.response(200, ApplicationAnswerSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def application(slug: str, code: str, municipality: str) -> Any:
    """What the standard means for one town; its ETag is what an edit sends back."""
    row = _application_row(standard_of(slug, code), municipality)
    return _application(row), 200, {"ETag": _application_tag(row)}


@blueprint.route(f"{STANDARD}/applications/<string:municipality>", methods=["PUT"])
@blueprint.arguments(ApplicationSchema)
@blueprint.response(200, ApplicationAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.DRAFT_STANDARDS)
@writes
def set_application(values: dict[str, Any], slug: str, code: str, municipality: str) -> Any:
    """Say what the standard means for one town; that confirms it."""
    found = standard_of(slug, code)
    before = _application_row(found, municipality)
    api.check_match(_application_tag(before))
    applying.set_application(
        session(),
        actor(),
        standard=found,
        municipality_id=before.municipality_id,
        version=before.version or None,
        **values,
    )
    session().flush()  # the answer names the new version
    after = _application_row(found, municipality)
    return _application(after), 200, {"ETag": _application_tag(after)}


@blueprint.route(f"{STANDARD}/applications/propose", methods=["POST"])
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.DRAFT_STANDARDS)
@writes
def propose_applications(slug: str, code: str) -> dict[str, int]:
    """Propose anew from today's alignments what nobody has confirmed."""
    found = standard_of(slug, code)
    return {"count": applying.propose_applications(session(), actor(), standard=found)}


@blueprint.route(f"{STANDARD}/applications/confirm", methods=["POST"])
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.DRAFT_STANDARDS)
@writes
def confirm_applications(slug: str, code: str) -> dict[str, int]:
    """Confirm every proposed application as it stands."""
    found = standard_of(slug, code)
    return {"count": applying.confirm_applications(session(), actor(), standard=found)}


def _application_row(found: StandardRequirement, municipality: str) -> ApplicationRow:
    for row in application_queries.applications(session(), actor(), found):
        if row.municipality_code == municipality:
            return row
    raise NotFound(f"団体コード {municipality} の団体は見つかりませんでした。")


def _application(row: ApplicationRow) -> dict[str, Any]:
    names = ("state", "value", "version", "confirmed", "confirmed_by", "confirmed_at", "proposed")
    return {name: getattr(row, name) for name in names} | {
        "municipality": row.municipality_code,
        "name": row.municipality_name,
    }


def _application_tag(row: ApplicationRow) -> str:
    """National lines have no rows yet, so the town stands for the id."""
    return f'"{row.municipality_code}-{row.version}"'
