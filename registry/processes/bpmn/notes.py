"""The text annotations of a BPMN file (注記): what they say and what they are about.

The flow does not model them; they stay in the file. They are read so that the words beside a
drawing say everything the drawing says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from registry.processes.bpmn.reading import Document, bpmn, local, said

_ENDS: Final = ("sourceRef", "targetRef")


@dataclass(frozen=True, slots=True)
class Note:
    """One annotation that belongs to no step; `about` names what it is joined to, "" for nothing."""

    text: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Notes:
    """What is written at each step, by its ID, and what is written elsewhere; in the file's order."""

    by_step: Mapping[str, tuple[str, ...]]
    elsewhere: tuple[Note, ...]


def notes_of(document: Document) -> Notes:
    """Every annotation once at each step it is joined to; at a line it belongs to the step before."""
    joined: dict[str, list[str]] = {}
    for line in document.root.iter(bpmn("association")):
        ends = [(line.get(end) or "").strip().rpartition(":")[2] for end in _ENDS]
        for one, other in (ends, ends[::-1]):
            joined.setdefault(one, []).append(other)
    by_step: dict[str, list[str]] = {}
    elsewhere: list[Note] = []
    for element in document.root.iter(bpmn("textAnnotation")):
        text = annotation_text(element)
        if not text:
            continue
        others = [_step_at(document, other) for other in joined.get(said(element, "id"), ())]
        steps = [other for other in others if other in document.flow.by_id]
        for step in dict.fromkeys(steps):
            by_step.setdefault(step, []).append(text)
        if not steps:
            names = [said(document.by_id.get(other)) for other in others]
            elsewhere.append(Note(text, next(filter(None, names), "")))
    return Notes({step: tuple(texts) for step, texts in by_step.items()}, tuple(elsewhere))


def annotation_text(element: etree._Element) -> str:
    """The words of an annotation as one line."""
    text = element.find(bpmn("text"))
    words = "".join(map(str, text.itertext())) if text is not None else ""
    return " ".join(words.split())


def _step_at(document: Document, own: str) -> str:
    """The step an annotation's line leads to: of a line between steps the one it leaves."""
    element = document.by_id.get(own)
    if element is not None and local(element) == "sequenceFlow":
        return (element.get("sourceRef") or "").strip().rpartition(":")[2]
    return own
