"""A BPMN 2.0 file as a flow. What the flow does not model stays in the file and is written back.

The file itself is the stored source: `read` keeps its whole tree beside the flow, `Document.to_bytes`
gives it back, `writing` carries changes of the flow into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from lxml import etree

from registry.errors import Invalid
from registry.processes.bpmn.source import BPMN, BPMNDI, KAIZU, parse
from registry.processes.flow import Branch, Flow, Lane, Step, StepKind, Work

MAX_STEPS: Final = 2_000
MAX_MINUTES: Final = 60 * 24 * 365

KINDS: Final[Mapping[str, StepKind]] = {
    "startEvent": StepKind.START,
    "endEvent": StepKind.END,
    "intermediateCatchEvent": StepKind.EVENT,
    "intermediateThrowEvent": StepKind.EVENT,
    "implicitThrowEvent": StepKind.EVENT,
    "boundaryEvent": StepKind.EVENT,
    "task": StepKind.TASK,
    "userTask": StepKind.TASK,
    "manualTask": StepKind.TASK,
    "serviceTask": StepKind.TASK,
    "scriptTask": StepKind.TASK,
    "businessRuleTask": StepKind.TASK,
    "sendTask": StepKind.TASK,
    "receiveTask": StepKind.TASK,
    "callActivity": StepKind.TASK,
    "subProcess": StepKind.GROUP,
    "transaction": StepKind.GROUP,
    "adHocSubProcess": StepKind.GROUP,
    "exclusiveGateway": StepKind.CHOICE,
    "parallelGateway": StepKind.PARALLEL,
    "inclusiveGateway": StepKind.ANY,
    "complexGateway": StepKind.ANY,
    "eventBasedGateway": StepKind.WAIT,
}
"""Elements that are steps; the first of a kind is the one written for a new step of that kind."""

_DECLARATION: Final = re.compile(r"\s*<\?xml\s[^>]{0,200}\?>")
FORMS: Final = frozenset({"dataObjectReference", "dataStoreReference"})


def bpmn(name: str) -> str:
    """The full tag of a BPMN element."""
    return f"{{{BPMN}}}{name}"


def local(element: etree._Element) -> str:
    """The name of a BPMN element, "" for anything of another namespace, a comment and the like."""
    tag = str(element.tag)  # of a comment it is a function
    return tag[len(_PREFIX) :] if tag.startswith(_PREFIX) else ""


_PREFIX: Final = f"{{{BPMN}}}"


@dataclass(frozen=True)
class Document:
    """A file as read. The tree is never changed: changes are made on a copy of it."""

    root: etree._Element

    @cached_property
    def by_id(self) -> Mapping[str, etree._Element]:
        """Every BPMN element that has an ID."""
        found: dict[str, etree._Element] = {}
        for element in self.root.iter(f"{{{BPMN}}}*"):
            own = element.get("id")
            if own:
                if own in found:
                    raise Invalid(
                        f"BPMN ファイルを取り込んでいません。同じ ID「{own[:60]}」が 2 か所にあります。"
                        "元のソフトで開いて、一方を作り直してください。"
                    )
                found[own] = element
        return found

    @cached_property
    def flow(self) -> Flow:
        return _Reader(self).flow()

    @property
    def is_drawn(self) -> bool:
        """Whether the file says where its shapes are."""
        return self.root.find(f".//{{{BPMNDI}}}BPMNShape") is not None

    def to_bytes(self) -> bytes:
        """The whole file in UTF-8, with everything in it that is not modelled."""
        tree = self.root.getroottree()
        written: bytes = etree.tostring(tree, xml_declaration=True, encoding="UTF-8")
        return written if written.endswith(b"\n") else written + b"\n"


def read(data: bytes) -> Document:
    """Raises Invalid for what is not a BPMN 2.0 file, is too large or points outside."""
    document = Document(parse(data))
    steps = len(document.flow.steps)
    if steps > MAX_STEPS:
        raise Invalid(
            f"BPMN ファイルを取り込んでいません。手順が {steps:,} あります(上限 {MAX_STEPS:,})。"
            "図を業務や段階ごとに分けて保存し直してください。"
        )
    return document


def read_text(text: str) -> Document:
    """A file that came as text, so that the encoding its head names says nothing any more.

    Raises Invalid as `read`.
    """
    return read(_DECLARATION.sub("", text.lstrip("\ufeff"), count=1).encode("utf-8"))


def said(element: etree._Element | None, attribute: str = "name") -> str:
    """An attribute as one line: files carry line breaks and stray spaces in names."""
    if element is None:
        return ""
    return " ".join((element.get(attribute) or "").split())


def extension(element: etree._Element) -> etree._Element | None:
    """Our own record at a step: `kaizu:step` inside its extension elements."""
    return element.find(f"{bpmn('extensionElements')}/{{{KAIZU}}}step")


class _Reader:
    """Goes through the processes of a document once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.lanes: list[Lane] = []
        self.steps: list[Step] = []
        self.branches: list[Branch] = []
        self.lane_of: dict[str, str] = {}
        self.associations: dict[str, list[str]] = {}

    def flow(self) -> Flow:
        root = self.document.root
        processes = {said(one, "id"): one for one in root.findall(bpmn("process"))}
        participants = root.findall(f"{bpmn('collaboration')}/{bpmn('participant')}")
        self._read_associations()
        titles = [said(root.find(f".//{bpmn('collaboration')}"))]
        done = set()
        for participant in participants:
            process = processes.get(_unprefixed(participant.get("processRef", "")))
            name = said(participant)
            if process is None:
                lane = Lane(said(participant, "id"), name, name, closed=True)
                self.lanes.append(lane)
            elif said(process, "id") not in done:
                done.add(said(process, "id"))
                before = len(self.lanes)
                self._process(process, name or said(process), said(participant, "id"))
                if len(self.lanes) == before:
                    self.lanes.append(Lane(said(participant, "id"), name, name, closed=True))
        for own, process in processes.items():
            if own not in done:
                self._process(process, said(process), own)
        titles += [said(one) for one in processes.values()]
        titles += [said(one) for one in participants] + [said(root)]
        for element in root.iterfind(f"{bpmn('collaboration')}/{bpmn('messageFlow')}"):
            self.branches.append(_branch(element, message=True))
        return Flow(
            title=next(filter(None, titles), ""),
            lanes=tuple(self.lanes),
            steps=tuple(self.steps),
            branches=tuple(self.branches),
        )

    def _process(self, process: etree._Element, pool: str, own: str) -> None:
        leaves = [lane for lanes in process.findall(bpmn("laneSet")) for lane in _leaf_lanes(lanes)]
        for lane in leaves:
            lane_id = said(lane, "id")
            self.lanes.append(Lane(lane_id, said(lane), pool))
            for reference in lane.iterfind(bpmn("flowNodeRef")):
                self.lane_of[_unprefixed(reference.text or "")] = lane_id
        before = len(self.steps)
        self._level(process, "", "" if leaves else own)
        if leaves:
            # What stands in no lane gets one of its own, so that the check can say so.
            if any(not step.lane for step in self.steps[before:]):
                self.lanes.append(Lane(own, "", pool))
            self.steps[before:] = [
                step if step.lane else replace(step, lane=own) for step in self.steps[before:]
            ]
        elif len(self.steps) > before:
            self.lanes.append(Lane(own, pool, pool))

    def _level(self, parent: etree._Element, parent_id: str, lane: str) -> None:
        for element in parent:
            name = local(element)
            if name in KINDS:
                step = self._step(element, name, parent_id, lane)
                self.steps.append(step)
                if step.kind is StepKind.GROUP:
                    self._level(element, step.id, step.lane)
            elif name == "sequenceFlow":
                self.branches.append(_branch(element))

    def _step(self, element: etree._Element, name: str, parent: str, lane: str) -> Step:
        own = said(element, "id")
        if not own:
            raise Invalid(
                "BPMN ファイルを取り込んでいません。"
                f"ID のない要素({name}「{said(element)[:40]}」)があります。"
                "元のソフトで開いて、BPMN 2.0 形式で保存し直してください。"
            )
        noted = extension(element)
        attached = _unprefixed(element.get("attachedToRef", "")) if name == "boundaryEvent" else ""
        host = next((one for one in self.steps if one.id == attached), None) if attached else None
        return Step(
            id=own,
            name=said(element),
            lane=self.lane_of.get(own) or (host.lane if host else "") or lane,
            kind=KINDS[name],
            work=_work(noted),
            minutes=_minutes(noted),
            forms=tuple(self._forms(element, own)),
            parent=parent,
            attached=attached,
            element=name,
        )

    def _forms(self, element: etree._Element, own: str) -> list[str]:
        found = [self.form_name(reference) for reference in data_references(element)]
        found += [self.form_name(reference) for reference in self.associations.get(own, ())]
        return [name for name in dict.fromkeys(found) if name]

    def form_name(self, reference: str) -> str:
        """The name of a data object or store by its reference's ID."""
        target = self.document.by_id.get(_unprefixed(reference))
        if target is None or local(target) not in FORMS:
            return ""
        named = said(target)
        if named:
            return named
        behind = target.get("dataObjectRef") or target.get("dataStoreRef") or ""
        return said(self.document.by_id.get(_unprefixed(behind)))

    def _read_associations(self) -> None:
        """Lines of the drawing between a step and a data object, in either direction."""
        by_id = self.document.by_id
        for element in self.document.root.iter(bpmn("association")):
            ends = [_unprefixed(element.get(name, "")) for name in ("sourceRef", "targetRef")]
            for one, other in (ends, reversed(ends)):
                if other in by_id and local(by_id[other]) in FORMS:
                    self.associations.setdefault(one, []).append(other)


def data_references(element: etree._Element) -> Iterator[str]:
    """What the data associations of a step read from or write to."""
    for association in element:
        name = local(association)
        if name in {"dataInputAssociation", "dataOutputAssociation"}:
            end = "sourceRef" if name == "dataInputAssociation" else "targetRef"
            for reference in association.iterfind(bpmn(end)):
                yield _unprefixed(reference.text or "")


def _leaf_lanes(lanes: etree._Element) -> Iterator[etree._Element]:
    for lane in lanes.iterfind(bpmn("lane")):
        inner = lane.find(bpmn("childLaneSet"))
        if inner is None or inner.find(bpmn("lane")) is None:
            yield lane
        else:
            yield from _leaf_lanes(inner)


def _branch(element: etree._Element, *, message: bool = False) -> Branch:
    own = said(element, "id")
    condition = said(element)
    if not condition and not message:
        expression = element.find(bpmn("conditionExpression"))
        condition = " ".join((expression.text or "").split()) if expression is not None else ""
    return Branch(
        id=own,
        source=_unprefixed(element.get("sourceRef", "")),
        target=_unprefixed(element.get("targetRef", "")),
        condition=condition,
        otherwise=not message and _is_default(element, own),
        message=message,
    )


def _is_default(element: etree._Element, own: str) -> bool:
    source = _unprefixed(element.get("sourceRef", ""))
    parent = element.getparent()
    if not own or parent is None:
        return False
    return any(
        sibling.get("default") == own and sibling.get("id") == source
        for sibling in parent
        if sibling.get("default")
    )


def _unprefixed(reference: str) -> str:
    """References are names that may carry a namespace prefix: `tns:Task_1`."""
    return reference.strip().rpartition(":")[2]


def _work(noted: etree._Element | None) -> Work | None:
    value = noted.get("work", "") if noted is not None else ""
    return Work(value) if value in Work.values() else None


def _minutes(noted: etree._Element | None) -> int | None:
    value = (noted.get("minutes", "") if noted is not None else "").strip()
    if not value.isascii() or not value.isdigit() or len(value) > 6:
        return None
    return int(value) if int(value) <= MAX_MINUTES else None
