from __future__ import annotations

from lxml import etree

from registry.processes.bpmn.lanes import change_lanes, place, process_of, remove_lanes
from registry.processes.bpmn.reading import Document, bpmn
from registry.processes.bpmn.tree import Tree
from registry.processes.flow import Flow, Lane, Step
from tests.processes import sample_flows as samples

LANES = (
    '<laneSet id="S"><lane id="a" name="窓口"><flowNodeRef>t</flowNodeRef></lane>'
    '<lane id="b" name="課長"/></laneSet>'
)


def tree(body: str) -> Tree:
    return Tree(etree.fromstring(samples.process(body)))


def lanes_of(found: Tree) -> dict[str, list[str]]:
    return {
        str(lane.get("name")): [str(one.text) for one in lane.iter(bpmn("flowNodeRef"))]
        for lane in found.root.iter(bpmn("lane"))
    }


def test_a_process_without_lanes_gets_a_real_one_beside_the_new() -> None:
    found = tree(samples.LINE)
    before = Document(found.root).flow
    after = Flow(before.title, (*before.lanes, Lane("n", "会計", "窓口")), before.steps)
    change_lanes(found, before, after)
    assert lanes_of(found) == {"窓口": ["s", "t", "e"], "会計": []}
    assert found.redraw


def test_lanes_are_renamed_and_taken_out() -> None:
    found = tree(LANES + samples.LINE)
    before = Document(found.root).flow
    after = Flow(before.title, (Lane("a", "総合窓口", "窓口"),), before.steps)
    change_lanes(found, before, after)
    remove_lanes(found, before, after)
    assert lanes_of(found) == {"総合窓口": ["t"]}


def test_a_step_is_named_in_one_lane_only() -> None:
    found = tree(LANES + samples.LINE)
    place(found, Step("t", "受ける", "b"))
    assert lanes_of(found) == {"窓口": [], "課長": ["t"]}


def test_a_lane_belongs_to_the_process_of_its_pool() -> None:
    found = tree(samples.LINE)
    assert process_of(found, Lane("x", "会計", "窓口")).get("id") == "P"
    empty = Tree(etree.Element(bpmn("definitions")))
    assert process_of(empty, Lane("x", "会計")).get("id") == "process-1"
