"""The picture of a flow as plain data: where each shape and line stands, before it is drawn.

`interchange` takes it from the coordinates a BPMN file brings along; a flow without any is laid out
by `layout`, which gives the same kind of picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from registry.processes.bpmn.reading import FORMS, KINDS
from registry.processes.flow import Step

Point = tuple[float, float]

TASKS: Final = frozenset(name for name in KINDS if name.lower().endswith("task"))
EVENTS: Final = frozenset(name for name in KINDS if name.endswith("Event"))
GATEWAYS: Final = frozenset(name for name in KINDS if name.endswith("Gateway"))
SUBPROCESSES: Final = frozenset({"subProcess", "transaction", "adHocSubProcess"})
DATA: Final = FORMS | {"dataObject", "dataStore", "dataInput", "dataOutput"}
AROUND: Final = frozenset({"participant", "lane"})
BESIDE: Final = frozenset({"textAnnotation", "group", "message"})
SHAPES: Final = frozenset(KINDS) | DATA | AROUND | BESIDE
LINES: Final = frozenset(
    {"sequenceFlow", "messageFlow", "association", "dataInputAssociation", "dataOutputAssociation"}
)


class Box(NamedTuple):
    """A rectangle; y grows downwards, the unit is the pixel of BPMN files."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def centre(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2

    def grown(self, by: float) -> Box:
        return Box(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    def overlap(self, other: Box) -> float:
        """The area both cover."""
        wide = min(self.right, other.right) - max(self.x, other.x)
        high = min(self.bottom, other.bottom) - max(self.y, other.y)
        return wide * high if wide > 0 and high > 0 else 0.0

    def holds(self, other: Box) -> bool:
        return (
            self.x <= other.x
            and self.y <= other.y
            and self.right >= other.right
            and self.bottom >= other.bottom
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """`kind` is the BPMN element; `marks` say what else is drawn on it (see `drawing`).

    `label` is where the file wants the name to stand, when it says so. `step` carries minutes and
    the sort of work.
    """

    id: str
    kind: str
    name: str
    box: Box
    marks: frozenset[str] = frozenset()
    label: Box | None = None
    step: Step | None = None

    def has(self, mark: str) -> bool:
        return mark in self.marks


@dataclass(frozen=True, slots=True)
class Edge:
    """A line with at least two points. `marks`: default, conditional, both, one, message."""

    id: str
    kind: str
    name: str
    points: tuple[Point, ...]
    marks: frozenset[str] = frozenset()
    label: Box | None = None
    source: str = ""
    target: str = ""

    def has(self, mark: str) -> bool:
        return mark in self.marks

    @property
    def segments(self) -> tuple[tuple[Point, Point], ...]:
        return tuple(pairwise(self.points))


@dataclass(frozen=True, slots=True)
class Diagram:
    """`unknown` names the elements a file draws that are no part of a process diagram."""

    title: str
    shapes: tuple[Shape, ...]
    edges: tuple[Edge, ...]
    unknown: tuple[str, ...] = ()
