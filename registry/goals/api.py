"""The goal tree for programs."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.goals import queries, service
from registry.goals.models import Beneficiary, Goal, Horizon, IndicatorKind, Viewpoint
from registry.goals.schemas import GoalSchema, MoveSchema, NewGoalSchema
from registry.paging import cut
from registry.web import api, downloads
from registry.web.database import actor, session
from registry.web.gates import allow, writes

blueprint = api.blueprint("goals", "目標")


class GoalAnswerSchema(schemas.Schema):
    """A goal as stored; `parent` is the code of the goal above."""

    code = fields.String(required=True)
    parent = fields.String(required=True, allow_none=True)
    position = fields.Integer(required=True)
    statement = fields.String(required=True)
    viewpoint = fields.Enum(Viewpoint, by_value=True, required=True)
    horizon = fields.Enum(Horizon, by_value=True, required=True)
    beneficiary = fields.Enum(Beneficiary, by_value=True, required=True)
    indicator_kind = fields.Enum(IndicatorKind, by_value=True, required=True, allow_none=True)
    measure = fields.String(required=True)
    unit = fields.String(required=True)
    now = fields.String(required=True)
    target = fields.String(required=True)
    due = fields.Date(required=True, allow_none=True)
    judgement = fields.String(required=True)
    closed = fields.Boolean(required=True)
    id = fields.Integer(required=True)
    version = fields.Integer(required=True)


GoalPageSchema = api.envelope(GoalAnswerSchema)


@blueprint.route("/goals", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, GoalPageSchema)
@api.problems(blueprint, 401, 403, 422)
@allow(Permission.READ_CONTENT)
def goals(query: dict[str, int]) -> dict[str, Any]:
    """All goals in printed order."""
    found = queries.all_goals(session(), actor())
    codes = {goal.id: goal.code for goal in found}
    return api.listed(cut([_answer(goal, codes) for goal in found], **query))


@blueprint.route("/goals/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_goals() -> Response:
    """The whole tree as a workbook; that it was taken is recorded."""
    return downloads.workbook(service.export(session(), actor()), "目標一覧")


@blueprint.route("/goals", methods=["POST"])
@blueprint.arguments(NewGoalSchema)
@blueprint.response(201, GoalAnswerSchema)
@api.problems(blueprint, 401, 403, 404, 409, 422)
@allow(Permission.EDIT_GOALS)
@writes
def add_goal(values: dict[str, Any]) -> Any:
    """Add a goal as the last below its parent."""
    goal = service.create_goal(session(), actor(), **values)
    address = url_for("api_goals.goal", code=goal.code)
    return api.created(_shown(goal), address, api.etag(goal))


@blueprint.route("/goals/<string:code>", methods=["GET"])
@blueprint.response(200, GoalAnswerSchema)
@api.problems(blueprint, 401, 403, 404)
@allow(Permission.READ_CONTENT)
def goal(code: str) -> Any:
    """One goal; its ETag is what an edit sends back."""
    found = queries.by_code(session(), actor(), code)
    return api.with_etag(_shown(found), found)


@blueprint.route("/goals/<string:code>", methods=["PUT"])
@blueprint.arguments(GoalSchema)
@blueprint.response(200, GoalAnswerSchema)
@api.problems(blueprint, 401, 403, 404, 409, 412, 422, 428)
@allow(Permission.EDIT_GOALS)
@writes
def change_goal(values: dict[str, Any], code: str) -> Any:
    """Replace what a goal says."""
    found = queries.by_code(session(), actor(), code)
    service.update_goal(session(), actor(), found, version=api.sent_version(found), **values)
    session().flush()  # the answer names the new version
    return api.with_etag(_shown(found), found)


@blueprint.route("/goals/<string:code>/place", methods=["PUT"])
@blueprint.arguments(MoveSchema)
@blueprint.response(200, GoalAnswerSchema)
@api.problems(blueprint, 401, 403, 404, 409, 412, 422, 428)
@allow(Permission.EDIT_GOALS)
@writes
def move_goal(values: dict[str, Any], code: str) -> Any:
    """Hang a goal, with everything below it, somewhere else."""
    found = queries.by_code(session(), actor(), code)
    service.move_goal(session(), actor(), found, version=api.sent_version(found), **values)
    session().flush()  # the answer names the new version
    return api.with_etag(_shown(found), found)


@blueprint.route("/goals/<string:code>/close", methods=["POST"])
@blueprint.response(200, GoalAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.EDIT_GOALS)
@writes
def close_goal(code: str) -> Any:
    """Close a goal for new requirements."""
    return _closed(code, closed=True)


@blueprint.route("/goals/<string:code>/reopen", methods=["POST"])
@blueprint.response(200, GoalAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.EDIT_GOALS)
@writes
def reopen_goal(code: str) -> Any:
    """Open a closed goal again."""
    return _closed(code, closed=False)


def _closed(code: str, *, closed: bool) -> Any:
    found = queries.by_code(session(), actor(), code)
    version = api.sent_version(found)
    service.close_goal(session(), actor(), found, version=version, closed=closed)
    session().flush()  # the answer names the new version
    return api.with_etag(_shown(found), found)


def _shown(goal: Goal) -> dict[str, Any]:
    parents = [goal.parent_id] if goal.parent_id is not None else []
    return _answer(goal, {one: session().get_one(Goal, one).code for one in parents})


def _answer(goal: Goal, codes: dict[int, str]) -> dict[str, Any]:
    names = set(GoalAnswerSchema().fields) - {"parent"}
    return {name: getattr(goal, name) for name in names} | {
        "parent": codes[goal.parent_id] if goal.parent_id is not None else None
    }
