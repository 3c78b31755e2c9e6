"""How much of each of two lines is found in the other, meaning by meaning."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from registry.text.matching.concepts import Unit, families

_FAMILY: Final = 0.6
"""Two terms of one family (登録 and 入力) count as this much of one another."""
_NEIGHBOUR: Final = 0.4
_LEAST: Final = 0.25
_MET: Final = 0.4
"""A meaning that is met less than this counts as said by one line only."""


class Overlap(NamedTuple):
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
    partner_a, partner_b = [-1] * len(a), [-1] * len(b)
    share_a, share_b = [0.0] * len(a), [0.0] * len(b)
    for at, unit in enumerate(a):
        place = places.get(unit.term, -1)
        if place >= 0:
            partner_a[at], partner_b[place] = place, at
            share_a[at] = share_b[place] = 1.0
    free = [place for place, at in enumerate(partner_b) if at < 0]
    if free:
        chances = []
        for at, unit in enumerate(a):
            if partner_a[at] >= 0:
                continue
            name = unit.name
            for place in free:
                nearness = _near(name, b[place].name)
                if nearness >= _LEAST:
                    # Ties fall by the terms, whichever line is the first.
                    names = sorted((unit.term, b[place].term))
                    chances.append((-nearness, names, at, place))
        for negative, _, at, place in sorted(chances):
            if partner_a[at] < 0 and partner_b[place] < 0:
                partner_a[at], partner_b[place] = place, at
                share_a[at] = share_b[place] = -negative
    weight_a = weight_b = left_a = left_b = 0.0
    pairs, only_a, only_b = [], [], []
    for unit, share, place in zip(a, share_a, partner_a, strict=True):
        weight_a += unit.weight
        left_a += unit.weight * (1 - share)
        if share >= _MET:
            pairs.append((unit, b[place]))
        else:
            only_a.append(unit)
    for unit, share in zip(b, share_b, strict=True):
        weight_b += unit.weight
        left_b += unit.weight * (1 - share)
        if share < _MET:
            only_b.append(unit)
    return Overlap(
        1 - left_a / weight_a if weight_a else 0.0,
        1 - left_b / weight_b if weight_b else 0.0,
        weight_a,
        weight_b,
        left_a,
        left_b,
        tuple(pairs),
        tuple(only_a),
        tuple(only_b),
    )


def near(one: Unit, other: Unit) -> float:
    """How far two meanings stand for one another, 0..1; symmetric."""
    return 1.0 if one.term == other.term else _near(one.name, other.name)


@lru_cache(maxsize=262144)
def _near(one: str, other: str) -> float:
    _, family, surface = one.split("\t")
    _, family2, surface2 = other.split("\t")
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
