"""Carrying a flow into a BPMN 2.0 file: a new one, or changes into the file it came from.

Changes touch only what they are about; everything else in the file, modelled or not, stays as it
was. Forms are data objects, so that other tools show them. `lanes`, `steps`, `forms` and `shapes`
each write their part of the tree.
"""

from __future__ import annotations

import copy
import re
from dataclasses import replace

from lxml import etree

from registry.processes.bpmn.lanes import change_lanes, remove_lanes
from registry.processes.bpmn.reading import Document, bpmn
from registry.processes.bpmn.shapes import NAMES, draw_anew
from registry.processes.bpmn.source import KAIZU
from registry.processes.bpmn.steps import add_branch, add_step, change_branch, change_step
from registry.processes.bpmn.tree import Tree
from registry.processes.drawing.diagram import Diagram
from registry.processes.drawing.interchange import from_document, looks
from registry.processes.drawing.layout import lay_out
from registry.processes.flow import Flow, Lane


def compose(flow: Flow) -> Document:
    """A new file with its drawing, as other tools open it."""
    root = etree.Element(bpmn("definitions"), nsmap=NAMES)
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
    _write(Tree(root), Flow(flow.title, flow.lanes), flow)
    etree.indent(root, "  ")
    return Document(root)


def apply(document: Document, flow: Flow) -> Document:
    """The file with the flow's changes; the very same file when nothing was changed.

    A change of names, minutes, forms or conditions leaves the drawing as it is, and a removal only
    takes its shapes out; what adds or moves steps has the drawing laid out anew.
    """
    before = document.flow
    if flow == before:
        return document
    root = copy.deepcopy(document.root.getroottree()).getroot()
    _write(Tree(root), before, flow)
    return Document(root)


def with_drawing(document: Document) -> Document:
    """The file with coordinates: its own, or ours when it has none (editors need some)."""
    if document.is_drawn or not document.flow.steps:
        return document
    root = copy.deepcopy(document.root.getroottree()).getroot()
    draw_anew(Tree(root))
    return Document(root)


def picture(document: Document) -> Diagram:
    """The picture of a file: as it was drawn, else as we lay it out."""
    if document.is_drawn:
        return from_document(document)
    return lay_out(document.flow, looks(document))


def _write(tree: Tree, before: Flow, after: Flow) -> None:
    """Bring a tree from one flow to another, difference by difference."""
    _title(tree, before, after)
    change_lanes(tree, before, after)
    old, new = before.by_id, after.by_id
    lines = {branch.id: branch for branch in before.branches}
    wanted = {branch.id: branch for branch in after.branches}
    for branch_id in lines.keys() - wanted.keys():
        tree.remove(branch_id)
    for step_id in old.keys() - new.keys():
        tree.remove(step_id)
    for step in after.steps:
        if step.id not in old:
            add_step(tree, after, step)
        elif step != old[step.id]:
            change_step(tree, old[step.id], step)
    for branch in after.branches:
        if branch.id not in lines:
            add_branch(tree, branch)
        elif branch != lines[branch.id]:
            change_branch(tree, lines[branch.id], branch)
    remove_lanes(tree, before, after)
    if tree.redraw and after.steps:
        draw_anew(tree)


def _title(tree: Tree, before: Flow, after: Flow) -> None:
    if after.title == before.title:
        return
    target = tree.root.find(bpmn("collaboration"))
    if target is None:
        target = tree.root.find(bpmn("process"))
    (tree.root if target is None else target).set("name", after.title)


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
