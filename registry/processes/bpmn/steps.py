"""The steps of a BPMN file and the ways between them: added, changed, with our own facts noted.

Minutes and sort of work stand in `extensionElements` under `urn:kaizu:flow:1`.
"""

from __future__ import annotations

from typing import Final

from lxml import etree

from registry.processes.bpmn import lanes
from registry.processes.bpmn.forms import change_forms
from registry.processes.bpmn.reading import KINDS, bpmn, extension, local
from registry.processes.bpmn.source import KAIZU
from registry.processes.bpmn.tree import Tree, detach, end_of_steps, insert, parent
from registry.processes.drawing.sizes import element_of
from registry.processes.flow import Branch, Flow, Step, StepKind

_HAVE_DEFAULT: Final = frozenset(
    name
    for name, kind in KINDS.items()
    if kind in {StepKind.TASK, StepKind.GROUP, StepKind.CHOICE, StepKind.ANY}
)


def add_step(tree: Tree, after: Flow, step: Step) -> None:
    """Put a step of the flow `after` into its process, lane and 下位フロー."""
    tree.redraw = True
    holder = tree.by_id.get(step.parent)
    if holder is None:
        lane = next((one for one in after.lanes if one.id == step.lane), None)
        holder = lanes.process_of(tree, lane) if lane else lanes.process_of(tree, after.lanes[0])
    element = etree.Element(bpmn(element_of(step)), id=step.id)
    if step.name:
        element.set("name", step.name)
    if step.attached:
        element.set("attachedToRef", step.attached)
    holder.insert(end_of_steps(holder), element)
    tree.by_id[step.id] = element
    lanes.place(tree, step)
    _note(element, step)
    change_forms(tree, element, (), step)


def change_step(tree: Tree, old: Step, step: Step) -> None:
    """Write what differs between two states of a step."""
    element = tree.by_id[step.id]
    if step.name != old.name:
        element.set("name", step.name)
    if step.kind is not old.kind:
        element.tag = bpmn(element_of(step))
        tree.redraw = True
    if (step.minutes, step.work) != (old.minutes, old.work):
        _note(element, step)
    if step.lane != old.lane:
        lanes.place(tree, step)
        tree.redraw = True
    if step.attached != old.attached and step.attached:
        element.set("attachedToRef", step.attached)
        tree.redraw = True
    if step.forms != old.forms:
        change_forms(tree, element, old.forms, step)
        tree.redraw = True


def _note(element: etree._Element, step: Step) -> None:
    """Minutes and sort of work, for us; other tools keep what they do not know."""
    noted = extension(element)
    if step.minutes is None and step.work is None and noted is None:
        return
    if noted is None:
        outer = element.find(bpmn("extensionElements"))
        if outer is None:
            outer = etree.Element(bpmn("extensionElements"))
            insert(element, outer)
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
        detach(noted)
        if outer is not None and len(outer) == 0:
            detach(outer)


def add_branch(tree: Tree, branch: Branch) -> None:
    """Put in a way or a message; one whose ends are not there is left out."""
    tree.redraw = True
    source = tree.by_id.get(branch.source)
    if source is None or branch.target not in tree.by_id:
        return
    if branch.message:
        holder = tree.root.find(bpmn("collaboration"))
        if holder is None:
            return
        last = [
            at for at, child in enumerate(holder) if local(child) in {"participant", "messageFlow"}
        ]
        element = etree.Element(bpmn("messageFlow"), id=branch.id)
        holder.insert(last[-1] + 1 if last else 0, element)
    else:
        holder = parent(source)
        element = etree.Element(bpmn("sequenceFlow"), id=branch.id)
        holder.insert(end_of_steps(holder), element)
    element.set("sourceRef", branch.source)
    element.set("targetRef", branch.target)
    if branch.condition:
        element.set("name", branch.condition)
    tree.by_id[branch.id] = element
    if not branch.message:
        _join(tree, branch)
        if branch.otherwise and local(source) in _HAVE_DEFAULT:
            source.set("default", branch.id)


def change_branch(tree: Tree, old: Branch, branch: Branch) -> None:
    """Write what differs between two states of a way."""
    element = tree.by_id.get(branch.id)
    if element is None:
        return
    if branch.condition != old.condition:
        element.set("name", branch.condition)
    if (branch.source, branch.target) != (old.source, old.target):
        tree.unjoin(branch.id)
        element.set("sourceRef", branch.source)
        element.set("targetRef", branch.target)
        if not branch.message:
            _join(tree, branch)
        tree.redraw = True
    if branch.otherwise != old.otherwise:
        source = tree.by_id[branch.source]
        if branch.otherwise and local(source) in _HAVE_DEFAULT:
            source.set("default", branch.id)
        elif source.get("default") == branch.id:
            del source.attrib["default"]


def _join(tree: Tree, branch: Branch) -> None:
    for end, name in ((branch.source, "outgoing"), (branch.target, "incoming")):
        element = tree.by_id[end]
        if all((one.text or "").strip() != branch.id for one in element.findall(bpmn(name))):
            reference = etree.Element(bpmn(name))
            reference.text = branch.id
            insert(element, reference)
