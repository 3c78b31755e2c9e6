"""Finds for each row of a file the requirement it speaks of, and says what an import would do.

Pure: the same rows and the same stored lines give the same plan, so that the preview and the
import after it agree.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from registry.requirements.bodies import body
from registry.requirements.legend import Field, Legend, normal
from registry.requirements.models import Obligation, RequirementKind
from registry.requirements.rows import Checked, Line, Rejection
from registry.requirements.storage import Stored
from registry.requirements.values import Values, read_own_id, remark


@dataclass(frozen=True, slots=True)
class New:
    """A row without counterpart; `position` is its place in the table, None for the end."""

    row: int
    values: Values
    position: int | None


@dataclass(frozen=True, slots=True)
class Changed:
    row: int
    before: Stored
    values: Values


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do; `rejections` are those of the rows and of their counterparts.

    `missing` are lines of the same lists that the file does not name; they stay as they are.
    """

    new: tuple[New, ...] = ()
    changed: tuple[Changed, ...] = ()
    unchanged: tuple[Stored, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    missing: tuple[Stored, ...] = ()

    def counts(self) -> dict[str, int]:
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "unchanged": len(self.unchanged),
            "rejected": len({one.row for one in self.rejections}),
            "missing": len(self.missing),
        }


@dataclass(frozen=True, slots=True)
class Ground:
    """What the rows are held against: the town's lines in order, the goals, the lists' legends.

    `goals` maps a code to (id, closed).
    """

    stored: Mapping[int, Stored]
    goals: Mapping[str, tuple[int, bool]]
    legends: Mapping[int, Legend]


@dataclass(slots=True)
class _Work:
    ground: Ground
    legend: Legend
    free: dict[int, Stored]
    found: dict[int, Stored] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)

    def take(self, line: Line, one: Stored) -> None:
        self.found[line.row] = one
        self.free.pop(one.id, None)

    def reject(self, line: Line, named: Field, value: str, reason: str, mend: str) -> None:
        heading = next(
            (heading for heading, one in self.legend.columns.items() if one == named), named.label
        )
        shown = value if len(value) <= 100 else value[:100] + "…"
        self.rejections.append(Rejection(line.row, heading, shown, reason, mend))


def plan(checked: Checked, legend: Legend, ground: Ground) -> Plan:
    """Match every accepted row: by ID, else by section and number, else by what it says.

    A counterpart answers for one row only. Rows whose ID is of our own export but of no line of
    this business are rejected, so that another town's file cannot slip in as new lines.
    """
    work = _Work(ground, legend, dict(ground.stored))
    _match(work, checked.lines)
    refused = {one.row for one in work.rejections}
    mapped = set(legend.columns.values())
    new: list[New] = []
    changed: list[Changed] = []
    unchanged: list[Stored] = []
    place = _places(work, checked.lines)
    for line in checked.lines:
        if line.row in refused:
            continue
        before = work.found.get(line.row)
        values = _values(line, before, mapped, ground)
        if _goal_refused(work, line, values, before):
            continue
        if before is None:
            new.append(New(line.row, values, place[line.row]))
        elif values == before.values:
            unchanged.append(before)
        elif line.version is not None and line.version != before.wording:
            work.reject(
                line,
                Field.TEXT,
                line.text,
                "ファイルを書き出したあとに、この要件は画面で変更されています。",
                "一覧をExcelで保存し直し、いまの内容を直してください。",
            )
        else:
            changed.append(Changed(line.row, before, values))
    return Plan(
        new=tuple(new),
        changed=tuple(changed),
        unchanged=tuple(unchanged),
        rejections=(*checked.rejections, *work.rejections),
        missing=_missing(work),
    )


def _match(work: _Work, lines: Iterable[Line]) -> None:
    by_id = _index(work.free.values(), lambda one: normal(one.values.external_id))
    rest = []
    for line in lines:
        own = read_own_id(line.id)
        if own is not None:
            counterpart = work.free.get(own)
            if counterpart is None:
                work.reject(
                    line,
                    Field.ID,
                    line.id,
                    "この業務の要件にないIDです（ほかの団体や業務の一覧か、削除された要件です）。",
                    "新しい要件として取り込むときは、IDの欄を空にしてください。",
                )
            else:
                work.take(line, counterpart)
        elif line.id and (same := _only(by_id, normal(line.id), work.free)):
            work.take(line, same)
        else:
            rest.append(line)
    rest = _match_by(
        work,
        rest,
        lambda line: _place_key(line.section, line.number),
        lambda one: _place_key(one.values.section, one.values.label),
        only=True,
    )
    _match_by(
        work,
        rest,
        lambda line: body(line.text),
        lambda one: body(one.values.text),
        only=False,
    )


def _match_by(
    work: _Work,
    lines: Iterable[Line],
    of_line: Callable[[Line], str],
    of_stored: Callable[[Stored], str],
    *,
    only: bool,
) -> list[Line]:
    """Match by a key; `only` refuses a key that several lines have. Returns the unmatched rows.

    A line that carries an ID of the town's own is not met by a row with another one.
    """
    if not work.free:
        return list(lines)
    index = _index(work.free.values(), of_stored)
    rest = []
    for line in lines:
        candidates = [
            one
            for one in index.get(of_line(line), ())
            if one.id in work.free
            and (
                not line.id
                or not one.values.external_id
                or normal(one.values.external_id) == normal(line.id)
            )
        ]
        if candidates and (len(candidates) == 1 or not only):
            work.take(line, candidates[0])
        else:
            rest.append(line)
    return rest


def _place_key(section: str, number: str) -> str:
    return f"{normal(section)}\n{normal(number)}" if number else ""


def _index(lines: Iterable[Stored], key: Callable[[Stored], str]) -> dict[str, list[Stored]]:
    found: dict[str, list[Stored]] = {}
    for one in lines:
        if name := key(one):
            found.setdefault(name, []).append(one)
    return found


def _only(index: Mapping[str, list[Stored]], key: str, free: Mapping[int, Stored]) -> Stored | None:
    left = [one for one in index.get(key, ()) if one.id in free]
    return left[0] if len(left) == 1 else None


def _places(work: _Work, lines: Collection[Line]) -> dict[int, int | None]:
    """Where each row belongs: behind the row above it in the file, which is already placed."""
    placed = [work.found[line.row].position for line in lines if line.row in work.found]
    last = min(placed) - 1 if placed else None
    found: dict[int, int | None] = {}
    for line in lines:
        counterpart = work.found.get(line.row)
        if counterpart is not None:
            last = counterpart.position
        found[line.row] = last
    return found


def _values(line: Line, before: Stored | None, mapped: Collection[Field], ground: Ground) -> Values:
    """The wording of a row; what the file has no column for stays as it was."""
    held = before.values if before else Values(text="")
    own = read_own_id(line.id) is not None
    read: dict[str, Any] = {"text": line.text}
    if Field.ID in mapped and line.id and not own:
        read["external_id"] = line.id
    if Field.SECTION in mapped:
        read["section"] = line.section
    if Field.NUMBER in mapped:
        read["label"] = line.number
    if Field.KIND in mapped:
        read["kind"] = RequirementKind(line.kind or RequirementKind.FUNCTIONAL)
    if Field.GOAL in mapped:
        read["goal_id"] = ground.goals[line.goal][0] if line.goal else None
    if Field.STEP in mapped:
        read["step"] = line.step
    if Field.NOTE in mapped:
        read["note"] = line.note
    if Field.MARK in mapped:
        read["obligation"] = Obligation(line.obligation) if line.obligation else None
        if own and before is not None:
            # Our own file says 必須 in words; the town's own sign is not replaced by that word.
            return remark(replace(held, **read), ground.legends.get(before.list_id))
        read |= {"mark": line.mark, "meaning": line.meaning}
    return replace(held, **read)


def _goal_refused(work: _Work, line: Line, values: Values, before: Stored | None) -> bool:
    if not line.goal or (before is not None and before.values.goal_id == values.goal_id):
        return False
    if not work.ground.goals[line.goal][1]:
        return False
    work.reject(
        line,
        Field.GOAL,
        line.goal,
        "この目標は終了しています。",
        "ほかの目標のIDに直すか、空にしてください。",
    )
    return True


def _missing(work: _Work) -> tuple[Stored, ...]:
    """Lines beside the matched ones in their lists; other lists of the town are no concern."""
    lists = {one.list_id for one in work.found.values()}
    return tuple(one for one in work.free.values() if one.list_id in lists)
