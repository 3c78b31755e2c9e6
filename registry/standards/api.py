"""Standards for programs: listed, drafted, edited, taken away."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.errors import Invalid, NotFound
from registry.goals import queries as goals
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements.models import Obligation, RequirementKind
from registry.standards import decision_queries, drafting, export, group_queries, queries, standings
from registry.standards.models import Outcome, Phase, StandardRequirement
from registry.standards.schemas import StandardEditSchema, StandardSchema
from registry.standards.standings import Standing, Wanted
from registry.web import api, downloads
from registry.web.database import actor, session
from registry.web.gates import allow, writes

blueprint = api.blueprint("standards", "標準要件と国標準")

BUSINESS = "/businesses/<string:slug>"
STANDARD = f"{BUSINESS}/standards/<string:code>"


class StandardNarrowSchema(schemas.Schema):
    """`goal` is a goal's code."""

    state = schemas.choice(Standing, required=False)
    goal = schemas.line(required=False)
    q = schemas.line(required=False)


class StandardQuerySchema(api.PageQuery, StandardNarrowSchema):
    """`goal` is a goal's code."""


class StandardAnswerSchema(schemas.Schema):
    """A standard with where it stands; `goal` and `groups` are codes."""

    id = fields.Integer(required=True)
    code = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    obligation = fields.Enum(Obligation, by_value=True, required=True)
    kind = fields.Enum(RequirementKind, by_value=True, required=True)
    phase = fields.Enum(Phase, by_value=True, required=True, allow_none=True)
    goal = fields.String(required=True)
    reason = fields.String(required=True)
    target_edition = fields.String(required=True)
    groups = fields.List(fields.String(), required=True)
    standing = fields.Enum(Standing, by_value=True, required=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True, allow_none=True)
    decided_on = fields.Date(required=True, allow_none=True)


class StandardChangeSchema(schemas.Schema):
    """An edit after a decision; `standard_version` is the version it began from."""

    changed_at = fields.DateTime(required=True)
    who = fields.String(required=True)
    reason = fields.String(required=True)
    standard_version = fields.Integer(required=True)


class StandardWithVersionSchema(StandardAnswerSchema):
    """A standard with every edit after a decision, the newest first."""

    version = fields.Integer(required=True)
    changes = fields.List(fields.Nested(StandardChangeSchema), required=True)


StandardPageSchema = api.envelope(StandardAnswerSchema)


@blueprint.route(f"{BUSINESS}/standards", methods=["GET"])
@blueprint.arguments(StandardQuerySchema, location="query")
@blueprint.response(200, StandardPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def standards(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """The standards of a business by code."""
    found = standings.listing(
        session(),
        actor(),
        business_of(slug).id,
        _wanted(query),
        page=query["page"],
        page_size=query["page_size"],
    )
    return api.listed(found)


def _wanted(query: dict[str, Any]) -> Wanted:
    goal = goals.by_code(session(), actor(), query["goal"]) if query["goal"] else None
    return Wanted(standing=query["state"], goal_id=goal.id if goal else None, text=query["q"])


@blueprint.route(f"{BUSINESS}/standards/workbook", methods=["POST"])
@blueprint.arguments(StandardNarrowSchema, location="query")
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_standards(query: dict[str, Any], slug: str) -> Response:
    """The standards that fit as a workbook; that it was taken is recorded."""
    business, wanted = business_of(slug), _wanted(query)
    content = export.export_list(session(), actor(), business=business, wanted=wanted)
    return downloads.workbook(content, f"標準要件_{business.name}")


@blueprint.route(f"{BUSINESS}/standards", methods=["POST"])
@blueprint.arguments(StandardSchema)
@blueprint.response(201, StandardWithVersionSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.DRAFT_STANDARDS)
@writes
def add_standard(values: dict[str, Any], slug: str) -> Any:
    """Draft a standard that answers the named groups; applications are proposed for every town."""
    business = business_of(slug)
    made = drafting.draft_standard(
        session(), actor(), business_id=business.id, **_checked(business, values)
    )
    address = url_for("api_standards.standard", slug=slug, code=made.code)
    return api.created(_shown(made), address, api.etag(made))


@blueprint.route(STANDARD, methods=["GET"])
@blueprint.response(200, StandardWithVersionSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def standard(slug: str, code: str) -> Any:
    """One standard; its ETag is what an edit or a decision sends back."""
    found = standard_of(slug, code)
    return api.with_etag(_shown(found), found)


@blueprint.route(STANDARD, methods=["PUT"])
@blueprint.arguments(StandardEditSchema)
@blueprint.response(200, StandardWithVersionSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.DRAFT_STANDARDS)
@writes
def change_standard(values: dict[str, Any], slug: str, code: str) -> Any:
    """Replace what a standard says; after a decision it is a proposal until decided again."""
    found = standard_of(slug, code)
    version = api.sent_version(found)
    drafting.update_standard(
        session(), actor(), found, version=version, **_checked(business_of(slug), values)
    )
    session().flush()  # the answer names the new version
    return api.with_etag(_shown(found), found)


def business_of(slug: str) -> Business:
    """The business of an address. Raises NotFound."""
    return processes.business(session(), actor(), slug)


def standard_of(slug: str, code: str) -> StandardRequirement:
    """The standard of an address. Raises NotFound."""
    return queries.standard(session(), actor(), business_of(slug).id, code)


def _checked(business: Business, values: dict[str, Any]) -> dict[str, Any]:
    """The body as the service takes it. Raises Invalid for unknown goals or groups."""
    errors: dict[str, list[str]] = {}
    code, goal_id = values.pop("goal"), None
    if code:
        try:
            goal_id = goals.by_code(session(), actor(), code).id
        except NotFound as missing:
            errors["goal"] = [missing.message]
    known = {row.code: row.id for row in group_queries.groups(session(), actor(), business.id)}
    asked = values.pop("groups")
    unknown = [one for one in asked if one not in known]
    if unknown:
        errors["groups"] = [f"まとまり {'、'.join(unknown)} は、この業務にありません。"]
    if errors:
        raise Invalid("保存していません。", errors)
    return values | {"goal_id": goal_id, "group_ids": [known[one] for one in asked]}


def _shown(found: StandardRequirement) -> dict[str, Any]:
    newest = decision_queries.newest_decision(session(), standard=found)
    outcome = newest.outcome if newest else None
    chain = queries.goal_chain(session(), actor(), found.goal_id)
    names = ("id", "code", "title", "text", "obligation", "kind", "phase", "reason", "version")
    return {name: getattr(found, name) for name in (*names, "target_edition")} | {
        "goal": chain[-1].code if chain else "",
        "groups": [group.code for group in queries.answered_groups(session(), found.id)],
        "changes": decision_queries.changes(session(), standard=found),
        "standing": standings.standing(
            found.version, outcome, newest.subject_version if newest else None
        ),
        "outcome": outcome,
        "decided_on": newest.decided_on if newest else None,
    }
