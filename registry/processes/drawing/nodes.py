"""The steps of a picture as SVG, with the data and notes beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from registry.processes.drawing import symbols
from registry.processes.drawing.diagram import EVENTS, GATEWAYS, SUBPROCESSES, TASKS, Box, Shape
from registry.processes.drawing.labelling import LEADING
from registry.processes.drawing.pen import LETTERS, QUIET, fit, rect, text
from registry.processes.drawing.symbols import INK, PAPER, number

_SMALL: Final = 10.0


def reach(shape: Shape, events: Sequence[Box]) -> tuple[float, float]:
    """How far the events at its edge reach into an activity, from above and from below."""
    if shape.kind not in TASKS | SUBPROCESSES and shape.kind != "callActivity":
        return 0.0, 0.0
    box, above, below = shape.box, 0.0, 0.0
    for event in events:
        if box.overlap(event) and box.x + 12 < event.centre[0] < box.right - 12:
            if abs(event.centre[1] - box.y) < abs(event.centre[1] - box.bottom):
                above = max(above, event.bottom - box.y)
            else:
                below = max(below, box.bottom - event.y)
    return above, below


def draw_node(shape: Shape, taken: tuple[float, float] = (0.0, 0.0)) -> str:
    """A step, data or note; `taken` is how far events at its edge reach into it."""
    if shape.kind in EVENTS:
        return _event(shape)
    if shape.kind in GATEWAYS:
        return _gateway(shape)
    if shape.kind in TASKS or shape.kind == "callActivity":
        return _task(shape, taken)
    if shape.kind in SUBPROCESSES:
        return draw_subprocess(shape, taken)
    if shape.kind == "textAnnotation":
        return _annotation(shape)
    if shape.kind == "message":
        return symbols.envelope(*shape.box.centre, shape.box.width, filled=False)
    if shape.kind in {"dataStoreReference", "dataStore"}:
        return _store(shape)
    return _data(shape)


def draw_subprocess(shape: Shape, taken: tuple[float, float] = (0.0, 0.0)) -> str:
    """A 下位フロー: opened it is a frame for its steps, closed a step with its name inside."""
    dashed = ' stroke-dasharray="2 3"' if shape.has("event-sub") else ""
    box = shape.box
    border = 3.4 if shape.kind == "callActivity" else 1.4
    parts = [rect(box, PAPER, wide=border, round_=9, more=dashed)]
    if shape.kind == "transaction":
        parts.append(rect(box.grown(-3), "none", wide=1.2, round_=7))
    if shape.has("expanded"):
        size, lines = fit(shape.name, box.width - 16, 18, LETTERS)
        if lines:
            parts.append(text(lines, box.centre[0], box.y + 4, size))
        signs = symbols.feet(shape.marks, shape.kind)
        first = box.centre[0] - 8 * (len(signs) - 1)
        parts += [
            symbols.foot(name, first + 16 * at, box.bottom - 9) for at, name in enumerate(signs)
        ]
    else:
        parts.append(_inner(shape, taken, head=4.0))
    return "".join(parts)


def _event(shape: Shape) -> str:
    x, y = shape.box.centre
    radius = min(shape.box.width, shape.box.height) / 2
    dashed = ' stroke-dasharray="4 2.6"' if shape.has("non-interrupting") else ""
    outer = {"startEvent": 1.4, "endEvent": 3.2}.get(shape.kind, 1.2)
    ring = (
        f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" fill="{PAPER}" '
        f'stroke="{INK}" stroke-width="{outer}"{dashed}/>'
    )
    if shape.kind not in {"startEvent", "endEvent"}:
        ring += (
            f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(max(1, radius - 3))}" '
            f'fill="none" stroke="{INK}" stroke-width="1.2"{dashed}/>'
        )
    return ring + symbols.event(shape.marks, x, y, radius)


def _gateway(shape: Shape) -> str:
    box, (x, y) = shape.box, shape.box.centre
    diamond = [(x, box.y), (box.right, y), (x, box.bottom), (box.x, y)]
    return symbols.polygon(diamond, PAPER, 1.4) + symbols.gateway(
        shape.kind, shape.marks, x, y, min(box.width, box.height) / 2
    )


def _task(shape: Shape, taken: tuple[float, float]) -> str:
    border = 3.4 if shape.kind == "callActivity" else 1.4
    parts = [rect(shape.box, PAPER, wide=border, round_=8)]
    sign = symbols.task(shape.kind, shape.marks, shape.box.x + 5, shape.box.y + 5)
    tag = _tag(shape)
    parts += [sign, tag, _inner(shape, taken, head=19.0 if sign or tag else 4.0)]
    return "".join(parts)


def _tag(shape: Shape) -> str:
    """Minutes and sort of work, in the upper right corner."""
    step = shape.step
    if step is None or (step.minutes is None and step.work is None):
        return ""
    said = [step.work.label] if step.work else []
    said += [f"{step.minutes}分"] if step.minutes is not None else []
    return text(
        ("・".join(said),), shape.box.right - 5, shape.box.y + 4, _SMALL, anchor="end",
        more=f' fill="{QUIET}"',
    )  # fmt: skip


def _inner(shape: Shape, taken: tuple[float, float], head: float) -> str:
    """The name inside an activity and the signs at its foot."""
    box = shape.box
    signs = symbols.feet(shape.marks, shape.kind)
    foot = 17.0 if signs else 4.0
    head, foot = max(head, taken[0]), max(foot, taken[1])
    whole = box.height - 8
    size, lines = fit(shape.name, box.width - 10, box.height - head - foot, LETTERS)
    high = len(lines) * size * LEADING
    y = box.y + head + (box.height - head - foot - high) / 2
    if head > 4 and high + 2 * (head - 4) <= whole and not signs and not any(taken):
        y = box.centre[1] - high / 2  # room enough to stand in the true middle
    parts = [text(lines, box.centre[0], y, size)] if lines else []
    first = box.centre[0] - 8 * (len(signs) - 1)
    parts += [symbols.foot(name, first + 16 * at, box.bottom - 9) for at, name in enumerate(signs)]
    return "".join(parts)


def _data(shape: Shape) -> str:
    box = shape.box
    fold = min(12.0, box.width / 3)
    outline = [
        (box.x, box.y), (box.right - fold, box.y), (box.right, box.y + fold),
        (box.right, box.bottom), (box.x, box.bottom),
    ]  # fmt: skip
    corner = f"M{number(box.right - fold)} {number(box.y)}v{number(fold)}h{number(fold)}"
    parts = [symbols.polygon(outline, PAPER), symbols.path(corner, wide=1.2)]
    if shape.kind in {"dataInput", "dataOutput"}:
        x, y = box.x + 5, box.y + 6
        arrow = [
            (x, y), (x + 7, y), (x + 7, y - 2.5), (x + 12, y + 2), (x + 7, y + 6.5), (x + 7, y + 4),
            (x, y + 4),
        ]  # fmt: skip
        parts.append(symbols.polygon(arrow, INK if shape.kind == "dataOutput" else PAPER, 1))
    if shape.has("collection"):
        parts.append(symbols.foot("parallel-instances", box.centre[0], box.bottom - 8))
    return "".join(parts)


def _store(shape: Shape) -> str:
    box = shape.box
    high = min(box.height / 5, 12)
    half = number(box.width / 2)
    arc = f"a{half} {number(high / 2)} 0 0 0 {number(box.width)} 0"
    d = (
        f"M{number(box.x)} {number(box.y + high / 2)}{arc}a{half} {number(high / 2)} 0 0 0 "
        f"-{number(box.width)} 0v{number(box.height - high)}{arc}v-{number(box.height - high)}"
    )
    rings = "".join(
        f"M{number(box.x)} {number(box.y + high / 2 + high * 0.5 * at)}{arc}" for at in (1, 2)
    )
    return symbols.path(d, PAPER) + symbols.path(rings, wide=1.1)


def _annotation(shape: Shape) -> str:
    box = shape.box
    bracket = f"M{number(box.x + 10)} {number(box.y)}h-10v{number(box.height)}h10"
    size, lines = fit(shape.name, box.width - 10, box.height - 4, 11)
    return symbols.path(bracket) + (
        text(lines, box.x + 7, box.y + 3, size, anchor="start") if lines else ""
    )
