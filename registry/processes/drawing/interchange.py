"""The picture a BPMN file brings along (its diagram interchange), read as plain data."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from lxml import etree

from registry.processes.bpmn.notes import annotation_text
from registry.processes.bpmn.reading import FORMS, Document, bpmn, extension, local, said
from registry.processes.bpmn.source import BPMNDI, DC, DI
from registry.processes.drawing.diagram import (
    AROUND,
    DATA,
    EVENTS,
    GATEWAYS,
    LINES,
    SHAPES,
    SUBPROCESSES,
    TASKS,
    Box,
    Diagram,
    Edge,
    Point,
    Shape,
)

_REACH: Final = 100_000.0
"""Coordinates beyond this are damage, not drawing."""


def from_document(document: Document) -> Diagram:
    """The picture as the file's author arranged it; several planes stand one below the other."""
    reader = _Reader(document)
    shapes: list[Shape] = []
    edges: list[Edge] = []
    below = 0.0
    for plane in document.root.iter(f"{{{BPMNDI}}}BPMNPlane"):
        found, lines = reader.plane(plane)
        if not found:
            continue
        if shapes:
            top = min(shape.box.y for shape in found)
            found = [
                replace(
                    one, box=_moved(one.box, below - top), label=_shifted(one.label, below - top)
                )
                for one in found
            ]
            lines = [
                replace(
                    line,
                    points=tuple((x, y + below - top) for x, y in line.points),
                    label=_shifted(line.label, below - top),
                )
                for line in lines
            ]
        shapes += found
        edges += lines
        below = max(shape.box.bottom for shape in shapes) + 60
    return Diagram(document.flow.title, tuple(shapes), tuple(edges), tuple(reader.unknown))


def looks(document: Document) -> dict[str, tuple[str, frozenset[str]]]:
    """By step: its BPMN element and the marks drawn on it, for a file without coordinates."""
    reader = _Reader(document)
    plain = etree.Element(f"{{{BPMNDI}}}BPMNShape")
    return {
        step.id: (
            step.element,
            frozenset(reader.marks(plain, document.by_id[step.id], step.element)),
        )
        for step in document.flow.steps
    }


def _moved(box: Box, by: float) -> Box:
    return box._replace(y=box.y + by)


def _shifted(box: Box | None, by: float) -> Box | None:
    return _moved(box, by) if box is not None else None


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.by_id = document.by_id
        self.steps = document.flow.by_id
        self.unknown: dict[str, None] = {}

    def plane(self, plane: etree._Element) -> tuple[list[Shape], list[Edge]]:
        drawn = list(plane.iterchildren(f"{{{BPMNDI}}}*"))
        elements = {id(one): self._element(one) for one in drawn}
        closed = {
            element
            for one in drawn
            if one.tag == f"{{{BPMNDI}}}BPMNShape"
            and (element := elements[id(one)]) is not None
            and local(element) in SUBPROCESSES
            and one.get("isExpanded") != "true"
        }
        shapes, edges = [], []
        for one in drawn:
            element = elements[id(one)]
            if (
                element is not None
                and closed
                and any(up in closed for up in element.iterancestors())
            ):
                continue  # inside a closed sub-process nothing is shown
            if one.tag == f"{{{BPMNDI}}}BPMNShape":
                shapes += self._shape(one, element)
            elif one.tag == f"{{{BPMNDI}}}BPMNEdge":
                edges += self._edge(one, element)
        return shapes, edges

    def _element(self, drawn: etree._Element) -> etree._Element | None:
        return self.by_id.get((drawn.get("bpmnElement") or "").strip().rpartition(":")[2])

    def _shape(self, drawn: etree._Element, element: etree._Element | None) -> list[Shape]:
        box = _box(drawn.find(f"{{{DC}}}Bounds"))
        if element is None or box is None:
            return []
        kind = local(element)
        if kind not in SHAPES:
            self.unknown[kind] = None
            return []
        own = said(element, "id")
        return [
            Shape(
                id=own,
                kind=kind,
                name=self._name(element, kind),
                box=box,
                marks=frozenset(self.marks(drawn, element, kind)),
                label=_box(drawn.find(f"{{{BPMNDI}}}BPMNLabel/{{{DC}}}Bounds")),
                step=self.steps.get(own),
            )
        ]

    def _name(self, element: etree._Element, kind: str) -> str:
        if kind == "textAnnotation":
            return annotation_text(element)
        if kind == "group":
            value = self.by_id.get((element.get("categoryValueRef") or "").rpartition(":")[2])
            return said(value, "value")
        if kind in FORMS and not said(element):
            behind = element.get("dataObjectRef") or element.get("dataStoreRef") or ""
            return said(self.by_id.get(behind.rpartition(":")[2]))
        state = element.find(bpmn("dataState")) if kind in DATA else None
        if state is not None and said(state):
            return f"{said(element)} [{said(state)}]"
        return said(element)

    def marks(self, drawn: etree._Element, element: etree._Element, kind: str) -> set[str]:
        marks: set[str] = set()
        if kind in AROUND:
            if drawn.get("isHorizontal") == "false":
                marks.add("vertical")
            if element.find(bpmn("participantMultiplicity")) is not None:
                marks.add("parallel-instances")
        if kind in EVENTS:
            marks |= _event_marks(element, kind)
        if kind == "exclusiveGateway" and drawn.get("isMarkerVisible") != "false":
            marks.add("marker")
        if kind == "eventBasedGateway":
            marks |= {element.get("eventGatewayType", "Exclusive").lower()}
            if element.get("instantiate") == "true":
                marks.add("instantiate")
        if kind in TASKS or kind in SUBPROCESSES or kind == "callActivity":
            marks |= _activity_marks(element)
        if kind in SUBPROCESSES:
            marks.add("expanded" if drawn.get("isExpanded") == "true" else "collapsed")
            if element.get("triggeredByEvent") == "true":
                marks.add("event-sub")
        if kind == "callActivity":
            called = self.by_id.get((element.get("calledElement") or "").rpartition(":")[2])
            what = local(called) if called is not None else ""
            if what.startswith("global"):
                marks.add(what)
            else:
                marks.add("expanded" if drawn.get("isExpanded") == "true" else "collapsed")
        if kind == "receiveTask" and element.get("instantiate") == "true":
            marks.add("instantiate")
        behind = element
        if kind == "dataObjectReference":
            behind = self.by_id.get(
                (element.get("dataObjectRef") or "").rpartition(":")[2], element
            )
        if behind.get("isCollection") == "true":
            marks.add("collection")
        if kind == "message" and drawn.get("isMessageVisible") == "false":
            marks.add("hidden")
        if extension(element) is not None:
            marks.add("noted")
        return marks

    def _edge(self, drawn: etree._Element, element: etree._Element | None) -> list[Edge]:
        points: list[Point] = []
        for waypoint in drawn.findall(f"{{{DI}}}waypoint"):
            x, y = _number(waypoint.get("x")), _number(waypoint.get("y"))
            if x is not None and y is not None and (not points or points[-1] != (x, y)):
                points.append((x, y))
        if element is None or len(points) < 2:
            return []
        kind = local(element)
        if kind not in LINES:
            self.unknown[kind] = None
            return []
        source, target = self._ends(element, kind)
        return [
            Edge(
                id=said(element, "id"),
                kind=kind,
                name=said(element),
                points=tuple(points),
                marks=frozenset(self._line_marks(drawn, element, kind)),
                label=_box(drawn.find(f"{{{BPMNDI}}}BPMNLabel/{{{DC}}}Bounds")),
                source=source,
                target=target,
            )
        ]

    def _ends(self, element: etree._Element, kind: str) -> tuple[str, str]:
        if kind.startswith("data"):
            parent = element.getparent()
            step = said(parent, "id") if parent is not None else ""
            end = "sourceRef" if kind == "dataInputAssociation" else "targetRef"
            found = element.find(bpmn(end))
            data = (found.text or "").strip() if found is not None else ""
            return (data, step) if kind == "dataInputAssociation" else (step, data)
        return (
            (element.get("sourceRef") or "").rpartition(":")[2],
            (element.get("targetRef") or "").rpartition(":")[2],
        )

    def _line_marks(self, drawn: etree._Element, element: etree._Element, kind: str) -> set[str]:
        marks: set[str] = set()
        if kind == "sequenceFlow":
            source = self.by_id.get((element.get("sourceRef") or "").rpartition(":")[2])
            if source is not None and source.get("default") == element.get("id"):
                marks.add("default")
            elif (
                element.find(bpmn("conditionExpression")) is not None
                and source is not None
                and local(source) not in GATEWAYS
            ):
                marks.add("conditional")
        if kind == "association":
            direction = element.get("associationDirection", "None").lower()
            marks |= {direction} & {"one", "both"}
        if kind.startswith("data"):
            marks.add("one")
        if kind == "messageFlow" and drawn.get("messageVisibleKind"):
            marks.add(f"message-{drawn.get('messageVisibleKind', '').replace('_', '-')}")
        return marks


def _event_marks(element: etree._Element, kind: str) -> set[str]:
    marks = {
        "throw" if kind in {"endEvent", "intermediateThrowEvent", "implicitThrowEvent"} else "catch"
    }
    found = [
        local(child).removesuffix("EventDefinition").removesuffix("EventDefinitionRef")
        for child in element
        if local(child).endswith(("EventDefinition", "EventDefinitionRef"))
    ]
    if len(found) > 1:
        marks.add("parallel-multiple" if element.get("parallelMultiple") == "true" else "multiple")
    elif found:
        marks.add(found[0] or "multiple")
    if element.get("cancelActivity") == "false" or element.get("isInterrupting") == "false":
        marks.add("non-interrupting")
    return marks


def _activity_marks(element: etree._Element) -> set[str]:
    marks: set[str] = set()
    several = element.find(bpmn("multiInstanceLoopCharacteristics"))
    if several is not None:
        in_turn = several.get("isSequential") == "true"
        marks.add("sequential-instances" if in_turn else "parallel-instances")
    if element.find(bpmn("standardLoopCharacteristics")) is not None:
        marks.add("loop")
    if element.get("isForCompensation") == "true":
        marks.add("compensation")
    return marks


def _box(bounds: etree._Element | None) -> Box | None:
    if bounds is None:
        return None
    values = [_number(bounds.get(name)) for name in ("x", "y", "width", "height")]
    x, y, wide, high = values
    if x is None or y is None or wide is None or high is None or wide < 0 or high < 0:
        return None
    return Box(x, y, wide, high)


def _number(text: str | None) -> float | None:
    """A coordinate, or None for what is none."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= _REACH else None
