"""The comparison for programs: the matrix of groups and towns."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.comparison import commands, queries, service
from registry.comparison.matrix import CellState, Matrix, Row, Show
from registry.comparison.queries import GoalChoice
from registry.errors import Invalid
from registry.goals import tree
from registry.paging import cut
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.web import api, downloads
from registry.web.database import actor, session
from registry.web.gates import allow, writes
from registry.workbook import write_table

blueprint = api.blueprint("comparison", "比較と対応付け")

BUSINESS = "/businesses/<string:slug>"


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


@blueprint.route(f"{BUSINESS}/matrix", methods=["GET"])
@blueprint.arguments(MatrixQuerySchema, location="query")
@blueprint.response(200, MatrixAnswerSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def matrix(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """The groups of a business against the towns, as this person may see them."""
    subject = business_of(slug)
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
                "cells": cells_of(row),
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
    subject = business_of(slug)
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
    goal = choice_of("goal", query["goal"], goals)
    return found.select(
        show=query["show"] or Show.ALL,
        goal_ids=tree.branch(goals, goal.id) if goal is not None else None,
        town=choice_of("municipality", query["municipality"], list(found.towns)),
    )


def choice_of(name: str, code: str, choices: list[Any]) -> Any:
    """What a code names, None for an empty one. Raises Invalid under `name` when it is not there."""
    if not code:
        return None
    for choice in choices:
        if choice.code == code:
            return choice
    raise Invalid("この条件では絞り込めません。", {name: [f"{code} は見つかりませんでした。"]})


def cells_of(row: Row) -> dict[str, dict[str, Any]]:
    """By municipality code, as `CellSchema` takes them."""
    return {
        town.code: {"state": cell.state, "requirement_ids": list(cell.requirement_ids)}
        for town, cell in zip(row.towns, row.cells, strict=True)
    }


def business_of(slug: str) -> Business:
    """The business of an address. Raises NotFound."""
    return processes.business(session(), actor(), slug)
