"""Which step of one flow is which of the other: by name, by who does it and by what surrounds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from registry.processes.comparing.graph import END, START, Graph
from registry.processes.step_words import plain_name, role
from registry.text.similarity import RelationKind, conflict, relate

_ALIKE: Final = 0.5
"""Least likeness of two names for the steps to be one on the strength of their names."""
_PLACED: Final = 0.3
"""The same when who does them and what surrounds them agree."""
_ROUNDS: Final = 3


def match(a: Graph, b: Graph) -> dict[str, str]:
    names = {
        (x, y): likeness
        for x, one in a.steps.items()
        for y, other in b.steps.items()
        if (likeness := name_likeness(one.name, other.name)) >= _PLACED
    }
    lanes = {(x, y): _lane_likeness(a.lane(x), b.lane(y)) for x, y in names}
    scores = {pair: 0.8 * names[pair] + 0.2 * lanes[pair] for pair in names}
    for _ in range(_ROUNDS):
        scores = {
            pair: round(
                0.6 * names[pair]
                + 0.12 * lanes[pair]
                + 0.14 * _around(a.before, b.before, pair, scores)
                + 0.14 * _around(a.after, b.after, pair, scores),
                6,
            )
            for pair in names
        }
    found: dict[str, str] = {}
    taken: set[str] = set()
    for pair in sorted(
        names, key=lambda pair: (-scores[pair], *sorted((a.rank(pair[0]), b.rank(pair[1]))))
    ):
        x, y = pair
        sure = names[pair] >= _ALIKE or scores[pair] >= 0.55
        if x not in found and y not in taken and sure:
            found[x] = y
            taken.add(y)
    return found


def match_lanes(a: Graph, b: Graph, matched: Mapping[str, str]) -> dict[str, str]:
    """Which lane of the second flow stands for which of the first: by name, role and their steps."""
    votes: dict[tuple[str, str], int] = {}
    for x, y in matched.items():
        pair = a.lane(x), b.lane(y)
        votes[pair] = votes.get(pair, 0) + 1
    names = {a.lane(x) for x in a.steps}
    others = {b.lane(y) for y in b.steps}
    found: dict[str, str] = {name: name for name in names & others}
    taken = set(found.values())

    def weight(pair: tuple[str, str]) -> tuple[float, str, str]:
        alike = _lane_likeness(*pair)
        first, second = sorted(pair)
        return -(votes.get(pair, 0) + 2 * alike), first, second

    for pair in sorted(((x, y) for x in names for y in others), key=weight):
        x, y = pair
        roles = role(x), role(y)
        foreign = roles[0] and roles[1] and roles[0] != roles[1]
        if x in found or y in taken or foreign:
            continue
        if votes.get(pair, 0) or _lane_likeness(x, y) >= 0.8:
            found[x] = y
            taken.add(y)
    return found


def name_likeness(one: str, other: str) -> float:
    """0..1; 0 for names that say the opposite. Equal but for words of one class: 1."""
    plain, plain_other = plain_name(one), plain_name(other)
    if plain == plain_other:
        return 1.0
    found = conflict(one, other) or conflict(plain, plain_other)
    if found is not None and found.kind is RelationKind.OPPOSITE:
        return 0.0
    score = max(relate(one, other).score, relate(plain, plain_other).score)
    if found is not None and found.kind is RelationKind.RELATED:
        score *= 0.6
    return score


def _lane_likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    roles = role(one), role(other)
    if roles[0] and roles[0] == roles[1]:
        return 0.8
    return 0.0 if roles[0] and roles[1] else 0.4 * relate(one, other).score


def _around(
    a: Mapping[str, set[str]],
    b: Mapping[str, set[str]],
    pair: tuple[str, str],
    scores: Mapping[tuple[str, str], float],
) -> float:
    """How well the neighbours of two steps on one side fit each other."""
    ours, theirs = a.get(pair[0], set()), b.get(pair[1], set())
    if not ours or not theirs:
        return 1.0 if not ours and not theirs else 0.0

    def best(one: str, others: Iterable[str], *, turned: bool) -> float:
        return max(
            1.0 if one == other and one in (START, END)
            else scores.get((other, one) if turned else (one, other), 0.0)
            for other in others
        )  # fmt: skip

    fits = sorted(best(one, theirs, turned=False) for one in ours)
    fits += sorted(best(other, ours, turned=True) for other in theirs)
    return sum(sorted(fits)) / len(fits)
