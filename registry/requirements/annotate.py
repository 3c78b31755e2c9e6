"""A person's own list with what an import found written into it, to be mended and sent again.

The rows stand at their own row numbers, in their own columns, with three columns more at the
right (`results`). Colours and notes only repeat what those columns say in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

from registry.requirements.legend import Field, Legend, headings, normal
from registry.requirements.results import HEADINGS, Result, in_headless
from registry.requirements.rows import SHARED_BY_MERGE, Rejection
from registry.requirements.table import Row, Table
from registry.requirements.values import read_own_id
from registry.workbook import (
    BODY,
    HEAD,
    TextFormats,
    new_workbook,
    print_setup,
    sheet_name,
    write_cell,
    write_note,
)

REJECTED_FILL: Final = "#FFC7C7"
CHANGED_FILL: Final = "#FFF3A3"
RESULT_FILL: Final = "#F1F1F4"

MAX_NOTES: Final = 10_000  # Excel opens more of them slowly; the columns at the right say it all
_MAX_QUOTE: Final = 500
_WIDTHS: Final = {Field.TEXT: 60.0, Field.NOTE: 30.0, Field.SECTION: 22.0}
# Excel must not make dates and numbers of what is typed over these.
_AS_TYPED: Final = {Field.ID, Field.VERSION, Field.NUMBER, Field.MARK, Field.GOAL}
_FIELDS: Final = {
    "external_id": Field.ID,
    "section": Field.SECTION,
    "label": Field.NUMBER,
    "text": Field.TEXT,
    "mark": Field.MARK,
    "obligation": Field.MARK,
    "meaning": Field.MARK,
    "kind": Field.KIND,
    "goal_id": Field.GOAL,
    "step": Field.STEP,
    "note": Field.NOTE,
}
"""Name of a stored value → the column it was read from."""
_ERRORS: Final = {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"}


@dataclass(frozen=True, slots=True)
class Former:
    """What is or was stored where a row brings something else: name of the value (`Values`), its
    label and its text as read on pages."""

    field: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What an import does, or has done when `done`, by row number.

    Every row below the headings that is in none of them stays as it is. `versions` gives rows of
    our own export the version they have got by the import.
    """

    rejections: Sequence[Rejection] = ()
    new: frozenset[int] = frozenset()
    changed: Mapping[int, Sequence[Former]] = field(default_factory=dict)
    versions: Mapping[int, int] = field(default_factory=dict)
    done: bool = False


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a cell is marked with."""

    fill: str
    note: str


def annotated(table: Table, legend: Legend, findings: Findings, *, title: str) -> bytes:
    """The list as xlsx; the same list and findings give the same bytes."""
    width = max((len(row.cells) for row in table.rows), default=0)
    head = next((row for row in table.rows if row.number == legend.head_row), None)
    wanted = {normal(heading): one for heading, one in legend.columns.items()}
    names = headings(head, width)
    fields = {
        index: wanted[normal(name)] for index, name in enumerate(names) if normal(name) in wanted
    }
    marks = _marks(findings, names, fields)
    results = _results(findings)
    buffer = BytesIO()
    with new_workbook(buffer, title) as book:
        tab = book.add_worksheet(sheet_name(table.sheet or title))
        _set_columns(tab, table, fields, marks)
        pens = _Pens(book)
        unfit = {(one.row, one.column) for one in table.problems}
        notes = 0
        for row in table.rows:
            if row.hidden:
                tab.set_row(row.number - 1, None, None, {"hidden": True})
            below = row.number > legend.head_row
            for index in range(width) if below else range(len(row.cells)):
                one = fields.get(index)
                mark = marks.get((row.number, index))
                cell = _text(row, index, one)
                if one is Field.VERSION and cell and row.number in findings.versions:
                    cell = str(findings.versions[row.number])
                pen = pens.of(_style(legend, row, mark, one))
                if (row.number, index) in unfit:
                    _write_unfit(tab, row.number - 1, index, cell, pen)
                else:
                    write_cell(tab, row.number - 1, index, cell, pen)
                if mark is not None and notes < MAX_NOTES:
                    write_note(tab, row.number - 1, index, mark.note)
                    notes += 1
            if below:
                words = results.get(row.number, (Result.UNCHANGED, "", ""))
                _write_results(tab, row, width, words, pens, headless=head is None)
        if head is not None:
            for column, heading in enumerate(HEADINGS, start=width):
                pen = pens.of(HEAD | {"bg_color": RESULT_FILL})
                write_cell(tab, head.number - 1, column, heading, pen)
            last = max(table.rows[-1].number, head.number)
            tab.autofilter(head.number - 1, 0, last - 1, width + len(HEADINGS) - 1)
            if head.number <= 10:
                tab.freeze_panes(head.number, 0)
        print_setup(tab, title, head_row=head.number - 1 if head else None)
    return buffer.getvalue()


class _Pens:
    """Each cell format once: a workbook holds 64,000 of them at most."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.made: dict[tuple[tuple[str, Any], ...], TextFormats] = {}

    def of(self, properties: Mapping[str, Any]) -> TextFormats:
        key = tuple(sorted(properties.items()))
        if key not in self.made:
            self.made[key] = TextFormats(self.book, dict(properties))
        return self.made[key]


def _set_columns(
    tab: Any,
    table: Table,
    fields: Mapping[int, Field],
    marks: Mapping[tuple[int, int], _Mark],
) -> None:
    """Widths; what our export hides stays hidden unless there is something to mend in it."""
    to_mend = {index for _, index in marks}
    own = {
        index
        for index, one in fields.items()
        if index not in to_mend
        and (one is Field.VERSION or (one is Field.ID and _only_own_ids(table, index)))
    }
    width = max((len(row.cells) for row in table.rows), default=0)
    for index in range(width):
        one = fields.get(index)
        longest = max(len(row.cells[index]) for row in table.rows if index < len(row.cells))
        wide = _WIDTHS.get(one, 0.0) if one else 0.0
        tab.set_column(
            index, index, wide or min(max(2.0 * longest, 6.0), 30.0), None, {"hidden": index in own}
        )
    for index, wide in enumerate((12.0, 40.0, 50.0), start=width):
        tab.set_column(index, index, wide)


def _only_own_ids(table: Table, index: int) -> bool:
    """Whether a column holds the IDs our export hides, which nobody needs to see."""
    texts = [row.cells[index] for row in table.rows if index < len(row.cells) and row.cells[index]]
    return len(texts) > 1 and all(read_own_id(text) is not None for text in texts[1:])


def _marks(
    findings: Findings, names: Sequence[str], fields: Mapping[int, Field]
) -> dict[tuple[int, int], _Mark]:
    """(row number, column) → how the cell is marked."""
    named = {normal(names[index]): index for index in fields}
    refused: dict[tuple[int, int], list[str]] = {}
    for one in findings.rejections:
        index = named.get(normal(one.column))
        if index is not None:
            refused.setdefault((one.row, index), []).append(
                f"理由：{one.reason}\n直し方：{one.mend}"
            )
    found = {
        place: _Mark(REJECTED_FILL, "取り込めません。\n" + "\n".join(texts))
        for place, texts in refused.items()
    }
    when = "取込前の内容" if findings.done else "いまの内容"
    for number, formers in findings.changed.items():
        held: dict[int, list[str]] = {}
        for former in formers:
            for index in _columns(former, fields):
                held.setdefault(index, []).append(f"{former.label}：{_quoted(former.text)}")
        for index, texts in held.items():
            found[number, index] = _Mark(CHANGED_FILL, f"{when}\n" + "\n".join(texts))
    return found


def _columns(former: Former, fields: Mapping[int, Field]) -> list[int]:
    """Where a value was read from; the section may have come from several columns."""
    return [index for index, one in fields.items() if one is _FIELDS[former.field]]


def _quoted(text: str) -> str:
    if not text:
        return "（空）"
    return (
        text if len(text) <= _MAX_QUOTE else text[:_MAX_QUOTE] + "…（以下は画面で確かめてください）"
    )


def _results(findings: Findings) -> dict[int, tuple[Result, str, str]]:
    """Row number → result, reason and mend in words."""
    ending = "が変わりました。" if findings.done else "が変わります。"
    found: dict[int, tuple[Result, str, str]] = dict.fromkeys(findings.new, (Result.NEW, "", ""))
    for number, formers in findings.changed.items():
        labels = "".join(f"「{label}」" for label in dict.fromkeys(one.label for one in formers))
        found[number] = (Result.CHANGED, labels + ending, "")
    by_row: dict[int, list[Rejection]] = {}
    for one in findings.rejections:
        by_row.setdefault(one.row, []).append(one)
    for number, refused in by_row.items():
        reasons = (f"「{one.column}」{one.reason}" if one.column else one.reason for one in refused)
        found[number] = (
            Result.REJECTED,
            _lines(reasons),
            _lines(one.mend for one in refused),
        )
    return found


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(texts))


def _style(legend: Legend, row: Row, mark: _Mark | None, one: Field | None) -> dict[str, Any]:
    if row.number < legend.head_row:
        return {}
    if row.number == legend.head_row:
        return HEAD
    fill = {"bg_color": mark.fill} if mark else {}
    return BODY | fill | ({"num_format": "@"} if one in _AS_TYPED else {})


def _text(row: Row, index: int, one: Field | None) -> str:
    """A cell so that it is read again as it was read first.

    Merged cells come apart: what they say for each row stands in each row, and a text merged
    over several rows in the first alone.
    """
    if index >= len(row.cells):
        return ""
    if index in row.inherited and one is not None and one not in SHARED_BY_MERGE:
        return ""
    return row.cells[index]


def _write_unfit(tab: Any, row: int, column: int, text: str, pen: TextFormats) -> None:
    """A cell that could not be taken, so that it is refused again as long as nobody mends it."""
    if text in _ERRORS:
        tab.write_formula(row, column, f"={text}", pen.plain, text)
    else:
        # What reading showed as □ was such a character.
        bad = text.replace("□", "\ufffd") if "□" in text else f"{text}\ufffd"
        write_cell(tab, row, column, bad, pen)


def _write_results(
    tab: Any,
    row: Row,
    first: int,
    words: tuple[Result, str, str],
    pens: _Pens,
    *,
    headless: bool,
) -> None:
    result, reason, mend = words
    fill = REJECTED_FILL if result is Result.REJECTED else RESULT_FILL
    for column, text in enumerate((result.label, reason, mend)):
        shown = in_headless(column, text) if headless and text else text
        style = BODY | {"bg_color": fill if column == 0 else RESULT_FILL}
        write_cell(tab, row.number - 1, first + column, shown, pens.of(style))
