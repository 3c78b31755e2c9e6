from __future__ import annotations

from dataclasses import replace

from lxml import etree

from registry.processes.bpmn import reading, writing
from registry.processes.bpmn.shapes import draw_anew
from registry.processes.bpmn.tree import Tree
from registry.processes.drawing import interchange
from tests.processes import sample_flows as samples


def test_a_rename_leaves_the_drawing_alone() -> None:
    document = writing.compose(samples.flow("certificate"))
    steps = tuple(
        replace(step, name="改めた名前") if step.name == "本人を確認する" else step
        for step in document.flow.steps
    )
    after = writing.apply(document, replace(document.flow, steps=steps))
    boxes = {shape.id: shape.box for shape in interchange.from_document(document).shapes}
    assert {shape.id: shape.box for shape in interchange.from_document(after).shapes} == boxes


def test_a_file_without_coordinates_gets_ours() -> None:
    document = reading.read(samples.process(samples.LINE))
    assert not document.is_drawn
    drawn = writing.with_drawing(document)
    assert drawn.is_drawn
    assert drawn.flow == document.flow
    assert writing.with_drawing(drawn) is drawn
    assert {shape.id for shape in interchange.from_document(drawn).shapes} >= {"s", "t", "e"}


def test_what_is_not_modelled_keeps_its_size_and_stands_below() -> None:
    body = (
        f'{samples.LINE}<textAnnotation id="n"><text>住民票の写しで足りる</text></textAnnotation>'
        '<association id="a" sourceRef="t" targetRef="n"/>'
    )
    tail = (
        '<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" id="D">'
        '<bpmndi:BPMNPlane id="L" bpmnElement="P"><bpmndi:BPMNShape id="x" bpmnElement="n">'
        '<dc:Bounds xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" x="9" y="9" width="160" '
        'height="40"/></bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
    )
    root = etree.fromstring(samples.process(body, tail=tail))
    draw_anew(Tree(root))
    picture = interchange.from_document(reading.Document(root))
    boxes = {shape.id: shape.box for shape in picture.shapes}
    assert (boxes["n"].width, boxes["n"].height) == (160, 40)
    assert boxes["n"].y > boxes["t"].bottom
    assert {edge.id for edge in picture.edges} >= {"f1", "f2", "a"}
