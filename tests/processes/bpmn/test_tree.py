from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from registry.processes.bpmn import reading, writing
from registry.processes.bpmn.reading import bpmn, local
from registry.processes.bpmn.tree import ORDER, Tree, detach, end_of_steps, insert, parent
from tests.processes import sample_flows as samples


def tree(body: str = samples.LINE) -> Tree:
    return Tree(etree.fromstring(samples.process(body)))


def test_a_removed_step_takes_its_lines_and_shapes_along() -> None:
    flow = samples.flow("town_one")
    document = writing.compose(flow)
    gone = next(step for step in flow.steps if step.name == "減免を決裁する")
    less = replace(
        document.flow,
        steps=tuple(step for step in document.flow.steps if step.id != gone.id),
        branches=tuple(
            one for one in document.flow.branches if gone.id not in (one.source, one.target)
        ),
    )
    after = writing.apply(document, less)
    assert after.flow == replace(
        less, lanes=after.flow.lanes, steps=after.flow.steps, branches=after.flow.branches
    )
    assert samples.content(reading.read(after.to_bytes()).flow) == samples.content(less)
    assert gone.id.encode() + b'"' not in after.to_bytes()


def test_a_removed_line_is_forgotten_by_the_steps_that_named_it() -> None:
    found = tree(
        '<exclusiveGateway id="g" default="f"><outgoing>f</outgoing></exclusiveGateway>'
        '<task id="t"><incoming>f</incoming></task>'
        '<sequenceFlow id="f" sourceRef="g" targetRef="t"/>'
    )
    found.remove("f")
    assert "f" not in found.by_id
    assert found.by_id["g"].get("default") is None
    assert [local(one) for one in found.root.iter(bpmn("incoming"), bpmn("outgoing"))] == []
    found.remove("never there")


def test_a_free_id_is_the_wish_or_a_numbered_one() -> None:
    found = tree()
    assert found.free("new") == "new"
    assert found.free("t") == "t-2"


def test_children_stand_in_the_standards_order() -> None:
    step = etree.Element(bpmn("task"))
    for name in ("property", "incoming", "documentation", "dataInputAssociation", "outgoing"):
        insert(step, etree.Element(bpmn(name)))
    names = [local(child) for child in step]
    assert names == sorted(names, key=ORDER.index)


def test_a_step_goes_behind_the_last_step_and_before_the_notes() -> None:
    process = tree(f'{samples.LINE}<textAnnotation id="n"/>').root[0]
    assert local(process[end_of_steps(process)]) == "textAnnotation"
    empty = tree("<documentation>x</documentation><laneSet id='l'/>").root[0]
    assert end_of_steps(empty) == 2


def test_text_behind_a_removed_element_stays() -> None:
    holder = etree.fromstring("<a>one<b/>two<c/>three</a>")
    detach(holder[1])
    detach(holder[0])
    assert etree.tostring(holder) == b"<a>onetwothree</a>"
    detach(holder)


def test_a_step_stands_in_something() -> None:
    found = tree()
    assert parent(found.by_id["t"]).get("id") == "P"
    with pytest.raises(ValueError, match="inside a process"):
        parent(etree.Element(bpmn("task")))
