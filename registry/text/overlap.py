"""How much of each of two lines is found in the other, meaning by meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from registry.text.concepts import Unit, families

_FAMILY: Final = 0.6
"""Two terms of one family (登録 and 入力) count as this much of one another."""
_NEIGHBOUR: Final = 0.4
_LEAST: Final = 0.25


@dataclass(frozen=True, slots=True)
class Overlap:
    """`cover_a`: weighted share of a's meanings found in b, 0..1; `cover_b` the other way.

    `pairs` are the meanings that met, `only_a` and `only_b` those that met nothing;
    `weight_a`, `weight_b` the weights of all meanings, `left_a`, `left_b` of what is not covered.
    """

    cover_a: float
    cover_b: float
    weight_a: float
    weight_b: float
    left_a: float
    left_b: float
    pairs: tuple[tuple[Unit, Unit], ...]
    only_a: tuple[Unit, ...]
    only_b: tuple[Unit, ...]

    @property
    def mutual(self) -> float:
        """Share of both lines' weight that is found in the other line."""
        total = self.weight_a + self.weight_b
        return (self.weight_a - self.left_a + self.weight_b - self.left_b) / total if total else 0.0


def distinct(found: Sequence[Unit]) -> tuple[Unit, ...]:
    """Each meaning once, with its greatest weight, in the order of first mention."""
    kept: dict[str, Unit] = {}
    for unit in found:
        if unit.term not in kept or kept[unit.term].weight < unit.weight:
            kept[unit.term] = unit
    return tuple(kept.values())


def overlap(a: Sequence[Unit], b: Sequence[Unit]) -> Overlap:
    """Pair the meanings of two lines (each given once, see `distinct`), the nearest first."""
    places = {unit.term: at for at, unit in enumerate(b)}
    met_a: dict[int, tuple[int, float]] = {}
    free_b = set(range(len(b)))
    for at, unit in enumerate(a):
        place = places.get(unit.term)
        if place is not None:
            met_a[at] = (place, 1.0)
            free_b.discard(place)
    chances = []
    for at, unit in enumerate(a):
        if at in met_a:
            continue
        for place in free_b:
            nearness = near(unit, b[place])
            if nearness >= _LEAST:
                # Ties fall by the terms, whichever line is the first.
                names = sorted((unit.term, b[place].term))
                chances.append((-nearness, names, at, place))
    for negative, _, at, place in sorted(chances):
        if at not in met_a and place in free_b:
            met_a[at] = (place, -negative)
            free_b.discard(place)
    met_b = {place: (at, share) for at, (place, share) in met_a.items()}
    weight_a, weight_b = sum(u.weight for u in a), sum(u.weight for u in b)
    left_a = sum(u.weight * (1 - met_a.get(at, (0, 0.0))[1]) for at, u in enumerate(a))
    left_b = sum(u.weight * (1 - met_b.get(at, (0, 0.0))[1]) for at, u in enumerate(b))
    return Overlap(
        cover_a=1 - left_a / weight_a if weight_a else 0.0,
        cover_b=1 - left_b / weight_b if weight_b else 0.0,
        weight_a=weight_a,
        weight_b=weight_b,
        left_a=left_a,
        left_b=left_b,
        pairs=tuple((a[at], b[place]) for at, (place, _) in sorted(met_a.items())),
        only_a=tuple(unit for at, unit in enumerate(a) if at not in met_a),
        only_b=tuple(unit for at, unit in enumerate(b) if at not in met_b),
    )


def near(one: Unit, other: Unit) -> float:
    """How far two meanings stand for one another, 0..1; symmetric."""
    if one.term == other.term:
        return 1.0
    return _near(one.term, one.family, one.surface, other.term, other.family, other.surface)


@lru_cache(maxsize=262144)
def _near(term: str, family: str, surface: str, term2: str, family2: str, surface2: str) -> float:
    if family and family == family2:
        return _FAMILY
    best = _NEIGHBOUR if frozenset((family, family2)) in families().near else 0.0
    return max(best, _alike(surface, surface2, known=bool(family and family2)))


def _alike(one: str, other: str, *, known: bool) -> float:
    """Likeness in writing: shared kanji (納める, 納付), or one foreign word within the other.

    Where the thesaurus knows both words as different ones, shared characters say less.
    """
    left, right = _kanji(one), _kanji(other)
    if left and right:
        shared = len(left & right)
        if not shared:
            return 0.0
        share = shared / max(len(left), len(right))
        if min(len(left), len(right)) == 1:
            share = max(share, 0.5)
        elif left <= right or right <= left:
            share = max(share, 0.7)
        return share * 0.6 if known else share
    if min(len(one), len(other)) > 2 and (one in other or other in one):
        return 0.8
    return 0.0


@lru_cache(maxsize=65536)
def _kanji(word: str) -> frozenset[str]:
    return frozenset(char for char in word if "一" <= char <= "鿿" or char == "々")
