"""Two flows compared by what they say and where it stands, whatever their IDs and drawings.

Steps are matched by the meaning of their name, by who does them and by what comes before and
after. Gateways, starts and ends are no steps here: they are the conditions and edges of the way, so
a gateway drawn by one town and left out by the other is no difference. Nothing depends on the order
in which a flow was written down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from registry.labels import Labelled
from registry.processes.flow import Flow, Step, StepKind
from registry.processes.step_words import plain_condition, plain_name, role
from registry.text.similarity import RelationKind, conflict, relate

START: Final = "▷"
END: Final = "■"
_ALIKE: Final = 0.5
"""Least likeness of two names for the steps to be one on the strength of their names."""
_PLACED: Final = 0.3
"""The same when who does them and what surrounds them agree."""
_SAME_NAME: Final = 0.45
_ROUNDS: Final = 3


class Field(Labelled):
    """What differs between two steps that are one."""

    NAME = "name", "手順"
    LANE = "lane", "担当"
    ORDER = "order", "順序"
    NEXT = "next", "次へ"
    CONDITION = "condition", "条件"
    FORMS = "forms", "使う帳票"
    MINUTES = "minutes", "分"
    WORK = "work", "区分"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing said differently: `one` in the first flow, `other` in the second."""

    field: Field
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A step of each flow that are one and the same, with what differs."""

    one: Step
    other: Step
    lane: str
    other_lane: str
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Lone:
    """A step that only one of the flows has."""

    step: Step
    lane: str


@dataclass(frozen=True)
class FlowDiff:
    """`moved` steps are done by somebody else or at another point, whatever else differs."""

    same: tuple[Pair, ...]
    added: tuple[Lone, ...]
    removed: tuple[Lone, ...]
    moved: tuple[Pair, ...]
    changed: tuple[Pair, ...]

    @property
    def is_same(self) -> bool:
        return not (self.added or self.removed or self.moved or self.changed)

    def as_json(self) -> dict[str, Any]:
        """The shape of `kaizu flow diff`: content only, no IDs."""
        return {
            "same": [_pair(one) for one in self.same],
            "added": [_lone(one) for one in self.added],
            "removed": [_lone(one) for one in self.removed],
            "moved": [_pair(one) for one in self.moved],
            "changed": [_pair(one) for one in self.changed],
        }


def _lone(one: Lone) -> dict[str, Any]:
    return {"name": one.step.name, "lane": one.lane}


def _pair(one: Pair) -> dict[str, Any]:
    found: dict[str, Any] = {
        "a": {"name": one.one.name, "lane": one.lane},
        "b": {"name": one.other.name, "lane": one.other_lane},
    }
    if one.differences:
        found["differences"] = [
            {"field": each.field.label, "a": each.one, "b": each.other} for each in one.differences
        ]
    return found


def compare(one: Flow, other: Flow) -> FlowDiff:
    """What became of the first flow in the second."""
    a, b = _Graph(one), _Graph(other)
    matched = _match(a, b)
    lanes = _match_lanes(a, b, matched)
    places = _moves(a, b, matched)
    same, moved, changed = [], [], []
    for x, y in sorted(matched.items(), key=lambda pair: a.rank(pair[0])):
        differences = [*_place(a, b, x, y, lanes, places), *_content(a, b, x, y, matched)]
        pair = Pair(a.steps[x], b.steps[y], a.lane(x), b.lane(y), tuple(differences))
        if any(each.field in (Field.LANE, Field.ORDER) for each in differences):
            moved.append(pair)
        elif differences:
            changed.append(pair)
        else:
            same.append(pair)
    taken = set(matched.values())
    removed = sorted((step_id for step_id in a.steps if step_id not in matched), key=a.rank)
    added = sorted((step_id for step_id in b.steps if step_id not in taken), key=b.rank)
    return FlowDiff(
        same=tuple(same),
        added=tuple(Lone(b.steps[step_id], b.lane(step_id)) for step_id in added),
        removed=tuple(Lone(a.steps[step_id], a.lane(step_id)) for step_id in removed),
        moved=tuple(moved),
        changed=tuple(changed),
    )


class _Graph:
    """A flow reduced to its steps and the ways between them, gateways passed through."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.steps = {
            step.id: step
            for step in flow.steps
            if step.is_work or (step.kind is StepKind.EVENT and step.name.strip())
        }
        self.guests: dict[str, list[str]] = {}
        for step in flow.steps:
            if step.attached:
                self.guests.setdefault(step.attached, []).append(step.id)
        self.ways: dict[tuple[str, str], frozenset[str]] = {}
        for step in flow.steps:
            if step.id in self.steps or step.kind is StepKind.START:
                self._walk(step)
        self.after: dict[str, set[str]] = {}
        self.before: dict[str, set[str]] = {}
        for source, target in self.ways:
            self.after.setdefault(source, set()).add(target)
            self.before.setdefault(target, set()).add(source)

    def _walk(self, step: Step) -> None:
        """The ways from a step to the next real ones, with the conditions on them."""
        source = step.id if step.id in self.steps else START
        waiting = [(step.id, "")]
        seen = {(step.id, "")}
        found: dict[str, set[str]] = {}
        while waiting:
            at, said = waiting.pop()
            ahead = [
                (branch.target, _and(said, branch.condition))
                for branch in self.flow.leaving(at)
                if not branch.message
            ]
            ahead += [(guest, said) for guest in self.guests.get(at, ())]
            for target, condition in ahead:
                there = self.flow.by_id.get(target)
                if there is None:
                    continue
                if target in self.steps or there.kind is StepKind.END:
                    end = target if target in self.steps else END
                    found.setdefault(end, set()).add(condition)
                elif (target, condition) not in seen and len(seen) < 500:
                    seen.add((target, condition))
                    waiting.append((target, condition))
        for target, conditions in found.items():
            known = self.ways.get((source, target), frozenset())
            self.ways[source, target] = known | frozenset(conditions)

    def lane(self, step_id: str) -> str:
        return self.flow.lane_names.get(self.steps[step_id].lane, "")

    @cached_property
    def _far(self) -> Mapping[str, int]:
        """How many steps from a start: an order that does not depend on how the flow is written."""
        far = {START: 0}
        edge = [START]
        while edge:
            ahead = {target for source in edge for target in self.after.get(source, ())}
            edge = sorted(target for target in ahead if target not in far)
            for target in edge:
                far[target] = far[min(self.before[target] & far.keys(), key=far.__getitem__)] + 1
        return far

    @cached_property
    def _keys(self) -> Mapping[str, tuple[Any, ...]]:
        keys: dict[str, tuple[Any, ...]] = {}
        for step_id, step in self.steps.items():
            around = tuple(
                tuple(sorted(self.title(one) for one in side.get(step_id, ())))
                for side in (self.before, self.after)
            )
            keys[step_id] = (
                self._far.get(step_id, len(self.steps) + 1),
                self.lane(step_id),
                step.name,
                around,
                tuple(sorted(step.forms)),
                step.minutes or 0,
                step.work or "",
            )
        return keys

    def title(self, step_id: str) -> str:
        return self.steps[step_id].name if step_id in self.steps else step_id

    def rank(self, step_id: str) -> tuple[Any, ...]:
        return self._keys[step_id]


def _and(one: str, other: str) -> str:
    return f"{one}・{other}" if one and other else one or other


# ---- which step is which ----------------------------------------------------------------------


def _match(a: _Graph, b: _Graph) -> dict[str, str]:
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


def _match_lanes(a: _Graph, b: _Graph, matched: Mapping[str, str]) -> dict[str, str]:
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


# ---- what differs -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Places:
    """Steps done at another point, and ways that only one of the flows has."""

    moved: frozenset[str]
    only_a: frozenset[tuple[str, str]]
    only_b: frozenset[tuple[str, str]]


def _moves(a: _Graph, b: _Graph, matched: Mapping[str, str]) -> _Places:
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
    return _Places(frozenset(moved), frozenset(gaps[0]), frozenset(gaps[1]))


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


def _place(
    a: _Graph, b: _Graph, x: str, y: str, lanes: Mapping[str, str], places: _Places
) -> list[Difference]:
    found = []
    if lanes.get(a.lane(x)) != b.lane(y):
        found.append(Difference(Field.LANE, a.lane(x), b.lane(y)))
    if x in places.moved:
        found.append(Difference(Field.ORDER, _behind(a, x), _behind(b, y)))
    return found + _next(a, b, x, y, places)


def _behind(graph: _Graph, step_id: str) -> str:
    names = sorted(graph.title(one) for one in graph.before.get(step_id, ()))
    return "、".join("最初" if name == START else f"「{name}」の後" for name in names) or "最初"


def _next(a: _Graph, b: _Graph, x: str, y: str, places: _Places) -> list[Difference]:
    """Ways from this step (or into the very first one) that only one of the flows has."""
    lost = [pair for pair in places.only_a if pair[0] == x or pair == (START, x)]
    won = [pair for pair in places.only_b if pair[0] == x or pair == (START, x)]
    if x in places.moved or not (lost or won):
        return []
    return [Difference(Field.NEXT, _ahead(a, x), _ahead(b, y))]


def _ahead(graph: _Graph, own: str) -> str:
    names = sorted(graph.title(one) for one in graph.after.get(own, ()))
    first = own in graph.after.get(START, ())
    said = "、".join("終了" if name == END else f"「{name}」" for name in names) or "なし"
    return f"最初の手順。{said}" if first else said


def _content(a: _Graph, b: _Graph, x: str, y: str, matched: Mapping[str, str]) -> list[Difference]:
    one, other = a.steps[x], b.steps[y]
    found = []
    if _names_differ(one.name, other.name):
        found.append(Difference(Field.NAME, one.name, other.name))
    if one.work and other.work and one.work is not other.work:
        found.append(Difference(Field.WORK, one.work.label, other.work.label))
    if one.minutes is not None and other.minutes is not None and one.minutes != other.minutes:
        found.append(Difference(Field.MINUTES, f"{one.minutes}分", f"{other.minutes}分"))
    speak = (
        any(step.forms for step in a.steps.values()),
        any(step.forms for step in b.steps.values()),
    )
    if all(speak) and _lists_differ(one.forms, other.forms):
        found.append(
            Difference(
                Field.FORMS, "、".join(one.forms) or "なし", "、".join(other.forms) or "なし"
            )
        )
    for target in sorted(a.after.get(x, ()), key=lambda one: a.title(one)):
        there = END if target == END else matched.get(target)
        if there is None or (y, there) not in b.ways:
            continue
        said, heard = a.ways[x, target], b.ways[y, there]
        if _conditions_differ(said, heard):
            found.append(Difference(Field.CONDITION, _shown(said), _shown(heard)))
    return found


def _names_differ(one: str, other: str) -> bool:
    if plain_name(one) == plain_name(other):
        return False
    found = conflict(one, other)
    if found is not None and found.kind is not RelationKind.RELATED:
        return True
    return name_likeness(one, other) < _SAME_NAME


def _lists_differ(one: Sequence[str], other: Sequence[str]) -> bool:
    """Forms by meaning, in any order."""
    rest = sorted(other)
    for name in sorted(one):
        match = next((each for each in rest if name_likeness(name, each) >= 0.6), None)
        if match is None:
            return True
        rest.remove(match)
    return bool(rest)


def _conditions_differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether the same way is taken under the opposite condition or with another value."""
    said = sorted(text for text in one if text)
    heard = sorted(text for text in other if text)
    if len(said) != 1 or len(heard) != 1:
        return False
    (subject, holds), (theirs, they_hold) = plain_condition(said[0]), plain_condition(heard[0])
    found = conflict(said[0], heard[0])
    if found is not None and found.kind is RelationKind.VALUE_DIFFERS:
        return True
    about_the_same = subject == theirs or relate(subject, theirs).score >= 0.4
    return holds != they_hold and (about_the_same or not subject or not theirs)


def _shown(conditions: frozenset[str]) -> str:
    return "、".join(sorted(text for text in conditions if text)) or "なし"
