"""Requirement lines of a file without a database: one a line, or any importable list."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from registry.errors import Invalid
from registry.requirements import sheet
from registry.requirements.legend import Field, guess_legend, headings
from registry.requirements.table import Table

_TABLES = frozenset((".csv", ".tsv", ".xlsx", ".xlsm"))
NOTHING_DONE = "何も行っていません。"


@dataclass(frozen=True, slots=True)
class Numbered:
    """A line and the number of its line or row in the file, from 1."""

    number: int
    text: str


def read_lines(path: Path) -> list[Numbered]:
    """The requirement lines of a file in their order; empty ones are left out.

    csv, tsv and xlsx are read as `kaizu import requirements` reads them, with a guessed legend: the
    column of the requirement text counts. Any other file holds one requirement a line. Raises
    Invalid for a file that cannot be read or holds no line.
    """
    content = _content(path)
    if path.suffix.lower() in _TABLES or content.startswith(b"PK\x03\x04"):
        found = _of_table(sheet.read_in_child(path.name, content))
    else:
        text, _ = sheet.decode(content)
        found = [
            Numbered(number, line.strip())
            for number, line in enumerate(text.splitlines(), 1)
            if line.strip()
        ]
    if not found:
        raise Invalid(f"{path} に要件の文が一つもありません。{NOTHING_DONE}")
    return found


def read_pairs(path: Path) -> tuple[list[tuple[int, str, str]], list[int]]:
    """(line number, first text, second text) of a tab-separated file, and the numbers of lines
    that are no pair.

    The first two columns, or the columns a and b when the first line names them. Raises Invalid.
    """
    text, _ = sheet.decode(_content(path))
    one, other = 0, 1
    pairs: list[tuple[int, str, str]] = []
    broken: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if number == 1 and {"a", "b"} <= set(cells):
            one, other = cells.index("a"), cells.index("b")
        elif len(cells) > max(one, other) and cells[one] and cells[other]:
            pairs.append((number, cells[one], cells[other]))
        elif line.strip():
            broken.append(number)
    if not pairs:
        raise Invalid(
            f"{path} に文の組が一つもありません。1行に2つの文をタブで区切って書いてください。"
            f"{NOTHING_DONE}"
        )
    return pairs, broken


def _content(path: Path) -> bytes:
    try:
        sheet.check_length(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise Invalid(
            f"ファイル {path} を読めませんでした（{error.strerror}）。{NOTHING_DONE}"
        ) from error


def _of_table(table: Table) -> list[Numbered]:
    legend = guess_legend(table)
    head = next((row for row in table.rows if row.number == legend.head_row), None)
    width = max(len(row.cells) for row in table.rows)
    names = headings(head, width)
    chosen = [at for at, name in enumerate(names) if legend.columns.get(name) is Field.TEXT]
    if not chosen and width > 1:
        raise Invalid(
            f"「{table.name}」のどの列が要件の文か分かりません。見出しを「要件」などにするか、"
            f"1行に1件の文だけを書いたテキストにしてください。{NOTHING_DONE}"
        )
    column = chosen[0] if chosen else 0
    return [
        Numbered(row.number, row.cells[column].strip())
        for row in table.rows
        if row.number > (legend.head_row or 0)
        and column < len(row.cells)
        and row.cells[column].strip()
    ]
