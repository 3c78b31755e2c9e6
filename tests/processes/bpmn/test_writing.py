from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from registry.processes import step_table
from registry.processes.bpmn import reading, writing
from registry.processes.bpmn.tree import ORDER
from registry.processes.drawing import diagram, interchange
from registry.processes.flow import Branch, Flow, Lane, Step, StepKind
from registry.processes.step_table import Row
from tests.processes import sample_flows as samples


def by_lane_name(flow: Flow) -> frozenset[Step]:
    """A process without lanes gets real ones when a second one is added: other IDs, same names."""
    names = {lane.id: lane.name for lane in flow.lanes}
    return frozenset(replace(step, element="", lane=names[step.lane]) for step in flow.steps)


@pytest.mark.parametrize("name", samples.OWN)
def test_a_composed_flow_reads_back_the_same(name: str) -> None:
    flow = samples.flow(name)
    document = reading.read(writing.compose(flow).to_bytes())
    named = tuple(replace(lane, pool=flow.title) for lane in flow.lanes)
    assert samples.content(document.flow) == samples.content(replace(flow, lanes=named))


@pytest.mark.parametrize("name", samples.OWN)
def test_every_part_of_a_composed_file_is_drawn_and_in_the_standards_order(name: str) -> None:
    document = writing.compose(samples.flow(name))
    drawn = {one.get("bpmnElement") for one in document.root.iter("{*}BPMNShape", "{*}BPMNEdge")}
    for own, element in document.by_id.items():
        kind = reading.local(element)
        if kind in diagram.SHAPES | diagram.LINES and kind != "dataObject":
            assert own in drawn, (own, kind)
    for step in document.flow.steps:
        ranks = [ORDER.index(reading.local(child)) for child in document.by_id[step.id]]
        assert ranks == sorted(ranks)
    ids = [one.get("id") for one in document.root.iter(etree.Element) if one.get("id")]
    assert len(ids) == len(set(ids))


@samples.needs_models
@samples.each_model
def test_a_table_saved_unchanged_changes_nothing(model: Path) -> None:
    document = reading.read(model.read_bytes())
    rows = step_table.to_rows(document.flow)
    flow = step_table.to_flow(rows, title=document.flow.title, base=document.flow)
    after = writing.apply(document, flow)
    assert samples.canonical(after.to_bytes()) == samples.canonical(model.read_bytes())


@samples.needs_models
@samples.each_model
def test_a_row_added_to_a_model_keeps_what_is_not_modelled(model: Path) -> None:
    document = reading.read(model.read_bytes())
    rows = [*step_table.to_rows(document.flow), Row(name="記録を残す", lane="新しい担当")]
    flow = step_table.to_flow(rows, title=document.flow.title, base=document.flow)
    after = reading.read(writing.apply(document, flow).to_bytes())
    assert by_lane_name(after.flow) == by_lane_name(flow)
    assert set(after.flow.branches) == set(flow.branches)
    assert "新しい担当" in {lane.name for lane in after.flow.lanes}

    def foreign(root: etree._Element) -> list[str]:
        return sorted(
            str(one.tag) for one in root.iter(etree.Element) if "omg.org" not in str(one.tag)
        )

    assert foreign(after.root) == foreign(document.root)
    assert {step.id for step in document.flow.steps} <= after.by_id.keys()
    shown = {shape.id for shape in interchange.from_document(after).shapes}
    assert {step.id for step in after.flow.steps if not step.parent} <= shown


def test_numbered_ids_become_names_xml_allows() -> None:
    flow = Flow(
        "番号だけ",
        (Lane("1", "窓口"),),
        (Step("2", "受ける", "1"), Step("3", "", "1", StepKind.END)),
        (Branch("4", "2", "3"),),
    )
    back = reading.read(writing.compose(flow).to_bytes()).flow
    assert [step.name for step in back.steps] == ["受ける", ""]
    assert back.branches[0].source == back.steps[0].id


TEXT = st.text(alphabet="予約を確認<>&\"'髙𠮷ー（）A1 ", min_size=1, max_size=12).filter(
    lambda text: bool(text.strip())
)


@given(
    st.lists(
        st.builds(
            Row,
            lane=st.sampled_from(["窓口", "課長", "利用者"]),
            name=TEXT,
            minutes=st.sampled_from(["", "5", "90"]),
            work=st.sampled_from(["", "定型", "判断"]),
            forms=st.sampled_from(["", "申請書", "申請書、台帳"]),
        ),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=40, deadline=None)
def test_any_table_survives_the_way_through_bpmn(rows: list[Row]) -> None:
    flow = step_table.to_flow(rows, title="表")
    back = reading.read(writing.compose(flow).to_bytes()).flow
    assert samples.content(back)[2:] == samples.content(flow)[2:]
