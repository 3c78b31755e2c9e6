"""Decisions on standards and groups for programs."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.paging import cut
from registry.standards import deciding, decision_queries, queries
from registry.standards.api import BUSINESS, STANDARD, blueprint, business_of, standard_of
from registry.standards.decision_queries import DecisionEntry
from registry.standards.models import Outcome, RequirementGroup, StandardRequirement
from registry.standards.schemas import AdoptNationalSchema, DecisionSchema, GroupDecisionSchema
from registry.web import api
from registry.web.database import actor, session
from registry.web.gates import allow, writes


class DecisionAnswerSchema(schemas.Schema):
    """A decision; `subject` is what was decided on, as it stood."""

    outcome = fields.Enum(Outcome, by_value=True, required=True)
    reason = fields.String(required=True)
    decided_on = fields.Date(required=True)
    recorded_at = fields.DateTime(required=True)
    who = fields.String(required=True)
    subject = fields.Dict(keys=fields.String(), required=True)
    subject_version = fields.Integer(required=True)


DecisionPageSchema = api.envelope(DecisionAnswerSchema)


@blueprint.route(f"{STANDARD}/decisions", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, DecisionPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def decisions(query: dict[str, int], slug: str, code: str) -> dict[str, Any]:
    """Every decision on a standard, the newest first."""
    found = decision_queries.history(session(), standard=standard_of(slug, code))
    return api.listed(cut([_decision(entry) for entry in found], **query))


@blueprint.route(f"{STANDARD}/decisions", methods=["POST"])
@blueprint.arguments(DecisionSchema)
@blueprint.response(201, DecisionAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.DECIDE)
@writes
def decide(values: dict[str, Any], slug: str, code: str) -> Any:
    """Decide on a standard as its ETag names it; a new decision supersedes the former."""
    found = standard_of(slug, code)
    deciding.decide(session(), actor(), standard=found, version=api.sent_version(found), **values)
    return _made(found, standard=found)


@blueprint.route(f"{BUSINESS}/groups/<string:code>/decisions", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, DecisionPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def group_decisions(query: dict[str, int], slug: str, code: str) -> dict[str, Any]:
    """Every decision on a group no standard was drafted for, the newest first."""
    found = decision_queries.history(session(), group=_group(slug, code))
    return api.listed(cut([_decision(entry) for entry in found], **query))


@blueprint.route(f"{BUSINESS}/groups/<string:code>/decisions", methods=["POST"])
@blueprint.arguments(GroupDecisionSchema)
@blueprint.response(201, DecisionAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.DECIDE)
@writes
def decide_group(values: dict[str, Any], slug: str, code: str) -> Any:
    """Reject or put off a group that gets no standard."""
    found = _group(slug, code)
    deciding.decide(session(), actor(), group=found, version=api.sent_version(found), **values)
    return _made(found, group=found)


@blueprint.route(f"{BUSINESS}/standards/adopt-national", methods=["POST"])
@blueprint.arguments(AdoptNationalSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.DECIDE)
@writes
def adopt_national(values: dict[str, Any], slug: str) -> dict[str, int]:
    """Adopt every line of a national standard that nobody has decided on."""
    count = deciding.adopt_national(session(), actor(), business_id=business_of(slug).id, **values)
    return {"count": count}


def _group(slug: str, code: str) -> RequirementGroup:
    return queries.group(session(), actor(), business_of(slug).id, code)


def _made(found: StandardRequirement | RequirementGroup, **subject: Any) -> Any:
    """The answer 201 to a decision, with the tag that its subject has now."""
    session().flush()  # the answer shows what was stored
    newest = decision_queries.history(session(), **subject)[0]
    return api.with_etag(_decision(newest), found, 201)


def _decision(entry: DecisionEntry) -> dict[str, Any]:
    names = ("outcome", "reason", "decided_on", "recorded_at", "who", "subject_version")
    return {name: getattr(entry, name) for name in names} | {"subject": dict(entry.snapshot)}
