from __future__ import annotations

from dataclasses import replace

from lxml import etree

from registry.processes.bpmn import reading, writing
from registry.processes.bpmn.forms import associated, change_forms, form_name
from registry.processes.bpmn.tree import Tree
from registry.processes.flow import Step, StepKind, Work
from tests.processes import sample_flows as samples


def test_minutes_work_and_forms_are_written_changed_and_taken_back() -> None:
    document = reading.read(samples.process(samples.LINE))
    step = document.flow.by_id["t"]

    def saved(changed: Step, was: reading.Document) -> reading.Document:
        steps = tuple(changed if one.id == "t" else one for one in was.flow.steps)
        return reading.read(writing.apply(was, replace(was.flow, steps=steps)).to_bytes())

    full = replace(step, minutes=15, work=Work.ROUTINE, forms=("申請書", "台帳"))
    one = saved(full, document)
    assert one.flow.by_id["t"] == full
    assert one.is_drawn
    less = replace(full, minutes=None, forms=("台帳",))
    two = saved(less, one)
    assert two.flow.by_id["t"] == less
    assert '申請書"' not in two.to_bytes().decode()
    three = saved(step, two)
    assert three.flow.by_id["t"] == step
    assert b'urn:kaizu:flow:1"' not in etree.tostring(three.by_id["t"])


def test_a_form_two_steps_use_stays_until_the_last_lets_go() -> None:
    body = (
        '<dataObject id="d"/><dataObjectReference id="r" name="台帳" dataObjectRef="d"/>'
        '<startEvent id="s"/><task id="t"/>'
        '<association id="a" sourceRef="r" targetRef="s"/>'
        '<association id="b" sourceRef="t" targetRef="r"/>'
    )
    tree = Tree(etree.fromstring(samples.process(body)))
    assert form_name(tree, "r") == "台帳"
    assert form_name(tree, "t") == ""
    assert list(associated(tree, "s")) == ["r"]
    change_forms(tree, tree.by_id["s"], ("台帳",), Step("s", "", "P", StepKind.START))
    assert "r" in tree.by_id
    change_forms(tree, tree.by_id["t"], ("台帳",), Step("t", "", "P"))
    assert {"r", "d", "a", "b"}.isdisjoint(tree.by_id)


def test_a_form_at_an_event_is_joined_by_a_plain_line() -> None:
    tree = Tree(etree.fromstring(samples.process(samples.LINE)))
    change_forms(tree, tree.by_id["s"], (), Step("s", "", "P", StepKind.START, forms=("申請書",)))
    (reference,) = associated(tree, "s")
    assert form_name(tree, reference) == "申請書"
