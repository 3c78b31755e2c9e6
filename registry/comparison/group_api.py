"""The groups of a business for programs: named, split, read with their lines."""

from __future__ import annotations

from typing import Any

from flask import url_for
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.comparison import queries, variant_queries
from registry.comparison.api import (
    BUSINESS,
    CellSchema,
    blueprint,
    business_of,
    cells_of,
    choice_of,
)
from registry.comparison.matrix import Town
from registry.comparison.schemas import GroupSchema
from registry.comparison.variant_queries import VariantLine
from registry.paging import cut
from registry.processes.models import Business
from registry.requirements.models import Obligation, RequirementKind
from registry.standards import aligning, group_queries
from registry.standards import queries as standards_queries
from registry.standards.models import Outcome, Relation, RequirementGroup
from registry.web import api
from registry.web.database import actor, session
from registry.web.gates import allow, writes

GROUP = f"{BUSINESS}/groups/<string:code>"


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


class SplitOffSchema(schemas.Schema):
    alignment_ids = api.row_ids()
    label = schemas.line()


GroupPageSchema = api.envelope(GroupRowSchema)


@blueprint.route(f"{BUSINESS}/groups", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, GroupPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def groups(query: dict[str, int], slug: str) -> dict[str, Any]:
    """The groups of a business by code."""
    found = cut(group_queries.groups(session(), actor(), business_of(slug).id), **query)
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
    subject = business_of(slug)
    made = aligning.create_group(
        session(),
        actor(),
        business_id=subject.id,
        label=values["label"],
        goal_id=_goal_id(values["goal"]),
    )
    return made_group(subject, made)


@blueprint.route(GROUP, methods=["GET"])
@blueprint.response(200, GroupAnswerSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def group(slug: str, code: str) -> Any:
    """One group with its lines; its ETag is what an edit sends back."""
    subject = business_of(slug)
    found = group_of(subject, code)
    return api.with_etag(_shown(subject, found), found)


@blueprint.route(GROUP, methods=["PUT"])
@blueprint.arguments(GroupSchema)
@blueprint.response(200, GroupAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.ALIGN)
@writes
def change_group(values: dict[str, Any], slug: str, code: str) -> Any:
    """Replace a group's label and goal."""
    subject = business_of(slug)
    found = group_of(subject, code)
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
    subject = business_of(slug)
    found = group_of(subject, code)
    version = api.sent_version(found)
    made = aligning.split_group(session(), actor(), group=found, version=version, **values)
    return made_group(subject, made)


def group_of(subject: Business, code: str) -> RequirementGroup:
    """The group of an address. Raises NotFound."""
    return standards_queries.group(session(), actor(), subject.id, code)


def _goal_id(code: str) -> int | None:
    goal = choice_of("goal", code, queries.goals(session(), actor()))
    return goal.id if goal is not None else None


def made_group(subject: Business, made: RequirementGroup) -> Any:
    """The answer 201 to what makes a group."""
    session().flush()  # the answer names its lines and version
    address = url_for("api_comparison.group", slug=subject.slug, code=made.code)
    return api.created(_shown(subject, made), address, api.etag(made))


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
        "outcome": variant_queries.group_decision(session(), found),
        "wording": queries.wordings(session(), [row]).get(found.id, ""),
        "cells": cells_of(row),
        "lines": [
            _line(line, towns) for line in variant_queries.variant_lines(session(), actor(), found)
        ],
    }


def _line(line: VariantLine, towns: dict[int, Town]) -> dict[str, Any]:
    names = set(AlignedLineSchema().fields) - {"municipality"}
    return {name: getattr(line, name) for name in names} | {
        "municipality": towns[line.municipality_id].code
    }
