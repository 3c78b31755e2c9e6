"""One line of a town for programs: written, changed, read with its history."""

from __future__ import annotations

from typing import Any

from flask import url_for
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.errors import NotFound
from registry.goals import queries as goals
from registry.municipalities.models import Municipality
from registry.requirements import editing, queries, service
from registry.requirements.api import (
    TOWN,
    RequirementAnswerSchema,
    WordingSchema,
    blueprint,
    own_place,
    place,
)
from registry.requirements.line_views import by_field, values_of
from registry.requirements.models import Requirement, RequirementState, RequirementVersion
from registry.requirements.queries import HistoryEntry
from registry.requirements.schemas import RequirementSchema
from registry.requirements.values import Values, remark
from registry.web import api
from registry.web.database import actor, session
from registry.web.gates import allow, writes


class SubmittedSchema(schemas.Schema):
    """One submission of a wording; `reason` is its 変更理由."""

    at = fields.DateTime(required=True)
    by = fields.String(required=True)
    reason = fields.String(required=True)


class RequirementVersionAnswerSchema(WordingSchema):
    """One wording in a line's life; `id` is what an approver confirms.

    Who submitted it, when and why stands in `submissions`, for its own town alone.
    """

    id = fields.Integer(required=True)
    number = fields.Integer(required=True)
    source = fields.String(required=True)
    is_draft = fields.Boolean(required=True)
    is_submitted = fields.Boolean(required=True)
    is_confirmed = fields.Boolean(required=True)
    submissions = fields.List(fields.Nested(SubmittedSchema), required=True)


class RequirementWithHistorySchema(RequirementAnswerSchema):
    """`history` is newest first; other towns get the submitted wording alone."""

    history = fields.List(fields.Nested(RequirementVersionAnswerSchema), required=True)


@blueprint.route(f"{TOWN}/requirements", methods=["POST"])
@blueprint.arguments(RequirementSchema)
@blueprint.response(201, RequirementWithHistorySchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def add_requirement(values: dict[str, Any], code: str, slug: str) -> Any:
    """Add a draft as the last line of the own town's list."""
    town, business = own_place(code, slug)
    kept = service.hand_kept_list(
        session(), actor(), municipality_id=town.id, business_id=business.id
    )
    with by_field():
        made = service.save_new(
            session(), actor(), requirement_list=kept, values=_typed(None, values)
        )
    address = url_for("api_requirements.requirement", code=code, slug=slug, requirement_id=made.id)
    answer, status, headers = _shown(town, made, 201)
    return answer, status, {**headers, "Location": address}


@blueprint.route(f"{TOWN}/requirements/<int:requirement_id>", methods=["GET"])
@blueprint.response(200, RequirementWithHistorySchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def requirement(code: str, slug: str, requirement_id: int) -> Any:
    """One line with its history; its ETag is what an edit sends back."""
    town, business = place(code, slug)
    found, owner = queries.get_readable(session(), actor(), business.id, requirement_id)
    if owner.id != town.id:
        raise NotFound("この要件は見つかりませんでした。")
    return _shown(town, found)


@blueprint.route(f"{TOWN}/requirements/<int:requirement_id>", methods=["PUT"])
@blueprint.arguments(RequirementSchema)
@blueprint.response(200, RequirementWithHistorySchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def change_requirement(values: dict[str, Any], code: str, slug: str, requirement_id: int) -> Any:
    """The next wording of an own line; others see it once it is submitted."""
    town, business = own_place(code, slug)
    found = queries.get_own(session(), actor(), business.id, requirement_id)
    version = api.sent_version(found)
    draft = session().get_one(RequirementVersion, found.draft_version_id)
    with by_field():
        new = _typed(values_of(draft), values)
        legend = editing.legends(session(), [found.list_id]).get(found.list_id)
        service.save_edit(session(), actor(), found, version=version, values=remark(new, legend))
    session().refresh(found)
    return _shown(town, found)


@blueprint.route(f"{TOWN}/requirements/<int:requirement_id>", methods=["DELETE"])
@blueprint.response(204)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def delete_requirement(code: str, slug: str, requirement_id: int) -> None:
    """Take an own draft away; a line that others see stays."""
    _, business = own_place(code, slug)
    found = queries.get_own(session(), actor(), business.id, requirement_id)
    service.delete(session(), actor(), found, version=api.sent_version(found))


def _typed(before: Values | None, values: dict[str, Any]) -> Values:
    by_code = {goal.code: goal for goal in goals.all_goals(session(), actor())}
    return editing.with_fields(before, values, by_code)


def _shown(town: Municipality, found: Requirement, status: int = 200) -> Any:
    """A line as its town or as others may see it, with its tag."""
    own = town.id == actor().municipality_id
    entries = queries.history(session(), actor(), found)
    shown_id = found.draft_version_id if own else found.submitted_version_id
    current = next(entry for entry in entries if entry.version.id == shown_id)
    confirmed = RequirementState.CONFIRMED if current.is_confirmed else RequirementState.SUBMITTED
    answer = _entry(current) | {
        "id": found.id,
        "version": found.version if own else None,
        "external_id": current.version.external_id,
        "state": found.state if own else confirmed,
        "return_reason": found.return_reason if own else "",
        "is_submitted": found.submitted_version_id is not None,
        "history": [_entry(entry) for entry in entries],
    }
    # What a town does to its draft must not show in the tag that others get.
    tag = api.etag(found) if own else f'"{found.id}-v{found.submitted_version_id}"'
    return answer, status, {"ETag": tag}


def _entry(entry: HistoryEntry) -> dict[str, Any]:
    names = ("id", "number", "section", "label", "text", "mark", "obligation", "kind", "step")
    return {name: getattr(entry.version, name) for name in (*names, "note")} | {
        "goal": entry.goal,
        "saved_at": entry.version.created_at,
        "saved_by": entry.saved_by,
        "source": entry.source,
        "is_draft": entry.is_draft,
        "is_submitted": entry.is_submitted,
        "is_confirmed": entry.is_confirmed,
        "submissions": entry.submissions,
    }
