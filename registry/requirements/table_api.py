"""A town's lines for programs that work on many at once, all or none."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.errors import Conflict, Invalid
from registry.goals import queries as goals
from registry.requirements import editing, export, line_queries, service
from registry.requirements.api import TOWN, blueprint, own_place, readable_place
from registry.requirements.line_queries import Filter
from registry.requirements.schemas import FIELDS
from registry.web import api, downloads
from registry.web.database import actor, session
from registry.web.gates import allow, writes

MOST_ROWS = 500


class WrittenRowSchema(schemas.Schema):
    """A line to save: without an `id` a new one, else with the version that was read.

    `fields` are those of a requirement; what is left out stays as it is.
    """

    id = api.row_id(allow_none=True, load_default=None)
    version = fields.Integer(strict=True, allow_none=True, load_default=None)
    fields_ = fields.Dict(
        keys=fields.String(validate=ma.validate.OneOf(FIELDS, error="知らない項目です。")),
        values=fields.String(validate=ma.validate.Length(max=schemas.MAX_TEXT)),
        required=True,
        data_key="fields",
    )


class WrittenRowsSchema(schemas.Schema):
    rows = fields.List(
        fields.Nested(WrittenRowSchema),
        required=True,
        validate=ma.validate.Length(
            1, MOST_ROWS, error=f"1 行から {MOST_ROWS} 行までにしてください。"
        ),
    )


class SavedRowSchema(schemas.Schema):
    """A saved line in the order sent; one that says what it said before is not `changed`."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True, allow_none=True)
    changed = fields.Boolean(required=True)


class SavedRowsSchema(schemas.Schema):
    rows = fields.List(fields.Nested(SavedRowSchema), required=True)


class CommonGoalSchema(schemas.Schema):
    """`goal` is a goal's code; an empty one takes the lines from their goals."""

    requirement_ids = api.row_ids()
    goal = schemas.line(required=False, length=100)


class SeenDraftSchema(schemas.Schema):
    requirement_id = api.row_id(required=True)
    version = fields.Integer(strict=True, required=True)


class DeletionsSchema(schemas.Schema):
    """Drafts to take away, each with the version that was read."""

    items = fields.List(
        fields.Nested(SeenDraftSchema), required=True, validate=ma.validate.Length(1, MOST_ROWS)
    )


@blueprint.route(f"{TOWN}/requirements/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_requirements(code: str, slug: str) -> Response:
    """All lines as a workbook; that it was taken is recorded. The own town's can be imported again."""
    town, business = readable_place(code, slug)
    owner = {"municipality_id": town.id, "business_id": business.id}
    lines = line_queries.lines(session(), actor(), **owner, narrowed=Filter()).items
    own = town.id == actor().municipality_id
    title = f"{town.name} {business.name} 要件"
    content = export.town_workbook(session(), actor(), title, lines, own=own)
    service.record_export(session(), actor(), **owner, count=len(lines))
    return downloads.workbook(content, f"{town.name}_{business.name}_要件")


@blueprint.route(f"{TOWN}/requirements/rows", methods=["POST"])
@blueprint.arguments(WrittenRowsSchema)
@blueprint.response(200, SavedRowsSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def save_rows(values: dict[str, Any], code: str, slug: str) -> dict[str, Any]:
    """Write a block of drafts whole or not at all, as it is pasted into the table."""
    town, business = own_place(code, slug)
    rows = [
        editing.Row(str(row["id"] or f"new-{number}"), row["version"], row["fields_"])
        for number, row in enumerate(values["rows"])
    ]
    answers = editing.save_rows(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        rows=rows,
        whole=True,
    )
    _refuse(answers)
    saved = [{"id": int(one.id), "version": one.version, "changed": one.changed} for one in answers]
    return {"rows": saved}


def _refuse(answers: list[editing.Answer]) -> None:
    """Raises Invalid with what to mend by row and field, else Conflict with the others' wordings."""
    wrong = {
        f"rows.{number}.{name.replace('_row', 'id')}": texts
        for number, one in enumerate(answers)
        for name, texts in one.errors.items()
    }
    if wrong:
        raise Invalid("直す点がある行があります。まだ 1 行も保存していません。", wrong)
    stale = {
        f"rows.{number}": one.conflict
        for number, one in enumerate(answers)
        if one.conflict is not None
    }
    if stale:
        raise Conflict("ほかの人が先に保存した行があります。まだ 1 行も保存していません。", stale)


@blueprint.route(f"{TOWN}/requirements/goal", methods=["POST"])
@blueprint.arguments(CommonGoalSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def set_goal(values: dict[str, Any], code: str, slug: str) -> dict[str, int]:
    """Hang lines under one goal; the number of those that changed."""
    town, business = own_place(code, slug)
    by_code = {goal.code: goal.id for goal in goals.all_goals(session(), actor())}
    wanted = values["goal"]
    if wanted and wanted not in by_code:
        raise Invalid("何も変更していません。", {"goal": ["この目標は目標ツリーにありません。"]})
    count = service.set_goal(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        requirement_ids=values["requirement_ids"],
        goal_id=by_code[wanted] if wanted else None,
    )
    return {"count": count}


@blueprint.route(f"{TOWN}/requirements/delete", methods=["POST"])
@blueprint.arguments(DeletionsSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def delete_requirements(values: dict[str, Any], code: str, slug: str) -> dict[str, int]:
    """Take own drafts away; lines that others see stay."""
    town, business = own_place(code, slug)
    count = service.delete_many(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        items=[(one["requirement_id"], one["version"]) for one in values["items"]],
    )
    return {"count": count}
