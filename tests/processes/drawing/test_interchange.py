from __future__ import annotations

from pathlib import Path

import pytest

from registry.processes.bpmn import reading
from registry.processes.drawing import interchange
from registry.processes.drawing.diagram import Diagram
from tests.processes import sample_flows as samples

DI = (
    'xmlns:b="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:c="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:d="http://www.omg.org/spec/DD/20100524/DI"'
)


def drawn(body: str, shapes: str) -> Diagram:
    plane = (
        f'<b:BPMNDiagram {DI}><b:BPMNPlane bpmnElement="P">{shapes}</b:BPMNPlane></b:BPMNDiagram>'
    )
    return interchange.from_document(reading.read(samples.process(body, tail=plane)))


def shape(own: str, more: str = "", bounds: str = 'x="1" y="2" width="30" height="40"') -> str:
    return f'<b:BPMNShape bpmnElement="{own}" {more}><c:Bounds {bounds}/></b:BPMNShape>'


@samples.needs_models
@samples.each_model
def test_no_model_has_an_unknown_element_and_every_step_has_its_shape(model: Path) -> None:
    document = reading.read(model.read_bytes())
    found = interchange.from_document(document)
    assert found.unknown == ()
    shown = {one.id for one in found.shapes}
    called = {step.id for step in document.flow.steps if step.parent and step.parent not in shown}
    wanted = {
        own.rpartition(":")[2]
        for one in document.root.iter("{*}BPMNShape")
        if (own := one.get("bpmnElement", "")).rpartition(":")[2] in document.by_id
    }
    assert wanted - called <= shown | {step.id for step in document.flow.steps if step.parent}
    assert len(found.edges) > 3


def test_marks_of_shapes_and_lines() -> None:
    found = drawn(
        '<startEvent id="s" isInterrupting="false"><timerEventDefinition/></startEvent>'
        '<task id="t" default="f"><multiInstanceLoopCharacteristics isSequential="true"/></task>'
        '<exclusiveGateway id="g"/><subProcess id="u" triggeredByEvent="true"/>'
        '<sequenceFlow id="f" sourceRef="t" targetRef="g"/>'
        '<sequenceFlow id="h" sourceRef="t" targetRef="u"><conditionExpression/></sequenceFlow>',
        shape("s")
        + shape("t")
        + shape("g", 'isMarkerVisible="false"')
        + shape("u", 'isExpanded="false"')
        + '<b:BPMNEdge bpmnElement="f"><d:waypoint x="0" y="0"/><d:waypoint x="9" y="9"/></b:BPMNEdge>'
        + '<b:BPMNEdge bpmnElement="h"><d:waypoint x="0" y="0"/><d:waypoint x="9" y="9"/></b:BPMNEdge>',
    )
    marks = {one.id: one.marks for one in found.shapes}
    assert marks == {
        "s": {"timer", "catch", "non-interrupting"},
        "t": {"sequential-instances"},
        "g": set(),
        "u": {"collapsed", "event-sub"},
    }
    assert {one.id: one.marks for one in found.edges} == {"f": {"default"}, "h": {"conditional"}}


def test_what_is_inside_a_closed_sub_process_is_not_shown() -> None:
    body = '<subProcess id="u"><task id="t"/></subProcess>'
    closed = drawn(body, shape("u", 'isExpanded="false"') + shape("t"))
    opened = drawn(body, shape("u", 'isExpanded="true"') + shape("t"))
    assert [one.id for one in closed.shapes] == ["u"]
    assert [one.id for one in opened.shapes] == ["u", "t"]


@pytest.mark.parametrize(
    "bounds",
    [
        'x="NaN" y="2" width="3" height="4"',
        'x="1" y="2" width="1e300" height="4"',
        'x="1" y="2" width="-3" height="4"',
        'x="" y="2" width="3" height="4"',
    ],
)
def test_damaged_coordinates_are_left_out(bounds: str) -> None:
    assert drawn('<task id="t"/>', shape("t", bounds=bounds)).shapes == ()


def test_an_element_of_another_kind_of_diagram_is_named() -> None:
    found = drawn('<choreographyTask id="k"/><task id="t"/>', shape("k") + shape("t"))
    assert found.unknown == ("choreographyTask",)
    assert [one.id for one in found.shapes] == ["t"]


def test_planes_stand_one_below_the_other() -> None:
    plane = '<b:BPMNDiagram {}><b:BPMNPlane bpmnElement="P">{}</b:BPMNPlane></b:BPMNDiagram>'
    tail = plane.format(DI, shape("t")) + plane.format(DI, shape("u"))
    body = '<task id="t"/><task id="u"/>'
    one, other = interchange.from_document(reading.read(samples.process(body, tail=tail))).shapes
    assert other.box.y >= one.box.bottom + 30


def test_looks_know_the_sort_of_event_without_a_drawing() -> None:
    document = reading.read(
        samples.process('<startEvent id="s"><messageEventDefinition/></startEvent>')
    )
    assert interchange.looks(document)["s"] == (
        "startEvent",
        frozenset({"message", "catch"}),
    )
