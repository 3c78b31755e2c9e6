"""What the machine proposes to align, for programs."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.comparison import proposal_queries, proposing, service
from registry.comparison.api import BUSINESS, blueprint, business_of
from registry.comparison.group_api import GroupAnswerSchema, made_group
from registry.comparison.proposal_queries import Kind, Question
from registry.db import MAX_ID
from registry.paging import cut
from registry.requirements.models import Obligation
from registry.standards import group_queries
from registry.standards.models import Relation
from registry.web import api
from registry.web.database import actor, session
from registry.web.gates import allow, writes


class ProposalQuerySchema(api.PageQuery):
    kind = schemas.choice(Kind, required=False)


class ProposedLineSchema(schemas.Schema):
    """`relation` is to the group, or to the other lines of the cluster."""

    proposal_id = fields.Integer(required=True)
    requirement_id = fields.Integer(required=True)
    municipality_name = fields.String(required=True)
    section = fields.String(required=True)
    label = fields.String(required=True)
    text = fields.String(required=True)
    obligation = fields.Enum(Obligation, by_value=True, required=True, allow_none=True)
    relation = fields.Enum(Relation, by_value=True, required=True)


class ProposalAnswerSchema(schemas.Schema):
    """A question to a person: may these lines join `group`, or make a group (`cluster`)?"""

    kind = fields.Enum(Kind, by_value=True, required=True)
    group = fields.String(required=True, allow_none=True)
    cluster = fields.Integer(required=True, allow_none=True)
    score = fields.Float(required=True)
    shared = fields.List(fields.String(), required=True)
    differing = fields.List(fields.String(), required=True)
    why = fields.String(required=True)
    lines = fields.List(fields.Nested(ProposedLineSchema), required=True)


class ProposalIdsSchema(schemas.Schema):
    proposal_ids = api.row_ids()


class DismissalSchema(schemas.Schema):
    """Single joins by their ids, or one whole cluster."""

    proposal_ids = fields.List(
        api.row_id(), load_default=list, validate=ma.validate.Length(max=500)
    )
    cluster = fields.Integer(
        strict=True,
        allow_none=True,
        load_default=None,
        validate=ma.validate.Range(0, MAX_ID),
    )

    @ma.validates_schema
    def _one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if bool(data["proposal_ids"]) == (data["cluster"] is not None):
            raise ma.ValidationError(
                "proposal_ids と cluster のどちらか一方を送ってください。", "proposal_ids"
            )


class JudgedLineSchema(schemas.Schema):
    """`relation` where the person judged otherwise than proposed."""

    proposal_id = api.row_id(required=True)
    relation = schemas.choice(Relation, required=False)


class NewGroupOfProposalsSchema(schemas.Schema):
    """Lines of one cluster; those left out stay proposed."""

    label = schemas.line()
    lines = fields.List(
        fields.Nested(JudgedLineSchema), required=True, validate=ma.validate.Length(1, 500)
    )


ProposalPageSchema = api.envelope(ProposalAnswerSchema)


@blueprint.route(f"{BUSINESS}/proposals", methods=["GET"])
@blueprint.arguments(ProposalQuerySchema, location="query")
@blueprint.response(200, ProposalPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def proposals(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """What the machine asks, of one kind; without a kind new groups."""
    subject = business_of(slug)
    kind: Kind = query["kind"] or Kind.NEW
    numbers = proposal_queries.open_proposals(session(), actor(), subject.id).of(kind)
    page = cut(numbers, page=query["page"], page_size=query["page_size"])
    found = proposal_queries.questions(session(), actor(), subject.id, kind, page.items)
    rows = group_queries.groups(session(), actor(), subject.id)
    codes = {row.id: row.code for row in rows}
    return api.listed(page) | {"items": [_question(one, codes) for one in found]}


@blueprint.route(f"{BUSINESS}/proposals", methods=["POST"])
@blueprint.response(202, api.StartedSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.ALIGN)
@writes
def compute_proposals(slug: str) -> Any:
    """Ask for new proposals; while a run waits or works, that one is given back."""
    return api.started(proposing.enqueue(session(), actor(), business_of(slug)).id)


@blueprint.route(f"{BUSINESS}/proposals/join", methods=["POST"])
@blueprint.arguments(ProposalIdsSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.ALIGN)
@writes
def confirm_joins(values: dict[str, Any], slug: str) -> dict[str, int]:
    """Put lines into the groups proposed for them."""
    count = service.confirm_joins(session(), actor(), business=business_of(slug), **values)
    return {"count": count}


@blueprint.route(f"{BUSINESS}/proposals/groups", methods=["POST"])
@blueprint.arguments(NewGroupOfProposalsSchema)
@blueprint.response(201, GroupAnswerSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.ALIGN)
@writes
def confirm_cluster(values: dict[str, Any], slug: str) -> Any:
    """Make a group of lines of one cluster."""
    subject = business_of(slug)
    made = service.confirm_cluster(
        session(),
        actor(),
        business=subject,
        proposal_ids=[line["proposal_id"] for line in values["lines"]],
        label=values["label"],
        relations={
            line["proposal_id"]: line["relation"] for line in values["lines"] if line["relation"]
        },
    )
    return made_group(subject, made)


@blueprint.route(f"{BUSINESS}/proposals/dismiss", methods=["POST"])
@blueprint.arguments(DismissalSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.ALIGN)
@writes
def dismiss(values: dict[str, Any], slug: str) -> dict[str, int]:
    """Say that proposals are wrong; they are not made again."""
    return {"count": service.dismiss(session(), actor(), business=business_of(slug), **values)}


def _question(found: Question, codes: dict[int, str]) -> dict[str, Any]:
    names = ("kind", "cluster", "score", "shared", "differing", "why", "lines")
    return {name: getattr(found, name) for name in names} | {
        "group": codes.get(found.group_id or 0)
    }
