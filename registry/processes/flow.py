"""The one model of a flow: who does what, what comes next, with which forms, in how many minutes.

A step table edits it, BPMN 2.0 carries it, the drawing, the check and the comparison read it. Every
part is immutable; a changed flow is a new value (`dataclasses.replace`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from registry.labels import Labelled


class Work(Labelled):
    """What sort of work a step is: what a system can take over, and what it cannot."""

    ROUTINE = "routine", "定型"
    JUDGEMENT = "judgement", "判断"
    PERSONAL = "personal", "対人"


class StepKind(Labelled):
    """What a step is in the course of a flow."""

    START = "start", "開始"
    END = "end", "終了"
    TASK = "task", "作業"
    CHOICE = "choice", "分岐"
    PARALLEL = "parallel", "並行"
    ANY = "any", "選択"
    WAIT = "wait", "待ち分岐"
    EVENT = "event", "出来事"
    GROUP = "group", "下位フロー"


GATEWAYS: Final = frozenset({StepKind.CHOICE, StepKind.PARALLEL, StepKind.ANY, StepKind.WAIT})
DECIDING: Final = frozenset({StepKind.CHOICE, StepKind.ANY})
"""Gateways whose ways out need a condition each."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Who does something. `pool` is the name of the organisation around several lanes.

    `closed`: an outside party of whom only messages are known, so it has no steps.
    """

    id: str
    name: str
    pool: str = ""
    closed: bool = False

    @property
    def title(self) -> str:
        """Unmistakable among several pools."""
        if self.pool and self.name and self.pool != self.name:
            return f"{self.pool} / {self.name}"
        return self.name or self.pool


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is done or happens. `minutes` and `work` are None while nobody has said.

    `parent` is the 下位フロー it belongs to, `attached` the step at whose edge an event waits;
    `element` is the BPMN element it came from, or "" for the usual one of its kind.
    """

    id: str
    name: str
    lane: str
    kind: StepKind = StepKind.TASK
    work: Work | None = None
    minutes: int | None = None
    forms: tuple[str, ...] = ()
    parent: str = ""
    attached: str = ""
    element: str = ""

    @property
    def is_gateway(self) -> bool:
        return self.kind in GATEWAYS

    @property
    def is_work(self) -> bool:
        return self.kind in {StepKind.TASK, StepKind.GROUP}


@dataclass(frozen=True, slots=True)
class Branch:
    """From one step to the next, or a message between two organisations.

    `otherwise`: the way taken when no condition holds. Its ends may name a step that is not there:
    a damaged file is shown and criticised, not refused.
    """

    id: str
    source: str
    target: str
    condition: str = ""
    otherwise: bool = False
    message: bool = False


@dataclass(frozen=True)
class Flow:
    """A whole flow; steps and lanes in the order they were written down."""

    title: str = ""
    lanes: tuple[Lane, ...] = ()
    steps: tuple[Step, ...] = ()
    branches: tuple[Branch, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Step]:
        return {step.id: step for step in self.steps}

    @cached_property
    def lane_names(self) -> Mapping[str, str]:
        """What to call each lane: its name, with the pool's where the name alone is not enough."""
        names = [lane.name for lane in self.lanes]
        return {
            lane.id: lane.name if lane.name and names.count(lane.name) == 1 else lane.title
            for lane in self.lanes
        }

    @cached_property
    def _out(self) -> Mapping[str, tuple[Branch, ...]]:
        return _grouped((branch.source, branch) for branch in self.branches)

    @cached_property
    def _into(self) -> Mapping[str, tuple[Branch, ...]]:
        return _grouped((branch.target, branch) for branch in self.branches)

    def leaving(self, step_id: str) -> tuple[Branch, ...]:
        return self._out.get(step_id, ())

    def entering(self, step_id: str) -> tuple[Branch, ...]:
        return self._into.get(step_id, ())

    def children(self, parent: str) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.parent == parent)

    @property
    def minutes(self) -> int:
        """The sum over all steps that say how long they take."""
        return sum(step.minutes or 0 for step in self.steps)


def _grouped(pairs: Iterator[tuple[str, Branch]]) -> dict[str, tuple[Branch, ...]]:
    found: dict[str, list[Branch]] = {}
    for key, branch in pairs:
        found.setdefault(key, []).append(branch)
    return {key: tuple(branches) for key, branches in found.items()}


@dataclass(frozen=True, slots=True)
class Next:
    """Where a line of the text twin leads: the number and name of another line."""

    number: str
    name: str
    condition: str = ""
    message: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One step in words, for readers who cannot see the drawing. `depth` counts 下位フロー.

    `notes` are the annotations (注記) the drawing has at this step.
    """

    number: str
    step: Step
    lane: str
    depth: int
    nexts: tuple[Next, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.step.name or f"({self.step.kind.label})"


def in_words(flow: Flow, notes: Mapping[str, tuple[str, ...]] | None = None) -> tuple[Line, ...]:
    """The steps as an ordered list: in the order work goes on, numbered 1, 2, 2.1, 3 …

    A step comes after those it follows wherever the flow does not loop; what cannot be reached
    comes last. `notes` are the drawing's annotations by step.
    """
    numbers: dict[str, str] = {}
    ordered: list[tuple[Step, int]] = []
    _number(flow, "", "", 0, numbers, ordered)
    lines = []
    for step, depth in ordered:
        nexts = tuple(
            Next(
                number=numbers[branch.target],
                name=flow.by_id[branch.target].name or f"({flow.by_id[branch.target].kind.label})",
                condition=branch.condition or ("それ以外" if branch.otherwise else ""),
                message=branch.message,
            )
            for branch in flow.leaving(step.id)
            if branch.target in numbers
        )
        lane = flow.lane_names.get(step.lane, "")
        said = (notes or {}).get(step.id, ())
        lines.append(Line(numbers[step.id], step, lane, depth, nexts, said))
    return tuple(lines)


def _number(
    flow: Flow,
    parent: str,
    prefix: str,
    depth: int,
    numbers: dict[str, str],
    ordered: list[tuple[Step, int]],
) -> None:
    for place, step in enumerate(in_order(flow, parent), start=1):
        numbers[step.id] = f"{prefix}{place}"
        ordered.append((step, depth))
        if step.kind is StepKind.GROUP:
            _number(flow, step.id, f"{numbers[step.id]}.", depth + 1, numbers, ordered)


def in_order(flow: Flow, parent: str = "") -> list[Step]:
    """The steps of one level so that each stands after those before it, loops left out."""
    level = {step.id: step for step in flow.children(parent)}
    ahead = _followers(flow, level)
    back = loops(flow, parent)
    waiting = dict.fromkeys(level, 0)
    for source, targets in ahead.items():
        for target in targets:
            waiting[target] += (source, target) not in back
    # A stack rather than a queue: one way is told to its end before the next begins.
    ready = [step_id for step_id in level if not waiting[step_id]]
    ready = [
        *(one for one in reversed(ready) if level[one].kind is not StepKind.START),
        *(one for one in reversed(ready) if level[one].kind is StepKind.START),
    ]
    found = []
    while ready:
        step_id = ready.pop()
        found.append(level[step_id])
        for target in reversed(ahead[step_id]):
            if (step_id, target) not in back:
                waiting[target] -= 1
                if not waiting[target]:
                    ready.append(target)
    return found


def loops(flow: Flow, parent: str = "") -> frozenset[tuple[str, str]]:
    """The branches of one level that lead back, as (source, target): without them nothing loops."""
    level = {step.id: step for step in flow.children(parent)}
    ahead = _followers(flow, level)
    incoming = {target for targets in ahead.values() for target in targets}
    firsts = [
        *(one.id for one in level.values() if one.kind is StepKind.START),
        *(one.id for one in level.values() if one.id not in incoming),
        *level,
    ]
    back: set[tuple[str, str]] = set()
    state: dict[str, int] = {}  # 1 on the way from the first step, 2 behind us
    for first in firsts:
        if first in state:
            continue
        state[first] = 1
        # Depth first without recursion: a file may be one chain of a thousand steps.
        way = [(first, iter(ahead[first]))]
        while way:
            step_id, rest = way[-1]
            target = next(rest, None)
            if target is None:
                state[step_id] = 2
                way.pop()
            elif state.get(target) == 1:
                back.add((step_id, target))
            elif target not in state:
                state[target] = 1
                way.append((target, iter(ahead[target])))
    return frozenset(back)


def _followers(flow: Flow, level: Mapping[str, Step]) -> dict[str, tuple[str, ...]]:
    """What comes after each step of a level; an event at its edge comes after the step itself."""
    ahead: dict[str, dict[str, None]] = {step_id: {} for step_id in level}
    for step in level.values():
        if step.attached in level:
            ahead[step.attached][step.id] = None
    for step_id in level:
        for branch in flow.leaving(step_id):
            if not branch.message and branch.target in level:
                ahead[step_id][branch.target] = None
    return {step_id: tuple(targets) for step_id, targets in ahead.items()}
