"""A BPMN tree that is being changed: finding, putting in and taking out, with what hangs on it."""

from __future__ import annotations

from typing import Final

from lxml import etree

from registry.processes.bpmn.reading import FORMS, KINDS, bpmn, local
from registry.processes.bpmn.source import BPMN, BPMNDI

ORDER: Final = (
    "documentation", "extensionElements", "auditing", "monitoring", "categoryValueRef", "incoming",
    "outgoing", "ioSpecification", "property", "dataInputAssociation", "dataOutputAssociation",
)  # fmt: skip
"""The order in which the standard wants the children of a step; anything else comes after."""
HEAD: Final = frozenset(
    {"documentation", "extensionElements", "auditing", "monitoring", "property"}
)
"""What begins a process, a lane or a step, before everything else in it."""
_FLOW_ELEMENTS: Final = frozenset(KINDS) | FORMS | {"sequenceFlow", "dataObject", "laneSet"}


class Tree:
    """`redraw` becomes true once a change needs the drawing laid out anew."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.by_id = {
            element.get("id", ""): element
            for element in root.iter(f"{{{BPMN}}}*")
            if element.get("id")
        }
        self.redraw = root.find(f".//{{{BPMNDI}}}BPMNShape") is None

    def free(self, wish: str) -> str:
        """An ID nobody has: the wish itself, or with a number behind it."""
        taken = {one.get("id") for one in self.root.iter(etree.Element)}
        name, number = wish, 1
        while name in taken or name in self.by_id:
            number += 1
            name = f"{wish}-{number}"
        return name

    def remove(self, own: str) -> None:
        """An element with what refers to it and its shapes."""
        element = self.by_id.pop(own, None)
        if element is None:
            return
        inner = {one.get("id", "") for one in element.iter(etree.Element)} - {""}
        for one in inner:
            self.unjoin(one)
        for reference in list(self.root.iter(bpmn("flowNodeRef"))):
            if (reference.text or "").strip().rpartition(":")[2] in inner:
                detach(reference)
        for line in list(self.root.iter(bpmn("association"), bpmn("messageFlow"))):
            ends = {line.get(one, "").rpartition(":")[2] for one in ("sourceRef", "targetRef")}
            if ends & inner and line.get("id") not in inner:
                inner.add(line.get("id", ""))
                self.by_id.pop(line.get("id", ""), None)
                detach(line)
        for drawn in list(self.root.iter(f"{{{BPMNDI}}}BPMNShape", f"{{{BPMNDI}}}BPMNEdge")):
            if drawn.get("bpmnElement", "").rpartition(":")[2] in inner:
                detach(drawn)
        detach(element)
        for one in inner:
            self.by_id.pop(one, None)

    def unjoin(self, branch_id: str) -> None:
        """Take a line's ID out of the steps that name it."""
        for element in self.root.iter(bpmn("incoming"), bpmn("outgoing")):
            if (element.text or "").strip().rpartition(":")[2] == branch_id:
                detach(element)
        for element in self.root.iter(f"{{{BPMN}}}*"):
            if element.get("default") == branch_id:
                del element.attrib["default"]


def insert(element: etree._Element, child: etree._Element) -> None:
    """Put a child where the standard wants it."""
    rank = ORDER.index(local(child))
    at = 0
    for place, other in enumerate(element):
        name = local(other)
        if name in ORDER and ORDER.index(name) <= rank:
            at = place + 1
    element.insert(at, child)


def end_of_steps(holder: etree._Element) -> int:
    """Behind the last flow element, before artifacts and whatever else ends a process."""
    at = 0
    for place, child in enumerate(holder):
        if local(child) in _FLOW_ELEMENTS:
            at = place + 1
    if not at:
        at = sum(1 for child in holder if local(child) in {*HEAD, "laneSet", "ioSpecification"})
    return at


def parent(element: etree._Element) -> etree._Element:
    """What a step stands in: its process or its 下位フロー."""
    found = element.getparent()
    if found is None:
        raise ValueError("a step stands inside a process")
    return found


def detach(element: etree._Element) -> None:
    """Remove an element but not the text behind it."""
    holder = element.getparent()
    if holder is None:
        return
    if element.tail and element.tail.strip():
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            holder.text = (holder.text or "") + element.tail
    holder.remove(element)
