"""Which steps are done at another point, and which ways only one of two matched flows has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from registry.processes.comparing.graph import END, START, Graph


@dataclass(frozen=True, slots=True)
class Places:
    """Steps done at another point, and ways that only one of the flows has."""

    moved: frozenset[str]
    only_a: frozenset[tuple[str, str]]
    only_b: frozenset[tuple[str, str]]


def moves(a: Graph, b: Graph, matched: Mapping[str, str]) -> Places:
    """The fewest steps that must have moved for the order of all others to be the same."""
    names = {START: START, END: END, **{y: x for x, y in matched.items()}}
    ours = set(a.ways)
    theirs = set(b.ways)
    moved: set[str] = set()
    gaps = _gaps(ours, theirs, names, matched, moved)
    while sum(map(len, gaps)) >= 3:
        touched = {one for side in gaps for pair in side for one in pair} - {START, END}
        tried = {one: _gaps(ours, theirs, names, matched, moved | {one}) for one in touched}
        if not tried:
            break
        # Among equals the one with fewer neighbours, then the one further on: no accident of IDs.
        best = min(
            tried,
            key=lambda one: (
                sum(map(len, tried[one])),
                len(a.before.get(one, ())) + len(a.after.get(one, ())),
                tuple(-value if isinstance(value, int) else value for value in a.rank(one)[:1]),
                a.rank(one),
            ),
        )
        if sum(map(len, gaps)) - sum(map(len, tried[best])) < 3:
            break
        moved.add(best)
        gaps = tried[best]
    return Places(frozenset(moved), frozenset(gaps[0]), frozenset(gaps[1]))


def _gaps(
    ours: set[tuple[str, str]],
    theirs: set[tuple[str, str]],
    names: Mapping[str, str],
    matched: Mapping[str, str],
    moved: set[str],
) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Direct ways of each flow that the other does not have, not even around lone or moved steps."""
    kept = {START, END, *matched} - moved
    direct_a, all_a = _contracted(ours, kept)
    turned = {names[y] for y in names} - moved
    renamed = {(names.get(x, f"+{x}"), names.get(y, f"+{y}")) for x, y in theirs}
    direct_b, all_b = _contracted(renamed, turned)
    return direct_a - all_b, direct_b - all_a


def _contracted(
    ways: set[tuple[str, str]], kept: set[str]
) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """(ways between kept steps, the same and those that lead through others only)."""
    ahead: dict[str, set[str]] = {}
    for source, target in ways:
        ahead.setdefault(source, set()).add(target)
    direct = {(x, y) for x, y in ways if x in kept and y in kept}
    every = set(direct)
    for source in kept & ahead.keys():
        waiting = [one for one in ahead[source] if one not in kept]
        seen = set(waiting)
        while waiting:
            for target in ahead.get(waiting.pop(), ()):
                if target in kept:
                    every.add((source, target))
                elif target not in seen:
                    seen.add(target)
                    waiting.append(target)
    return direct, every
