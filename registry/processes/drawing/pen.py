"""What every part of the SVG is written with: text, boxes, names that fit, groups with a title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from registry.processes.drawing.diagram import SUBPROCESSES, TASKS, Box, Shape
from registry.processes.drawing.labelling import LEADING
from registry.processes.drawing.lettering import longest, width, wrap
from registry.processes.drawing.symbols import INK, number

LETTERS: Final = 12.0
"""The size of names in steps and lanes."""
QUIET: Final = "#595959"
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Mark:
    """A difference shown at a shape: sign, word and colour together, never colour alone."""

    sign: str
    word: str
    colour: str
    tint: str


def plain(text: str) -> str:
    """Text as it may stand in XML."""
    return escape(_NOT_XML.sub("", text))


def text(
    lines: Sequence[str],
    x: float,
    y: float,
    size: float,
    *,
    anchor: str = "middle",
    more: str = "",
) -> str:
    """Lines below one another, the upper edge of the first at `y`."""
    spans = []
    for at, line in enumerate(lines):
        base = y + size * 0.92 + at * size * LEADING
        spans.append(f'<tspan x="{number(x)}" y="{number(base)}">{plain(line)}</tspan>')
    turn = "" if anchor == "start" else f' text-anchor="{anchor}"'
    scale = "" if size == 12 else f' font-size="{number(size)}"'
    return f"<text{turn}{scale}{more}>{''.join(spans)}</text>"


def rect(
    box: Box, fill: str, *, wide: float = 1.4, round_: float = 0, stroke: str = INK, more: str = ""
) -> str:
    """A box with an outline."""
    corner = f' rx="{number(round_)}"' if round_ else ""
    return (
        f'<rect x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" '
        f'height="{number(box.height)}"{corner} fill="{fill}" stroke="{stroke}" '
        f'stroke-width="{wide}"{more}/>'
    )


def group(shape: Shape, body: str) -> str:
    """A shape with its whole name as title."""
    name = f"<title>{plain(shape.name)}</title>" if shape.name else ""
    return f'<g class="kz-flow-{kebab(shape.kind)}">{name}{body}</g>'


def halo(shape: Shape, mark: Mark) -> str:
    """What shows a difference around a shape."""
    round_ = 14 if shape.kind in TASKS | SUBPROCESSES else 6
    return rect(
        shape.box.grown(5), mark.tint, wide=2.4, round_=round_, stroke=mark.colour,
        more=' stroke-dasharray="7 3"',
    )  # fmt: skip


def kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def fit(name: str, wide: float, high: float, size: float) -> tuple[float, tuple[str, ...]]:
    """The largest lettering in which a name fits a room; the smallest one cuts it."""
    if not name or wide <= 4:
        return size, ()
    while True:
        lines = wrap(name, max(wide, size * 2), size)
        fits = len(lines) * size * LEADING <= high and longest(name, size) <= wide
        if fits and all(width(line, size) <= wide for line in lines):
            return size, lines
        if size <= 8.5:
            return size, wrap(name, max(wide, size * 2), size, max(1, int(high / (size * LEADING))))
        size -= 0.5


def centred(name: str, box: Box, size: float) -> str:
    """A name in the middle of a box."""
    size, lines = fit(name, box.width - 8, box.height - 4, size)
    high = len(lines) * size * LEADING
    x, y = box.centre
    return text(lines, x, y - high / 2, size) if lines else ""
