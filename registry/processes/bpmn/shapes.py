"""The drawing inside a BPMN file (its diagram interchange), laid out anew from the flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lxml import etree

from registry.processes.bpmn.forms import associated, form_name
from registry.processes.bpmn.reading import Document, bpmn, data_references, local, said
from registry.processes.bpmn.source import BPMN, BPMNDI, DC, DI, KAIZU
from registry.processes.bpmn.tree import Tree, detach
from registry.processes.drawing.diagram import Box, Diagram, Edge, Shape
from registry.processes.drawing.interchange import from_document, looks
from registry.processes.drawing.layout import lay_out
from registry.processes.flow import Flow

NAMES: Final = {"bpmn": BPMN, "bpmndi": BPMNDI, "dc": DC, "di": DI, "kaizu": KAIZU}
"""The prefixes a file of ours is written with."""


def draw_anew(tree: Tree) -> None:
    """Lay the whole flow out; what we do not model keeps its size and stands below it."""
    document = Document(tree.root)
    picture = lay_out(document.flow, looks(document))
    old = from_document(document)
    plane = _plane(tree)
    for child in list(plane):
        detach(child)
    names = {shape.id for shape in picture.shapes}
    boxes: dict[str, Box] = {}
    forms = _form_ids(tree, picture, document.flow)
    for shape in picture.shapes:
        own = forms.get(shape.id, shape.id)
        if own.endswith("-pool") and own not in tree.by_id:
            own = _pool_id(tree, own.removesuffix("-pool"))
        if own in tree.by_id and own not in boxes:
            boxes[own] = shape.box
            _draw_shape(plane, own, shape)
    low = max((box.bottom for box in boxes.values()), default=0.0) + 40
    left = 0.0
    inner = {step.id for step in document.flow.steps if step.parent}
    for shape in old.shapes:
        if shape.id not in boxes and shape.id not in names and shape.id not in inner:
            boxes[shape.id] = shape.box._replace(x=left, y=low)
            left += shape.box.width + 60
            _draw_shape(plane, shape.id, replace(shape, box=boxes[shape.id], label=None))
    for edge in picture.edges:
        if edge.id in tree.by_id and edge.kind in {"sequenceFlow", "messageFlow"}:
            _draw_edge(plane, edge)
    _data_lines(tree, plane, boxes)


def _plane(tree: Tree) -> etree._Element:
    diagram = tree.root.find(f"{{{BPMNDI}}}BPMNDiagram")
    if diagram is None:
        diagram = etree.SubElement(
            tree.root, f"{{{BPMNDI}}}BPMNDiagram", id=tree.free("diagram"), nsmap=NAMES
        )
    plane = diagram.find(f"{{{BPMNDI}}}BPMNPlane")
    if plane is None:
        plane = etree.SubElement(diagram, f"{{{BPMNDI}}}BPMNPlane", id=tree.free("plane"))
    subject = tree.root.find(bpmn("collaboration"))
    if subject is None:
        subject = tree.root.find(bpmn("process"))
    if subject is not None and subject.get("id"):
        plane.set("bpmnElement", subject.get("id", ""))
    return plane


def _pool_id(tree: Tree, lane: str) -> str:
    """The participant around a lane."""
    element = tree.by_id.get(lane)
    while element is not None and local(element) != "process":
        element = element.getparent()
    own = said(element, "id")
    for participant in tree.root.iter(bpmn("participant")):
        if participant.get("processRef", "").rpartition(":")[2] == own:
            return said(participant, "id")
    return ""


def _form_ids(tree: Tree, picture: Diagram, flow: Flow) -> dict[str, str]:
    """Which data object of the file each laid-out form is."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for step in flow.steps:
        element = tree.by_id.get(step.id)
        if element is None:
            continue
        references = [*data_references(element), *associated(tree, step.id)]
        for at, name in enumerate(step.forms, start=1):
            for reference in references:
                if reference not in taken and form_name(tree, reference) == name:
                    found[f"{step.id}-form-{at}"] = reference
                    taken.add(reference)
                    break
            else:
                found[f"{step.id}-form-{at}"] = ""  # shown at the step that has it already
    return found


def _data_lines(tree: Tree, plane: etree._Element, boxes: Mapping[str, Box]) -> None:
    """Lines to data and notes, straight from shape to shape."""
    for line in tree.root.iter(
        bpmn("association"), bpmn("dataInputAssociation"), bpmn("dataOutputAssociation")
    ):
        if local(line) == "association":
            ends = [line.get(one, "").rpartition(":")[2] for one in ("sourceRef", "targetRef")]
        else:
            name = "sourceRef" if local(line) == "dataInputAssociation" else "targetRef"
            data = line.find(bpmn(name))
            other = (data.text or "").strip().rpartition(":")[2] if data is not None else ""
            ends = [other, said(line.getparent(), "id")]
            if name == "targetRef":
                ends.reverse()
        if line.get("id") and all(end in boxes for end in ends):
            one, other_box = boxes[ends[0]], boxes[ends[1]]
            points = (_edge_point(one, other_box), _edge_point(other_box, one))
            _draw_edge(plane, Edge(line.get("id", ""), local(line), "", points))


def _edge_point(box: Box, other: Box) -> tuple[float, float]:
    """Where a straight line to another box leaves this one."""
    x, y = box.centre
    tx, ty = other.centre
    if box.x < tx < box.right or (other.x < x < other.right):
        x = min(max(tx if box.width > other.width else x, box.x), box.right)
        return x, (box.bottom if ty > y else box.y)
    dx, dy = tx - x, ty - y
    if abs(dx) * box.height > abs(dy) * box.width:
        half = box.width / 2 if dx > 0 else -box.width / 2
        return x + half, y + dy * half / dx
    half = box.height / 2 if dy > 0 else -box.height / 2
    return (x + dx * half / dy if dy else x), y + half


def _draw_shape(plane: etree._Element, own: str, shape: Shape) -> None:
    drawn = etree.SubElement(plane, f"{{{BPMNDI}}}BPMNShape", id=f"{own}-shape", bpmnElement=own)
    if shape.kind in {"participant", "lane"}:
        drawn.set("isHorizontal", "true")
    if shape.kind == "exclusiveGateway":
        drawn.set("isMarkerVisible", "true" if shape.has("marker") else "false")
    if shape.has("collapsed") or shape.has("expanded"):
        drawn.set("isExpanded", "true" if shape.has("expanded") else "false")
    _draw_box(drawn, shape.box)
    if shape.label is not None:
        label = etree.SubElement(drawn, f"{{{BPMNDI}}}BPMNLabel")
        _draw_box(label, shape.label)


def _draw_box(parent: etree._Element, box: Box) -> None:
    values = zip(("x", "y", "width", "height"), (box.x, box.y, box.width, box.height), strict=True)
    etree.SubElement(
        parent, f"{{{DC}}}Bounds", {name: f"{value:g}" for name, value in values}, nsmap={"dc": DC}
    )


def _draw_edge(plane: etree._Element, edge: Edge) -> None:
    drawn = etree.SubElement(
        plane, f"{{{BPMNDI}}}BPMNEdge", id=f"{edge.id}-edge", bpmnElement=edge.id
    )
    for x, y in edge.points:
        etree.SubElement(drawn, f"{{{DI}}}waypoint", x=f"{x:g}", y=f"{y:g}", nsmap={"di": DI})
