"""What the forms on flows take."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import fields, validate

from registry import schemas
from registry.processes.models import FlowKind
from registry.processes.step_table import COLUMNS, Row

TITLE: Final = 100
NOTE: Final = 300


class FlowHeadSchema(schemas.Schema):
    title = schemas.line(length=TITLE)
    kind = schemas.choice(FlowKind)
    note = schemas.line(required=False, length=NOTE)


class FlowCopySchema(schemas.Schema):
    title = schemas.line(length=TITLE)
    kind = schemas.choice(FlowKind)


class FlowWithdrawSchema(schemas.Schema):
    reason = schemas.text(length=NOTE)


class DrawingSchema(FlowHeadSchema):
    """The editor sends the whole file back."""

    bpmn = fields.String(
        required=True,
        validate=validate.Length(min=1, error="図の内容がありません。開き直してください。"),
    )


class StepRowSchema(schemas.Schema):
    """One row of a step table in the API, as typed on the screen."""

    number = schemas.line(required=False, length=20)
    lane = schemas.line(required=False, length=100)
    name = schemas.line(required=False, length=200)
    nexts = schemas.line(required=False, length=200)
    conditions = schemas.text(required=False, length=500)
    forms = schemas.line(required=False, length=300)
    minutes = schemas.line(required=False, length=20)
    work = schemas.line(required=False, length=20)
    kind = schemas.line(required=False, length=40)
    id = schemas.line(required=False, length=200)


def row_of(values: dict[str, Any]) -> Row:
    return Row(**{name: values.get(name, "") for name in COLUMNS})
