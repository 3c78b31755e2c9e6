"""The lines of a picture as SVG, with the signs at their ends."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from registry.processes.drawing import symbols
from registry.processes.drawing.diagram import Edge, Point
from registry.processes.drawing.pen import Mark, kebab, plain
from registry.processes.drawing.symbols import INK, PAPER, number, points


def draw_edge(edge: Edge, mark: Mark | None) -> str:
    """A line with its arrow and signs, in the colour of its difference if it has one."""
    colour = mark.colour if mark else INK
    wide = 2.6 if mark else 1.3
    dash = {"messageFlow": "8 4", "association": "1.5 4"}.get(edge.kind, "")
    if edge.kind.startswith("data"):
        dash = "1.5 4"
    more = f' stroke-dasharray="{dash}"' if dash else ""
    if dash == "1.5 4":
        more += ' stroke-linecap="round"'
    line = (
        f'<polyline points="{points(edge.points)}" fill="none" stroke="{colour}" '
        f'stroke-width="{wide}" stroke-linejoin="round"{more}/>'
    )
    parts = [line]
    before, end = _last(edge.points)
    after, start = _last(tuple(reversed(edge.points)))
    if edge.kind == "sequenceFlow":
        parts.append(_arrow(before, end, colour, colour))
        if edge.has("default"):
            parts.append(_slash(start, after, colour))
        if edge.has("conditional"):
            parts.append(_diamond(start, after, colour))
    elif edge.kind == "messageFlow":
        parts.append(_arrow(before, end, PAPER, colour))
        dx, dy = _unit(start, after)  # beside the shape it leaves, which would hide half of it
        parts.append(
            f'<circle cx="{number(start[0] + dx * 3.6)}" cy="{number(start[1] + dy * 3.6)}" '
            f'r="3.6" fill="{PAPER}" '
            f'stroke="{colour}" stroke-width="1.2"/>'
        )
        if edge.has("message-initiating") or edge.has("message-non-initiating"):
            x, y = _middle(edge.points)
            parts.append(symbols.envelope(x, y, 22, filled=edge.has("message-non-initiating")))
    else:
        if edge.has("one") or edge.has("both"):
            parts.append(_head(before, end, colour))
        if edge.has("both"):
            parts.append(_head(after, start, colour))
    name = f"<title>{plain(edge.name)}</title>" if edge.name else ""
    return f'<g class="kz-flow-{kebab(edge.kind)}">{name}{"".join(parts)}</g>'


def _last(found: Sequence[Point]) -> tuple[Point, Point]:
    """The last point and the one before it that is far enough away to give a direction."""
    end = found[-1]
    for before in reversed(found[:-1]):
        if abs(before[0] - end[0]) + abs(before[1] - end[1]) > 0.5:
            return before, end
    return (end[0] - 1, end[1]), end


def _unit(one: Point, other: Point) -> Point:
    dx, dy = other[0] - one[0], other[1] - one[1]
    long = (dx * dx + dy * dy) ** 0.5 or 1.0
    return dx / long, dy / long


def _arrow(before: Point, end: Point, fill: str, stroke: str) -> str:
    dx, dy = _unit(before, end)
    back = (end[0] - dx * 9, end[1] - dy * 9)
    shape = [
        end,
        (back[0] - dy * 4.4, back[1] + dx * 4.4),
        (back[0] + dy * 4.4, back[1] - dx * 4.4),
    ]
    return (
        f'<polygon points="{points(shape)}" fill="{fill}" stroke="{stroke}" stroke-width="1.2" '
        'stroke-linejoin="round"/>'
    )


def _head(before: Point, end: Point, colour: str) -> str:
    dx, dy = _unit(before, end)
    back = (end[0] - dx * 8, end[1] - dy * 8)
    shape = [
        (back[0] - dy * 4.5, back[1] + dx * 4.5),
        end,
        (back[0] + dy * 4.5, back[1] - dx * 4.5),
    ]
    return f'<polyline points="{points(shape)}" fill="none" stroke="{colour}" stroke-width="1.3"/>'


def _slash(start: Point, after: Point, colour: str) -> str:
    dx, dy = _unit(start, after)
    x, y = start[0] + dx * 10, start[1] + dy * 10
    one = (x - dx * 3 - dy * 5, y - dy * 3 + dx * 5)
    other = (x + dx * 3 + dy * 5, y + dy * 3 - dx * 5)
    return (
        f'<polyline points="{points((one, other))}" fill="none" stroke="{colour}" '
        'stroke-width="1.6"/>'
    )


def _diamond(start: Point, after: Point, colour: str) -> str:
    dx, dy = _unit(start, after)
    shape = [
        start,
        (start[0] + dx * 8 - dy * 4.5, start[1] + dy * 8 + dx * 4.5),
        (start[0] + dx * 16, start[1] + dy * 16),
        (start[0] + dx * 8 + dy * 4.5, start[1] + dy * 8 - dx * 4.5),
    ]
    return (
        f'<polygon points="{points(shape)}" fill="{PAPER}" stroke="{colour}" stroke-width="1.2"/>'
    )


def _middle(found: Sequence[Point]) -> Point:
    """Half way along a line."""
    longs = [((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5 for a, b in pairwise(found)]
    rest = sum(longs) / 2
    for at, long in enumerate(longs):
        if rest <= long and long:
            a, b = found[at], found[at + 1]
            return a[0] + (b[0] - a[0]) * rest / long, a[1] + (b[1] - a[1]) * rest / long
        rest -= long
    return found[0]
