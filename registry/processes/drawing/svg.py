"""A picture of a flow as SVG, for pages and for WeasyPrint.

Only presentation attributes and classes, no style, script, link or outside thing; no IDs inside, so
that two drawings can stand in one page. The same picture gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

from registry.processes.drawing import symbols
from registry.processes.drawing.diagram import (
    AROUND,
    EVENTS,
    GATEWAYS,
    SUBPROCESSES,
    TASKS,
    Box,
    Diagram,
    Edge,
    Point,
    Shape,
)
from registry.processes.drawing.labelling import HEADER, LEADING, Label, place
from registry.processes.drawing.lettering import em, longest, width, wrap
from registry.processes.drawing.symbols import INK, PAPER, number, points

FONTS: Final = "'BIZ UDPGothic','Noto Sans JP','Noto Sans CJK JP','Yu Gothic UI',Meiryo,sans-serif"
_MARGIN: Final = 14.0
_TASK: Final = 12.0
_SMALL: Final = 10.0
_TINT: Final = "#eef2f9"
_QUIET: Final = "#595959"
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Mark:
    """A difference shown at a shape: sign, word and colour together, never colour alone."""

    sign: str
    word: str
    colour: str
    tint: str


def draw(diagram: Diagram, marks: Mapping[str, Mark] | None = None, *, about: str = "") -> str:
    """The SVG of a picture; `about` is its description for readers who cannot see it.

    `marks` shows differences at the shapes with these IDs.
    """
    shown = marks or {}
    labels = place(diagram)
    parts: list[str] = []
    behind = [one for one in diagram.shapes if _is_around(one)]
    behind.sort(key=lambda one: -one.box.width * one.box.height)
    pools = [one for one in behind if one.kind in AROUND]
    pools.sort(key=lambda one: one.kind != "participant")
    parts += [_around(one, diagram.shapes, shown.get(one.id)) for one in pools]
    parts += [
        _group(one, _subprocess(one), shown.get(one.id)) for one in behind if one.kind not in AROUND
    ]
    parts += [_edge(edge, shown.get(edge.id)) for edge in diagram.edges]
    front = [one for one in diagram.shapes if not _is_around(one) and one.kind != "group"]
    edge_events = [one.box for one in front if one.kind == "boundaryEvent"]
    for shape in sorted(front, key=lambda one: one.kind == "boundaryEvent"):
        parts.append(_group(shape, _node(shape, _free(shape, edge_events)), shown.get(shape.id)))
    parts += [_category(one) for one in diagram.shapes if one.kind == "group"]
    parts += [_label(label) for label in labels]
    boxes = {one.id: one.box for one in diagram.shapes}
    for shape in diagram.shapes:
        if shape.id in shown:
            badge, box = _badge(shape.box, shown[shape.id])
            parts.append(badge)
            boxes[f"badge {shape.id}"] = box
    return _page(diagram, boxes, labels, parts, about)


def _page(
    diagram: Diagram,
    boxes: Mapping[str, Box],
    labels: Sequence[Label],
    parts: Sequence[str],
    about: str,
) -> str:
    found = [*boxes.values(), *(label.box for label in labels)]
    found += [Box(x, y, 0, 0) for edge in diagram.edges for x, y in edge.points]
    if not found:
        found = [Box(0, 0, 240, 60)]
        parts = [_text(("図に描くものがありません",), 120, 22, 12)]
    left = min(box.x for box in found) - _MARGIN
    top = min(box.y for box in found) - _MARGIN
    wide = max(box.right for box in found) + _MARGIN - left
    high = max(box.bottom for box in found) + _MARGIN - top
    title = diagram.title or "業務フロー"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="kz-flow" role="img" '
        f'viewBox="{number(left)} {number(top)} {number(wide)} {number(high)}" '
        f'width="{number(wide)}" height="{number(high)}" font-family="{FONTS}" '
        f'font-size="12" fill="{INK}">'
    )
    words = f"<title>{_plain(title)}</title>"
    if about:
        words += f"<desc>{_plain(about)}</desc>"
    paper = (
        f'<rect class="kz-flow-paper" x="{number(left)}" y="{number(top)}" '
        f'width="{number(wide)}" height="{number(high)}" fill="{PAPER}"/>'
    )
    return "\n".join([head + words, paper, *filter(None, parts), "</svg>\n"])


def _is_around(shape: Shape) -> bool:
    opened = shape.kind in SUBPROCESSES or shape.kind == "callActivity"
    return shape.kind in AROUND or (opened and shape.has("expanded"))


def _plain(text: str) -> str:
    return escape(_NOT_XML.sub("", text))


def _text(
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
        spans.append(f'<tspan x="{number(x)}" y="{number(base)}">{_plain(line)}</tspan>')
    turn = "" if anchor == "start" else f' text-anchor="{anchor}"'
    scale = "" if size == 12 else f' font-size="{number(size)}"'
    return f"<text{turn}{scale}{more}>{''.join(spans)}</text>"


def _rect(
    box: Box, fill: str, *, wide: float = 1.4, round_: float = 0, stroke: str = INK, more: str = ""
) -> str:
    corner = f' rx="{number(round_)}"' if round_ else ""
    return (
        f'<rect x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" '
        f'height="{number(box.height)}"{corner} fill="{fill}" stroke="{stroke}" '
        f'stroke-width="{wide}"{more}/>'
    )


def _group(shape: Shape, body: str, mark: Mark | None) -> str:
    halo = ""
    if mark is not None:
        round_ = 14 if shape.kind in TASKS | SUBPROCESSES else 6
        halo = _rect(
            shape.box.grown(5), mark.tint, wide=2.4, round_=round_, stroke=mark.colour,
            more=' stroke-dasharray="7 3"',
        )  # fmt: skip
    name = f"<title>{_plain(shape.name)}</title>" if shape.name else ""
    return f'<g class="kz-flow-{_kebab(shape.kind)}">{name}{halo}{body}</g>'


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


# ---- pools and lanes ----------------------------------------------------------------------------


def _around(shape: Shape, shapes: Sequence[Shape], mark: Mark | None) -> str:
    box = shape.box
    empty = shape.kind == "participant" and not any(
        other.kind not in {"participant", "message"} and box.holds(other.box) for other in shapes
    )
    fill = PAPER if shape.kind == "participant" else "none"
    parts = [_rect(box, fill, wide=1.6 if shape.kind == "participant" else 1.0)]
    if empty:
        parts.append(_centred(shape.name, box, _TASK))
    elif shape.has("vertical"):
        head = Box(box.x, box.y, box.width, min(HEADER, box.height))
        parts.append(_rect(head, _TINT, wide=1.0))
        parts.append(_centred(shape.name, head, _TASK))
    else:
        head = Box(box.x, box.y, min(HEADER, box.width), box.height)
        parts.append(_rect(head, _TINT, wide=1.0))
        parts.append(_upright(shape.name, head))
    if shape.has("parallel-instances"):
        parts.append(symbols.foot("parallel-instances", box.centre[0], box.bottom - 9))
    return _group(shape, "".join(parts), mark)


def _centred(name: str, box: Box, size: float) -> str:
    size, lines = _fit(name, box.width - 8, box.height - 4, size)
    high = len(lines) * size * LEADING
    x, y = box.centre
    return _text(lines, x, y - high / 2, size) if lines else ""


def _upright(name: str, head: Box) -> str:
    """A name in the narrow strip: Japanese from top to bottom, anything else turned."""
    x, y = head.centre
    room = head.height - 10
    if name and len(name) * 13 <= room and all(_stands(character) for character in name):
        top = y - len(name) * 13 / 2
        spans = "".join(
            f'<tspan x="{number(x)}" y="{number(top + 11 + 13 * at)}">{_plain(character)}</tspan>'
            for at, character in enumerate(name)
        )
        return f'<text text-anchor="middle">{spans}</text>'
    size, lines = _fit(name, room, head.width - 2, _TASK)
    if not lines:
        return ""
    high = len(lines) * size * LEADING
    return _text(
        lines, x, y - high / 2, size, more=f' transform="rotate(-90 {number(x)} {number(y)})"'
    )


def _stands(character: str) -> bool:
    """Whether a character looks right one below the other without turning it."""
    return (
        em(character) == 1.0 and character not in "ー〜～（）「」『』［］｛｝〔〕【】…‥―－＝：；／"
    )


def _fit(name: str, wide: float, high: float, size: float) -> tuple[float, tuple[str, ...]]:
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


# ---- steps --------------------------------------------------------------------------------------


def _free(shape: Shape, events: Sequence[Box]) -> tuple[float, float]:
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


def _node(shape: Shape, taken: tuple[float, float] = (0.0, 0.0)) -> str:
    if shape.kind in EVENTS:
        return _event(shape)
    if shape.kind in GATEWAYS:
        return _gateway(shape)
    if shape.kind in TASKS or shape.kind == "callActivity":
        return _task(shape, taken)
    if shape.kind in SUBPROCESSES:
        return _subprocess(shape, taken)
    if shape.kind == "textAnnotation":
        return _annotation(shape)
    if shape.kind == "message":
        return symbols.envelope(*shape.box.centre, shape.box.width, filled=False)
    if shape.kind in {"dataStoreReference", "dataStore"}:
        return _store(shape)
    return _data(shape)


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
    parts = [_rect(shape.box, PAPER, wide=border, round_=8)]
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
    return _text(
        ("・".join(said),), shape.box.right - 5, shape.box.y + 4, _SMALL, anchor="end",
        more=f' fill="{_QUIET}"',
    )  # fmt: skip


def _inner(shape: Shape, taken: tuple[float, float], head: float) -> str:
    """The name inside an activity and the signs at its foot."""
    box = shape.box
    signs = symbols.feet(shape.marks, shape.kind)
    foot = 17.0 if signs else 4.0
    head, foot = max(head, taken[0]), max(foot, taken[1])
    whole = box.height - 8
    size, lines = _fit(shape.name, box.width - 10, box.height - head - foot, _TASK)
    high = len(lines) * size * LEADING
    y = box.y + head + (box.height - head - foot - high) / 2
    if head > 4 and high + 2 * (head - 4) <= whole and not signs and not any(taken):
        y = box.centre[1] - high / 2  # room enough to stand in the true middle
    parts = [_text(lines, box.centre[0], y, size)] if lines else []
    first = box.centre[0] - 8 * (len(signs) - 1)
    parts += [symbols.foot(name, first + 16 * at, box.bottom - 9) for at, name in enumerate(signs)]
    return "".join(parts)


def _subprocess(shape: Shape, taken: tuple[float, float] = (0.0, 0.0)) -> str:
    dashed = ' stroke-dasharray="2 3"' if shape.has("event-sub") else ""
    box = shape.box
    border = 3.4 if shape.kind == "callActivity" else 1.4
    parts = [_rect(box, PAPER, wide=border, round_=9, more=dashed)]
    if shape.kind == "transaction":
        parts.append(_rect(box.grown(-3), "none", wide=1.2, round_=7))
    if shape.has("expanded"):
        size, lines = _fit(shape.name, box.width - 16, 18, _TASK)
        if lines:
            parts.append(_text(lines, box.centre[0], box.y + 4, size))
        signs = symbols.feet(shape.marks, shape.kind)
        first = box.centre[0] - 8 * (len(signs) - 1)
        parts += [
            symbols.foot(name, first + 16 * at, box.bottom - 9) for at, name in enumerate(signs)
        ]
    else:
        parts.append(_inner(shape, taken, head=4.0))
    return "".join(parts)


# ---- data and notes -----------------------------------------------------------------------------


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
    size, lines = _fit(shape.name, box.width - 10, box.height - 4, 11)
    return symbols.path(bracket) + (
        _text(lines, box.x + 7, box.y + 3, size, anchor="start") if lines else ""
    )


def _category(shape: Shape) -> str:
    frame = _rect(
        shape.box, "none", wide=1.4, round_=10, stroke=_QUIET, more=' stroke-dasharray="10 4 2 4"'
    )
    size, lines = _fit(shape.name, shape.box.width - 12, 16, 11)
    words = _text(lines, shape.box.centre[0], shape.box.y + 3, size) if lines else ""
    return _group(shape, frame + words, None)


# ---- lines and labels ---------------------------------------------------------------------------


def _edge(edge: Edge, mark: Mark | None) -> str:
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
        parts.append(
            f'<circle cx="{number(start[0])}" cy="{number(start[1])}" r="3.6" fill="{PAPER}" '
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
    name = f"<title>{_plain(edge.name)}</title>" if edge.name else ""
    return f'<g class="kz-flow-{_kebab(edge.kind)}">{name}{"".join(parts)}</g>'


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


def _label(label: Label) -> str:
    words = _text(label.lines, label.x, label.y, label.size)
    if not label.on_line:
        return words
    box = label.box
    paper = (
        f'<rect x="{number(box.x - 1)}" y="{number(box.y)}" width="{number(box.width + 2)}" '
        f'height="{number(box.height)}" fill="{PAPER}" fill-opacity="0.8"/>'
    )
    return paper + words


def _badge(box: Box, mark: Mark) -> tuple[str, Box]:
    said = f"{mark.sign} {mark.word}"
    wide = width(said, 11) + 10
    plate = Box(box.x - 9, box.y - 15, wide, 17)
    words = _text(
        (said,), plate.centre[0], plate.y + 2, 11,
        more=f' fill="{PAPER}" font-weight="bold"',
    )  # fmt: skip
    return _rect(plate, mark.colour, wide=1, round_=3, stroke=PAPER) + words, plate
