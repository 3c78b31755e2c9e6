"""What the forms of standards, applications and decisions take."""

from __future__ import annotations

from typing import Any, Final

import marshmallow as ma
from marshmallow import fields, validate

from registry import schemas
from registry.db import MAX_ID
from registry.requirements.models import Obligation, RequirementKind
from registry.standards.models import ApplicationState, Outcome, Phase
from registry.standards.standings import Standing

MAX_GROUPS: Final = 500


class StandardSchema(schemas.Schema):
    """A standard; `goal` is a goal's code, `groups` the codes of the groups it answers."""

    title = schemas.line()
    text = schemas.text()
    obligation = schemas.choice(Obligation)
    kind = schemas.choice(RequirementKind)
    phase = schemas.choice(Phase, required=False)
    goal = schemas.line(required=False)
    reason = schemas.text(required=False)
    target_edition = schemas.line(required=False, length=20)
    groups = fields.List(
        fields.String(validate=validate.Length(max=20)),
        load_default=list,
        validate=validate.Length(
            max=MAX_GROUPS, error=f"まとまりは {MAX_GROUPS} 件までにしてください。"
        ),
    )


class StandardEditSchema(StandardSchema):
    """An edit of a standard; `change_reason` is the 変更理由, needed once it has been decided."""

    change_reason = schemas.text(required=False, length=2000)


class DecisionSchema(schemas.Schema):
    """A decision; its date is the day of the meeting, which may lie before today."""

    outcome = schemas.choice(Outcome)
    reason = schemas.text()
    decided_on = fields.Date(required=True)


class GroupDecisionSchema(DecisionSchema):
    """Only these two can be decided about lines no standard was drafted for."""

    @ma.validates("outcome")
    def _not_adopted(self, value: Outcome, **_: Any) -> None:
        if value not in {Outcome.REJECT, Outcome.DEFER}:
            raise ma.ValidationError("不採用、保留 から選んでください。")


class AdoptNationalSchema(schemas.Schema):
    reason = schemas.text()
    decided_on = fields.Date(required=True)


class ApplicationSchema(schemas.Schema):
    """What a standard means for one town."""

    state = schemas.choice(ApplicationState)
    value = schemas.line(required=False)


class FilterSchema(schemas.Schema):
    """The filters above a list of standards; `goal` is a goal's code."""

    state = schemas.choice(Standing, required=False)
    goal = schemas.line(required=False)
    q = schemas.line(required=False)


class SearchSchema(schemas.Schema):
    """Words to look for, in one national standard or (without `spec`, an id) in all."""

    q = schemas.line(required=False, length=100)
    spec = schemas.OptionalInteger(
        allow_none=True,
        load_default=None,
        validate=validate.Range(1, MAX_ID, error="一覧から選んでください。"),
    )


class NationalBusinessSchema(schemas.Schema):
    """The business to be made of a national standard; without a number the next one is given."""

    slug = schemas.line(length=60)
    number = schemas.line(required=False, length=3)
    name = schemas.line()
    summary = schemas.text(required=False)
