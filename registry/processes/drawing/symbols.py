"""The small signs of BPMN: what stands in an event, a gateway, at the corner and foot of a task.

Each function returns SVG elements around a centre, drawn with presentation attributes only, so that
a strict content policy lets them stand in a page and WeasyPrint draws them on paper.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from typing import Final

INK: Final = "#1a1a1c"
PAPER: Final = "#ffffff"

_EVENT_SIGNS: Final = (
    "message", "timer", "error", "escalation", "cancel", "compensate", "conditional", "link",
    "signal", "terminate", "multiple", "parallel-multiple",
)  # fmt: skip


def number(value: float) -> str:
    """A coordinate with at most one decimal, the same on every machine."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def points(found: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in found)


def polygon(found: Sequence[tuple[float, float]], fill: str, wide: float = 1.3) -> str:
    return (
        f'<polygon points="{points(found)}" fill="{fill}" stroke="{INK}" stroke-width="{wide}" '
        'stroke-linejoin="round"/>'
    )


def path(d: str, fill: str = "none", wide: float = 1.4) -> str:
    return (
        f'<path d="{d}" fill="{fill}" stroke="{INK}" stroke-width="{wide}" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    )


def circle(x: float, y: float, radius: float, fill: str = "none", wide: float = 1.4) -> str:
    return (
        f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" fill="{fill}" '
        f'stroke="{INK}" stroke-width="{wide}"/>'
    )


def event(marks: Collection[str], x: float, y: float, radius: float) -> str:
    """What an event waits for or sends; filled when it sends."""
    sign = next((name for name in _EVENT_SIGNS if name in marks), "")
    if not sign:
        return ""
    fill = INK if "throw" in marks else "none"
    return _EVENTS[sign](x, y, radius * 0.56, fill)


def _message(x: float, y: float, r: float, fill: str) -> str:
    wide, high = r, r * 0.68
    line = PAPER if fill == INK else INK
    box = [(x - wide, y - high), (x + wide, y - high), (x + wide, y + high), (x - wide, y + high)]
    flap = (
        f"M{number(x - wide)} {number(y - high)}L{number(x)} {number(y + high * 0.15)}"
        f"L{number(x + wide)} {number(y - high)}"
    )
    return polygon(box, fill) + (
        f'<path d="{flap}" fill="none" stroke="{line}" stroke-width="1.2"/>'
    )


def envelope(x: float, y: float, wide: float, *, filled: bool) -> str:
    """The message that stands on a message flow; `filled` for an answer."""
    return _message(x, y, wide / 2, "#d9d9d9" if filled else PAPER)


def _timer(x: float, y: float, r: float, fill: str) -> str:
    del fill
    ticks = "".join(
        f"M{number(x + math.cos(turn) * r * 0.8)} {number(y + math.sin(turn) * r * 0.8)}"
        f"L{number(x + math.cos(turn) * r)} {number(y + math.sin(turn) * r)}"
        for turn in (math.pi / 6 * hour for hour in range(12))
    )
    hands = (
        f"M{number(x + r * 0.25)} {number(y - r * 0.75)}L{number(x)} {number(y)}h{number(r * 0.5)}"
    )
    return circle(x, y, r * 1.1, PAPER, 1.2) + path(ticks, wide=0.9) + path(hands, wide=1.2)


def _error(x: float, y: float, r: float, fill: str) -> str:
    shape = [(-1, 0.9), (-0.35, -0.75), (0.3, 0.15), (1, -0.9), (0.4, 0.8), (-0.3, -0.1)]
    return polygon([(x + a * r, y + b * r) for a, b in shape], fill)


def _escalation(x: float, y: float, r: float, fill: str) -> str:
    return polygon(
        [(x, y - r), (x + r * 0.75, y + r * 0.85), (x, y + r * 0.15), (x - r * 0.75, y + r * 0.85)],
        fill,
    )


def _cancel(x: float, y: float, r: float, fill: str) -> str:
    arm, out = r * 0.28, r * 0.95
    cross = [
        (0, -arm), (out - arm, -out), (out, -out + arm), (arm, 0), (out, out - arm),
        (out - arm, out), (0, arm), (-out + arm, out), (-out, out - arm), (-arm, 0),
        (-out, -out + arm), (-out + arm, -out),
    ]  # fmt: skip
    return polygon([(x + a, y + b) for a, b in cross], fill)


def _compensate(x: float, y: float, r: float, fill: str) -> str:
    left = [(x - r * 0.95, y), (x - r * 0.05, y - r * 0.7), (x - r * 0.05, y + r * 0.7)]
    right = [(a + r * 0.85, b) for a, b in left]
    return polygon(left, fill) + polygon(right, fill)


def _conditional(x: float, y: float, r: float, fill: str) -> str:
    del fill
    high, wide = r * 0.95, r * 0.75
    box = [(x - wide, y - high), (x + wide, y - high), (x + wide, y + high), (x - wide, y + high)]
    rows = "".join(
        f"M{number(x - wide * 0.65)} {number(y + high * row)}h{number(wide * 1.3)}"
        for row in (-0.55, -0.18, 0.18, 0.55)
    )
    return polygon(box, PAPER) + path(rows, wide=1)


def _link(x: float, y: float, r: float, fill: str) -> str:
    shape = [
        (-1, -0.35),
        (0.15, -0.35),
        (0.15, -0.8),
        (1, 0),
        (0.15, 0.8),
        (0.15, 0.35),
        (-1, 0.35),
    ]
    return polygon([(x + a * r, y + b * r) for a, b in shape], fill)


def _signal(x: float, y: float, r: float, fill: str) -> str:
    return polygon(
        [(x, y - r * 0.95), (x + r * 0.9, y + r * 0.65), (x - r * 0.9, y + r * 0.65)], fill
    )


def _terminate(x: float, y: float, r: float, fill: str) -> str:
    return circle(x, y, r * 1.05, fill)


def _multiple(x: float, y: float, r: float, fill: str) -> str:
    return polygon(_corners(x, y, r, 5), fill)


def _parallel_multiple(x: float, y: float, r: float, fill: str) -> str:
    return _plus(x, y, r, fill if fill == INK else PAPER)


def _corners(x: float, y: float, r: float, count: int) -> list[tuple[float, float]]:
    turns = [2 * math.pi * at / count - math.pi / 2 for at in range(count)]
    return [(x + r * math.cos(turn), y + r * math.sin(turn)) for turn in turns]


def _plus(x: float, y: float, r: float, fill: str) -> str:
    arm = r * 0.3
    shape = [
        (-arm, -r), (arm, -r), (arm, -arm), (r, -arm), (r, arm), (arm, arm), (arm, r), (-arm, r),
        (-arm, arm), (-r, arm), (-r, -arm), (-arm, -arm),
    ]  # fmt: skip
    return polygon([(x + a, y + b) for a, b in shape], fill)


_EVENTS: Final[dict[str, Callable[[float, float, float, str], str]]] = {
    "message": _message,
    "timer": _timer,
    "error": _error,
    "escalation": _escalation,
    "cancel": _cancel,
    "compensate": _compensate,
    "conditional": _conditional,
    "link": _link,
    "signal": _signal,
    "terminate": _terminate,
    "multiple": _multiple,
    "parallel-multiple": _parallel_multiple,
}


def gateway(kind: str, marks: Collection[str], x: float, y: float, r: float) -> str:
    """The sign in a diamond whose half diagonal is `r`."""
    if kind == "exclusiveGateway":
        if "marker" not in marks:
            return ""
        a = r * 0.36
        d = (
            f"M{number(x - a)} {number(y - a)}L{number(x + a)} {number(y + a)}"
            f"M{number(x + a)} {number(y - a)}L{number(x - a)} {number(y + a)}"
        )
        return path(d, wide=2.6)
    if kind == "parallelGateway":
        d = f"M{number(x)} {number(y - r * 0.52)}v{number(r * 1.04)}M{number(x - r * 0.52)} {number(y)}h{number(r * 1.04)}"
        return path(d, wide=2.6)
    if kind == "inclusiveGateway":
        return circle(x, y, r * 0.48, wide=2.4)
    if kind == "complexGateway":
        a = r * 0.38
        d = (
            f"M{number(x)} {number(y - r * 0.52)}v{number(r * 1.04)}"
            f"M{number(x - r * 0.52)} {number(y)}h{number(r * 1.04)}"
            f"M{number(x - a)} {number(y - a)}L{number(x + a)} {number(y + a)}"
            f"M{number(x + a)} {number(y - a)}L{number(x - a)} {number(y + a)}"
        )
        return path(d, wide=2)
    ring = circle(x, y, r * 0.54, wide=1)
    if "instantiate" not in marks:
        ring += circle(x, y, r * 0.44, wide=1)
    if "parallel" in marks:
        return ring + _plus(x, y, r * 0.28, PAPER)
    return ring + polygon(_corners(x, y, r * 0.28, 5), "none", 1.1)


def task(kind: str, marks: Collection[str], x: float, y: float) -> str:
    """The sign at the upper left corner (`x`, `y`) of a task, 14 wide; "" for a plain one."""
    kind = next((name for name in marks if name.startswith("global")), kind)
    name = kind.removeprefix("global").removesuffix("Task").lower()
    if name == "user":
        body = f"M{number(x)} {number(y + 14)}c0-9 14-9 14 0z"
        return path(body, PAPER, 1.1) + circle(x + 7, y + 3.6, 3.6, PAPER, 1.1)
    if name == "manual":
        hand = (
            f"M{number(x)} {number(y + 5)}l4-4h4l-2 3h7a1.4 1.4 0 0 1 0 2.7h.6a1.3 1.3 0 0 1 0 2.6h-.6"
            "a1.3 1.3 0 0 1 0 2.5h-1a1.2 1.2 0 0 1 0 2.2h-10l-2-2z"
        )
        return path(hand, PAPER, 1.1)
    if name == "service":
        return _gear(x + 6, y + 6, 5) + _gear(x + 9.5, y + 9.5, 5)
    if name == "script":
        sheet = (
            f"M{number(x + 4)} {number(y + 14)}h9c-4-4 3-6-1-14h-9c4 8-3 10 1 14z"
            f"M{number(x + 3.4)} {number(y + 3.6)}h6M{number(x + 3.8)} {number(y + 7)}h6M{number(x + 3.4)} {number(y + 10.4)}h6"
        )
        return path(sheet, PAPER, 1.1)
    if name == "businessrule":
        table = (
            f"M{number(x)} {number(y + 1)}h14v12h-14zM{number(x)} {number(y + 5)}h14"
            f"M{number(x)} {number(y + 9)}h14M{number(x + 4.5)} {number(y + 5)}v8"
        )
        return path(table, PAPER, 1.1)
    if name in {"send", "receive"}:
        sign = _message(x + 7, y + 6, 7, INK if name == "send" else PAPER)
        if "instantiate" in marks:
            return circle(x + 7, y + 6, 10, PAPER, 1) + sign
        return sign
    return ""


def _gear(x: float, y: float, r: float) -> str:
    turns = [(math.pi / 8 * at, r if at % 2 == 0 else r * 0.76) for at in range(16)]
    teeth = [
        (x + reach * math.cos(turn + shift), y + reach * math.sin(turn + shift))
        for turn, reach in turns
        for shift in (-0.13, 0.13)
    ]
    return polygon(teeth, PAPER, 0.9) + circle(x, y, r * 0.38, PAPER, 0.9)


def feet(marks: Collection[str], kind: str) -> list[str]:
    """The names of the signs at the foot of an activity, in their fixed order."""
    found = [
        name
        for name in ("compensation", "loop", "parallel-instances", "sequential-instances")
        if name in marks
    ]
    if "collapsed" in marks:
        found.append("collapsed")
    if kind == "adHocSubProcess":
        found.append("ad-hoc")
    return found


def foot(name: str, x: float, y: float) -> str:
    """One sign at the foot of an activity, 12 by 12 around (`x`, `y`)."""
    if name == "collapsed":
        box = f"M{number(x - 6)} {number(y - 6)}h12v12h-12z"
        plus = f"M{number(x)} {number(y - 3.6)}v7.2M{number(x - 3.6)} {number(y)}h7.2"
        return path(box, PAPER, 1.1) + path(plus, wide=1.3)
    if name == "loop":
        arc = f"M{number(x - 2)} {number(y + 5)}a5.4 5.4 0 1 1 3.6 0"
        head = f"M{number(x - 5.5)} {number(y + 5)}h3.8v-3.8"
        return path(arc) + path(head, wide=1.2)
    if name == "parallel-instances":
        d = "".join(f"M{number(x + at)} {number(y - 5)}v10" for at in (-4, 0, 4))
        return path(d, wide=2)
    if name == "sequential-instances":
        d = "".join(f"M{number(x - 5)} {number(y + at)}h10" for at in (-4, 0, 4))
        return path(d, wide=2)
    if name == "compensation":
        return _compensate(x, y, 6.5, PAPER)
    tilde = f"M{number(x - 6)} {number(y + 2)}c2-6 5-5 6-2s4 4 6-2"
    return path(tilde, wide=1.8)
