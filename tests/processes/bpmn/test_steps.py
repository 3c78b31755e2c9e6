from __future__ import annotations

from dataclasses import replace

from lxml import etree

from registry.processes.bpmn.reading import Document, local
from registry.processes.bpmn.steps import add_branch, add_step, change_branch, change_step
from registry.processes.bpmn.tree import Tree
from registry.processes.flow import Branch, Flow, Step, StepKind, Work
from tests.processes import sample_flows as samples


def tree(body: str = samples.LINE) -> Tree:
    return Tree(etree.fromstring(samples.process(body)))


def flow(found: Tree) -> Flow:
    return Document(found.root).flow


def test_a_step_is_added_with_all_it_says() -> None:
    found = tree()
    step = Step("n", "決裁する", "P", work=Work.JUDGEMENT, minutes=20, forms=("起案書",))
    add_step(found, flow(found), step)
    assert flow(found).by_id["n"] == replace(step, element="task")
    assert found.redraw


def test_another_kind_is_another_element_in_the_same_place() -> None:
    found = tree()
    was = flow(found).by_id["t"]
    change_step(found, was, replace(was, kind=StepKind.CHOICE, element=""))
    assert local(found.by_id["t"]) == "exclusiveGateway"
    assert flow(found).by_id["t"].name == was.name


def test_facts_taken_back_leave_nothing_behind() -> None:
    found = tree()
    was = flow(found).by_id["t"]
    noted = replace(was, minutes=5)
    change_step(found, was, noted)
    assert flow(found).by_id["t"].minutes == 5
    change_step(found, noted, was)
    assert len(found.by_id["t"]) == 0


def test_a_way_is_added_turned_and_made_the_usual_one() -> None:
    found = tree('<exclusiveGateway id="g"/><task id="x"/><task id="y"/>')
    way = Branch("w", "g", "x", "あり", otherwise=True)
    add_branch(found, way)
    assert flow(found).branches == (way,)
    assert found.by_id["g"].get("default") == "w"
    assert [(local(one), one.text) for one in found.by_id["x"]] == [("incoming", "w")]
    turned = Branch("w", "g", "y", "なし")
    change_branch(found, way, turned)
    assert flow(found).branches == (turned,)
    assert len(found.by_id["x"]) == 0
    assert [(local(one), one.text) for one in found.by_id["y"]] == [("incoming", "w")]
    assert found.by_id["g"].get("default") is None


def test_a_way_to_nowhere_is_left_out() -> None:
    found = tree()
    add_branch(found, Branch("w", "t", "gone"))
    add_branch(found, Branch("m", "t", "s", message=True))  # no second organisation
    assert {"w", "m"}.isdisjoint(found.by_id)
