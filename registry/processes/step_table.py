"""A flow as a table that anybody can fill in: 担当・手順・次へ・条件・使う帳票・分・区分, one step a row.

The table is the way in for people who do not draw, and for those who cannot use a mouse. What it
does not show (the inside of a 下位フロー, sorts of events) is taken over from the flow it came from.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from io import StringIO
from typing import Final

from registry.errors import Invalid
from registry.processes.flow import Branch, Flow, Lane, Step, StepKind, Work, in_order

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
MAX_ROWS: Final = 300
END_WORDS: Final = frozenset({"終了", "終わり", "おわり", "完了", "END", "end"})
NOTHING: Final = frozenset({"なし", "-", "―", "－"})
TOGETHER: Final = "並行"
OTHERWISE: Final = frozenset({"それ以外", "その他", "上記以外"})
_START_WORDS: Final = frozenset({"開始", "始め", "はじめ", "START", "start"})
_LIST: Final = re.compile(r"[、,，;；\n]+")
_MESSAGE: Final = re.compile(r"連絡\s*[::]\s*(.+)")
_DURING: Final = re.compile(r"出来事\s*[((]\s*(.+?)\s*の途中\s*[))]")
_HOURS: Final = re.compile(r"(?:(\d{1,4})時間)?(?:(\d{1,6})分?)?")
_NOT_SAVED: Final = "手順表を保存していません。入力した内容は残っています。"


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


# ---- flow → table ---------------------------------------------------------------------------


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


# ---- table → flow ---------------------------------------------------------------------------


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

    # ---- steps -------------------------------------------------------------------------------

    def _step(self, place: int, row: Row) -> Step:
        before = self.base.by_id.get(row.id)
        if before is not None and any(step.id == row.id for step in self.steps):
            before = None
        kind, attached = self._kind(place, row)
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
            work=self._work(place, row.work),
            minutes=self._minutes(place, row.minutes),
            forms=tuple(dict.fromkeys(_listed(row.forms))),
            parent="",
            attached=attached,
            element=before.element if before and before.kind is kind else "",
        )
        number = _key(row.number) or self._free_number(place)
        if number in self.ids:
            self._fault(place, "number", f"番号 {number} がほかの行にもあります。")
        self.ids[number] = step.id
        return step

    def _free_number(self, place: int) -> str:
        """A row without a number has that of its place, or the next one nobody else has."""
        given = {_key(row.number) for row in self.rows} | self.ids.keys()
        while str(place) in given:
            place += 1
        return str(place)

    def _kind(self, place: int, row: Row) -> tuple[StepKind, str]:
        said = unicodedata.normalize("NFKC", row.kind.strip()).replace("(", "(")
        found = _DURING.fullmatch(row.kind.strip()) or _DURING.fullmatch(said)
        if found:
            return StepKind.EVENT, found.group(1)
        if not said:
            if row.name.strip() in _START_WORDS:
                return StepKind.START, ""
            return (StepKind.END if row.name.strip() in END_WORDS else StepKind.TASK), ""
        for kind in StepKind:
            if said in (kind.label, kind.value):
                return kind, ""
        labels = "、".join(kind.label for kind in StepKind)
        self._fault(place, "kind", f"「{said}」は使えません。{labels} から選んでください。")
        return StepKind.TASK, ""

    def _attach(self, own: list[Step]) -> None:
        """「出来事(3の途中)」: the number becomes the step it happens at."""
        for at, step in enumerate(own):
            if not step.attached:
                continue
            host = self.ids.get(_key(step.attached))
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

    def _minutes(self, place: int, said: str) -> int | None:
        text = unicodedata.normalize("NFKC", said).replace(" ", "").replace(",", "")
        if not text:
            return None
        found = _HOURS.fullmatch(text)
        if found is None or not any(found.groups()):
            self._fault(place, "minutes", "分は数字で入力してください(例: 15、1時間30分)。")
            return None
        minutes = int(found.group(1) or 0) * 60 + int(found.group(2) or 0)
        if minutes > 60 * 24 * 365:
            self._fault(place, "minutes", "分が大きすぎます(1 年まで)。")
            return None
        return minutes

    def _work(self, place: int, said: str) -> Work | None:
        text = said.strip()
        if not text:
            return None
        for work in Work:
            if text in (work.label, work.value):
                return work
        self._fault(place, "work", f"「{text}」は使えません。定型、判断、対人 から選んでください。")
        return None

    # ---- branches ----------------------------------------------------------------------------

    def _ways(self, place: int, row: Row, step: Step, follower: Step | None) -> None:
        if self._untouched(row, step):
            self._keep_ways(step)
            return
        ends = [_key(one) for one in _listed(row.nexts)]
        if not ends:
            conditions = [row.conditions.strip()] if row.conditions.strip() else [""]
            if step.kind is StepKind.END:
                return
            ends = [""] if follower is not None else ["終了"]
        elif len(ends) == 1 and ends[0] in NOTHING:
            return
        else:
            split = _split(row.conditions, len(ends))
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
            message = _MESSAGE.fullmatch(end)
            target = self._target(place, _key(message.group(1)) if message else end, step, follower)
            if target:
                targets.append((target, condition, message is not None))
        self._connect(step, targets)

    def _untouched(self, row: Row, step: Step) -> bool:
        """Whether 次へ and 条件 say the same as before and mean the same steps."""
        shown = self.shown.get(row.id)
        if shown is None or step.id != row.id:
            return False
        typed = (row.nexts.strip(), "\n".join(row.conditions.split("\r\n")).strip())
        if typed != (shown.nexts, shown.conditions):
            return False
        if step.kind is not self.base.by_id[step.id].kind:
            return False
        for end in _listed(shown.nexts):
            message = _MESSAGE.fullmatch(end)
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
        if said in END_WORDS:
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
            self._branch(source, target, plain, otherwise=plain in OTHERWISE)

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

    # ---- what the table does not show --------------------------------------------------------

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


def _key(text: str) -> str:
    """Numbers as people type them: full width, a dot behind."""
    return unicodedata.normalize("NFKC", text).strip().rstrip(".。")


def _listed(text: str) -> list[str]:
    return [part.strip() for part in _LIST.split(text) if part.strip()]


def _split(text: str, count: int) -> list[str] | None:
    """Conditions for `count` ways: by the first separator that gives as many."""
    text = text.strip()
    if not text:
        return [""] * count
    if count == 1:
        return [" ".join(text.split())]
    for separator in ("\n", "／", "/", "、", ",", "，"):
        parts = [part.strip() for part in text.split(separator)]
        if len(parts) == count:
            return parts
    if text == TOGETHER:
        return [TOGETHER] * count
    return None


# ---- files ----------------------------------------------------------------------------------


def write_tsv(rows: Iterable[Row]) -> str:
    """Tab-separated with a head row; a line break inside a cell is written as the two signs \\n."""
    lines = ["\t".join(HEADINGS.values())]
    for row in rows:
        values = (str(getattr(row, name)) for name in HEADINGS)
        lines.append("\t".join(_escaped(value) for value in values))
    return "\n".join(lines) + "\n"


def read_tsv(text: str) -> tuple[Row, ...]:
    """Raises Invalid when the head row lacks 担当 or 手順, or a line has too many cells."""
    reader = csv.reader(StringIO(text.lstrip("\ufeff")), delimiter="\t", quoting=csv.QUOTE_NONE)
    lines = [line for line in reader if any(cell.strip() for cell in line)]
    if not lines:
        raise Invalid("手順表を読み込んでいません。中身がありません。")
    names = {heading: name for name, heading in HEADINGS.items()}
    head = [names.get(cell.strip(), "") for cell in lines[0]]
    missing = [HEADINGS[name] for name in ("lane", "name") if name not in head]
    if missing:
        raise Invalid(
            f"手順表を読み込んでいません。見出しに {'、'.join(missing)} がありません。"
            f"1 行目に {'、'.join(HEADINGS.values())} をタブ区切りで書いてください。"
        )
    rows = []
    for place, line in enumerate(lines[1:], start=2):
        if any(cell.strip() for cell in line[len(head) :]):
            raise Invalid(
                f"手順表を読み込んでいません。{place} 行目の列が見出しより多くなっています。"
                "タブの数を確かめてください。"
            )
        cells = {
            name: cell.strip().replace("\\n", "\n")
            for name, cell in zip(head, line, strict=False)
            if name
        }
        rows.append(Row(**cells))
    return tuple(rows)


def _escaped(value: str) -> str:
    return " ".join(value.replace("\r", "").replace("\n", "\\n").split("\t"))


COLUMNS: Final = tuple(one.name for one in fields(Row))
