"""The rows of a step table, and a flow as such rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from registry.processes.flow import Flow, Step, StepKind, in_order

HEADINGS: Final[Mapping[str, str]] = {
    "number": "番号",
    "lane": "担当",
    "name": "手順",
    "nexts": "次へ",
    "conditions": "条件",
    "forms": "使う帳票",
    "minutes": "分",
    "work": "区分",
    "kind": "種類",
}
TOGETHER: Final = "並行"


@dataclass(frozen=True, slots=True)
class Row:
    """One line as typed. `id` is the step it stands for, "" for a new one."""

    number: str = ""
    lane: str = ""
    name: str = ""
    nexts: str = ""
    conditions: str = ""
    forms: str = ""
    minutes: str = ""
    work: str = ""
    kind: str = ""
    id: str = ""

    @property
    def is_empty(self) -> bool:
        typed = (self.lane, self.name, self.nexts, self.conditions, self.forms, self.kind)
        return not any(value.strip() for value in typed)


def to_rows(flow: Flow) -> tuple[Row, ...]:
    """The top level of a flow as rows, in the order work goes on.

    A start and an end without a name need no row, nor does a nameless gateway directly behind a
    step: its conditions stand in that step's row.
    """
    steps = in_order(flow)
    folded = {gateway.id for step in steps if (gateway := folded_gateway(flow, step))}
    starts = [step for step in steps if step.kind is StepKind.START]
    left_out = folded | {
        step.id for step in steps if step.kind is StepKind.END and not step.name.strip()
    }
    if len(starts) == 1 and not starts[0].name.strip() and len(flow.leaving(starts[0].id)) == 1:
        rest = [step for step in steps if step.id not in left_out and step is not starts[0]]
        if rest and flow.leaving(starts[0].id)[0].target == rest[0].id:
            left_out.add(starts[0].id)
    shown = [step for step in steps if step.id not in left_out]
    numbers = {step.id: str(place) for place, step in enumerate(shown, start=1)}
    return tuple(
        _row(flow, step, numbers, shown[place + 1] if place + 1 < len(shown) else None)
        for place, step in enumerate(shown)
    )


def folded_gateway(flow: Flow, step: Step) -> Step | None:
    """The nameless gateway behind a step whose ways out stand in the step's own row."""
    if step.is_gateway or step.kind is StepKind.END:
        return None
    leaving = [branch for branch in flow.leaving(step.id) if not branch.message]
    if len(leaving) != 1 or leaving[0].condition:
        return None
    gateway = flow.by_id.get(leaving[0].target)
    if gateway is None or gateway.name.strip() or gateway.parent != step.parent:
        return None
    if gateway.lane != step.lane or len(flow.entering(gateway.id)) != 1:
        return None
    ways = flow.leaving(gateway.id)
    if len(ways) < 2 or any(way.message for way in ways):
        return None
    said = [way.condition for way in ways]
    if gateway.kind is StepKind.CHOICE and all(said) and len(set(said)) == len(said):
        return gateway if TOGETHER not in said else None
    return gateway if gateway.kind is StepKind.PARALLEL and not any(said) else None


def _row(flow: Flow, step: Step, numbers: Mapping[str, str], follower: Step | None) -> Row:
    gateway = folded_gateway(flow, step)
    ways = list(flow.leaving(gateway.id if gateway else step.id))
    if gateway:
        ways += [way for way in flow.leaving(step.id) if way.message]
    nexts, conditions = [], []
    for way in ways:
        target = flow.by_id.get(way.target)
        if target is None:
            if way.message and way.target in flow.lane_names:
                nexts.append(f"連絡:{flow.lane_names[way.target]}")
                conditions.append(way.condition)
            continue
        number = numbers.get(way.target) or ("終了" if target.kind is StepKind.END else "")
        if not number:
            continue
        nexts.append(f"連絡:{number}" if way.message else number)
        said = TOGETHER if gateway and gateway.kind is StepKind.PARALLEL else way.condition
        conditions.append(said or ("それ以外" if way.otherwise else ""))
    if not nexts and step.kind is not StepKind.END and follower is not None:
        nexts = ["なし"]
    return Row(
        number=numbers[step.id],
        lane=flow.lane_names.get(step.lane, ""),
        name=step.name,
        nexts="、".join(nexts),
        conditions=_joined(conditions),
        forms="、".join(step.forms),
        minutes="" if step.minutes is None else str(step.minutes),
        work=step.work.label if step.work else "",
        kind=_kind_words(step, numbers),
        id=step.id,
    )


def _joined(conditions: Sequence[str]) -> str:
    if not any(conditions):
        return ""
    return ("\n" if any("／" in one for one in conditions) else "／").join(conditions)


def _kind_words(step: Step, numbers: Mapping[str, str]) -> str:
    if step.kind is StepKind.TASK:
        return ""
    if step.kind is StepKind.EVENT and step.attached in numbers:
        return f"出来事({numbers[step.attached]}の途中)"
    return step.kind.label
