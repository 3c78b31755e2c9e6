"""What the goal forms and the API take."""

from __future__ import annotations

import re
from typing import Any, Final

import marshmallow as ma
from marshmallow import fields, validate

from registry import schemas
from registry.db import MAX_ID
from registry.goals.models import Beneficiary, Horizon, IndicatorKind, Viewpoint

MAX_POSITION: Final = 1000

# PRACTICES row 117: a goal names a state. These endings always name an activity.
_ACTIVITY: Final = re.compile(
    r"(する|行う|おこなう|図る|はかる|進める|すすめる|目指す|めざす|努める|"
    r"推進|促進|強化|整備|検討|実施|導入|構築|向上|改善|削減|充実|拡充|こと)$"
)
STATE_WANTED: Final = (
    "行うことではなく、実現した状態を書いてください(例: 施設の予約が家からできている)。"
)


def names_activity(statement: str) -> bool:
    """Whether the statement ends in what somebody does instead of what has been reached."""
    return _ACTIVITY.search(statement.rstrip("。.")) is not None


class PlaceSchema(schemas.Schema):
    """Under which goal; nothing means at the top."""

    parent_id = schemas.OptionalInteger(
        allow_none=True,
        load_default=None,
        validate=validate.Range(1, MAX_ID, error="上の目標を一覧から選んでください。"),
        error_messages={"invalid": "上の目標を一覧から選んでください。"},
    )


class GoalSchema(schemas.Schema):
    """What a goal says."""

    statement = schemas.line()
    viewpoint = schemas.choice(Viewpoint)
    horizon = schemas.choice(Horizon)
    beneficiary = schemas.choice(Beneficiary)
    indicator_kind = schemas.choice(IndicatorKind, required=False)
    measure = schemas.line(required=False)
    unit = schemas.line(required=False, length=40)
    now = schemas.line(required=False, length=40)
    target = schemas.line(required=False, length=40)
    due = schemas.OptionalDate(allow_none=True, load_default=None)
    judgement = schemas.text(required=False, length=1000)

    @ma.validates("statement")
    def _state(self, value: str, **_: Any) -> None:
        if names_activity(value):
            raise ma.ValidationError(STATE_WANTED)

    @ma.validates_schema(skip_on_field_errors=False)
    def _kind_of_what_was_typed(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("indicator_kind") is None and any(
            data.get(name) for name in ("measure", "target", "judgement")
        ):
            raise ma.ValidationError(
                "指標を書いたときは、定量か定性かを選んでください。", "indicator_kind"
            )


class NewGoalSchema(GoalSchema, PlaceSchema):
    """A goal and where it hangs."""


class MoveSchema(PlaceSchema):
    position = fields.Integer(
        required=True,
        validate=validate.Range(1, MAX_POSITION, error=f"1 から {MAX_POSITION} までの整数です。"),
    )


class ClosedSchema(schemas.Schema):
    closed = fields.Boolean(required=True)


class TreeFilterSchema(schemas.Schema):
    viewpoint = schemas.choice(Viewpoint, required=False)
    horizon = schemas.choice(Horizon, required=False)
