from __future__ import annotations

import marshmallow as ma
import pytest

from registry.processes.flow_schemas import DrawingSchema, FlowHeadSchema, StepRowSchema, row_of
from registry.processes.models import FlowKind
from registry.processes.step_table import Row


def test_a_row_is_what_was_typed() -> None:
    sent = {"lane": "窓口", "name": "受ける", "conditions": "あり\nなし"}
    row = row_of(StepRowSchema().load(sent))
    assert row == Row(lane="窓口", name="受ける", conditions="あり\nなし")
    with pytest.raises(ma.ValidationError):
        StepRowSchema().load({"name": "x" * 201})


def test_a_flow_has_a_title_and_a_kind() -> None:
    assert FlowHeadSchema().load({"title": " 受付 ", "kind": "to_be"}) == {
        "title": "受付",
        "kind": FlowKind.TO_BE,
        "note": "",
    }
    for bad in ({"title": "", "kind": "as_is"}, {"title": "受付", "kind": "maybe"}):
        with pytest.raises(ma.ValidationError):
            FlowHeadSchema().load(bad)
    with pytest.raises(ma.ValidationError):
        DrawingSchema().load({"title": "受付", "kind": "as_is", "bpmn": ""})
