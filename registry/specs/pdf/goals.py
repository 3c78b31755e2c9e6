"""The goal tree as vector pictures, split by branch where one page is too small."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import uharfbuzz

from registry.specs import words
from registry.specs.pdf import fonts, glyphs

# Millimetres, on a page of 180 × 255 inside its margins.
WIDTH = 180.0
HEIGHT = 205.0
LEVELS = 4
GAP_X = 6.0
GAP_Y = 2.2
TEXT = 2.45  # about 7 pt
LEADING = 3.5
PADDING = 1.3
MOST_LINES = 8


@dataclass
class Node:
    """One goal in the tree; `y` and `height` in millimetres once it is placed."""

    goal: Mapping[str, Any]
    children: list[Node] = field(default_factory=list)
    lines: tuple[str, ...] = ()
    y: float = 0.0
    height: float = 0.0


@dataclass(frozen=True)
class Box:
    """A drawn goal, in millimetres from the top left of its picture."""

    x: float
    y: float
    width: float
    height: float
    head: str
    lines: tuple[str, ...]
    baselines: tuple[float, ...]
    # Children left to a picture of their own.
    more: bool
    variant: bool


@dataclass(frozen=True)
class Figure:
    """A picture with its caption; `links` are SVG paths from parents to children."""

    number: int
    caption: str
    description: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    links: tuple[str, ...]


def tree(goals: Sequence[Mapping[str, Any]]) -> list[Node]:
    """The roots; a goal whose parent is not in the list counts as a root."""
    nodes = {goal["code"]: Node(goal) for goal in goals}
    roots: list[Node] = []
    for goal in goals:
        parent = nodes.get(goal["parent"] or "")
        (parent.children if parent else roots).append(nodes[goal["code"]])
    return roots


def figures(goals: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """The pictures in reading order: the whole when it fits, else an overview and its branches."""
    made: list[Figure] = []
    for roots, depth in _plan(tree(goals)):
        made.append(_draw(roots, depth, len(made) + 1))
    return made


def _plan(roots: list[Node]) -> Iterator[tuple[list[Node], int]]:
    """(roots, levels shown) for each picture."""
    if not roots:
        return
    depth = _depth(roots)
    if depth <= LEVELS and _tall(roots, depth) <= HEIGHT:
        yield roots, depth
        return
    if len(roots) > 1:
        # A forest too big for one page: one picture a root, small neighbours together.
        held: list[Node] = []
        for root in roots:
            if held and (_depth([*held, root]) > LEVELS or _tall([*held, root], LEVELS) > HEIGHT):
                yield from _plan(held)
                held = []
            held.append(root)
        yield from _plan(held)
        return
    root = roots[0]
    levels = next(
        (shown for shown in range(min(depth, LEVELS), 1, -1) if _tall([root], shown) <= HEIGHT), 0
    )
    if not levels:
        # Too many children for one page even alone: the root is repeated above each part.
        half = len(root.children) // 2
        if half == 0:
            yield [root], 1
            return
        for children in (root.children[:half], root.children[half:]):
            yield from _plan([Node(root.goal, list(children))])
        return
    yield [root], levels
    for node in _at_level([root], levels):
        if node.children:
            yield from _plan([node])


def _at_level(nodes: list[Node], level: int) -> list[Node]:
    if level == 1:
        return nodes
    return _at_level([child for node in nodes for child in node.children], level - 1)


def _depth(nodes: Sequence[Node]) -> int:
    return 1 + max((_depth(node.children) for node in nodes if node.children), default=0)


def _box_width(depth: int) -> float:
    columns = max(depth, 3)
    return (WIDTH - GAP_X * (columns - 1)) / columns


def _tall(nodes: Sequence[Node], depth: int) -> float:
    width = _box_width(min(depth, _depth(nodes)))
    return sum(_measure(node, depth, width) for node in nodes) + GAP_Y * (len(nodes) - 1)


def _measure(node: Node, depth: int, width: float) -> float:
    """Set the node's own lines and height; return the height of its whole branch."""
    node.lines = wrapped(node.goal["statement"], width - 2 * PADDING)
    node.height = 2 * PADDING + LEADING * (1 + len(node.lines))
    if depth <= 1 or not node.children:
        return node.height
    below = sum(_measure(child, depth - 1, width) for child in node.children)
    return max(node.height, below + GAP_Y * (len(node.children) - 1))


def _draw(roots: Sequence[Node], depth: int, number: int) -> Figure:
    width = _box_width(min(depth, _depth(roots)))
    total = _tall(roots, depth)
    boxes: list[Box] = []
    links: list[str] = []

    def place(node: Node, level: int, top: float) -> float:
        """Place the branch below `top`; return its height."""
        tall = _measure(node, depth - level, width)
        shown = node.children if depth - level > 1 else []
        inner = top + (tall - _sum(shown, depth - level - 1)) / 2
        x = level * (width + GAP_X)
        for child in shown:
            used = place(child, level + 1, inner)
            inner += used + GAP_Y
        if shown:
            middle = (shown[0].y + shown[0].height / 2 + shown[-1].y + shown[-1].height / 2) / 2
            node.y = min(max(middle - node.height / 2, top), top + tall - node.height)
        else:
            node.y = top + (tall - node.height) / 2
        links.extend(_elbow(x + width, node, child) for child in shown)
        boxes.append(_box(node, x, width, more=bool(node.children) and not shown))
        return tall

    def _sum(nodes: Sequence[Node], levels: int) -> float:
        if not nodes:
            return 0.0
        return sum(_measure(node, levels, width) for node in nodes) + GAP_Y * (len(nodes) - 1)

    top = 0.0
    for root in roots:
        top += place(root, 0, top) + GAP_Y
    names = "、".join(root.goal["code"] for root in roots)
    caption = f"図{number}　目標ツリー（{names}）"
    return Figure(
        number=number,
        caption=caption,
        description=caption + "。" + "。".join(_told(roots, depth)),
        width=WIDTH,
        height=round(total + 0.6, 2),
        boxes=tuple(sorted(boxes, key=lambda box: (box.y, box.x))),
        links=tuple(links),
    )


def _told(nodes: Sequence[Node], depth: int) -> Iterator[str]:
    """The picture in words, for those who cannot see it."""
    for node in nodes:
        yield f"{node.goal['code']} {node.goal['statement']}"
        if depth > 1 and node.children:
            codes = "、".join(child.goal["code"] for child in node.children)
            yield f"{node.goal['code']}の下位目標は{codes}"
            yield from _told(node.children, depth - 1)


def _elbow(x: float, parent: Node, child: Node) -> str:
    start = parent.y + parent.height / 2 + 0.3
    end = child.y + child.height / 2 + 0.3
    return f"M{x:.2f} {start:.2f}H{x + GAP_X / 2:.2f}V{end:.2f}H{x + GAP_X:.2f}"


def _box(node: Node, x: float, width: float, *, more: bool) -> Box:
    viewpoint = words.VIEWPOINT.get(node.goal["viewpoint"], node.goal["viewpoint"] or "")
    head = f"{node.goal['code']}　{viewpoint}"
    first = node.y + PADDING + TEXT + 0.5
    return Box(
        x=round(x + 0.3, 2),
        y=round(node.y + 0.3, 2),
        width=round(width - 0.6, 2),
        height=round(node.height, 2),
        head=head,
        lines=node.lines,
        baselines=tuple(round(first + LEADING * line, 2) for line in range(len(node.lines) + 1)),
        more=more,
        variant=any(glyphs.SEQUENCE.search(line) for line in node.lines),
    )


@functools.cache
def _font(family: str) -> uharfbuzz.Font:
    return uharfbuzz.Font(fonts.hb_face(family, False))


@functools.lru_cache(maxsize=4096)
def advance(char: str) -> float:
    """Width of one character in ems, in the first spec font that has it."""
    if char in glyphs.INVISIBLE or glyphs.SEQUENCE.fullmatch(f"x{char}"):
        return 0.0
    for family in (fonts.BODY, fonts.FALLBACK):
        font = _font(family)
        glyph = font.get_nominal_glyph(ord(char))
        if glyph:
            upem: int = fonts.hb_face(family, False).upem
            return int(font.get_glyph_h_advance(glyph)) / upem
    return 1.0


@functools.lru_cache(maxsize=4096)
def wrapped(text: str, width: float) -> tuple[str, ...]:
    """`text` in lines of at most `width` millimetres; what is too long ends in 「…」.

    The full wording always stands in the table below the picture.
    """
    room = width / TEXT - 0.1
    lines = [""]
    used = 0.0
    for char in " ".join(text.split()):
        wide = advance(char)
        # A line never starts with a closing mark: it may stick out by that one character.
        if used + wide > room and char not in "、。，．）」』】・ー" and wide:
            lines.append("")
            used = 0.0
        lines[-1] += char
        used += wide
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], lines[MOST_LINES - 1][:-1] + "…"]
    return tuple(lines)
