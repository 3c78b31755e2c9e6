"""What differs between two steps that are one and the same, told for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from registry.labels import Labelled
from registry.processes.comparing.graph import END, START, Graph
from registry.processes.comparing.matching import name_likeness
from registry.processes.comparing.moving import Places
from registry.processes.step_words import plain_condition, plain_name
from registry.text.similarity import RelationKind, conflict, relate

_SAME_NAME: Final = 0.45


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


def differences(
    a: Graph,
    b: Graph,
    x: str,
    y: str,
    *,
    matched: Mapping[str, str],
    lanes: Mapping[str, str],
    places: Places,
) -> tuple[Difference, ...]:
    """What is said differently of step `x` in flow `a` and of `y`, its match, in `b`."""
    return (*_place(a, b, x, y, lanes, places), *_content(a, b, x, y, matched))


def _place(
    a: Graph, b: Graph, x: str, y: str, lanes: Mapping[str, str], places: Places
) -> list[Difference]:
    found = []
    if lanes.get(a.lane(x)) != b.lane(y):
        found.append(Difference(Field.LANE, a.lane(x), b.lane(y)))
    if x in places.moved:
        found.append(Difference(Field.ORDER, _behind(a, x), _behind(b, y)))
    return found + _next(a, b, x, y, places)


def _behind(graph: Graph, step_id: str) -> str:
    names = sorted(graph.title(one) for one in graph.before.get(step_id, ()))
    return "、".join("最初" if name == START else f"「{name}」の後" for name in names) or "最初"


def _next(a: Graph, b: Graph, x: str, y: str, places: Places) -> list[Difference]:
    """Ways from this step (or into the very first one) that only one of the flows has."""
    lost = [pair for pair in places.only_a if pair[0] == x or pair == (START, x)]
    won = [pair for pair in places.only_b if pair[0] == x or pair == (START, x)]
    if x in places.moved or not (lost or won):
        return []
    return [Difference(Field.NEXT, _ahead(a, x), _ahead(b, y))]


def _ahead(graph: Graph, own: str) -> str:
    names = sorted(graph.title(one) for one in graph.after.get(own, ()))
    first = own in graph.after.get(START, ())
    said = "、".join("終了" if name == END else f"「{name}」" for name in names) or "なし"
    return f"最初の手順。{said}" if first else said


def _content(a: Graph, b: Graph, x: str, y: str, matched: Mapping[str, str]) -> list[Difference]:
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
