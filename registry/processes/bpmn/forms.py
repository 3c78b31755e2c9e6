"""The forms a step uses, as data objects beside it: added, taken out, found again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lxml import etree

from registry.processes.bpmn.reading import FORMS, KINDS, bpmn, data_references, local, said
from registry.processes.bpmn.source import BPMN
from registry.processes.bpmn.tree import Tree, detach, end_of_steps, insert, parent
from registry.processes.flow import Step

_PLACEHOLDER: Final = "__targetRef_placeholder"
"""The name bpmn-js gives the property a data association ends in."""


def change_forms(tree: Tree, element: etree._Element, old: Sequence[str], step: Step) -> None:
    """Data objects beside the step, one for each form it uses."""
    for name in old:
        if name not in step.forms:
            _drop(tree, element, name)
    for name in step.forms:
        if name in old:
            continue
        reference = tree.free(f"{step.id}-form")
        holder = parent(element)
        at = end_of_steps(holder)
        data = tree.free(f"{step.id}-data")
        holder.insert(at, etree.Element(bpmn("dataObject"), id=data))
        made = etree.Element(
            bpmn("dataObjectReference"), id=reference, name=name, dataObjectRef=data
        )
        holder.insert(at + 1, made)
        tree.by_id[reference], tree.by_id[data] = made, holder[at]
        if step.is_work:
            _connect(tree, element, step, reference)
        else:
            line = etree.SubElement(holder, bpmn("association"), id=tree.free(f"{reference}-line"))
            line.set("sourceRef", reference)
            line.set("targetRef", step.id)
            line.set("associationDirection", "None")
            tree.by_id[line.get("id", "")] = line


def form_name(tree: Tree, reference: str) -> str:
    """What a data object or store is called; "" for anything else."""
    target = tree.by_id.get(reference)
    if target is None or local(target) not in FORMS:
        return ""
    behind = target.get("dataObjectRef") or target.get("dataStoreRef") or ""
    return said(target) or said(tree.by_id.get(behind.rpartition(":")[2]))


def associated(tree: Tree, own: str) -> Iterator[str]:
    """What lines of the drawing join to an element."""
    for line in tree.root.iter(bpmn("association")):
        ends = [line.get(name, "").rpartition(":")[2] for name in ("sourceRef", "targetRef")]
        if own in ends:
            yield from (end for end in ends if end != own)


def _connect(tree: Tree, element: etree._Element, step: Step, reference: str) -> None:
    """A data association from the form to the step; it ends in a property of the step."""
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
            bpmn("property"), id=tree.free(f"{step.id}-property"), name=_PLACEHOLDER
        )
        insert(element, target)
        tree.by_id[target.get("id", "")] = target
    line = etree.Element(bpmn("dataInputAssociation"), id=tree.free(f"{reference}-line"))
    etree.SubElement(line, bpmn("sourceRef")).text = reference
    etree.SubElement(line, bpmn("targetRef")).text = target.get("id")
    insert(element, line)
    tree.by_id[line.get("id", "")] = line


def _drop(tree: Tree, element: etree._Element, name: str) -> None:
    """Unjoin a form; its data object goes once nobody else uses it."""
    own = said(element, "id")
    for child in list(element):
        if local(child) in {"dataInputAssociation", "dataOutputAssociation"}:
            ends = [
                (one.text or "").strip().rpartition(":")[2]
                for one in child
                if local(one) in {"sourceRef", "targetRef"}
            ]
            if any(form_name(tree, end) == name for end in ends):
                _drop_line(tree, child)
    for line in list(tree.root.iter(bpmn("association"))):
        ends = [line.get(one, "").rpartition(":")[2] for one in ("sourceRef", "targetRef")]
        if own in ends and any(form_name(tree, end) == name for end in ends):
            _drop_line(tree, line)
    for reference in [one for one in tree.by_id if form_name(tree, one) == name]:
        if not _in_use(tree, reference):
            behind = tree.by_id[reference].get("dataObjectRef", "")
            tree.remove(reference)
            if behind and not tree.root.xpath("//*[@dataObjectRef=$id]", id=behind):
                tree.remove(behind)


def _in_use(tree: Tree, reference: str) -> bool:
    if any(
        reference in (line.get("sourceRef"), line.get("targetRef"))
        for line in tree.root.iter(bpmn("association"))
    ):
        return True
    return any(
        reference in data_references(element)
        for element in tree.root.iter(f"{{{BPMN}}}*")
        if local(element) in KINDS
    )


def _drop_line(tree: Tree, line: etree._Element) -> None:
    own = line.get("id", "")
    if own:
        tree.remove(own)
    else:
        detach(line)
