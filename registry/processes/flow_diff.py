"""Two flows compared by what they say and where it stands, whatever their IDs and drawings.

Steps are matched by the meaning of their name, by who does them and by what comes before and
after (`comparing`). Nothing depends on the order in which a flow was written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry.processes.comparing.contents import Difference, Field, differences
from registry.processes.comparing.graph import Graph
from registry.processes.comparing.matching import match, match_lanes
from registry.processes.comparing.moving import moves
from registry.processes.flow import Flow, Step


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


def compare(one: Flow, other: Flow) -> FlowDiff:
    """What became of the first flow in the second."""
    a, b = Graph(one), Graph(other)
    matched = match(a, b)
    lanes = match_lanes(a, b, matched)
    places = moves(a, b, matched)
    same, moved, changed = [], [], []
    for x, y in sorted(matched.items(), key=lambda pair: a.rank(pair[0])):
        found = differences(a, b, x, y, matched=matched, lanes=lanes, places=places)
        pair = Pair(a.steps[x], b.steps[y], a.lane(x), b.lane(y), found)
        if any(each.field in (Field.LANE, Field.ORDER) for each in found):
            moved.append(pair)
        elif found:
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
