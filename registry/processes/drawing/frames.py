"""What stands around the steps: organisations, lanes and groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from registry.processes.drawing import symbols
from registry.processes.drawing.diagram import Box, Shape
from registry.processes.drawing.labelling import HEADER, LEADING
from registry.processes.drawing.lettering import em
from registry.processes.drawing.pen import (
    LETTERS,
    QUIET,
    centred,
    fit,
    group,
    plain,
    rect,
    text,
)
from registry.processes.drawing.symbols import PAPER, number

_TINT: Final = "#eef2f9"


def draw_frame(shape: Shape, shapes: Sequence[Shape]) -> str:
    """An organisation or a lane with its name; an organisation without steps is a plain band."""
    box = shape.box
    empty = shape.kind == "participant" and not any(
        other.kind not in {"participant", "message"} and box.holds(other.box) for other in shapes
    )
    fill = PAPER if shape.kind == "participant" else "none"
    parts = [rect(box, fill, wide=1.6 if shape.kind == "participant" else 1.0)]
    if empty:
        parts.append(centred(shape.name, box, LETTERS))
    elif shape.has("vertical"):
        head = Box(box.x, box.y, box.width, min(HEADER, box.height))
        parts.append(rect(head, _TINT, wide=1.0))
        parts.append(centred(shape.name, head, LETTERS))
    else:
        head = Box(box.x, box.y, min(HEADER, box.width), box.height)
        parts.append(rect(head, _TINT, wide=1.0))
        parts.append(_upright(shape.name, head))
    if shape.has("parallel-instances"):
        parts.append(symbols.foot("parallel-instances", box.centre[0], box.bottom - 9))
    return group(shape, "".join(parts))


def draw_category(shape: Shape) -> str:
    """A frame drawn around steps that belong together."""
    frame = rect(
        shape.box, "none", wide=1.4, round_=10, stroke=QUIET, more=' stroke-dasharray="10 4 2 4"'
    )
    size, lines = fit(shape.name, shape.box.width - 12, 16, 11)
    words = text(lines, shape.box.centre[0], shape.box.y + 3, size) if lines else ""
    return group(shape, frame + words)


def _upright(name: str, head: Box) -> str:
    """A name in the narrow strip: Japanese from top to bottom, anything else turned."""
    x, y = head.centre
    room = head.height - 10
    if name and len(name) * 13 <= room and all(_stands(character) for character in name):
        top = y - len(name) * 13 / 2
        spans = "".join(
            f'<tspan x="{number(x)}" y="{number(top + 11 + 13 * at)}">{plain(character)}</tspan>'
            for at, character in enumerate(name)
        )
        return f'<text text-anchor="middle">{spans}</text>'
    size, lines = fit(name, room, head.width - 2, LETTERS)
    if not lines:
        return ""
    high = len(lines) * size * LEADING
    return text(
        lines, x, y - high / 2, size, more=f' transform="rotate(-90 {number(x)} {number(y)})"'
    )


def _stands(character: str) -> bool:
    """Whether a character looks right one below the other without turning it."""
    return (
        em(character) == 1.0 and character not in "ー〜～（）「」『』［］｛｝〔〕【】…‥―－＝：；／"
    )
