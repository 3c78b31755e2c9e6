"""Carrying a flow into a BPMN 2.0 file: a new one, or changes into the file it came from.

Changes touch only what they are about; everything else in the file, modelled or not, stays as it
was. Our own facts (minutes, sort of work) stand in `extensionElements` under `urn:kaizu:flow:1`;
forms are data objects, so that other tools show them.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from lxml import etree

from registry.processes.bpmn.reading import (
    FORMS,
    KINDS,
    Document,
    bpmn,
    data_references,
    extension,
    local,
    said,
)
from registry.processes.bpmn.source import BPMN, BPMNDI, DC, DI, KAIZU
from registry.processes.drawing.diagram import Box, Diagram, Edge, Shape, from_document, looks
from registry.processes.drawing.layout import element_of, lay_out
from registry.processes.flow import Branch, Flow, Lane, Step, StepKind

_NAMES: Final = {"bpmn": BPMN, "bpmndi": BPMNDI, "dc": DC, "di": DI, "kaizu": KAIZU}
_ORDER: Final = (
    "documentation", "extensionElements", "auditing", "monitoring", "categoryValueRef", "incoming",
    "outgoing", "ioSpecification", "property", "dataInputAssociation", "dataOutputAssociation",
)  # fmt: skip
"""The order in which the standard wants the children of a step; anything else comes after."""
_PLACEHOLDER: Final = "__targetRef_placeholder"
"""The name bpmn-js gives the property a data association ends in."""


def compose(flow: Flow) -> Document:
    """A new file with its drawing, as other tools open it."""
    root = etree.Element(bpmn("definitions"), nsmap=_NAMES)
    root.set("id", "definitions-1")
    root.set("targetNamespace", KAIZU)
    root.set("exporter", "Kaizu")
    flow = _named_pools(_with_good_ids(flow))
    together = etree.SubElement(root, bpmn("collaboration"), id="collaboration-1")
    if flow.title:
        together.set("name", flow.title)
    for number, (pool, lanes) in enumerate(_pools(flow), start=1):
        if lanes[0].closed:
            etree.SubElement(together, bpmn("participant"), id=lanes[0].id, name=lanes[0].title)
            continue
        etree.SubElement(
            together,
            bpmn("participant"),
            id=f"{lanes[0].id}-pool",
            name=pool,
            processRef=f"process-{number}",
        )
        process = etree.SubElement(
            root, bpmn("process"), id=f"process-{number}", isExecutable="false"
        )
        lane_set = etree.SubElement(process, bpmn("laneSet"), id=f"lanes-{number}")
        for lane in lanes:
            etree.SubElement(lane_set, bpmn("lane"), id=lane.id, name=lane.name)
    writer = _Writer(root, Flow(flow.title, flow.lanes), flow)
    writer.write()
    etree.indent(root, "  ")
    return _reread(root)


def apply(document: Document, flow: Flow) -> Document:
    """The file with the flow's changes; the very same file when nothing was changed.

    A change of names, minutes, forms or conditions leaves the drawing as it is, and a removal only
    takes its shapes out; what adds or moves steps has the drawing laid out anew.
    """
    before = document.flow
    if flow == before:
        return document
    root = copy.deepcopy(document.root.getroottree()).getroot()
    _Writer(root, before, flow).write()
    return _reread(root)


def with_drawing(document: Document) -> Document:
    """The file with coordinates: its own, or ours when it has none (editors need some)."""
    if document.is_drawn or not document.flow.steps:
        return document
    root = copy.deepcopy(document.root.getroottree()).getroot()
    writer = _Writer(root, document.flow, document.flow)
    writer.draw_anew()
    return _reread(root)


def picture(document: Document) -> Diagram:
    """The picture of a file: as it was drawn, else as we lay it out."""
    if document.is_drawn:
        return from_document(document)
    return lay_out(document.flow, looks(document))


def _reread(root: etree._Element) -> Document:
    """What was written, as a file that is read from the start."""
    return Document(root)


def _with_good_ids(flow: Flow) -> Flow:
    """XML wants IDs that begin with a letter; flows from elsewhere may number their steps."""
    every = [lane.id for lane in flow.lanes] + [step.id for step in flow.steps]
    every += [branch.id for branch in flow.branches]
    if all(re.fullmatch(r"[A-Za-z_][\w.-]*", one, re.ASCII) for one in every):
        return flow
    new = {one: f"id-{number}" for number, one in enumerate(dict.fromkeys(every), start=1)}
    new[""] = ""
    return Flow(
        flow.title,
        tuple(replace(lane, id=new[lane.id]) for lane in flow.lanes),
        tuple(
            replace(
                step,
                id=new[step.id],
                lane=new.get(step.lane, step.lane),
                parent=new.get(step.parent, ""),
                attached=new.get(step.attached, ""),
            )
            for step in flow.steps
        ),
        tuple(
            replace(
                branch,
                id=new[branch.id],
                source=new.get(branch.source, branch.source),
                target=new.get(branch.target, branch.target),
            )
            for branch in flow.branches
        ),
    )


def _named_pools(flow: Flow) -> Flow:
    lanes = tuple(
        lane if lane.pool else replace(lane, pool=flow.title or "業務フロー") for lane in flow.lanes
    )
    return replace(flow, lanes=lanes)


def _pools(flow: Flow) -> list[tuple[str, list[Lane]]]:
    pools: list[tuple[str, list[Lane]]] = []
    for lane in flow.lanes:
        if pools and pools[-1][0] == lane.pool and not lane.closed and not pools[-1][1][0].closed:
            pools[-1][1].append(lane)
        else:
            pools.append((lane.pool, [lane]))
    return pools


class _Writer:
    """Brings a tree from one flow to another, difference by difference."""

    def __init__(self, root: etree._Element, before: Flow, after: Flow) -> None:
        self.root = root
        self.before = before
        self.after = after
        self.by_id = {
            element.get("id", ""): element
            for element in root.iter(f"{{{BPMN}}}*")
            if element.get("id")
        }
        self.redraw = root.find(f".//{{{BPMNDI}}}BPMNShape") is None

    def write(self) -> None:
        self._title()
        self._lanes()
        old, new = self.before.by_id, self.after.by_id
        lines = {branch.id: branch for branch in self.before.branches}
        wanted = {branch.id: branch for branch in self.after.branches}
        for branch_id in lines.keys() - wanted.keys():
            self._remove(branch_id)
        for step_id in old.keys() - new.keys():
            self._remove(step_id)
        for step in self.after.steps:
            if step.id not in old:
                self._add_step(step)
            elif step != old[step.id]:
                self._change_step(old[step.id], step)
        for branch in self.after.branches:
            if branch.id not in lines:
                self._add_branch(branch)
            elif branch != lines[branch.id]:
                self._change_branch(lines[branch.id], branch)
        self._remove_lanes()
        if self.redraw and self.after.steps:
            self.draw_anew()

    def _title(self) -> None:
        if self.after.title == self.before.title:
            return
        target = self.root.find(bpmn("collaboration"))
        if target is None:
            target = self.root.find(bpmn("process"))
        (self.root if target is None else target).set("name", self.after.title)

    # ---- lanes -------------------------------------------------------------------------------

    def _lanes(self) -> None:
        known = {lane.id: lane for lane in self.before.lanes}
        for lane in self.after.lanes:
            if lane.id in known:
                if lane.name != known[lane.id].name:
                    self._rename_lane(lane)
            else:
                self._add_lane(lane)

    def _rename_lane(self, lane: Lane) -> None:
        element = self.by_id[lane.id]
        element.set("name", lane.name)

    def _process_of(self, lane: Lane) -> etree._Element:
        """The process whose pool a lane belongs to, else the first one."""
        for element in self.root.iterfind(f"{bpmn('collaboration')}/{bpmn('participant')}"):
            reference = element.get("processRef", "").rpartition(":")[2]
            if reference in self.by_id and lane.pool in (
                said(element),
                said(self.by_id[reference]),
            ):
                return self.by_id[reference]
        for process in self.root.iterfind(bpmn("process")):
            if said(process) == lane.pool or lane.id == said(process, "id"):
                return process
        found = self.root.find(bpmn("process"))
        if found is None:
            found = etree.SubElement(self.root, bpmn("process"), id="process-1")
        return found

    def _add_lane(self, lane: Lane) -> None:
        self.redraw = True
        process = self._process_of(lane)
        lane_set = process.find(bpmn("laneSet"))
        if lane_set is None:
            lane_set = etree.Element(bpmn("laneSet"), id=self._free("lanes"))
            at = sum(1 for child in process if local(child) in _HEAD)
            process.insert(at, lane_set)
            self._old_lane(process, lane_set)
        made = etree.SubElement(lane_set, bpmn("lane"), id=lane.id, name=lane.name)
        self.by_id[lane.id] = made

    def _old_lane(self, process: etree._Element, lane_set: etree._Element) -> None:
        """A process that had no lanes was one lane for us: now it needs to be a real one."""
        own = {said(process, "id")} | {
            said(element, "id")
            for element in self.root.iter(bpmn("participant"))
            if element.get("processRef", "").rpartition(":")[2] == said(process, "id")
        }
        for lane in self.before.lanes:
            members = [step for step in self.before.steps if step.lane == lane.id]
            if lane.id in own and members:
                made = etree.SubElement(
                    lane_set, bpmn("lane"), id=self._free(f"{lane.id}-lane"), name=lane.name
                )
                for step in members:
                    if not step.parent:
                        etree.SubElement(made, bpmn("flowNodeRef")).text = step.id

    def _remove_lanes(self) -> None:
        kept = {lane.id for lane in self.after.lanes}
        for lane in self.before.lanes:
            element = self.by_id.get(lane.id)
            if lane.id not in kept and element is not None and local(element) == "lane":
                self.redraw = True
                _detach(element)

    # ---- steps -------------------------------------------------------------------------------

    def _add_step(self, step: Step) -> None:
        self.redraw = True
        parent = self.by_id.get(step.parent)
        if parent is None:
            lane = next((one for one in self.after.lanes if one.id == step.lane), None)
            parent = self._process_of(lane) if lane else self._process_of(self.after.lanes[0])
        element = etree.Element(bpmn(element_of(step)), id=step.id)
        if step.name:
            element.set("name", step.name)
        if step.attached:
            element.set("attachedToRef", step.attached)
        parent.insert(_end_of_steps(parent), element)
        self.by_id[step.id] = element
        self._place(step)
        self._note(element, step)
        self._forms(element, (), step)

    def _change_step(self, old: Step, step: Step) -> None:
        element = self.by_id[step.id]
        if step.name != old.name:
            element.set("name", step.name)
        if step.kind is not old.kind:
            element.tag = bpmn(element_of(step))
            self.redraw = True
        if (step.minutes, step.work) != (old.minutes, old.work):
            self._note(element, step)
        if step.lane != old.lane:
            self._place(step)
            self.redraw = True
        if step.attached != old.attached and step.attached:
            element.set("attachedToRef", step.attached)
            self.redraw = True
        if step.forms != old.forms:
            self._forms(element, old.forms, step)
            self.redraw = True

    def _place(self, step: Step) -> None:
        """Name the step in its lane and in no other."""
        for reference in list(self.root.iter(bpmn("flowNodeRef"))):
            if (reference.text or "").strip().rpartition(":")[2] == step.id:
                _detach(reference)
        lane = self.by_id.get(step.lane)
        if lane is not None and local(lane) == "lane" and not step.parent:
            reference = etree.Element(bpmn("flowNodeRef"))
            reference.text = step.id
            last = [at for at, child in enumerate(lane) if local(child) in {*_HEAD, "flowNodeRef"}]
            lane.insert(last[-1] + 1 if last else 0, reference)

    def _note(self, element: etree._Element, step: Step) -> None:
        """Minutes and sort of work, for us; other tools keep what they do not know."""
        noted = extension(element)
        if step.minutes is None and step.work is None and noted is None:
            return
        if noted is None:
            outer = element.find(bpmn("extensionElements"))
            if outer is None:
                outer = etree.Element(bpmn("extensionElements"))
                _insert(element, outer)
            noted = etree.SubElement(outer, f"{{{KAIZU}}}step", nsmap={"kaizu": KAIZU})
        for name, value in (
            ("minutes", None if step.minutes is None else str(step.minutes)),
            ("work", step.work.value if step.work else None),
        ):
            if value is None:
                noted.attrib.pop(name, "")
            else:
                noted.set(name, value)
        if not noted.attrib:
            outer = noted.getparent()
            _detach(noted)
            if outer is not None and len(outer) == 0:
                _detach(outer)

    def _forms(self, element: etree._Element, old: Sequence[str], step: Step) -> None:
        """Data objects beside the step, one for each form it uses."""
        for name in old:
            if name not in step.forms:
                self._drop_form(element, name)
        for name in step.forms:
            if name in old:
                continue
            reference = self._free(f"{step.id}-form")
            holder = _parent(element)
            at = _end_of_steps(holder)
            data = self._free(f"{step.id}-data")
            holder.insert(at, etree.Element(bpmn("dataObject"), id=data))
            made = etree.Element(
                bpmn("dataObjectReference"), id=reference, name=name, dataObjectRef=data
            )
            holder.insert(at + 1, made)
            self.by_id[reference], self.by_id[data] = made, holder[at]
            if step.is_work:
                self._connect_form(element, step, reference)
            else:
                line = etree.SubElement(
                    holder, bpmn("association"), id=self._free(f"{reference}-line")
                )
                line.set("sourceRef", reference)
                line.set("targetRef", step.id)
                line.set("associationDirection", "None")
                self.by_id[line.get("id", "")] = line

    def _connect_form(self, element: etree._Element, step: Step, reference: str) -> None:
        target = next(
            (
                one
                for one in element.findall(bpmn("property"))
                if one.get("name") == _PLACEHOLDER and one.get("id")
            ),
            None,
        )
        if target is None:
            target = etree.Element(
                bpmn("property"), id=self._free(f"{step.id}-property"), name=_PLACEHOLDER
            )
            _insert(element, target)
            self.by_id[target.get("id", "")] = target
        line = etree.Element(bpmn("dataInputAssociation"), id=self._free(f"{reference}-line"))
        etree.SubElement(line, bpmn("sourceRef")).text = reference
        etree.SubElement(line, bpmn("targetRef")).text = target.get("id")
        _insert(element, line)
        self.by_id[line.get("id", "")] = line

    def _drop_form(self, element: etree._Element, name: str) -> None:
        own = said(element, "id")
        for child in list(element):
            if local(child) in {"dataInputAssociation", "dataOutputAssociation"}:
                ends = [
                    (one.text or "").strip().rpartition(":")[2]
                    for one in child
                    if local(one) in {"sourceRef", "targetRef"}
                ]
                if any(self._form_name(end) == name for end in ends):
                    self._drop_line(child)
        for line in list(self.root.iter(bpmn("association"))):
            ends = [line.get(one, "").rpartition(":")[2] for one in ("sourceRef", "targetRef")]
            if own in ends and any(self._form_name(end) == name for end in ends):
                self._drop_line(line)
        for reference in [one for one in self.by_id if self._form_name(one) == name]:
            if not self._in_use(reference):
                behind = self.by_id[reference].get("dataObjectRef", "")
                self._remove(reference)
                if behind and not self.root.xpath("//*[@dataObjectRef=$id]", id=behind):
                    self._remove(behind)

    def _form_name(self, reference: str) -> str:
        target = self.by_id.get(reference)
        if target is None or local(target) not in FORMS:
            return ""
        behind = target.get("dataObjectRef") or target.get("dataStoreRef") or ""
        return said(target) or said(self.by_id.get(behind.rpartition(":")[2]))

    def _in_use(self, reference: str) -> bool:
        if any(
            reference in (line.get("sourceRef"), line.get("targetRef"))
            for line in self.root.iter(bpmn("association"))
        ):
            return True
        return any(
            reference in data_references(element)
            for element in self.root.iter(f"{{{BPMN}}}*")
            if local(element) in KINDS
        )

    def _drop_line(self, line: etree._Element) -> None:
        own = line.get("id", "")
        if own:
            self._remove(own)
        else:
            _detach(line)

    # ---- branches ----------------------------------------------------------------------------

    def _add_branch(self, branch: Branch) -> None:
        self.redraw = True
        source = self.by_id.get(branch.source)
        if source is None or branch.target not in self.by_id:
            return
        if branch.message:
            parent = self.root.find(bpmn("collaboration"))
            if parent is None:
                return
            last = [
                at
                for at, child in enumerate(parent)
                if local(child) in {"participant", "messageFlow"}
            ]
            element = etree.Element(bpmn("messageFlow"), id=branch.id)
            parent.insert(last[-1] + 1 if last else 0, element)
        else:
            parent = _parent(source)
            element = etree.Element(bpmn("sequenceFlow"), id=branch.id)
            parent.insert(_end_of_steps(parent), element)
        element.set("sourceRef", branch.source)
        element.set("targetRef", branch.target)
        if branch.condition:
            element.set("name", branch.condition)
        self.by_id[branch.id] = element
        if not branch.message:
            self._join(branch)
            if branch.otherwise and local(source) in _HAVE_DEFAULT:
                source.set("default", branch.id)

    def _join(self, branch: Branch) -> None:
        for end, name in ((branch.source, "outgoing"), (branch.target, "incoming")):
            element = self.by_id[end]
            if all((one.text or "").strip() != branch.id for one in element.findall(bpmn(name))):
                reference = etree.Element(bpmn(name))
                reference.text = branch.id
                _insert(element, reference)

    def _change_branch(self, old: Branch, branch: Branch) -> None:
        element = self.by_id.get(branch.id)
        if element is None:
            return
        if branch.condition != old.condition:
            element.set("name", branch.condition)
        if (branch.source, branch.target) != (old.source, old.target):
            self._unjoin(branch.id)
            element.set("sourceRef", branch.source)
            element.set("targetRef", branch.target)
            if not branch.message:
                self._join(branch)
            self.redraw = True
        if branch.otherwise != old.otherwise:
            source = self.by_id[branch.source]
            if branch.otherwise and local(source) in _HAVE_DEFAULT:
                source.set("default", branch.id)
            elif source.get("default") == branch.id:
                del source.attrib["default"]

    def _unjoin(self, branch_id: str) -> None:
        for element in self.root.iter(bpmn("incoming"), bpmn("outgoing")):
            if (element.text or "").strip().rpartition(":")[2] == branch_id:
                _detach(element)
        for element in self.root.iter(f"{{{BPMN}}}*"):
            if element.get("default") == branch_id:
                del element.attrib["default"]

    # ---- taking out --------------------------------------------------------------------------

    def _remove(self, own: str) -> None:
        """An element with what refers to it and its shapes."""
        element = self.by_id.pop(own, None)
        if element is None:
            return
        inner = {one.get("id", "") for one in element.iter(etree.Element)} - {""}
        for one in inner:
            self._unjoin(one)
        for reference in list(self.root.iter(bpmn("flowNodeRef"))):
            if (reference.text or "").strip().rpartition(":")[2] in inner:
                _detach(reference)
        for line in list(self.root.iter(bpmn("association"), bpmn("messageFlow"))):
            ends = {line.get(one, "").rpartition(":")[2] for one in ("sourceRef", "targetRef")}
            if ends & inner and line.get("id") not in inner:
                inner.add(line.get("id", ""))
                self.by_id.pop(line.get("id", ""), None)
                _detach(line)
        for drawn in list(self.root.iter(f"{{{BPMNDI}}}BPMNShape", f"{{{BPMNDI}}}BPMNEdge")):
            if drawn.get("bpmnElement", "").rpartition(":")[2] in inner:
                _detach(drawn)
        _detach(element)
        for one in inner:
            self.by_id.pop(one, None)

    def _free(self, wish: str) -> str:
        taken = {one.get("id") for one in self.root.iter(etree.Element)}
        name, number = wish, 1
        while name in taken or name in self.by_id:
            number += 1
            name = f"{wish}-{number}"
        return name

    # ---- the drawing -------------------------------------------------------------------------

    def draw_anew(self) -> None:
        """Lay the whole flow out; what we do not model keeps its size and stands below it."""
        document = Document(self.root)
        picture = lay_out(document.flow, looks(document))
        old = from_document(document)
        plane = self._plane()
        for child in list(plane):
            _detach(child)
        names = {shape.id for shape in picture.shapes}
        boxes: dict[str, Box] = {}
        forms = self._form_ids(picture, document.flow)
        for shape in picture.shapes:
            own = forms.get(shape.id, shape.id)
            if own.endswith("-pool") and own not in self.by_id:
                own = self._pool_id(own.removesuffix("-pool"))
            if own in self.by_id and own not in boxes:
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
            if edge.id in self.by_id and edge.kind in {"sequenceFlow", "messageFlow"}:
                _draw_edge(plane, edge)
        self._data_lines(plane, boxes)

    def _plane(self) -> etree._Element:
        diagram = self.root.find(f"{{{BPMNDI}}}BPMNDiagram")
        if diagram is None:
            diagram = etree.SubElement(
                self.root, f"{{{BPMNDI}}}BPMNDiagram", id=self._free("diagram"), nsmap=_NAMES
            )
        plane = diagram.find(f"{{{BPMNDI}}}BPMNPlane")
        if plane is None:
            plane = etree.SubElement(diagram, f"{{{BPMNDI}}}BPMNPlane", id=self._free("plane"))
        subject = self.root.find(bpmn("collaboration"))
        if subject is None:
            subject = self.root.find(bpmn("process"))
        if subject is not None and subject.get("id"):
            plane.set("bpmnElement", subject.get("id", ""))
        return plane

    def _pool_id(self, lane: str) -> str:
        """The participant around a lane."""
        element = self.by_id.get(lane)
        while element is not None and local(element) != "process":
            element = element.getparent()
        own = said(element, "id")
        for participant in self.root.iter(bpmn("participant")):
            if participant.get("processRef", "").rpartition(":")[2] == own:
                return said(participant, "id")
        return ""

    def _form_ids(self, picture: Diagram, flow: Flow) -> dict[str, str]:
        """Which data object of the file each laid-out form is."""
        found: dict[str, str] = {}
        taken: set[str] = set()
        for step in flow.steps:
            element = self.by_id.get(step.id)
            if element is None:
                continue
            references = [*data_references(element), *self._associated(step.id)]
            for at, name in enumerate(step.forms, start=1):
                for reference in references:
                    if reference not in taken and self._form_name(reference) == name:
                        found[f"{step.id}-form-{at}"] = reference
                        taken.add(reference)
                        break
                else:
                    found[f"{step.id}-form-{at}"] = ""  # shown at the step that has it already
        return found

    def _associated(self, own: str) -> Iterable[str]:
        for line in self.root.iter(bpmn("association")):
            ends = [line.get(name, "").rpartition(":")[2] for name in ("sourceRef", "targetRef")]
            if own in ends:
                yield from (end for end in ends if end != own)

    def _data_lines(self, plane: etree._Element, boxes: Mapping[str, Box]) -> None:
        """Lines to data and notes, straight from shape to shape."""
        for line in self.root.iter(
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


_HEAD: Final = frozenset(
    {"documentation", "extensionElements", "auditing", "monitoring", "property"}
)
_HAVE_DEFAULT: Final = frozenset(
    name
    for name, kind in KINDS.items()
    if kind in {StepKind.TASK, StepKind.GROUP, StepKind.CHOICE, StepKind.ANY}
)


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


def _insert(element: etree._Element, child: etree._Element) -> None:
    """Put a child where the standard wants it."""
    rank = _ORDER.index(local(child))
    at = 0
    for place, other in enumerate(element):
        name = local(other)
        if name in _ORDER and _ORDER.index(name) <= rank:
            at = place + 1
    element.insert(at, child)


def _end_of_steps(parent: etree._Element) -> int:
    """Behind the last flow element, before artifacts and whatever else ends a process."""
    at = 0
    for place, child in enumerate(parent):
        if local(child) in _FLOW_ELEMENTS:
            at = place + 1
    if not at:
        at = sum(1 for child in parent if local(child) in {*_HEAD, "laneSet", "ioSpecification"})
    return at


_FLOW_ELEMENTS: Final = frozenset(KINDS) | FORMS | {"sequenceFlow", "dataObject", "laneSet"}


def _parent(element: etree._Element) -> etree._Element:
    parent = element.getparent()
    if parent is None:
        raise ValueError("a step stands inside a process")
    return parent


def _detach(element: etree._Element) -> None:
    """Remove an element but not the text behind it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail and element.tail.strip():
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)
