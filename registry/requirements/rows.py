"""Turns the rows of a list into lines of requirements, or says why not.

Pure: the same table and legend always give the same answer, so that a preview and the import
after it agree. Every row with text is either accepted or rejected with a reason.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from registry.errors import Invalid
from registry.requirements.legend import Field, Legend, Mark, headings, normal, sign_key
from registry.requirements.models import RequirementKind
from registry.requirements.table import Row, Table

MAX_TEXT = 10_000
MAX_LENGTH = {
    Field.ID: 200,
    Field.VERSION: 9,
    Field.SECTION: 500,
    Field.NUMBER: 100,
    Field.TEXT: MAX_TEXT,
    Field.MARK: 100,
    Field.GOAL: 100,
    Field.KIND: 100,
    Field.STEP: 500,
    Field.NOTE: MAX_TEXT,
}
# A cell merged over several rows speaks for each of them where it sorts lines, never where it
# is the line itself: a text merged over three rows is one requirement, not three.
SHARED_BY_MERGE = {Field.SECTION, Field.MARK, Field.GOAL, Field.KIND, Field.STEP}
_KINDS = {
    word: kind.value
    for kind in RequirementKind
    for word in (kind.value, kind.label, f"{kind.label}要件", f"{kind.label}一覧")
} | {"外部連携": RequirementKind.INTERFACE.value}


@dataclass(frozen=True, slots=True)
class Line:
    """An accepted row. `text`, `mark`, `section` and `number` are as typed, without outer blanks.

    `meaning` is {axis, value} of the mark, None when the list says nothing; `obligation` is its
    value on the obligation axis. `kind` and `goal` (a code) are None when the row does not say.
    `version` numbers the wording our own export held when the row was edited, else None.
    """

    row: int
    id: str
    section: str
    number: str
    text: str
    mark: str
    obligation: str | None
    meaning: dict[str, str | None] | None
    kind: str | None
    goal: str | None
    step: str
    note: str
    version: int | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Rejection:
    """One reason why a row was not taken: true row number, heading, value, reason and mend."""

    row: int
    column: str
    value: str
    reason: str
    mend: str


@dataclass(frozen=True, slots=True)
class Checked:
    """All rows below the headings: len(lines) + len(rejected_rows) + empty.

    `unmapped` are the columns with text that the legend does not name, `hidden` the row numbers
    of accepted hidden rows, `notes` Japanese remarks for the preview.
    """

    lines: tuple[Line, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    unmapped: tuple[str, ...] = ()
    empty: int = 0
    hidden: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def rejected_rows(self) -> list[int]:
        return sorted({one.row for one in self.rejections})


@dataclass(slots=True)
class _Check:
    legend: Legend
    goals: Mapping[str, str]
    names: list[str]
    fields: dict[int, Field]
    """Column → field, in the order of the sheet."""
    signs: dict[str, Mark | None]
    problems: dict[int, list[tuple[int, str, str]]]
    sections: dict[int, str] = field(default_factory=dict)
    seen_ids: dict[str, int] = field(default_factory=dict)
    seen_numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)

    def reject(self, row: int, one: Field | int, value: str, reason: str, mend: str) -> None:
        column = one if isinstance(one, int) else self.column(one)
        name = (
            self.names[column]
            if column is not None
            else one.label
            if isinstance(one, Field)
            else ""
        )
        shown = value if len(value) <= 100 else value[:100] + "…"
        self.rejections.append(Rejection(row, name, shown, reason, mend))

    def column(self, one: Field) -> int | None:
        return next((index for index, named in self.fields.items() if named == one), None)


def check_rows(table: Table, legend: Legend, *, goal_codes: Collection[str]) -> Checked:
    """Check each row below the headings against the legend and the codes of the goal tree.

    Raises Invalid when the list as a whole does not fit the legend.
    """
    head = next((row for row in table.rows if row.number == legend.head_row), None)
    if head is None and legend.head_row:
        raise Invalid(
            f"見出しの行とされた{legend.head_row}行目に文字がありません。凡例の見出しの行を直してください。",
            {"head_row": [f"{legend.head_row}行目に文字がありません。"]},
        )
    rows = [row for row in table.rows if row.number > legend.head_row]
    width = max((len(row.cells) for row in (*rows, *([head] if head else []))), default=0)
    names = headings(head, width)
    fields, notes = _map_columns(names, legend)
    problems: dict[int, list[tuple[int, str, str]]] = {}
    for one in table.problems:
        problems.setdefault(one.row, []).append((one.column, one.reason, one.mend))
    check = _Check(
        legend,
        {_code(code): code for code in goal_codes},
        names,
        fields,
        {sign_key(sign): mark for sign, mark in reversed(list(legend.marks.items()))},
        problems,
    )
    lines = [line for row in rows if (line := _line(check, row)) is not None]
    used = {index for row in rows for index, cell in enumerate(row.cells) if cell.strip()}
    return Checked(
        lines=tuple(lines),
        rejections=tuple(check.rejections),
        unmapped=tuple(names[index] for index in sorted(used) if index not in fields),
        empty=(rows[-1].number - legend.head_row - len(rows)) if rows else 0,
        hidden=tuple(line.row for line in lines if line.hidden),
        notes=(*table.notes, *notes),
    )


def _map_columns(names: list[str], legend: Legend) -> tuple[dict[int, Field], list[str]]:
    wanted = {normal(heading): (heading, one) for heading, one in legend.columns.items()}
    keys = [normal(name) for name in names]
    twice = [heading for key, (heading, _) in wanted.items() if keys.count(key) > 1]
    if twice:
        count = Counter(keys)[normal(twice[0])]
        raise Invalid(
            f"見出し「{twice[0]}」の列が{count}つあり、どれを読むか決められません。"
            "取り込みは行っていません。見出しを別々の名前に直してください。",
            {"columns": [f"見出し「{heading}」が重なっています。" for heading in twice]},
        )
    fields = {index: wanted[key][1] for index, key in enumerate(keys) if key in wanted}
    missing = [heading for key, (heading, _) in wanted.items() if key not in keys]
    if Field.TEXT not in fields.values():
        heading = next(
            (heading for heading, one in legend.columns.items() if one == Field.TEXT), ""
        )
        found = "、".join(f"「{name}」" for name in names)
        raise Invalid(
            f"要件の本文の見出し「{heading}」が{legend.head_row}行目にありません。取り込みは行っていません。"
            f"凡例の見出しか、見出しの行を直してください。この行にあるのは{found}です。",
            {"columns": [f"見出し「{heading}」がありません。"]},
        )
    return fields, [f"凡例にある見出し「{heading}」は表にありません。" for heading in missing]


def _line(check: _Check, row: Row) -> Line | None:
    """The accepted line, or None after at least one rejection was noted."""
    before = len(check.rejections)
    values = _values(check, row)
    if _repeats_headings(check, values):
        check.reject(
            row.number,
            Field.TEXT,
            values[Field.TEXT],
            "見出しの行の繰り返しです。",
            "取り込まないままで構いません。",
        )
        return None
    for column, reason, mend in check.problems.get(row.number, []):
        if column in check.fields:
            check.reject(row.number, column, row.cells[column], reason, mend)
    if not values[Field.TEXT]:
        only = "（見出しだけの行）" if values[Field.SECTION] else ""
        check.reject(
            row.number,
            Field.TEXT,
            "",
            f"要件の本文が空です{only}。",
            "要件の行なら本文を入力してください。そうでなければそのままで構いません。",
        )
    for one, value in values.items():
        if len(value) > MAX_LENGTH[one]:
            check.reject(
                row.number,
                one,
                value,
                f"{one.label}が長すぎます（{len(value):,}字、上限{MAX_LENGTH[one]:,}字）。",
                "要件を分けるか、短くしてください。",
            )
    _check_identity(check, row.number, values)
    version = _version(check, row.number, values[Field.VERSION])
    mark = _meaning(check, row.number, values[Field.MARK])
    kind = _kind(check, row.number, values[Field.KIND])
    goal = _goal(check, row.number, values[Field.GOAL])
    if len(check.rejections) > before:
        return None
    meaning = mark.to_data() if mark else None
    return Line(
        row=row.number,
        id=values[Field.ID],
        section=values[Field.SECTION],
        number=values[Field.NUMBER],
        text=values[Field.TEXT],
        mark=values[Field.MARK],
        obligation=mark.value if mark and mark.axis == "obligation" else None,
        meaning=meaning,
        kind=kind,
        goal=goal,
        step=values[Field.STEP],
        note=values[Field.NOTE],
        version=version,
        hidden=row.hidden,
    )


def _values(check: _Check, row: Row) -> dict[Field, str]:
    """Field → text of the row; the section joined from its columns and carried down."""
    values = dict.fromkeys(Field, "")
    sections: dict[int, str] = {}
    for column, one in check.fields.items():
        cell = row.cells[column].strip() if column < len(row.cells) else ""
        if column in row.inherited and one not in SHARED_BY_MERGE:
            cell = ""
        if one == Field.SECTION:
            sections[column] = cell
        else:
            values[one] = cell
    if check.legend.carry_down:
        # A new heading ends what stood in the columns to its right, not to its left.
        for column, cell in sections.items():
            if cell:
                break
            sections[column] = check.sections.get(column, "")
        check.sections = sections
    values[Field.SECTION] = " / ".join(cell for cell in sections.values() if cell)
    return values


def _repeats_headings(check: _Check, values: Mapping[Field, str]) -> bool:
    column = check.column(Field.TEXT)
    return (
        check.legend.head_row > 0
        and column is not None
        and bool(values[Field.TEXT])
        and all(
            values[one] == check.names[index]
            for index, one in check.fields.items()
            if one != Field.SECTION
        )
    )


def _check_identity(check: _Check, row: int, values: Mapping[Field, str]) -> None:
    """Of two rows with one identity the later is rejected, whatever became of the first."""
    identity, number = values[Field.ID], values[Field.NUMBER]
    if identity:
        first = check.seen_ids.setdefault(_code(identity), row)
        if first != row:
            check.reject(
                row,
                Field.ID,
                identity,
                f"{first}行目と同じIDです。",
                "どちらかを消すか、新しい要件ならIDを空にしてください。",
            )
    elif number:
        section = values[Field.SECTION]
        first = check.seen_numbers.setdefault((_code(section), _code(number)), row)
        if first != row:
            check.reject(
                row,
                Field.NUMBER,
                number,
                f"{first}行目と分類・番号が同じです。",
                "番号を振り直すか、同じ要件ならどちらかを消してください。",
            )


def _version(check: _Check, row: int, value: str) -> int | None:
    if not value:
        return None
    if not re.fullmatch("[0-9]{1,9}", value):
        check.reject(
            row,
            Field.VERSION,
            value,
            "版の列が書き換えられています。",
            "書き出したときの値に戻すか、空にしてください。",
        )
        return None
    return int(value)


def _meaning(check: _Check, row: int, sign: str) -> Mark | None:
    if not sign:
        return check.legend.blank
    listed = check.legend.marks
    if sign in listed:
        mark = listed[sign]
    elif sign_key(sign) in check.signs:
        mark = check.signs[sign_key(sign)]
    else:
        known = "、".join(f"「{one}」" for one in listed) or "なし"
        check.reject(
            row,
            Field.MARK,
            sign,
            f"凡例にない印です（凡例にある印：{known}）。",
            "凡例にこの印の意味を足すか、印を直してください。",
        )
        return None
    if mark is None:
        check.reject(
            row,
            Field.MARK,
            sign,
            "この印の意味がまだ決まっていません。",
            "凡例でこの印の意味を選んでください。",
        )
    return mark


def _kind(check: _Check, row: int, value: str) -> str | None:
    if not value:
        return None
    kind = _KINDS.get(normal(value))
    if kind is None:
        allowed = "、".join(label for _, label in RequirementKind.choices())
        check.reject(
            row, Field.KIND, value, "知らない種別です。", f"{allowed}のどれかにしてください。"
        )
    return kind


def _goal(check: _Check, row: int, value: str) -> str | None:
    if not value:
        return None
    goal = check.goals.get(_code(value))
    if goal is None:
        check.reject(
            row,
            Field.GOAL,
            value,
            "この目標は目標ツリーにありません。",
            "目標のページで目標IDを確かめて直すか、空にしてください。",
        )
    return goal


def _code(value: str) -> str:
    return unicodedata.normalize("NFKC", value).strip().casefold()
