"""What is wrong or missing in a flow, said with its place and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from registry.labels import Labelled
from registry.processes.flow import (
    DECIDING,
    Branch,
    Flow,
    Step,
    StepKind,
    in_words,
)
from registry.text.severity import Severity


class Fault(Labelled):
    """What a finding is about."""

    NO_START = "no_start", "開始がない"
    NO_END = "no_end", "終了がない"
    TWO_STARTS = "two_starts", "開始が二つ"
    UNREACHABLE = "unreachable", "たどり着けない"
    DEAD_END = "dead_end", "行き止まり"
    ENDLESS = "endless", "終われない"
    BROKEN_LINE = "broken_line", "つながらない線"
    CROSSES_POOL = "crosses_pool", "組織をまたぐ線"
    MESSAGE_INSIDE = "message_inside", "組織の中の連絡"
    INTO_START = "into_start", "開始に入る線"
    OUT_OF_END = "out_of_end", "終了から出る線"
    NO_CONDITION = "no_condition", "条件がない"
    SAME_CONDITION = "same_condition", "同じ条件"
    NEEDLESS_GATEWAY = "needless_gateway", "分かれない分岐"
    JOIN_AND_SPLIT = "join_and_split", "合流と分岐が一緒"
    WAITS_FOREVER = "waits_forever", "待ち続ける合流"
    RUNS_TWICE = "runs_twice", "二度行う合流"
    EMPTY_LANE = "empty_lane", "手順のない担当"
    NO_LANE_NAME = "no_lane_name", "担当の名前がない"
    NO_NAME = "no_name", "手順の名前がない"
    NO_MINUTES = "no_minutes", "時間がない"
    NOTHING = "nothing", "手順がない"


@dataclass(frozen=True, slots=True)
class Finding:
    """`subject` is the ID of a step, line or lane, "" for the whole flow; `place` says it in words."""

    fault: Fault
    severity: Severity
    subject: str
    place: str
    message: str


def check(flow: Flow) -> tuple[Finding, ...]:
    """All findings, grave ones first, then in the order work goes on."""
    checker = _Checker(flow)
    rank = {severity: at for at, severity in enumerate(Severity)}
    found = list(checker.findings())
    found.sort(key=lambda one: (rank[one.severity], checker.order.get(one.subject, -1)))
    return tuple(found)


class _Checker:
    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        lines = in_words(flow)
        self.order = {line.step.id: at for at, line in enumerate(lines)}
        self.numbers = {line.step.id: line.number for line in lines}
        self.guests: dict[str, list[str]] = {}
        for step in flow.steps:
            if step.attached:
                self.guests.setdefault(step.attached, []).append(step.id)

    def findings(self) -> Iterator[Finding]:
        flow = self.flow
        if not flow.steps:
            yield self._of_flow(
                Fault.NOTHING, "手順がありません。手順表に 1 行以上書いてください。"
            )
            return
        for lane in flow.lanes:
            yield from self._lane(lane.id, lane.title, closed=lane.closed)
        for members in self._levels():
            yield from self._level(members)
        for step in flow.steps:
            yield from self._step(step)
        yield from self._lines()
        yield from self._minutes()

    # ---- whole levels --------------------------------------------------------------------------

    def _levels(self) -> list[list[Step]]:
        """The steps of each process and of each 下位フロー, as far as lines and pools join them."""
        pools = {lane.id: lane.pool for lane in self.flow.lanes}
        levels: dict[tuple[str, str], list[Step]] = {}
        for step in self.flow.steps:
            levels.setdefault((step.parent, pools.get(step.lane, step.lane)), []).append(step)
        return list(levels.values())

    def _level(self, members: list[Step]) -> Iterator[Finding]:
        first = members[0]
        inside = bool(first.parent)
        where = self._place(self.flow.by_id[first.parent]) if inside else self._where(first)
        subject = first.parent if inside else ""
        starts = [step for step in members if step.kind is StepKind.START]
        lacking = Severity.ADVICE if inside else Severity.ERROR
        if not starts:
            yield Finding(
                Fault.NO_START, lacking, subject, where,
                "開始がありません。何をきっかけに始まるのかを、開始として置いてください。",
            )  # fmt: skip
        if all(step.kind is not StepKind.END for step in members):
            yield Finding(
                Fault.NO_END, lacking, subject, where,
                "終了がありません。どうなったら終わるのかを、終了として置いてください。",
            )  # fmt: skip
        by_lane: dict[str, list[Step]] = {}
        for step in starts:
            by_lane.setdefault(step.lane, []).append(step)
        for several in by_lane.values():
            names = {step.name for step in several}
            if len(several) > 1 and (len(names) < len(several) or "" in names):
                yield Finding(
                    Fault.TWO_STARTS, Severity.CHECK, several[1].id, self._place(several[1]),
                    f"同じ担当に開始が {len(several)} つあり、見分けが付きません。"
                    "一つにまとめるか、それぞれ何をきっかけに始まるのかを名前に書いてください。",
                )  # fmt: skip
        yield from self._ways(members, starts)

    def _ways(self, members: list[Step], starts: list[Step]) -> Iterator[Finding]:
        """Reachable from a start, and an end reachable from there."""
        level = {step.id for step in members}
        ahead = {step.id: [one for one in self._after(step.id) if one in level] for step in members}
        behind: dict[str, list[str]] = {step_id: [] for step_id in level}
        for source, targets in ahead.items():
            for target in targets:
                behind[target].append(source)
        first = {step.id for step in starts} | {step.id for step in members if self._begins(step)}
        reached = _closure(first, ahead) if starts else level
        ends = {step.id for step in members if step.kind is StepKind.END or self._leaves(step)}
        stopping = {step_id for step_id in level if not ahead[step_id]}
        finishing = _closure(ends | stopping, behind)
        for step in members:
            if step.id not in reached:
                yield self._of(
                    Fault.UNREACHABLE, Severity.ERROR, step,
                    "開始からたどり着けません。前の手順の「次へ」に加えるか、要らなければ消してください。",
                )  # fmt: skip
            if step.id in stopping - ends and not step.attached:
                yield self._of(
                    Fault.DEAD_END, Severity.ERROR, step,
                    "ここで止まっていて、次がありません。次の手順か「終了」へつないでください。",
                )  # fmt: skip
            elif step.id not in finishing:
                yield self._of(
                    Fault.ENDLESS, Severity.ERROR, step,
                    "ここからは繰り返すばかりで、終了にたどり着けません。抜け出す条件を加えてください。",
                )  # fmt: skip

    def _after(self, step_id: str) -> list[str]:
        ahead = [one.target for one in self.flow.leaving(step_id) if not one.message]
        return ahead + self.guests.get(step_id, [])

    def _begins(self, step: Step) -> bool:
        """Steps that need no line into them: event sub-processes, compensation, caught links."""
        if step.attached or step.kind is StepKind.START:
            return True
        if step.kind is StepKind.GROUP and not self.flow.entering(step.id):
            return any(
                one.kind is StepKind.START and one.name for one in self.flow.children(step.id)
            )
        return step.element == "intermediateCatchEvent" and not self.flow.entering(step.id)

    def _leaves(self, step: Step) -> bool:
        """Steps that need no line out of them: thrown links, and what only begins by itself."""
        if step.element == "intermediateThrowEvent":
            return True
        return step.kind is StepKind.GROUP and not self.flow.entering(step.id)

    # ---- single things -------------------------------------------------------------------------

    def _lane(self, own: str, title: str, *, closed: bool) -> Iterator[Finding]:
        if closed:
            return
        members = [step for step in self.flow.steps if step.lane == own]
        if not members:
            yield Finding(
                Fault.EMPTY_LANE, Severity.CHECK, own, f"担当「{title or '(名前なし)'}」",
                "この担当の手順がありません。要らなければ担当を消してください。",
            )  # fmt: skip
        elif not title:
            yield Finding(
                Fault.NO_LANE_NAME, Severity.CHECK, own, self._place(members[0]),
                "担当の名前がありません。だれが行うのか(利用者、窓口、課長など)を書いてください。",
            )  # fmt: skip

    def _step(self, step: Step) -> Iterator[Finding]:
        into = [one for one in self.flow.entering(step.id) if not one.message]
        out = [one for one in self.flow.leaving(step.id) if not one.message]
        if step.is_work and not step.name:
            yield self._of(
                Fault.NO_NAME, Severity.CHECK, step,
                "手順の名前がありません。「申請書を受け付ける」のように、何をするのかを書いてください。",
            )  # fmt: skip
        if step.kind is StepKind.START and into:
            yield self._of(
                Fault.INTO_START, Severity.ERROR, step,
                "開始に線が入っています。やり直すときは、最初の手順へ戻してください。",
            )  # fmt: skip
        if step.kind is StepKind.END and out:
            yield self._of(
                Fault.OUT_OF_END, Severity.ERROR, step,
                "終了の後に続きがあります。終了ではなく出来事にするか、線を消してください。",
            )  # fmt: skip
        if step.is_gateway:
            yield from self._gateway(step, into, out)
        elif step.is_work and len(into) > 1 and self._splits_apart(step, into):
            yield self._of(
                Fault.RUNS_TWICE, Severity.CHECK, step,
                "並行に進む枝が合流の記号なしにここへ入るため、枝の数だけ繰り返し行うことになります。"
                "前に並行の合流を置いてください。",
            )  # fmt: skip

    def _gateway(self, step: Step, into: list[Branch], out: list[Branch]) -> Iterator[Finding]:
        if len(out) > 1 and len(into) > 1:
            yield self._of(
                Fault.JOIN_AND_SPLIT, Severity.ADVICE, step,
                "一つの記号で合流と分岐をしています。二つに分けると読み間違いがなくなります。",
            )  # fmt: skip
        if len(out) == 1 and len(into) == 1:
            yield self._of(
                Fault.NEEDLESS_GATEWAY, Severity.ADVICE, step,
                "入る線も出る線も一本で、分かれても合わさってもいません。消しても意味は変わりません。",
            )  # fmt: skip
        if step.kind in DECIDING and len(out) > 1:
            open_ways = [one for one in out if not one.condition and not one.otherwise]
            if open_ways:
                ways = "、".join(f"「{self._name(one.target)}」" for one in open_ways[:3])
                yield self._of(
                    Fault.NO_CONDITION, Severity.ERROR, step,
                    f"どういうときに {ways} へ進むのか、条件がありません。"
                    "「あり」「なし」のように書いてください。",
                )  # fmt: skip
            said = [one.condition for one in out if one.condition]
            if step.kind is StepKind.CHOICE and len(set(said)) < len(said):
                yield self._of(
                    Fault.SAME_CONDITION, Severity.ERROR, step,
                    "同じ条件の枝が二本あり、どちらへ進むのか決まりません。条件を書き分けてください。",
                )  # fmt: skip
        if step.kind is StepKind.PARALLEL and len(into) > 1 and self._choice_before(into):
            yield self._of(
                Fault.WAITS_FOREVER, Severity.ERROR, step,
                "並行の合流ですが、前で「どれか一つ」に分かれているため、来ない枝を待ち続けます。"
                "合流も分岐(どれか一つ)の記号にしてください。",
            )  # fmt: skip

    def _choice_before(self, into: list[Branch]) -> bool:
        """Whether two of these ways come straight from one exclusive gateway."""
        return self._common_split(into, StepKind.CHOICE)

    def _splits_apart(self, step: Step, into: list[Branch]) -> bool:
        del step
        return self._common_split(into, StepKind.PARALLEL)

    def _common_split(self, into: list[Branch], kind: StepKind) -> bool:
        """Whether two ways, each without any other joining or parting, begin at one such gateway."""
        found = []
        for branch in into:
            source, seen = branch.source, set()
            while source in self.flow.by_id and source not in seen:
                seen.add(source)
                step = self.flow.by_id[source]
                if step.is_gateway and len(self.flow.leaving(source)) > 1:
                    found.append(source if step.kind is kind else "")
                    break
                before = [one for one in self.flow.entering(source) if not one.message]
                if len(before) != 1 or len(self.flow.leaving(source)) > 1:
                    break
                source = before[0].source
        return any(found.count(one) > 1 for one in found if one)

    def _lines(self) -> Iterator[Finding]:
        lanes = {lane.id: lane for lane in self.flow.lanes}
        for branch in self.flow.branches:
            ends = [self.flow.by_id.get(end) for end in (branch.source, branch.target)]
            missing = [
                end
                for end, step in zip((branch.source, branch.target), ends, strict=True)
                if step is None and not (branch.message and self._may_take_message(end))
            ]
            shown = next((step for step in ends if step is not None), None)
            if missing:
                yield Finding(
                    Fault.BROKEN_LINE, Severity.ERROR, branch.id,
                    self._place(shown) if shown else f"線「{branch.condition or branch.id}」",
                    "線の先がありません。つなぎ直すか、線を消してください。",
                )  # fmt: skip
            one, other = ends
            if one is None or other is None or one.lane not in lanes or other.lane not in lanes:
                continue
            pools = lanes[one.lane].pool, lanes[other.lane].pool
            if not branch.message and pools[0] != pools[1]:
                yield self._of(
                    Fault.CROSSES_POOL, Severity.ERROR, one,
                    f"別の組織の手順「{self._name(other.id)}」へ、仕事の流れの線でつながっています。"
                    "連絡(メッセージ)の線にしてください。",
                )  # fmt: skip
            elif branch.message and pools[0] == pools[1] and one.lane == other.lane:
                yield self._of(
                    Fault.MESSAGE_INSIDE, Severity.CHECK, one,
                    f"同じ組織の手順「{self._name(other.id)}」へ連絡の線でつながっています。"
                    "仕事の流れの線にしてください。",
                )  # fmt: skip

    def _may_take_message(self, end: str) -> bool:
        return any(end == lane.id or end.startswith(f"{lane.id}-") for lane in self.flow.lanes) or (
            end not in self.flow.by_id and end not in {one.id for one in self.flow.branches}
        )

    def _minutes(self) -> Iterator[Finding]:
        work = [step for step in self.flow.steps if step.kind is StepKind.TASK and step.name]
        without = [step for step in work if step.minutes is None]
        if work and len(without) == len(work):
            yield Finding(
                Fault.NO_MINUTES, Severity.ADVICE, "", "フロー全体",
                "どの手順にも時間(分)がありません。おおよそでも書くと、見直しの効果を比べられます。",
            )  # fmt: skip
            return
        for step in without:
            yield self._of(
                Fault.NO_MINUTES, Severity.ADVICE, step,
                "時間(分)がありません。おおよそでも書くと、見直しの効果を比べられます。",
            )  # fmt: skip

    # ---- words ---------------------------------------------------------------------------------

    def _of(self, fault: Fault, severity: Severity, step: Step, message: str) -> Finding:
        return Finding(fault, severity, step.id, self._place(step), message)

    def _of_flow(self, fault: Fault, message: str) -> Finding:
        return Finding(fault, Severity.ERROR, "", "フロー全体", message)

    def _name(self, step_id: str) -> str:
        step = self.flow.by_id.get(step_id)
        if step is None:
            return self.flow.lane_names.get(step_id, "?")
        return step.name or step.kind.label

    def _place(self, step: Step) -> str:
        lane = self.flow.lane_names.get(step.lane, "")
        number = self.numbers.get(step.id, "")
        said = f"{step.kind.label} {number}" if step.kind is not StepKind.TASK else f"手順 {number}"
        name = f"「{step.name}」" if step.name else ""
        return f"{f'担当「{lane}」の' if lane else ''}{said}{name}"

    def _where(self, step: Step) -> str:
        pools = {lane.id: lane.pool for lane in self.flow.lanes}
        pool = pools.get(step.lane, "")
        return f"「{pool}」" if pool else "フロー全体"


def _closure(first: set[str], ahead: Mapping[str, list[str]]) -> set[str]:
    found, waiting = set(first), list(first)
    while waiting:
        for target in ahead.get(waiting.pop(), ()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found
