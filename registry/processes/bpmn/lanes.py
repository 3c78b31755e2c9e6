"""Lanes and pools in a BPMN file: renamed, added, taken out, and which steps stand in which."""

from __future__ import annotations

from lxml import etree

from registry.processes.bpmn.reading import bpmn, local, said
from registry.processes.bpmn.tree import HEAD, Tree, detach
from registry.processes.flow import Flow, Lane, Step


def change_lanes(tree: Tree, before: Flow, after: Flow) -> None:
    """Rename and add lanes; those gone are taken out by `remove_lanes`, once they are empty."""
    known = {lane.id: lane for lane in before.lanes}
    for lane in after.lanes:
        if lane.id not in known:
            _add_lane(tree, before, lane)
        elif lane.name != known[lane.id].name:
            tree.by_id[lane.id].set("name", lane.name)


def remove_lanes(tree: Tree, before: Flow, after: Flow) -> None:
    """Take out the lanes the flow no longer has."""
    kept = {lane.id for lane in after.lanes}
    for lane in before.lanes:
        element = tree.by_id.get(lane.id)
        if lane.id not in kept and element is not None and local(element) == "lane":
            tree.redraw = True
            detach(element)


def process_of(tree: Tree, lane: Lane) -> etree._Element:
    """The process whose pool a lane belongs to, else the first one."""
    for element in tree.root.iterfind(f"{bpmn('collaboration')}/{bpmn('participant')}"):
        reference = element.get("processRef", "").rpartition(":")[2]
        if reference in tree.by_id and lane.pool in (
            said(element),
            said(tree.by_id[reference]),
        ):
            return tree.by_id[reference]
    for process in tree.root.iterfind(bpmn("process")):
        if said(process) == lane.pool or lane.id == said(process, "id"):
            return process
    found = tree.root.find(bpmn("process"))
    if found is None:
        found = etree.SubElement(tree.root, bpmn("process"), id="process-1")
    return found


def place(tree: Tree, step: Step) -> None:
    """Name the step in its lane and in no other."""
    for reference in list(tree.root.iter(bpmn("flowNodeRef"))):
        if (reference.text or "").strip().rpartition(":")[2] == step.id:
            detach(reference)
    lane = tree.by_id.get(step.lane)
    if lane is not None and local(lane) == "lane" and not step.parent:
        reference = etree.Element(bpmn("flowNodeRef"))
        reference.text = step.id
        last = [at for at, child in enumerate(lane) if local(child) in {*HEAD, "flowNodeRef"}]
        lane.insert(last[-1] + 1 if last else 0, reference)


def _add_lane(tree: Tree, before: Flow, lane: Lane) -> None:
    tree.redraw = True
    process = process_of(tree, lane)
    lane_set = process.find(bpmn("laneSet"))
    if lane_set is None:
        lane_set = etree.Element(bpmn("laneSet"), id=tree.free("lanes"))
        at = sum(1 for child in process if local(child) in HEAD)
        process.insert(at, lane_set)
        _old_lane(tree, before, process, lane_set)
    made = etree.SubElement(lane_set, bpmn("lane"), id=lane.id, name=lane.name)
    tree.by_id[lane.id] = made


def _old_lane(tree: Tree, before: Flow, process: etree._Element, lane_set: etree._Element) -> None:
    """A process that had no lanes was one lane for us: now it needs to be a real one."""
    own = {said(process, "id")} | {
        said(element, "id")
        for element in tree.root.iter(bpmn("participant"))
        if element.get("processRef", "").rpartition(":")[2] == said(process, "id")
    }
    for lane in before.lanes:
        members = [step for step in before.steps if step.lane == lane.id]
        if lane.id in own and members:
            made = etree.SubElement(
                lane_set, bpmn("lane"), id=tree.free(f"{lane.id}-lane"), name=lane.name
            )
            for step in members:
                if not step.parent:
                    etree.SubElement(made, bpmn("flowNodeRef")).text = step.id
