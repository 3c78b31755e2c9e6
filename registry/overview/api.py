"""Jobs in the background, for programs that have started one."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.jobs import JobState
from registry.overview import queries
from registry.web import api
from registry.web.database import actor, session
from registry.web.gates import allow

blueprint = api.blueprint("overview", "処理")


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


@blueprint.route("/jobs/<int:job_id>", methods=["GET"])
@blueprint.response(200, JobAnswerSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.SIGNED_IN)
def job(job_id: int) -> Any:
    """A job one has started, or one of one's town; any of the region for its administrator."""
    return queries.job(session(), actor(), job_id)
