"""A legend as programs send and get it."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import pytest

from registry.requirements.legend import Axis, Field
from registry.requirements.legend_schema import LegendSchema, as_sent, legend_of
from registry.requirements.models import Obligation

SENT: dict[str, Any] = {
    "name": "令和八年",
    "sheet": None,
    "head_row": 2,
    "carry_down": True,
    "columns": {"番号": "number", "機能要件": "text", "区分": "mark"},
    "marks": {
        "◎": {"axis": "obligation", "value": "mandatory"},
        "△": {"axis": "cost", "value": "別料金"},
        "？": None,
    },
    "blank": {"axis": "obligation", "value": "optional"},
}


def test_what_is_sent_comes_back() -> None:
    legend = legend_of(LegendSchema().load(SENT))
    assert legend.columns["区分"] is Field.MARK
    found = legend.marks["◎"]
    assert found is not None
    assert (found.axis, found.value) == (Axis.OBLIGATION, Obligation.MANDATORY)
    assert LegendSchema().dump(as_sent(legend)) == SENT


def test_what_is_left_out_is_the_usual() -> None:
    legend = legend_of(LegendSchema().load({"columns": {"要件": "text"}}))
    assert (legend.head_row, legend.carry_down, legend.blank) == (1, False, None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"columns": {"要件": "words"}}, "columns"),
        ({"marks": {"◎": {"axis": "colour"}}}, "marks"),
        ({"head_row": -1}, "head_row"),
        ({"heading": 1}, "heading"),
    ],
)
def test_bad_legends_name_the_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(ma.ValidationError) as refused:
        LegendSchema().load({**SENT, **change})
    assert field in refused.value.normalized_messages()
