"""The goal tree as a picture: where each box lies, in CSS pixels, and how its text is broken.

Levels are columns from left to right. Every branch keeps a band of its own, so that nothing
overlaps and the same tree always gives the same picture.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from registry.goals.tree import Node, Placed, walk

BUDGET: Final = 1290  # what a page has to give on a screen 1366 wide
NARROWEST: Final = 180
WIDEST: Final = 300
GAP_X: Final = 32
GAP_Y: Final = 8
MARGIN: Final = 4
PADDING: Final = 10
LINE: Final = 16
FOOT: Final = 10  # below the last line
FULL: Final = 12.0  # the width of a full-width character at 12 px
HALF: Final = 7.0  # and of a Latin letter, rather too wide than too narrow

# No line starts with one of these (JIS X 4051, the common ones).
_NOT_FIRST: Final = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー）］｝」』】〉》〕’”ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ),.]}!?:;%％"
)
_NOT_LAST: Final = frozenset("（［｛「『【〈《〔‘“([{")
# A Latin word, or one character with the marks and variation selectors that belong to it.
_PIECE: Final = re.compile(
    r"[!-~]+|.[\u0300-\u036f\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef]*", re.DOTALL
)


class Drawable(Node, Protocol):
    @property
    def code(self) -> str: ...
    @property
    def statement(self) -> str: ...


Goal = TypeVar("Goal", bound=Drawable)
Edge = tuple[int, int, int, int]


@dataclass(frozen=True)
class Box:
    """One goal; `x` and `y` are its top left corner."""

    goal_id: int
    code: str
    lines: tuple[str, ...]
    level: int
    x: int
    y: int
    width: int
    height: int

    @property
    def port(self) -> int:
        """Where its lines leave and arrive."""
        return self.y + (LINE + FOOT) // 2


@dataclass(frozen=True)
class Drawing:
    """Boxes in printed order; an edge is (x1, y1, x2, y2) from a parent to its child."""

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    width: int
    height: int


def draw(roots: Sequence[Placed[Goal]], *, budget: int = BUDGET) -> Drawing:
    """Lay out the tree within `budget` pixels of width, or wider where boxes become unreadable."""
    depth = max((node.level for node in walk(roots)), default=0)
    if depth == 0:
        return Drawing((), (), 0, 0)
    free = (budget - 2 * MARGIN - (depth - 1) * GAP_X) // depth
    width = min(max(free, NARROWEST), WIDEST)
    plan = _Plan(width)
    boxes: list[Box] = []
    edges: list[Edge] = []
    top = MARGIN
    for root in roots:
        plan.place(root, top, boxes, edges)
        top += plan.band(root) + GAP_Y
    return Drawing(
        tuple(boxes),
        tuple(edges),
        2 * MARGIN + depth * width + (depth - 1) * GAP_X,
        top - GAP_Y + MARGIN,
    )


class _Plan:
    """Lines and bands of each goal, worked out once."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._lines: dict[int, tuple[str, ...]] = {}
        self._bands: dict[int, int] = {}

    def lines(self, node: Placed[Goal]) -> tuple[str, ...]:
        if node.goal.id not in self._lines:
            self._lines[node.goal.id] = tuple(wrap(node.goal.statement, self.width - 2 * PADDING))
        return self._lines[node.goal.id]

    def height(self, node: Placed[Goal]) -> int:
        return LINE * (len(self.lines(node)) + 1) + FOOT

    def band(self, node: Placed[Goal]) -> int:
        """The height a goal needs with everything below it."""
        if node.goal.id not in self._bands:
            self._bands[node.goal.id] = max(self.height(node), self._below(node))
        return self._bands[node.goal.id]

    def _below(self, node: Placed[Goal]) -> int:
        return sum(self.band(child) + GAP_Y for child in node.children) - GAP_Y

    def place(self, node: Placed[Goal], top: int, boxes: list[Box], edges: list[Edge]) -> Box:
        """Add the branch whose band starts at `top`.

        A goal stands beside its first child, not halfway down: the picture is read in a window
        that shows its upper left corner first.
        """
        box = Box(
            goal_id=node.goal.id,
            code=node.goal.code,
            lines=self.lines(node),
            level=node.level,
            x=MARGIN + (node.level - 1) * (self.width + GAP_X),
            y=top,
            width=self.width,
            height=self.height(node),
        )
        boxes.append(box)
        for child in node.children:
            below = self.place(child, top, boxes, edges)
            edges.append((box.x + box.width, box.port, below.x, below.port))
            top += self.band(child) + GAP_Y
        return box


def wrap(text: str, limit: float) -> list[str]:
    """Break a text into lines of at most `limit` pixels by the Japanese rules for line ends.

    Latin words stay whole where they fit on a line. Always at least one line.
    """
    lines: list[list[str]] = [[]]
    for piece in _pieces(text, limit):
        if lines[-1] and _width(lines[-1]) + measure(piece) > limit:
            lines.append(_carry(lines[-1], piece, limit))
        lines[-1].append(piece)
    return ["".join(line) for line in lines]


def measure(text: str) -> float:
    """The width of a text in pixels, rather too much than too little."""
    return sum(
        0.0
        if unicodedata.category(character) in {"Mn", "Me"}
        else FULL
        if unicodedata.east_asian_width(character) in "WFA"
        else HALF
        for character in text
    )


def _pieces(text: str, limit: float) -> list[str]:
    pieces: list[str] = []
    for piece in _PIECE.findall(text):
        pieces += [piece] if measure(piece) <= limit else list(piece)
    return pieces


def _width(line: list[str]) -> float:
    return sum(measure(piece) for piece in line)


def _carry(line: list[str], following: str, limit: float) -> list[str]:
    """What the old line gives to the new one, so that no line starts or ends wrongly."""
    carried: list[str] = []
    while len(line) > len(carried) + 1:
        first = carried[0] if carried else following
        last = line[-1 - len(carried)]
        if first[0] not in _NOT_FIRST and last[-1] not in _NOT_LAST:
            break
        carried.insert(0, last)
    else:
        carried = []  # the whole line consists of such signs
    if _width([*carried, following]) > limit:
        return []
    del line[len(line) - len(carried) :]
    return carried
