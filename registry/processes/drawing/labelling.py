"""Where names stand that do not fit inside their shape: at events, gateways, data and lines.

A file's own place is taken unless something is in the way; then the label moves, the shapes stay.
Each label takes the cheapest of a few places, in the order of the drawing, so the same picture
gives the same places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from registry.processes.drawing.diagram import (
    AROUND,
    DATA,
    EVENTS,
    GATEWAYS,
    Box,
    Diagram,
    Edge,
    Point,
    Shape,
)
from registry.processes.drawing.lettering import longest, width, wrap

SIZE: Final = 11.0
LEADING: Final = 1.25
_ROOM: Final = 96.0
_GAP: Final = 3.0
_CELL: Final = 120.0
HEADER: Final = 30.0
"""The strip of a pool or lane that carries its name, as drawn by every BPMN tool."""


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of text centred at `x`, the first one's upper edge at `y`."""

    owner: str
    lines: tuple[str, ...]
    x: float
    y: float
    size: float = SIZE
    on_line: bool = False

    @property
    def box(self) -> Box:
        wide = max(width(line, self.size) for line in self.lines)
        return Box(self.x - wide / 2, self.y, wide, len(self.lines) * self.size * LEADING)


class _Field:
    """What is in the way, in cells, so that a label looks only at its neighbourhood."""

    def __init__(self) -> None:
        self._shapes: dict[tuple[int, int], list[tuple[str, Box]]] = {}
        self._labels: dict[tuple[int, int], list[Box]] = {}
        self._lines: dict[tuple[int, int], list[tuple[str, Point, Point]]] = {}

    def add_shape(self, owner: str, box: Box) -> None:
        for cell in _cells(box):
            self._shapes.setdefault(cell, []).append((owner, box))

    def add_label(self, box: Box) -> None:
        for cell in _cells(box):
            self._labels.setdefault(cell, []).append(box)

    def add_line(self, owner: str, one: Point, other: Point) -> None:
        # Long slanting lines are cut so that they do not fill cells they never touch.
        long = max(abs(one[0] - other[0]), abs(one[1] - other[1]))
        parts = max(1, min(200, round(long / _CELL)))
        for at in range(parts):
            a, b = _between(one, other, at / parts), _between(one, other, (at + 1) / parts)
            box = Box(min(a[0], b[0]), min(a[1], b[1]), abs(a[0] - b[0]), abs(a[1] - b[1]))
            for cell in _cells(box):
                self._lines.setdefault(cell, []).append((owner, a, b))

    def cost(self, box: Box, owner: str, limit: float) -> float:
        """What lies under a box, in squares and lengths; not counted further than `limit`."""
        total = 0.0
        seen: set[tuple[object, ...]] = set()
        for cell in _cells(box):
            for own, other in self._shapes.get(cell, ()):
                share = box.overlap(other)
                if share and other not in seen:
                    seen.add(other)
                    total += share * (2.0 if own != owner else 3.0)
            for label in self._labels.get(cell, ()):
                share = box.overlap(label)
                if share and label not in seen:
                    seen.add(label)
                    total += share * 4.0
            for _, one, end in self._lines.get(cell, ()):
                long = _inside(one, end, box)
                if long and (one, end) not in seen:
                    seen.add((one, end))
                    total += long * SIZE
            if total >= limit:
                break
        return total


def _cells(box: Box) -> Iterator[tuple[int, int]]:
    for column in range(int(box.x // _CELL), int(box.right // _CELL) + 1):
        for row in range(int(box.y // _CELL), int(box.bottom // _CELL) + 1):
            yield column, row


def _between(one: Point, other: Point, share: float) -> Point:
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


def _inside(one: Point, other: Point, box: Box) -> float:
    """How much of a line lies inside a box."""
    (x, y), (ex, ey) = one, other
    if (
        max(x, ex) < box.x
        or min(x, ex) > box.right
        or max(y, ey) < box.y
        or min(y, ey) > box.bottom
    ):
        return 0.0
    dx, dy = ex - x, ey - y
    low, high = 0.0, 1.0
    for delta, near, far in (
        (dx, box.x - x, box.right - x),
        (dy, box.y - y, box.bottom - y),
    ):
        if delta == 0:
            if near > 0 or far < 0:
                return 0.0
            continue
        enter, leave = sorted((near / delta, far / delta))
        low, high = max(low, enter), min(high, leave)
        if low >= high:
            return 0.0
    length: float = (dx * dx + dy * dy) ** 0.5 * (high - low)
    return length


def place(diagram: Diagram) -> tuple[Label, ...]:
    """The labels of everything whose name stands outside its shape."""
    field = _Field()
    for shape in diagram.shapes:
        _occupy(field, shape)
    for edge in diagram.edges:
        for one, other in edge.segments:
            field.add_line(edge.id, one, other)
    placed: list[Label] = []
    for shape in diagram.shapes:
        if shape.name and shape.kind in EVENTS | GATEWAYS | DATA | {"message"}:
            placed.append(_cheapest(field, shape.id, list(_beside(shape))))
            field.add_label(placed[-1].box.grown(1))
    for edge in diagram.edges:
        if edge.name:
            placed.append(_cheapest(field, edge.id, list(_along(edge))))
            field.add_label(placed[-1].box.grown(1))
    return tuple(placed)


def _occupy(field: _Field, shape: Shape) -> None:
    box = shape.box
    if shape.kind in AROUND:
        if shape.has("vertical"):
            field.add_shape(shape.id, Box(box.x, box.y, box.width, min(HEADER, box.height)))
        else:
            field.add_shape(shape.id, Box(box.x, box.y, min(HEADER, box.width), box.height))
            field.add_line(shape.id, (box.x + HEADER, box.y), (box.x + HEADER, box.bottom))
        _outline(field, shape)
    elif shape.has("expanded"):
        field.add_shape(shape.id, Box(box.x, box.y, box.width, min(20.0, box.height)))
        _outline(field, shape)
    elif shape.kind != "group":
        field.add_shape(shape.id, box)


def _outline(field: _Field, shape: Shape) -> None:
    """Borders of what stands around others count as lines: a label should not lie across them."""
    box = shape.box
    corners = [(box.x, box.y), (box.right, box.y), (box.right, box.bottom), (box.x, box.bottom)]
    for one, other in pairwise([*corners, corners[0]]):
        field.add_line(shape.id, one, other)


def _cheapest(field: _Field, owner: str, found: list[tuple[float, Label]]) -> Label:
    best, least = found[0][1], float("inf")
    for wish, label in found:
        if wish >= least:
            continue
        cost = wish + field.cost(label.box.grown(1.5), owner, least - wish)
        if cost < least - 1e-6:
            best, least = label, cost
        if least < 1:
            break
    return best


def _beside(shape: Shape) -> Iterator[tuple[float, Label]]:
    """Places around a shape with the cost of wishing for something else."""
    box, (x, y) = shape.box, shape.box.centre
    room = _ROOM
    if shape.label is not None:
        own = _wrapped(shape.name, max(60.0, min(170.0, shape.label.width + 12)))
        yield 0.0, Label(shape.id, own, shape.label.centre[0], shape.label.y)
    for extra, wide in ((0.0, room), (30.0, room * 1.6), (60.0, room * 0.65)):
        lines = _wrapped(shape.name, wide)
        high = len(lines) * SIZE * LEADING
        half = max(width(line, SIZE) for line in lines) / 2
        above, below = box.y - _GAP - high, box.bottom + _GAP
        left, right = box.x - half - _GAP - 2, box.right + half + _GAP + 2
        first = 8.0 + extra
        at = [(x, below), (x, above)]
        if shape.kind in GATEWAYS:
            at.reverse()
        at += [
            (right - 4, above + 4),
            (left + 4, above + 4),
            (right - 4, below - 4),
            (left + 4, below - 4),
            (right, y - high / 2),
            (left, y - high / 2),
        ]
        for rank, (cx, top) in enumerate(at):
            yield first + 6 * rank, Label(shape.id, lines, cx, top)
        for rank, further in enumerate((16.0, 32.0, 48.0)):
            yield first + 70 + 20 * rank, Label(shape.id, lines, x, above - further)
            yield first + 75 + 20 * rank, Label(shape.id, lines, x, below + further)


def _wrapped(name: str, room: float) -> tuple[str, ...]:
    """At most eight lines; a long foreign word makes the label wider rather than being torn."""
    return wrap(name, max(room, min(longest(name, SIZE), 2 * room)), SIZE, 8)


def _along(edge: Edge) -> Iterator[tuple[float, Label]]:
    """Places beside a line; a condition belongs near the gateway it leaves."""
    if edge.label is not None and edge.label.width > 1:
        own = _wrapped(edge.name, max(60.0, min(190.0, edge.label.width + 14)))
        yield 0.0, Label(edge.id, own, edge.label.centre[0], edge.label.y, on_line=True)
    for extra, wide in ((0.0, _ROOM * 1.25), (25.0, _ROOM * 0.7)):
        lines = _wrapped(edge.name, wide)
        high = len(lines) * SIZE * LEADING
        half = max(width(line, SIZE) for line in lines) / 2
        for rank, (one, other) in enumerate(edge.segments):
            flat = abs(one[1] - other[1]) <= abs(one[0] - other[0])
            long = max(abs(one[0] - other[0]), abs(one[1] - other[1]))
            short_of = max(0.0, (2 * half if flat else high) - long)
            for turn, share in enumerate((0.0, 0.5, 0.85)):
                base = 10 + extra + 9 * rank + 5 * turn + short_of * 0.4
                x, y = _between(one, other, share)
                if flat:
                    if share == 0.0:
                        x += (half + 5) * (1 if other[0] >= one[0] else -1)
                    yield base, Label(edge.id, lines, x, y - high - _GAP, on_line=True)
                    yield base + 4, Label(edge.id, lines, x, y + _GAP, on_line=True)
                else:
                    if share == 0.0:
                        y += (high / 2 + 6) * (1 if other[1] >= one[1] else -1)
                    side = half + _GAP + 2
                    yield base, Label(edge.id, lines, x + side, y - high / 2, on_line=True)
                    yield base + 4, Label(edge.id, lines, x - side, y - high / 2, on_line=True)
