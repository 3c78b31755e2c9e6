"""The clarity check for programs: findings, what towns say to them, questions, settings."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.errors import NotFound
from registry.municipalities.models import Municipality
from registry.requirements import (
    clarifications,
    clarity,
    clarity_settings,
    findings,
    line_queries,
    queries,
    service,
)
from registry.requirements.api import TOWN, blueprint, own_place, place, readable_place
from registry.requirements.clarity_schemas import (
    AnswerSchema,
    JudgementSchema,
    QuestionSchema,
    StoredSettingsSchema,
)
from registry.requirements.findings import Judged
from registry.requirements.line_queries import Filter
from registry.requirements.models import JudgementOutcome, Requirement, RequirementVersion
from registry.text.clarity.rules import Kind
from registry.text.severity import Severity
from registry.web import api, downloads
from registry.web.database import actor, session
from registry.web.gates import allow, writes

LINE = f"{TOWN}/requirements/<int:requirement_id>"


class JudgementAnswerSchema(schemas.Schema):
    """What the town said of a finding: it stays as it is, and why."""

    id = fields.Integer(required=True)
    outcome = fields.Enum(JudgementOutcome, by_value=True, required=True)
    reason = fields.String(required=True)
    judged_at = fields.DateTime(required=True)


class FindingSchema(schemas.Schema):
    """`start` and `end` count characters of the line's text; `split` are proposed lines."""

    rule = fields.String(required=True)
    kind = fields.Enum(Kind, by_value=True, required=True)
    severity = fields.Enum(Severity, by_value=True, required=True)
    start = fields.Integer(required=True)
    end = fields.Integer(required=True)
    phrase = fields.String(required=True)
    why = fields.String(required=True)
    rewrite = fields.String(required=True)
    question = fields.String(required=True)
    split = fields.List(fields.String(), required=True)
    judgement = fields.Nested(JudgementAnswerSchema, required=True, allow_none=True)


class FindingsSchema(schemas.Schema):
    items = fields.List(fields.Nested(FindingSchema), required=True)


class ClarificationSchema(schemas.Schema):
    """A question with its answer; `version` goes with the answer."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    rule = fields.String(required=True)
    phrase = fields.String(required=True)
    question = fields.String(required=True)
    asked_by = fields.String(required=True)
    asked_at = fields.DateTime(required=True)
    answer = fields.String(required=True)
    answered_by = fields.String(required=True)
    answered_at = fields.DateTime(required=True, allow_none=True)


class ClarificationsSchema(schemas.Schema):
    items = fields.List(fields.Nested(ClarificationSchema), required=True)


class VersionedAnswerSchema(AnswerSchema):
    version = fields.Integer(strict=True, required=True)


class SettingsAnswerSchema(StoredSettingsSchema):
    """`version` is null while the region has changed nothing."""

    version = fields.Integer(required=True, allow_none=True)


class SettingsChangeSchema(StoredSettingsSchema):
    """The whole of the settings; `version` as it was read."""

    version = fields.Integer(strict=True, required=True, allow_none=True)


@blueprint.route(f"{LINE}/findings", methods=["GET"])
@blueprint.response(200, FindingsSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def line_findings(code: str, slug: str, requirement_id: int) -> dict[str, Any]:
    """The findings in the wording the person reads, the heavier first."""
    town, row = _line(code, slug, requirement_id)
    own = town.id == actor().municipality_id
    shown = row.draft_version_id if own else row.submitted_version_id
    text = session().get_one(RequirementVersion, shown).text
    found = clarity.of_line(session(), actor(), row, text)
    return {"items": [_finding(one) for one in found["checked"].every]}


@blueprint.route(f"{LINE}/judgements", methods=["POST"])
@blueprint.arguments(JudgementSchema)
@blueprint.response(201, JudgementAnswerSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def judge_finding(values: dict[str, Any], code: str, slug: str, requirement_id: int) -> Any:
    """Let a finding in an own line stand, with a reason."""
    _, business = own_place(code, slug)
    row = queries.get_own(session(), actor(), business.id, requirement_id)
    text = session().get_one(RequirementVersion, row.draft_version_id).text
    settings = clarity_settings.settings_of(session(), actor())
    return findings.judge(session(), actor(), row, text=text, settings=settings, **values)


@blueprint.route(f"{LINE}/judgements/<int:judgement_id>", methods=["DELETE"])
@blueprint.response(204)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def withdraw_judgement(code: str, slug: str, requirement_id: int, judgement_id: int) -> None:
    """Take a judgement back."""
    _, business = own_place(code, slug)
    row = queries.get_own(session(), actor(), business.id, requirement_id)
    findings.withdraw(session(), actor(), row, judgement_id)


@blueprint.route(f"{LINE}/questions", methods=["GET"])
@blueprint.response(200, ClarificationsSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def questions(code: str, slug: str, requirement_id: int) -> dict[str, Any]:
    """The questions about a line, for its town and the coordinator."""
    _, row = _line(code, slug, requirement_id)
    return {"items": clarifications.of_requirement(session(), actor(), row)}


@blueprint.route(f"{LINE}/questions", methods=["POST"])
@blueprint.arguments(QuestionSchema)
@blueprint.response(201, ClarificationSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def ask_town(values: dict[str, Any], code: str, slug: str, requirement_id: int) -> Any:
    """Ask the town about a phrase of its submitted wording (coordinator, own approver)."""
    _, row = _line(code, slug, requirement_id)
    made = clarifications.ask(session(), actor(), row, **values)
    return _asked(row, made.id)


@blueprint.route(f"{LINE}/questions/<int:question_id>/answer", methods=["POST"])
@blueprint.arguments(VersionedAnswerSchema)
@blueprint.response(200, ClarificationSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def answer_question(
    values: dict[str, Any], code: str, slug: str, requirement_id: int, question_id: int
) -> Any:
    """Answer a question about an own line."""
    _, row = _line(code, slug, requirement_id)
    clarifications.answer(
        session(), actor(), row, question_id, version=values["version"], text=values["answer"]
    )
    return _asked(row, question_id)


@blueprint.route(f"{TOWN}/findings/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_findings(code: str, slug: str) -> Response:
    """Every finding in a town's lines as a workbook; that it was taken is recorded."""
    town, business = readable_place(code, slug)
    owner = {"municipality_id": town.id, "business_id": business.id}
    lines = line_queries.lines(session(), actor(), **owner, narrowed=Filter()).items
    settings = clarity_settings.settings_of(session(), actor())
    title = f"{town.name} {business.name} 点検結果"
    content = findings.workbook(title, lines, settings, session())
    service.record_export(session(), actor(), **owner, count=len(lines))
    return downloads.workbook(content, f"{town.name}_{business.name}_点検結果")


@blueprint.route("/clarity-settings", methods=["GET"])
@blueprint.response(200, SettingsAnswerSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.EDIT_BUSINESSES)
def read_settings() -> Any:
    """The region's settings of the clarity check."""
    row = clarity_settings.stored(session(), actor())
    return row or {"off": [], "words": {}, "allowed": [], "version": None}


@blueprint.route("/clarity-settings", methods=["PUT"])
@blueprint.arguments(SettingsChangeSchema)
@blueprint.response(200, SettingsAnswerSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.EDIT_BUSINESSES)
@writes
def change_settings(values: dict[str, Any]) -> Any:
    """Store the region's settings of the clarity check."""
    return clarity_settings.change(session(), actor(), **values)


def _line(code: str, slug: str, requirement_id: int) -> tuple[Municipality, Requirement]:
    town, business = place(code, slug)
    row, owner = queries.get_readable(session(), actor(), business.id, requirement_id)
    if owner.id != town.id:
        raise NotFound("この要件は見つかりませんでした。")
    return town, row


def _asked(row: Requirement, question_id: int) -> clarifications.Asked:
    every = clarifications.of_requirement(session(), actor(), row)
    return next(one for one in every if one.id == question_id)


def _finding(one: Judged) -> dict[str, Any]:
    names = ("rule", "kind", "severity", "start", "end", "phrase", "why", "rewrite", "question")
    return {name: getattr(one.finding, name) for name in names} | {
        "split": list(one.finding.split),
        "judgement": one.judgement,
    }
