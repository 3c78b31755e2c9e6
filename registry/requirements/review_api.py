"""Submitting lines and judging them, for programs."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.processes import queries as processes
from registry.requirements import review_queries, reviewing, submissions
from registry.requirements.api import TOWN, blueprint, own_place, own_town
from registry.requirements.models import Obligation
from registry.web import api
from registry.web.database import actor, session
from registry.web.gates import allow, writes


class ReasonOfLineSchema(schemas.Schema):
    """The 変更理由 of one line."""

    requirement_id = api.row_id(required=True)
    reason = schemas.text(length=submissions.MAX_REASON)


class SubmissionSchema(schemas.Schema):
    """The lines to submit; null means every draft and returned line.

    A line that was confirmed in another wording needs a 変更理由: its own in `reasons`, else the
    common `reason`. A 422 names each line that lacks one as "reasons.ID".
    """

    requirement_ids = fields.List(
        api.row_id(), required=True, allow_none=True, validate=ma.validate.Length(max=5000)
    )
    reasons = fields.List(
        fields.Nested(ReasonOfLineSchema), load_default=list, validate=ma.validate.Length(max=5000)
    )
    reason = schemas.text(required=False, length=submissions.MAX_REASON)


class ReviewedSchema(schemas.Schema):
    """Exactly this wording of a line."""

    requirement_id = api.row_id(required=True)
    version_id = api.row_id(required=True)


class ConfirmationSchema(schemas.Schema):
    items = fields.List(
        fields.Nested(ReviewedSchema),
        required=True,
        validate=ma.validate.Length(1, 500, error="{min} 件から {max} 件までを指定してください。"),
    )


class ReturnSchema(ConfirmationSchema):
    reason = schemas.text(length=2000)


class WaitingQuerySchema(api.PageQuery):
    """`business` is a slug."""

    business = schemas.line(required=False)


class WaitingAnswerSchema(schemas.Schema):
    """A submitted wording nobody has judged; `own` is one's own submission, `reason` its 変更理由."""

    requirement_id = fields.Integer(required=True)
    version_id = fields.Integer(required=True)
    section = fields.String(required=True)
    label = fields.String(required=True)
    text = fields.String(required=True)
    obligation = fields.Enum(Obligation, by_value=True, required=True, allow_none=True)
    note = fields.String(required=True)
    confirmed_text = fields.String(required=True, allow_none=True)
    confirmed_obligation = fields.Enum(Obligation, by_value=True, required=True, allow_none=True)
    submitted_by = fields.String(required=True)
    own = fields.Boolean(required=True)
    business_slug = fields.String(required=True)
    reason = fields.String(required=True)


WaitingPageSchema = api.envelope(WaitingAnswerSchema)


@blueprint.route(f"{TOWN}/submissions", methods=["POST"])
@blueprint.arguments(SubmissionSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.SUBMIT_REQUIREMENTS)
@writes
def submit(values: dict[str, Any], code: str, slug: str) -> dict[str, int]:
    """Show own drafts to the other towns and ask the approver."""
    town, business = own_place(code, slug)
    reasons = {one["requirement_id"]: one["reason"] for one in values.pop("reasons")}
    count = reviewing.submit(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        reasons=reasons,
        **values,
    )
    return {"count": count}


@blueprint.route("/municipalities/<string:code>/reviews", methods=["GET"])
@blueprint.arguments(WaitingQuerySchema, location="query")
@blueprint.response(200, WaitingPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.CONFIRM_REQUIREMENTS)
def reviews(query: dict[str, Any], code: str) -> dict[str, Any]:
    """What the own town has submitted and nobody has judged yet."""
    own_town(code)
    slug = query.pop("business")
    business = processes.business(session(), actor(), slug) if slug else None
    return api.listed(
        review_queries.waiting(
            session(), actor(), business_id=business.id if business else None, **query
        )
    )


@blueprint.route("/municipalities/<string:code>/confirmations", methods=["POST"])
@blueprint.arguments(ConfirmationSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.CONFIRM_REQUIREMENTS)
@writes
def confirm(values: dict[str, Any], code: str) -> dict[str, int]:
    """Confirm exactly these wordings, all or none."""
    own_town(code)
    return {"count": reviewing.confirm(session(), actor(), items=_items(values))}


@blueprint.route("/municipalities/<string:code>/returns", methods=["POST"])
@blueprint.arguments(ReturnSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.CONFIRM_REQUIREMENTS)
@writes
def send_back(values: dict[str, Any], code: str) -> dict[str, int]:
    """Return exactly these wordings with a reason, all or none."""
    own_town(code)
    count = reviewing.send_back(session(), actor(), items=_items(values), reason=values["reason"])
    return {"count": count}


@blueprint.route("/municipalities/<string:code>/withdrawals", methods=["POST"])
@blueprint.arguments(ReturnSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.CONFIRM_REQUIREMENTS)
@writes
def withdraw(values: dict[str, Any], code: str) -> dict[str, int]:
    """Take exactly these confirmed wordings back with a reason, all or none."""
    own_town(code)
    count = reviewing.withdraw(session(), actor(), items=_items(values), reason=values["reason"])
    return {"count": count}


def _items(values: dict[str, Any]) -> list[tuple[int, int]]:
    return [(one["requirement_id"], one["version_id"]) for one in values["items"]]
