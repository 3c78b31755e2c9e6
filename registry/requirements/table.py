"""A list as it was found in a file: rows of text with their true row numbers.

Plain data, so that it travels out of the child process that reads an upload.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.errors import Invalid

MAX_ROWS = 50_000
MAX_COLUMNS = 100
_OUR_OWN = 3  # columns an import may have written beside a list of that many (results.py)
KEPT = "取り込みは行っていません。"

# Control, non-character and direction-changing code points, and what a failed conversion leaves.
_BAD = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffd-\uffff]"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `number` is the row number the person sees in Excel, 1 for the first.

    `inherited` lists the columns (0 for A) whose text comes from a merged cell above; whether a
    line may use it depends on what the column means, so that is decided with the legend.
    """

    number: int
    cells: tuple[str, ...]
    hidden: bool = False
    inherited: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A cell that cannot be taken as it is: row number, column (0 for A), reason and mend."""

    row: int
    column: int
    reason: str
    mend: str


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet or text file: the rows that hold text, in order; empty ones are left out.

    `format` is "xlsx", "csv" or "tsv"; `encoding` is None for xlsx, `sheet` for the others.
    `notes` are Japanese remarks for the preview.
    """

    name: str
    format: str
    rows: tuple[Row, ...]
    sheet: str | None = None
    encoding: str | None = None
    other_sheets: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """JSON-able form; `from_data` reads it."""
        return {
            "name": self.name,
            "format": self.format,
            "sheet": self.sheet,
            "encoding": self.encoding,
            "other_sheets": self.other_sheets,
            "notes": self.notes,
            "rows": [[row.number, row.cells, row.hidden, row.inherited] for row in self.rows],
            "problems": [[one.row, one.column, one.reason, one.mend] for one in self.problems],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Table:
        """The table of `to_data`, before or after JSON."""
        return cls(
            name=data["name"],
            format=data["format"],
            sheet=data["sheet"],
            encoding=data["encoding"],
            other_sheets=tuple(data["other_sheets"]),
            notes=tuple(data["notes"]),
            rows=tuple(
                Row(number, tuple(cells), hidden, tuple(inherited))
                for number, cells, hidden, inherited in data["rows"]
            ),
            problems=tuple(Problem(*one) for one in data["problems"]),
        )


def letter(column: int) -> str:
    """The name Excel gives a column: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def clean(text: str) -> tuple[str, bool]:
    """(text with every line ended by \\n and bad characters shown as □, whether any was bad)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _BAD.search(text) is None:
        return text, False
    return _BAD.sub("□", text), True


def bad_character(row: int, column: int) -> Problem:
    return Problem(
        row,
        column,
        "画面に出せない文字（制御文字または文字化けした文字）が入っています。□の位置です。",
        "その文字を消すか打ち直してください。",
    )


def check_size(row: int, column: int) -> None:
    """Raise Invalid for a cell with text outside of what a list may measure."""
    if row > MAX_ROWS or column >= MAX_COLUMNS + _OUR_OWN:
        raise Invalid(
            f"セル{letter(column)}{row}に文字が入っています。読めるのは{MAX_ROWS:,}行、"
            f"{MAX_COLUMNS}列までです。{KEPT}離れた位置の文字を消すか、表を分けて保存し直してください。"
        )
