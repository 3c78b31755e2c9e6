"""The comparison for programs: the matrix, groups and their lines, proposals."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response, url_for
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.comparison import commands, proposing, queries, service
from registry.comparison.matrix import CellState, Matrix, Row, Show, Town
from registry.comparison.queries import GoalChoice, Kind, Question, VariantLine
from registry.comparison.schemas import GroupSchema
from registry.db import MAX_ID
from registry.errors import Conflict, Invalid, NotFound
from registry.goals import tree
from registry.paging import cut
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements.models import Obligation, RequirementKind
from registry.standards import aligning, group_queries
from registry.standards import queries as standards_queries
from registry.standards.models import Outcome, Relation, RequirementGroup
from registry.web import api, downloads
from registry.web.database import actor, session
from registry.web.gates import allow, writes
from registry.workbook import write_table

blueprint = api.blueprint("comparison", "比較と対応付け")

BUSINESS = "/businesses/<string:slug>"
GROUP = f"{BUSINESS}/groups/<string:code>"


# ---- what is taken and given ------------------------------------------------------------------


class MatrixNarrowSchema(schemas.Schema):
    """`goal` is a goal's code and takes all below it; `municipality` looks at one town's cells."""

    show = schemas.choice(Show, required=False)
    goal = schemas.line(required=False)
    municipality = schemas.line(required=False)


class MatrixQuerySchema(api.PageQuery, MatrixNarrowSchema):
    """One page of the rows that pass the filters."""


class NamedTownSchema(schemas.Schema):
    code = fields.String(required=True)
    name = fields.String(required=True)


class CellSchema(schemas.Schema):
    """`requirement_ids` is empty where there is nothing to read."""

    state = fields.Enum(CellState, by_value=True, required=True)
    requirement_ids = fields.List(fields.Integer(), required=True)


class MatrixRowSchema(schemas.Schema):
    """A group; `cells` by municipality code."""

    group = fields.String(required=True)
    label = fields.String(required=True)
    goal = fields.String(required=True, allow_none=True)
    standard = fields.String(required=True, allow_none=True)
    cells = fields.Dict(keys=fields.String(), values=fields.Nested(CellSchema), required=True)


class MatrixAnswerSchema(schemas.Schema):
    """One page of the matrix; `total` counts the rows that pass the filters."""

    business = fields.String(required=True)
    municipalities = fields.List(fields.Nested(NamedTownSchema), required=True)
    rows = fields.List(fields.Nested(MatrixRowSchema), required=True)
    page = fields.Integer(required=True)
    page_size = fields.Integer(required=True)
    total = fields.Integer(required=True)


class GroupRowSchema(schemas.Schema):
    """A group in the list; `suspects` are lines their towns submitted anew since."""

    code = fields.String(required=True)
    label = fields.String(required=True)
    version = fields.Integer(required=True)
    goal = fields.String(required=True, allow_none=True)
    lines = fields.Integer(required=True)
    towns = fields.Integer(required=True)
    suspects = fields.Integer(required=True)
    standards = fields.List(fields.String(), required=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True, allow_none=True)


class AlignedLineSchema(schemas.Schema):
    """A line of a group as its town submits it now.

    `aligned_text` is the wording a person looked at, when it is another one; `also_in` are codes
    of other groups.
    """

    alignment_id = fields.Integer(required=True)
    requirement_id = fields.Integer(required=True)
    municipality = fields.String(required=True)
    section = fields.String(required=True)
    label = fields.String(required=True)
    mark = fields.String(required=True)
    text = fields.String(required=True)
    obligation = fields.Enum(Obligation, by_value=True, required=True, allow_none=True)
    kind = fields.Enum(RequirementKind, by_value=True, required=True)
    relation = fields.Enum(Relation, by_value=True, required=True)
    aligned_text = fields.String(required=True, allow_none=True)
    withdrawn = fields.Boolean(required=True)
    also_in = fields.List(fields.String(), required=True)


class GroupAnswerSchema(schemas.Schema):
    """A group with the lines this person may read.

    `wording` is what its cells are compared with: the standard's text or the most frequent line.
    """

    code = fields.String(required=True)
    label = fields.String(required=True)
    version = fields.Integer(required=True)
    goal = fields.String(required=True, allow_none=True)
    standards = fields.List(fields.String(), required=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True, allow_none=True)
    wording = fields.String(required=True)
    cells = fields.Dict(keys=fields.String(), values=fields.Nested(CellSchema), required=True)
    lines = fields.List(fields.Nested(AlignedLineSchema), required=True)


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


class SplitOffSchema(schemas.Schema):
    alignment_ids = api.row_ids()
    label = schemas.line()


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


GroupPageSchema = api.envelope(GroupRowSchema)
LooseLinePageSchema = api.envelope(LooseLineSchema)
ProposalPageSchema = api.envelope(ProposalAnswerSchema)


# ---- the matrix -------------------------------------------------------------------------------


@blueprint.route(f"{BUSINESS}/matrix", methods=["GET"])
@blueprint.arguments(MatrixQuerySchema, location="query")
@blueprint.response(200, MatrixAnswerSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def matrix(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """The groups of a business against the towns, as this person may see them."""
    subject = _business(slug)
    found = queries.of_business(session(), actor(), subject)
    goals = queries.goals(session(), actor())
    rows = _selected(found, goals, query)
    page = cut(rows, page=query["page"], page_size=query["page_size"])
    codes = {goal.id: goal.code for goal in goals}
    return {
        "business": subject.slug,
        "municipalities": [{"code": town.code, "name": town.name} for town in found.towns],
        "rows": [
            {
                "group": row.group.code,
                "label": row.group.label,
                "goal": codes.get(row.group.goal_id or 0),
                "standard": next(iter(row.group.standards), None),
                "cells": _cells(row),
            }
            for row in page.items
        ],
        "page": page.page,
        "page_size": page.page_size,
        "total": page.total,
    }


@blueprint.route(f"{BUSINESS}/matrix/workbook", methods=["POST"])
@blueprint.arguments(MatrixNarrowSchema, location="query")
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_matrix(query: dict[str, Any], slug: str) -> Response:
    """The rows that pass the filters as a workbook; that it was taken is recorded."""
    subject = _business(slug)
    found = queries.of_business(session(), actor(), subject)
    goals = queries.goals(session(), actor())
    rows = _selected(found, goals, query)
    codes = {goal.id: goal.code for goal in goals}
    wordings = queries.wordings(session(), rows)
    columns, lines = commands.table(found.towns, rows, wordings, codes)
    service.record_export(session(), actor(), business=subject, rows=len(lines))
    content = write_table(f"{subject.name} 比較表", columns, lines)
    return downloads.workbook(content, f"比較表_{subject.slug}")


def _selected(found: Matrix, goals: list[GoalChoice], query: dict[str, Any]) -> list[Row]:
    """Raises Invalid for a goal or town that is not there."""
    goal = _one("goal", query["goal"], goals)
    return found.select(
        show=query["show"] or Show.ALL,
        goal_ids=tree.branch(goals, goal.id) if goal is not None else None,
        town=_one("municipality", query["municipality"], list(found.towns)),
    )


def _one(name: str, code: str, choices: list[Any]) -> Any:
    if not code:
        return None
    for choice in choices:
        if choice.code == code:
            return choice
    raise Invalid("この条件では絞り込めません。", {name: [f"{code} は見つかりませんでした。"]})


def _cells(row: Row) -> dict[str, dict[str, Any]]:
    return {
        town.code: {"state": cell.state, "requirement_ids": list(cell.requirement_ids)}
        for town, cell in zip(row.towns, row.cells, strict=True)
    }


# ---- groups -----------------------------------------------------------------------------------


@blueprint.route(f"{BUSINESS}/groups", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, GroupPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def groups(query: dict[str, int], slug: str) -> dict[str, Any]:
    """The groups of a business by code."""
    found = cut(group_queries.groups(session(), actor(), _business(slug).id), **query)
    codes = {goal.id: goal.code for goal in queries.goals(session(), actor())}
    names = set(GroupRowSchema().fields) - {"goal"}
    rows = [
        {name: getattr(row, name) for name in names} | {"goal": codes.get(row.goal_id or 0)}
        for row in found.items
    ]
    return api.listed(found) | {"items": rows}


@blueprint.route(f"{BUSINESS}/groups", methods=["POST"])
@blueprint.arguments(GroupSchema)
@blueprint.response(201, GroupAnswerSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.ALIGN)
@writes
def add_group(values: dict[str, Any], slug: str) -> Any:
    """A new, empty group; `goal` is a code."""
    subject = _business(slug)
    made = aligning.create_group(
        session(),
        actor(),
        business_id=subject.id,
        label=values["label"],
        goal_id=_goal_id(values["goal"]),
    )
    return _made(subject, made)


@blueprint.route(GROUP, methods=["GET"])
@blueprint.response(200, GroupAnswerSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def group(slug: str, code: str) -> Any:
    """One group with its lines; its ETag is what an edit sends back."""
    subject = _business(slug)
    found = _group(subject, code)
    return api.with_etag(_shown(subject, found), found)


@blueprint.route(GROUP, methods=["PUT"])
@blueprint.arguments(GroupSchema)
@blueprint.response(200, GroupAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.ALIGN)
@writes
def change_group(values: dict[str, Any], slug: str, code: str) -> Any:
    """Replace a group's label and goal."""
    subject = _business(slug)
    found = _group(subject, code)
    aligning.update_group(
        session(),
        actor(),
        found,
        version=api.sent_version(found),
        label=values["label"],
        goal_id=_goal_id(values["goal"]),
    )
    session().flush()  # the answer names the new version
    return api.with_etag(_shown(subject, found), found)


@blueprint.route(f"{GROUP}/split", methods=["POST"])
@blueprint.arguments(SplitOffSchema)
@blueprint.response(201, GroupAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.ALIGN)
@writes
def split_group(values: dict[str, Any], slug: str, code: str) -> Any:
    """Make a new group of some of the lines."""
    subject = _business(slug)
    found = _group(subject, code)
    version = api.sent_version(found)
    made = aligning.split_group(session(), actor(), group=found, version=version, **values)
    return _made(subject, made)


@blueprint.route(f"{GROUP}/alignments", methods=["POST"])
@blueprint.arguments(NewAlignmentsSchema)
@blueprint.response(201, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.ALIGN)
@writes
def align(values: dict[str, Any], slug: str, code: str) -> dict[str, int]:
    """Say that submitted lines belong to the group, all or none."""
    found = _group(_business(slug), code)
    return {"count": service.put_into_group(session(), actor(), group=found, **values)}


@blueprint.route(f"{GROUP}/alignments/confirm", methods=["POST"])
@blueprint.arguments(ReconfirmedSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.ALIGN)
@writes
def reconfirm(values: dict[str, Any], slug: str, code: str) -> dict[str, int]:
    """Say that lines belong to the group as they are worded now."""
    found = _group(_business(slug), code)
    return {"count": service.reconfirm(session(), actor(), group=found, **values)}


@blueprint.route(f"{GROUP}/alignments/move", methods=["POST"])
@blueprint.arguments(MovedLinesSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.ALIGN)
@writes
def move(values: dict[str, Any], slug: str, code: str) -> dict[str, int]:
    """Move lines into another group of the business."""
    subject = _business(slug)
    found = _group(subject, code)
    try:
        target = _group(subject, values["target"])
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
    found = _group(_business(slug), code)
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
    subject = _business(slug)
    towns = standards_queries.towns(session(), actor())
    town = _one("municipality", query["municipality"], list(towns))
    found = queries.loose_lines(
        session(),
        actor(),
        subject.id,
        municipality_id=town.id if town is not None else None,
        words=query["q"],
        page=query["page"],
        page_size=query["page_size"],
    )
    return api.listed(found)


# ---- proposals --------------------------------------------------------------------------------


@blueprint.route(f"{BUSINESS}/proposals", methods=["GET"])
@blueprint.arguments(ProposalQuerySchema, location="query")
@blueprint.response(200, ProposalPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def proposals(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """What the machine asks, of one kind; without a kind new groups."""
    subject = _business(slug)
    kind: Kind = query["kind"] or Kind.NEW
    numbers = queries.open_proposals(session(), actor(), subject.id).of(kind)
    page = cut(numbers, page=query["page"], page_size=query["page_size"])
    found = queries.questions(session(), actor(), subject.id, kind, page.items)
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
    return api.started(proposing.enqueue(session(), actor(), _business(slug)).id)


@blueprint.route(f"{BUSINESS}/proposals/join", methods=["POST"])
@blueprint.arguments(ProposalIdsSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.ALIGN)
@writes
def confirm_joins(values: dict[str, Any], slug: str) -> dict[str, int]:
    """Put lines into the groups proposed for them."""
    count = service.confirm_joins(session(), actor(), business=_business(slug), **values)
    return {"count": count}


@blueprint.route(f"{BUSINESS}/proposals/groups", methods=["POST"])
@blueprint.arguments(NewGroupOfProposalsSchema)
@blueprint.response(201, GroupAnswerSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.ALIGN)
@writes
def confirm_cluster(values: dict[str, Any], slug: str) -> Any:
    """Make a group of lines of one cluster."""
    subject = _business(slug)
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
    return _made(subject, made)


@blueprint.route(f"{BUSINESS}/proposals/dismiss", methods=["POST"])
@blueprint.arguments(DismissalSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.ALIGN)
@writes
def dismiss(values: dict[str, Any], slug: str) -> dict[str, int]:
    """Say that proposals are wrong; they are not made again."""
    return {"count": service.dismiss(session(), actor(), business=_business(slug), **values)}


# ---- shared by the above ----------------------------------------------------------------------


def _business(slug: str) -> Business:
    return processes.business(session(), actor(), slug)


def _group(subject: Business, code: str) -> RequirementGroup:
    return standards_queries.group(session(), actor(), subject.id, code)


def _goal_id(code: str) -> int | None:
    goal = _one("goal", code, queries.goals(session(), actor()))
    return goal.id if goal is not None else None


def _made(subject: Business, made: RequirementGroup) -> Any:
    session().flush()  # the answer names its lines and version
    location = {"Location": url_for("api_comparison.group", slug=subject.slug, code=made.code)}
    return _shown(subject, made), 201, {**location, "ETag": api.etag(made)}


def _shown(subject: Business, found: RequirementGroup) -> dict[str, Any]:
    whole = queries.of_business(session(), actor(), subject)
    row = next(row for row in whole.rows if row.group.id == found.id)
    goals = {goal.id: goal.code for goal in queries.goals(session(), actor())}
    towns = {town.id: town for town in whole.towns}
    return {
        "code": found.code,
        "label": found.label,
        "version": found.version,
        "goal": goals.get(found.goal_id or 0),
        "standards": list(row.group.standards),
        "outcome": queries.group_decision(session(), found),
        "wording": queries.wordings(session(), [row]).get(found.id, ""),
        "cells": _cells(row),
        "lines": [_line(line, towns) for line in queries.variant_lines(session(), actor(), found)],
    }


def _line(line: VariantLine, towns: dict[int, Town]) -> dict[str, Any]:
    names = set(AlignedLineSchema().fields) - {"municipality"}
    return {name: getattr(line, name) for name in names} | {
        "municipality": towns[line.municipality_id].code
    }


def _question(found: Question, codes: dict[int, str]) -> dict[str, Any]:
    names = ("kind", "cluster", "score", "shared", "differing", "why", "lines")
    return {name: getattr(found, name) for name in names} | {
        "group": codes.get(found.group_id or 0)
    }
