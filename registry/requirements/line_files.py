"""Requirement lines in a file, for commands without a database.

A file is one requirement a line, or any list that `kaizu import requirements` reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.errors import Invalid
from registry.requirements import sheet
from registry.requirements.legend import Field, guess_legend, headings
from registry.requirements.table import Table

NOTHING_DONE: Final = "何も行っていません。"
_WORKBOOK: Final = b"PK"


@dataclass(frozen=True, slots=True)
class Numbered:
    """A line and the number of its line or row in the file, from 1."""

    number: int
    text: str


def content_of(file: Path, kept: str = NOTHING_DONE) -> bytes:
    """The bytes of a file. Raises Invalid, ending in `kept`, when it cannot be read."""
    try:
        sheet.check_length(file.stat().st_size)
        return file.read_bytes()
    except OSError as error:
        raise Invalid(f"ファイル {file} を読めませんでした（{error.strerror}）。{kept}") from None


def read_lines(file: Path) -> list[Numbered]:
    """The requirement lines of a file in their order; see `lines_of`. Raises Invalid."""
    return lines_of(file.name, content_of(file))


def lines_of(name: str, content: bytes) -> list[Numbered]:
    """The column of the requirement text of a list, or the lines of a plain text.

    csv, tsv and xlsx, and a text with tabs in its first line, are read as a list with a guessed
    legend. Empty lines are left out. Raises Invalid for what cannot be read or holds no line.
    """
    sheet.check_length(len(content))
    if _is_list(name, content):
        listed = _of_table(sheet.read_in_child(name, content))
    else:
        text, _ = sheet.decode(content)
        rows = enumerate(text.removeprefix("\ufeff").splitlines(), 1)
        listed = [Numbered(number, line.strip()) for number, line in rows]
    found = [line for line in listed if line.text]
    if not found:
        raise Invalid(f"{name} に要件の文が一つもありません。{NOTHING_DONE}")
    return found


def _is_list(name: str, content: bytes) -> bool:
    if content.startswith(_WORKBOOK) or name.lower().endswith((".csv", ".tsv")):
        return True
    text, _ = sheet.decode(content)
    return "\t" in next((line for line in text.splitlines() if line.strip()), "")


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
        if row.number > (legend.head_row or 0) and column < len(row.cells)
    ]
