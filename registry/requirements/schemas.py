"""What the requirement forms, the table and the API take."""

from __future__ import annotations

from typing import Any, Final

import marshmallow as ma
from marshmallow import fields

from registry import schemas
from registry.requirements.models import Obligation, RequirementKind

FIELDS: Final = ("section", "label", "text", "obligation", "kind", "goal", "step", "note")


class RequirementSchema(schemas.Schema):
    """One line. `goal` is a goal's code; an empty kind is 機能, the usual one."""

    section = schemas.line(required=False, length=500)
    label = schemas.line(required=False, length=100)
    text = schemas.text()
    obligation = schemas.choice(Obligation, required=False)
    kind = schemas.choice(RequirementKind, required=False)
    goal = schemas.line(required=False, length=100)
    step = schemas.line(required=False, length=500)
    note = schemas.text(required=False)

    @ma.pre_load
    def _words(self, data: Any, **_: Any) -> Any:
        """A spreadsheet holds 必須 and 帳票, the form their stored values."""
        if not isinstance(data, dict):
            return data
        return data | {
            name: known.get(data[name], data[name])
            for name, known in _WORDS.items()
            if isinstance(data.get(name), str)
        }


_WORDS: Final = {
    "obligation": {one.label: one.value for one in Obligation},
    "kind": {one.label: one.value for one in RequirementKind},
}


class RowSchema(schemas.Schema):
    """One row of the table as its script sends it; existing rows send changed fields only."""

    id = fields.String(required=True)
    version = fields.Integer(allow_none=True, load_default=None)
    fields_ = fields.Dict(keys=fields.String(), values=fields.String(), data_key="fields")


class RowsSchema(schemas.Schema):
    mode = fields.String(
        required=True,
        validate=ma.validate.OneOf(["each", "all"], error="each か all を指定してください。"),
    )
    rows = fields.List(
        fields.Nested(RowSchema),
        required=True,
        validate=ma.validate.Length(
            min=1, max=500, error="一度に保存できるのは500行までです。分けて貼り付けてください。"
        ),
    )


class ReviewSchema(schemas.Schema):
    """Ticked submissions, each as "requirement id-version id"; the reason is for a return."""

    selected = fields.List(fields.String(), load_default=list)
    reason = schemas.text(required=False, length=2000)


class WithdrawalSchema(schemas.Schema):
    """The confirmed wording that is taken back, and why."""

    version_id = fields.String(load_default="")
    reason = schemas.text(required=False, length=2000)


class UploadSchema(schemas.Schema):
    """What comes with a file; the file itself is read beside it."""

    name = schemas.line(required=False)
    sheet = schemas.line(required=False, length=31)
    legend = schemas.text(required=False, length=100_000)
