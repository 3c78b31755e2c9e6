"""What sets one wording apart from the one it is compared with, in words a person can act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from registry.labels import Labelled
from registry.requirements.models import Obligation
from registry.text.normalise import body_text
from registry.text.similarity import RelationKind, conflict
from registry.text.terms import Quantity, numbers
from registry.text.worddiff import Piece, PieceKind, diff_words


class PointKind(Labelled):
    DIRECTION = "direction", "向き"
    VALUE = "value", "値"
    OBLIGATION = "obligation", "実装区分"
    ACT = "act", "動作・主体"


@dataclass(frozen=True, slots=True)
class Point:
    """One difference that must not be overlooked; `text` reads base → line."""

    kind: PointKind
    text: str


@dataclass(frozen=True, slots=True)
class Variant:
    """A wording beside its base: `parts` mark the words, `points` name what matters.

    Where little of the base is left in the line, `parts` are the line alone with its own words
    marked: a text that is mostly struck out cannot be read. `same`: the two have one body. Not the same and without points: only the expression differs.
    """

    same: bool
    parts: tuple[Piece, ...]
    points: tuple[Point, ...]


def compare(
    base: str,
    line: str,
    base_obligation: Obligation | None = None,
    line_obligation: Obligation | None = None,
) -> Variant:
    """Set a line against the text it is compared with; an unknown obligation is no difference."""
    return Variant(
        same=body_text(base) == body_text(line),
        parts=_readable(base, diff_words(base, line)),
        points=(*_of_texts(base, line), *_of_obligations(base_obligation, line_obligation)),
    )


_LEFT: Final = 0.55
"""Least share of the base found in the line for its missing words to be shown."""


def _readable(base: str, pieces: list[Piece]) -> tuple[Piece, ...]:
    kept = sum(len(piece.text) for piece in pieces if piece.kind is PieceKind.EQUAL)
    if kept >= _LEFT * len(base):
        return tuple(pieces)
    return tuple(piece for piece in pieces if piece.kind is not PieceKind.DELETE)


def _of_texts(base: str, line: str) -> list[Point]:
    found = conflict(base, line)
    points = []
    if found is not None and found.kind is RelationKind.OPPOSITE:
        points.append(Point(PointKind.DIRECTION, "、".join(found.said)))
    if found is not None and found.kind is RelationKind.VALUE_DIFFERS:
        points.append(Point(PointKind.VALUE, "、".join(found.said)))
    elif quantities := _of_quantities(base, line):
        points.append(Point(PointKind.VALUE, quantities))
    if found is not None and found.kind is RelationKind.RELATED:
        points.append(Point(PointKind.ACT, "求めている動作か、行う人が違うようです"))
    return points


def _of_quantities(base: str, line: str) -> str:
    """Quantities that only one of the two has, also where the other names none at all."""
    left, right = numbers(base), list(numbers(line))
    only_base: list[Quantity] = []
    for quantity in left:
        match = next((other for other in right if quantity.agrees(other)), None)
        if match is None:
            only_base.append(quantity)
        else:
            right.remove(match)
    if not only_base and not right:
        return ""
    return f"{_joined(only_base)}→{_joined(right)}"


def _joined(quantities: list[Quantity]) -> str:
    return "・".join(quantity.text for quantity in quantities) or "(数の指定なし)"


def _of_obligations(base: Obligation | None, line: Obligation | None) -> list[Point]:
    if base is None or line is None or base is line:
        return []
    return [Point(PointKind.OBLIGATION, f"{base.label}→{line.label}")]
