from __future__ import annotations

from dataclasses import replace

import pytest

from registry.processes.step_table import read_tsv, to_flow, to_rows, write_tsv
from tests.processes import sample_flows as samples


@pytest.mark.parametrize("name", samples.OWN)
def test_a_table_becomes_the_same_flow_again(name: str) -> None:
    flow = samples.flow(name)
    rows = to_rows(flow)
    again = to_flow(rows, title=flow.title, base=flow)
    assert set(again.steps) == set(flow.steps)
    assert set(again.branches) == set(flow.branches)
    assert set(again.lanes) == set(flow.lanes)
    assert read_tsv(write_tsv(rows)) == tuple(replace(row, id="") for row in rows)


@samples.needs_models
@samples.each_model
def test_the_table_of_a_model_can_be_saved_and_read(model: object) -> None:
    from registry.processes.bpmn import reading

    flow = reading.read(model.read_bytes()).flow  # type: ignore[attr-defined]
    again = to_flow(to_rows(flow), title=flow.title, base=flow)
    assert set(again.steps) == set(flow.steps)
    assert set(again.branches) == set(flow.branches)
