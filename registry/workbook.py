"""Writes tables as Excel workbooks that come back unchanged.

Every text is stored as text: nothing a town typed becomes a formula, not even after somebody has
edited the cell. The same content gives the same bytes, so no clock is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import xlsxwriter

Cell = str | int | float | None

CREATED = datetime(2000, 1, 1, tzinfo=UTC)
MAX_CELL = 32_767
FONT = {"font_name": "BIZ UDPゴシック", "font_size": 10, "valign": "top"}
HEAD = {"bold": True, "text_wrap": True, "border": 1, "bg_color": "#E8F1FE", "valign": "vcenter"}
BODY = {"text_wrap": True, "border": 1, "border_color": "#949494"}
_CUT = "…（セルに入りきらないため以下省略）"
_SPARE_ROWS = 500
_NOTE_WIDTH = 300  # pixels: about 20 full-width characters of Excel's usual font


@dataclass(frozen=True, slots=True)
class Column:
    """One column of `write_table`; `width` counts half-width characters.

    `choices` makes a drop-down list that refuses other values. `code` keeps what people type later
    as text, so that 001 stays 001. Hidden columns carry what the next import needs.
    """

    heading: str
    width: float = 16
    hidden: bool = False
    choices: Sequence[str] = ()
    code: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One tab of `write_tables`: headings in row 1, then the rows, each as long as `columns`."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]


def write_table(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> bytes:
    """An xlsx file of one sheet: headings in row 1, then the rows, each as long as `columns`.

    None and "" give an empty cell. The head is frozen and repeated in print, with a filter.
    """
    return write_tables(Sheet(title, columns, rows))


def write_tables(first: Sheet, *more: Sheet) -> bytes:
    """`write_table` with further sheets behind the first; lists of choices come last, hidden."""
    buffer = BytesIO()
    with new_workbook(buffer, first.title) as book:
        tabs = [(one, book.add_worksheet(sheet_name(one.title))) for one in (first, *more)]
        for one, tab in tabs:
            _fill(book, tab, one)
    return buffer.getvalue()


def _fill(book: Any, tab: Any, sheet: Sheet) -> None:
    columns = sheet.columns
    head = TextFormats(book, HEAD)
    kinds = [{"num_format": "@"} if one.code else {} for one in columns]
    formats = [TextFormats(book, BODY | kind) for kind in kinds]
    for index, column in enumerate(columns):
        # For what is typed below the last row.
        below = book.add_format(FONT | {"text_wrap": True} | kinds[index])
        tab.set_column(index, index, column.width, below, {"hidden": column.hidden})
        tab.write_string(0, index, column.heading, head.of(column.heading))
    last = 0
    for last, row in enumerate(sheet.rows, start=1):
        if len(row) != len(columns):
            raise ValueError(f"row {last} has {len(row)} cells, not {len(columns)}")
        for index, value in enumerate(row):
            write_cell(tab, last, index, value, formats[index])
    for index, column in enumerate(columns):
        if column.choices:
            source = _choices(book, column.choices)
            add_choices(tab, (1, index, last + _SPARE_ROWS, index), source)
    tab.freeze_panes(1, 0)
    tab.autofilter(0, 0, last, max(len(columns) - 1, 0))
    print_setup(tab, sheet.title, head_row=0)


def new_workbook(buffer: BytesIO, title: str, created: datetime = CREATED) -> Any:
    """An XlsxWriter workbook (a context manager that writes to `buffer`) without today's date."""
    # A copy, because XlsxWriter adds to it: the second workbook of a process would differ.
    font = dict(FONT)
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_format_properties": font})
    # XlsxWriter writes the time as given and marks it as UTC.
    book.set_properties({"title": title, "created": created.replace(tzinfo=None)})
    return book


class TextFormats:
    """A cell format and its twin with a quote prefix.

    The prefix keeps a text that starts like a formula a text when its cell is edited in Excel.
    """

    def __init__(self, book: Any, properties: dict[str, Any]) -> None:
        self.plain = book.add_format(FONT | properties)
        self.quoted = book.add_format(FONT | properties | {"quote_prefix": True})

    def of(self, text: str) -> Any:
        return self.quoted if text.startswith(("=", "+", "-", "@", "'", "\t", "\r")) else self.plain


def write_cell(sheet: Any, row: int, column: int, value: Cell, formats: TextFormats) -> None:
    """Write a number as a number, any text as text; `row` and `column` count from 0."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, formats.plain)
    elif isinstance(value, str):
        # Excel counts UTF-16 units, 𠮷 as two.
        if len(value.encode("utf-16-le", "surrogatepass")) // 2 > MAX_CELL:
            value = value[: MAX_CELL // 2 - len(_CUT)] + _CUT
        sheet.write_string(row, column, value, formats.of(value))
    else:
        sheet.write_number(row, column, value, formats.plain)


def write_note(sheet: Any, row: int, column: int, text: str) -> None:
    """A note on a cell, seen when it is pointed at; `row` and `column` count from 0."""
    lines = sum(1 + len(line) // 20 for line in text.split("\n"))
    size = {"width": _NOTE_WIDTH, "height": min(20 + 18 * lines, 400)}
    sheet.write_comment(row, column, text, size | {"font_name": FONT["font_name"], "font_size": 10})


def sheet_name(title: str) -> str:
    """The title as Excel allows it on a tab: at most 31 characters, some of them not."""
    name = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", title).strip("' ")[:31].strip("' ")
    return name if name and name.lower() != "history" else "一覧"


def add_choices(sheet: Any, area: tuple[int, int, int, int], source: list[str] | str) -> None:
    """A drop-down list over (first row, first column, last row, last column)."""
    rule = {
        "validate": "list",
        "source": source,
        "error_title": "選択肢にない値です",
        "error_message": "一覧から選んでください。",
    }
    sheet.data_validation(*area, rule)


def print_setup(sheet: Any, title: str, *, head_row: int | None, paper: int = 9) -> None:
    """Landscape, as wide as the page, head repeated; paper 8 is A3, 9 is A4."""
    sheet.set_landscape()
    sheet.set_paper(paper)
    sheet.fit_to_pages(1, 0)
    if head_row is not None:
        sheet.repeat_rows(head_row)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.set_footer(f"&L&8{escape_footer(title)[:150]}&C&8&P / &N")


def escape_footer(text: str) -> str:
    """A text in a header or footer, where & starts a code."""
    return text.replace("&", "&&")


def _choices(book: Any, choices: Sequence[str]) -> list[str] | str:
    """What a drop-down list refers to: the values, or a hidden sheet where Excel wants one."""
    if sum(map(len, choices)) + len(choices) <= 255 and not any("," in one for one in choices):
        return list(choices)
    name = f"選択肢{sum(sheet.get_name().startswith('選択肢') for sheet in book.worksheets()) + 1}"
    hidden = book.add_worksheet(name)
    hidden.hide()
    for row, one in enumerate(choices):
        hidden.write_string(row, 0, one)
    return f"={name}!$A$1:$A${len(choices)}"
