"""Jobs in the background, how far the towns are, and what waits for a person, for programs."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.jobs import Job, JobState
from registry.overview import export, progress, queries, tasks
from registry.overview.progress import TownProgress
from registry.overview.schemas import JobFilterSchema
from registry.paging import cut, paginate
from registry.web import api, downloads
from registry.web.database import actor, session
from registry.web.gates import allow, writes

blueprint = api.blueprint("overview", "処理、進み具合、監査記録")


class JobAnswerSchema(schemas.Schema):
    """How far a job is: `done` of `total` steps. `error` says why a failed one has changed nothing."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    state = fields.Enum(JobState, by_value=True, required=True)
    done = fields.Integer(required=True)
    total = fields.Integer(required=True)
    message = fields.String(required=True)
    error = fields.String(required=True, allow_none=True)
    result = fields.Dict(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    finished_at = fields.DateTime(required=True, allow_none=True)


class JobQuerySchema(api.PageQuery, JobFilterSchema):
    """One page of the jobs that fit."""


class JobRowSchema(JobAnswerSchema):
    """`who` started the job; `attempt` counts its runs."""

    who = fields.String(required=True)
    attempt = fields.Integer(required=True)


class ShareSchema(schemas.Schema):
    """So many of so many."""

    done = fields.Integer(required=True)
    total = fields.Integer(required=True)


class TownProgressSchema(schemas.Schema):
    """How many businesses a town has submitted, and how far its submitted lines are."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    submitted = fields.Nested(ShareSchema, required=True)
    aligned = fields.Nested(ShareSchema, required=True)
    agreed = fields.Nested(ShareSchema, required=True)


class TaskAnswerSchema(schemas.Schema):
    """`count` things that wait for this person on the page at `address`."""

    text = fields.String(required=True)
    count = fields.Integer(required=True)
    note = fields.String(required=True)
    address = fields.String(required=True)


JobPageSchema = api.envelope(JobRowSchema)
TownProgressPageSchema = api.envelope(TownProgressSchema)
TaskPageSchema = api.envelope(TaskAnswerSchema)


@blueprint.route("/jobs", methods=["GET"])
@blueprint.arguments(JobQuerySchema, location="query")
@blueprint.response(200, JobPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.MANAGE_JOBS)
def jobs(query: dict[str, Any]) -> dict[str, Any]:
    """The region's jobs, the newest first."""
    wanted = queries.jobs(actor(), query.pop("state"))
    found = paginate(session(), wanted, **query, scalars=False)
    return api.listed(found) | {"items": [_row(one, who) for one, who in found.items]}


@blueprint.route("/jobs/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.MANAGE_JOBS)
@writes
def take_jobs() -> Response:
    """The region's jobs as a workbook; that it was taken is recorded."""
    return downloads.workbook(export.jobs(session(), actor()), "処理状況")


@blueprint.route("/jobs/<int:job_id>", methods=["GET"])
@blueprint.response(200, JobAnswerSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.SIGNED_IN)
def job(job_id: int) -> Any:
    """A job one has started, or one of one's town; any of the region for its administrator."""
    return queries.job(session(), actor(), job_id)


@blueprint.route("/progress", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, TownProgressPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def town_progress(query: dict[str, int]) -> dict[str, Any]:
    """How far each town is, by municipality code."""
    found = progress.of_region(session(), actor())
    return api.listed(cut([_progress(town) for town in found], **query))


@blueprint.route("/progress/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_progress() -> Response:
    """How far each town is as a workbook; that it was taken is recorded."""
    return downloads.workbook(export.towns(session(), actor()), "団体ごとの進み具合")


@blueprint.route("/me/tasks", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, TaskPageSchema)
@api.problems(blueprint, 401, 422)
@allow(Permission.SIGNED_IN)
def own_tasks(query: dict[str, int]) -> dict[str, Any]:
    """What waits for this person, the most urgent first."""
    found = tasks.of(session(), actor())
    return api.listed(cut([_task(task) for task in found], **query))


def _row(found: Job, who: str | None) -> dict[str, Any]:
    names = set(JobRowSchema().fields) - {"who"}
    return {name: getattr(found, name) for name in names} | {"who": who or ""}


def _progress(town: TownProgress) -> dict[str, Any]:
    shares = {name: {"done": done, "total": total} for name, (done, total) in town.values.items()}
    return {"code": town.code, "name": town.name, **shares}


def _task(task: tasks.Task) -> dict[str, Any]:
    names = ("text", "count", "note")
    address = url_for(task.endpoint, **task.arguments)
    return {name: getattr(task, name) for name in names} | {"address": address}
