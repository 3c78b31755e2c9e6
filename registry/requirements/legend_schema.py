"""A legend as programs send and get it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields

from registry import schemas
from registry.requirements import table
from registry.requirements.legend import Axis, Field, Legend


class MeaningOfMarkSchema(schemas.Schema):
    """`value` is an obligation on that axis, free text on the others."""

    axis = schemas.choice(Axis)
    value = fields.String(allow_none=True, load_default=None, validate=ma.validate.Length(max=200))


def _meaning(**options: Any) -> fields.Nested:
    return fields.Nested(MeaningOfMarkSchema, allow_none=True, **options)


class LegendSchema(schemas.Schema):
    """What a list's columns and marks mean; null for a mark nobody has explained yet."""

    name = schemas.line(required=False)
    sheet = fields.String(allow_none=True, load_default=None, validate=ma.validate.Length(max=31))
    head_row = fields.Integer(
        load_default=1, strict=True, validate=ma.validate.Range(0, table.MAX_ROWS)
    )
    carry_down = fields.Boolean(load_default=False)
    columns = fields.Dict(
        keys=fields.String(validate=ma.validate.Length(max=500)),
        values=schemas.choice(Field),
        required=True,
        validate=ma.validate.Length(max=table.MAX_COLUMNS),
    )
    marks = fields.Dict(
        keys=fields.String(validate=ma.validate.Length(max=100)),
        values=_meaning(),
        load_default=dict,
        validate=ma.validate.Length(max=100),
    )
    blank = _meaning(load_default=None)


def legend_of(sent: Mapping[str, Any]) -> Legend:
    """The legend that `LegendSchema` has checked. Raises Invalid when its parts contradict."""

    def meaning(one: Mapping[str, Any] | None) -> dict[str, Any] | None:
        return {"axis": one["axis"].value, "value": one["value"]} if one else None

    return Legend.from_data(
        {
            **sent,
            "columns": {heading: one.value for heading, one in sent["columns"].items()},
            "marks": {sign: meaning(one) for sign, one in sent["marks"].items()},
            "blank": meaning(sent["blank"]),
        }
    )


def as_sent(legend: Legend) -> dict[str, Any]:
    """A legend as its schema dumps it."""
    return {
        "name": legend.name,
        "sheet": legend.sheet,
        "head_row": legend.head_row,
        "carry_down": legend.carry_down,
        "columns": dict(legend.columns),
        "marks": dict(legend.marks),
        "blank": legend.blank,
    }
