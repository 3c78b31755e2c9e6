"""A step table as a flow, with what the table does not show taken over from the flow it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from typing import Final, TypeVar

from registry.errors import Invalid
from registry.processes.flow import Branch, Flow, Lane, Step, StepKind
from registry.processes.tabling import typed
from registry.processes.tabling.rows import TOGETHER, Row, folded_gateway, to_rows
from registry.text.normalise import clean_input

T = TypeVar("T")

MAX_ROWS: Final = 300
_NOT_SAVED: Final = "手順表を保存していません。入力した内容は残っています。"


def to_flow(rows: Iterable[Row], *, title: str, base: Flow | None = None) -> Flow:
    """The flow a table describes; `base` is the flow the table was made from.

    Raises Invalid with every fault by row: `fields` is keyed `rows-3-nexts` (rows from 1).
    """
    kept = [row for row in rows if not row.is_empty]
    if not kept:
        raise Invalid(_NOT_SAVED, {"rows": ["手順がありません。1 行以上入力してください。"]})
    if len(kept) > MAX_ROWS:
        raise Invalid(
            _NOT_SAVED, {"rows": [f"手順は {MAX_ROWS} 行までです。段階ごとに分けてください。"]}
        )
    return _Builder(kept, title, base or Flow()).flow()


class _Builder:
    def __init__(self, rows: list[Row], title: str, base: Flow) -> None:
        self.rows = rows
        self.title = title
        self.base = base
        self.errors: dict[str, list[str]] = {}
        self.lanes: dict[str, Lane] = {}
        self.steps: list[Step] = []
        self.branches: list[Branch] = []
        self.ids: dict[str, str] = {}  # what 次へ may say → step
        shown = to_rows(base)
        self.shown = {row.id: row for row in shown}
        self.shown_ids = {row.number: row.id for row in shown}
        self.used = {*base.by_id, *(lane.id for lane in base.lanes)}
        self.used |= {branch.id for branch in base.branches}

    def flow(self) -> Flow:
        self._refuse_control_characters()
        own = [self._step(place, row) for place, row in enumerate(self.rows, start=1)]
        self.steps += own
        self._attach(own)
        for place, row in enumerate(self.rows, start=1):
            follower = own[place] if place < len(own) else None
            self._ways(place, row, own[place - 1], follower)
        if self.errors:
            raise Invalid(_NOT_SAVED, self.errors)
        self._start(own)
        self._inner()
        busy = {step.lane for step in self.base.steps}
        kept_lanes = [
            lane for lane in self.base.lanes if lane.id in self.lanes or lane.id not in busy
        ]
        made = [lane for lane in self.lanes.values() if lane not in kept_lanes]
        return Flow(
            title=self.title,
            lanes=(*kept_lanes, *made),
            steps=tuple(self.steps),
            branches=tuple(self.branches),
        )

    def _fault(self, place: int, column: str, message: str) -> None:
        self.errors.setdefault(f"rows-{place}-{column}", []).append(message)

    def _read(self, place: int, column: str, reader: Callable[[], T], otherwise: T) -> T:
        try:
            return reader()
        except typed.Unreadable as error:
            self._fault(place, column, str(error))
            return otherwise

    def _refuse_control_characters(self) -> None:
        for place, row in enumerate(self.rows, start=1):
            for name, typed_in in asdict(row).items():
                if clean_input(typed_in).refused:
                    self.errors[f"rows-{place}-{name}"] = [
                        "文字でないデータ(制御文字)があります。入力し直してください。"
                    ]
        if self.errors:
            raise Invalid(_NOT_SAVED, self.errors)

    def _step(self, place: int, row: Row) -> Step:
        before = self.base.by_id.get(row.id)
        if before is not None and any(step.id == row.id for step in self.steps):
            before = None
        kind, attached = self._read(
            place, "kind", lambda: typed.kind(row.kind, row.name), (StepKind.TASK, "")
        )
        name = " ".join(row.name.split())
        if not name and kind not in {
            StepKind.START, StepKind.END, StepKind.CHOICE, StepKind.PARALLEL, StepKind.ANY,
            StepKind.WAIT, StepKind.EVENT,
        }:  # fmt: skip
            self._fault(place, "name", "手順を入力してください。")
        step = Step(
            id=before.id if before else self._new("step"),
            name=name,
            lane=self._kept_or_named_lane(place, row, before),
            kind=kind,
            work=self._read(place, "work", lambda: typed.work(row.work), None),
            minutes=self._read(place, "minutes", lambda: typed.minutes(row.minutes), None),
            forms=tuple(dict.fromkeys(typed.listed(row.forms))),
            parent="",
            attached=attached,
            element=before.element if before and before.kind is kind else "",
        )
        number = typed.key(row.number) or self._free_number(place)
        if number in self.ids:
            self._fault(place, "number", f"番号 {number} がほかの行にもあります。")
        self.ids[number] = step.id
        return step

    def _free_number(self, place: int) -> str:
        """A row without a number has that of its place, or the next one nobody else has."""
        given = {typed.key(row.number) for row in self.rows} | self.ids.keys()
        while str(place) in given:
            place += 1
        return str(place)

    def _attach(self, own: list[Step]) -> None:
        """「出来事(3の途中)」: the number becomes the step it happens at."""
        for at, step in enumerate(own):
            if not step.attached:
                continue
            host = self.ids.get(typed.key(step.attached))
            if host is None or host == step.id:
                self._fault(at + 1, "kind", f"番号 {step.attached} の行がありません。")
                continue
            before = self.base.by_id.get(step.id)
            element = before.element if before and before.attached else "boundaryEvent"
            own[at] = replace(step, attached=host, element=element)
        self.steps = own[:]

    def _kept_or_named_lane(self, place: int, row: Row, before: Step | None) -> str:
        """An untouched cell keeps its lane, even one whose name is empty or given twice."""
        shown = self.shown.get(row.id)
        if before is not None and shown is not None and shown.lane == row.lane.strip():
            lane = next((one for one in self.base.lanes if one.id == before.lane), None)
            if lane is not None:
                self.lanes[lane.id] = lane
                return lane.id
        return self._lane(place, row.lane)

    def _lane(self, place: int, said: str) -> str:
        name = " ".join(said.split())
        if not name:
            before = list(self.lanes.values())
            if not before:
                self._fault(place, "lane", "担当を入力してください。")
                return ""
            return self._lane_of_row_above(place)
        for lane in self.lanes.values():
            if name in (lane.title, lane.name):
                return lane.id
        known = next(
            (
                lane
                for lane in self.base.lanes
                if name in (lane.title, lane.name) and not lane.closed
            ),
            None,
        )
        lane = known or Lane(self._new("lane"), name, self._pool())
        self.lanes[lane.id] = lane
        return lane.id

    def _lane_of_row_above(self, place: int) -> str:
        for row in reversed(self.rows[: place - 1]):
            if row.lane.strip():
                return self._lane(place, row.lane)
        return next(iter(self.lanes))

    def _pool(self) -> str:
        return next((lane.pool for lane in self.base.lanes if not lane.closed), self.title)

    def _ways(self, place: int, row: Row, step: Step, follower: Step | None) -> None:
        if self._untouched(row, step):
            self._keep_ways(step)
            return
        ends = [typed.key(one) for one in typed.listed(row.nexts)]
        if not ends:
            conditions = [row.conditions.strip()] if row.conditions.strip() else [""]
            if step.kind is StepKind.END:
                return
            ends = [""] if follower is not None else ["終了"]
        elif len(ends) == 1 and ends[0] in typed.NOTHING:
            return
        else:
            split = typed.split(row.conditions, len(ends))
            if split is None:
                self._fault(
                    place,
                    "conditions",
                    f"条件の数が「次へ」の数({len(ends)})と合いません。"
                    "「/」で区切って、同じ数だけ書いてください。",
                )
                return
            conditions = split
        targets: list[tuple[str, str, bool]] = []
        for end, condition in zip(ends, conditions, strict=True):
            message = typed.MESSAGE.fullmatch(end)
            target = self._target(
                place, typed.key(message.group(1)) if message else end, step, follower
            )
            if target:
                targets.append((target, condition, message is not None))
        self._connect(step, targets)

    def _untouched(self, row: Row, step: Step) -> bool:
        """Whether 次へ and 条件 say the same as before and mean the same steps."""
        shown = self.shown.get(row.id)
        if shown is None or step.id != row.id:
            return False
        cells = (row.nexts.strip(), "\n".join(row.conditions.split("\r\n")).strip())
        if cells != (shown.nexts, shown.conditions):
            return False
        if step.kind is not self.base.by_id[step.id].kind:
            return False
        for end in typed.listed(shown.nexts):
            message = typed.MESSAGE.fullmatch(end)
            number = message.group(1) if message else end
            if number in self.shown_ids and self.ids.get(number) != self.shown_ids[number]:
                return False
        return True

    def _keep_ways(self, step: Step) -> None:
        before = self.base.by_id[step.id]
        gateway = folded_gateway(self.base, before)
        if gateway is not None:
            self.steps.append(gateway)
        taken = {one.id for one in self.steps}
        for source in (step.id, gateway.id if gateway else ""):
            for branch in self.base.leaving(source):
                self.branches.append(branch)
                target = self.base.by_id.get(branch.target)
                hidden = target is not None and target.id not in self.shown and not target.parent
                if target is not None and hidden and target.id not in taken:
                    taken.add(target.id)
                    self.steps.append(target)
                    self._keep_lane(target)

    def _keep_lane(self, step: Step) -> None:
        lane = next((one for one in self.base.lanes if one.id == step.lane), None)
        if lane is not None:
            self.lanes.setdefault(lane.id, lane)

    def _target(self, place: int, said: str, step: Step, follower: Step | None) -> str:
        if not said and follower is not None:
            return follower.id
        if said in self.ids:
            return self.ids[said]
        if said in typed.END_WORDS:
            return self._end(step)
        for lane in self.base.lanes:
            if lane.closed and said == lane.title:
                return lane.id
        self._fault(
            place, "nexts", f"「{said}」の行がありません。番号か「終了」を入力してください。"
        )
        return ""

    def _end(self, step: Step) -> str:
        """The end this step led to before, else the nameless end of its lane, else a new one."""
        taken = {one.id for one in self.steps}
        gateway = folded_gateway(self.base, step) if step.id in self.base.by_id else None
        for source in (step.id, gateway.id if gateway else ""):
            for branch in self.base.leaving(source):
                target = self.base.by_id.get(branch.target)
                if target and target.kind is StepKind.END and not target.name.strip():
                    if target.id not in taken:
                        self.steps.append(replace(target, lane=self._kept_lane(target, step)))
                    return target.id
        for one in self.steps:
            if one.kind is StepKind.END and not one.name and one.lane == step.lane:
                return one.id
        made = Step(self._new("end"), "", step.lane, StepKind.END)
        self.steps.append(made)
        return made.id

    def _kept_lane(self, target: Step, step: Step) -> str:
        return target.lane if target.lane in self.lanes else step.lane

    def _connect(self, step: Step, targets: list[tuple[str, str, bool]]) -> None:
        ways = [target for target in targets if not target[2]]
        for target, condition, _ in (one for one in targets if one[2]):
            self._branch(step.id, target, condition, message=True)
        source = step.id
        together = bool(ways) and all(condition == TOGETHER for _, condition, _ in ways)
        if len(ways) > 1 and not step.is_gateway:
            kind = StepKind.PARALLEL if together else StepKind.CHOICE
            before = self.base.by_id.get(step.id)
            gateway = folded_gateway(self.base, before) if before else None
            if gateway is None:
                gateway = Step(self._new("branch"), "", step.lane, kind)
            elif gateway.kind is not kind:
                gateway = replace(gateway, kind=kind, element="")
            self.steps.append(replace(gateway, lane=step.lane))
            self._branch(step.id, gateway.id, "")
            source = gateway.id
        for target, condition, _ in ways:
            plain = "" if together and len(ways) > 1 else condition
            self._branch(source, target, plain, otherwise=plain in typed.OTHERWISE)

    def _branch(
        self,
        source: str,
        target: str,
        condition: str,
        *,
        otherwise: bool = False,
        message: bool = False,
    ) -> None:
        taken = {branch.id for branch in self.branches}
        for branch in self.base.leaving(source):
            same = branch.target == target and branch.message == message
            if same and branch.id not in taken:
                shown = branch.condition or ("それ以外" if branch.otherwise else "")
                if shown == condition:
                    self.branches.append(branch)
                else:
                    self.branches.append(replace(branch, condition=condition, otherwise=otherwise))
                return
        made = Branch(self._new("way"), source, target, condition, otherwise, message)
        self.branches.append(made)

    def _start(self, own: list[Step]) -> None:
        if any(step.kind is StepKind.START for step in self.steps):
            return
        first = next((step for step in own if not step.attached), own[0])
        kept = [step for step in self.base.steps if step.kind is StepKind.START and not step.parent]
        start = kept[0] if kept else Step(self._new("start"), "", first.lane, StepKind.START)
        if kept:
            self._keep_lane(start)
        self.steps.insert(0, start)
        self._branch(start.id, first.id, "")

    def _inner(self) -> None:
        """The steps inside a 下位フロー stay as they were, as long as it does."""
        groups = {step.id: step.lane for step in self.steps if step.kind is StepKind.GROUP}
        inner = set()
        for step in self.base.steps:
            if step.parent in groups:
                inner.add(step.id)
                old = next(one.lane for one in self.base.steps if one.id == step.parent)
                lane = groups[step.parent]
                self.steps.append(step if old == lane else replace(step, lane=lane))
                groups[step.id] = self.steps[-1].lane
                self._keep_lane(self.steps[-1])
        known = {step.id for step in self.steps} | {lane.id for lane in self.base.lanes}
        taken = {branch.id for branch in self.branches}
        for branch in self.base.branches:
            touches = branch.source in inner or branch.target in inner
            kept = branch.source in known and branch.target in known
            if touches and kept and branch.id not in taken:
                self.branches.append(branch)

    def _new(self, word: str) -> str:
        number = 1
        while f"{word}-{number}" in self.used:
            number += 1
        self.used.add(f"{word}-{number}")
        return f"{word}-{number}"
