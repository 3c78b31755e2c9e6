"""A flow as the comparison sees it: steps and the ways between them, whatever was drawn between.

Gateways, starts and ends are no steps here: they are the conditions and edges of the way, so a
gateway drawn by one town and left out by the other is no difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from registry.processes.flow import Flow, Step, StepKind

START: Final = "▷"
END: Final = "■"


class Graph:
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
