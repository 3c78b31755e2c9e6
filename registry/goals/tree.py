"""The goal tree as plain structure: order, levels, ancestors, and what a move may not do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

# Deeper trees can neither be drawn nor read aloud; specs use the first four levels.
MAX_LEVEL: Final = 10


class Node(Protocol):
    """What this module needs to know of a goal."""

    @property
    def id(self) -> int: ...
    @property
    def parent_id(self) -> int | None: ...
    @property
    def position(self) -> int: ...


Goal = TypeVar("Goal", bound=Node)


@dataclass(frozen=True)
class Placed(Generic[Goal]):
    """A goal with its place: `level` counts from 1, `children` are in printed order."""

    goal: Goal
    level: int
    children: tuple[Placed[Goal], ...]


def grow(goals: Sequence[Goal]) -> list[Placed[Goal]]:
    """The roots with everything below them, siblings by position, then by id."""
    below: dict[int | None, list[Goal]] = {}
    for goal in goals:
        below.setdefault(goal.parent_id, []).append(goal)

    def place(parent: int | None, level: int) -> tuple[Placed[Goal], ...]:
        siblings = sorted(below.get(parent, []), key=lambda goal: (goal.position, goal.id))
        return tuple(Placed(goal, level, place(goal.id, level + 1)) for goal in siblings)

    return list(place(None, 1))


def walk(placed: Sequence[Placed[Goal]]) -> Iterator[Placed[Goal]]:
    """Depth first, the order in which goals are printed."""
    for node in placed:
        yield node
        yield from walk(node.children)


def printed_order(goals: Sequence[Goal]) -> list[Goal]:
    return [node.goal for node in walk(grow(goals))]


def ancestors(goals: Mapping[int, Goal], goal_id: int) -> list[Goal]:
    """From the root down to the goal itself: the chain of reasons (なぜ)."""
    chain: list[Goal] = []
    current: int | None = goal_id
    while current is not None:
        goal = goals[current]
        chain.append(goal)
        current = goal.parent_id
    return chain[::-1]


def branch(goals: Sequence[Goal], goal_id: int) -> set[int]:
    """The ids of a goal and everything below it."""
    below: dict[int | None, list[int]] = {}
    for goal in goals:
        below.setdefault(goal.parent_id, []).append(goal.id)
    found, waiting = set[int](), [goal_id]
    while waiting:
        current = waiting.pop()
        found.add(current)
        waiting += below.get(current, [])
    return found


def would_cycle(goals: Sequence[Goal], goal_id: int, new_parent_id: int | None) -> bool:
    """Whether the goal would come to hang below itself."""
    return new_parent_id is not None and new_parent_id in branch(goals, goal_id)


def cut(goals: Sequence[Goal], wanted: Collection[int]) -> list[Goal]:
    """The wanted goals with everything above them, in printed order: still one tree."""
    by_id = {goal.id: goal for goal in goals}
    kept = {above.id for goal_id in wanted for above in ancestors(by_id, goal_id)}
    return printed_order([goal for goal in goals if goal.id in kept])


def lowest_level(goals: Sequence[Goal], goal_id: int, parent_id: int | None) -> int:
    """The level of the lowest goal of a branch, were it to hang under that parent."""
    levels = {node.goal.id: node.level for node in walk(grow(goals))}
    below = branch(goals, goal_id)
    height = max(levels[one] for one in below) - levels[goal_id]
    return (levels[parent_id] if parent_id is not None else 0) + 1 + height
