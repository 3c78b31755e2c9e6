"""The columns an import writes to the right of a person's own list, and how they are left out
when that list comes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from registry.labels import Labelled
from registry.requirements.table import Problem, Row, Table


class Result(Labelled):
    """What became, or would become, of a row."""

    NEW = "new", "追加"
    CHANGED = "changed", "変更"
    UNCHANGED = "unchanged", "変更なし"
    REJECTED = "rejected", "取り込めない"


HEADINGS: Final = ("取込の結果", "理由", "直し方")
LEFT_OUT: Final = "前の取込で右端に書き込まれた「取込の結果」「理由」「直し方」の列は読みません。"
_WORDS: Final = frozenset(one.label for one in Result)


def in_headless(column: int, text: str) -> str:
    """How a cell of these columns is written where the list has no row of headings."""
    return f"{HEADINGS[column]}：{text}"


def without_results(table: Table) -> Table:
    """The table without these columns, as if they had never been written.

    A town's own column of that name holds other words and is left alone.
    """
    first = _first_column(table)
    if first is None:
        return table
    columns = {first, *_beside(table, first)}

    def kept(column: int) -> int:
        return column - sum(one < column for one in columns)

    rows = tuple(
        Row(
            row.number,
            tuple(cell for index, cell in enumerate(row.cells) if index not in columns),
            row.hidden,
            tuple(kept(one) for one in row.inherited if one not in columns),
        )
        for row in table.rows
        if any(cell.strip() for index, cell in enumerate(row.cells) if index not in columns)
    )
    problems = tuple(
        Problem(one.row, kept(one.column), one.reason, one.mend)
        for one in table.problems
        if one.column not in columns
    )
    return replace(table, rows=rows, problems=problems, notes=(*table.notes, LEFT_OUT))


def _first_column(table: Table) -> int | None:
    """The column of results: below its heading, or in all of it, stand our words alone."""
    possible = {
        index for row in table.rows for index, cell in enumerate(row.cells) if HEADINGS[0] in cell
    }
    for index in sorted(possible):
        texts = _filled(table, index)
        if HEADINGS[0] in texts:
            texts = texts[texts.index(HEADINGS[0]) + 1 :]
            sure = bool(texts) or _has_all_headings(table, index)
        else:
            sure = _is_headless(table, index, 0)
            texts = [text.removeprefix(in_headless(0, "")) for text in texts]
        if sure and _WORDS.issuperset(texts):
            return index
    return None


def _has_all_headings(table: Table, first: int) -> bool:
    return any(
        tuple(cell.strip() for cell in row.cells[first : first + len(HEADINGS)]) == HEADINGS
        for row in table.rows
    )


def _beside(table: Table, first: int) -> Iterator[int]:
    """The columns of reasons and mends next to that of results; a person may have removed one."""
    column = first + 1
    for which in (1, 2):
        headed = any(
            column < len(row.cells)
            and row.cells[first].strip() == HEADINGS[0]
            and row.cells[column].strip() == HEADINGS[which]
            for row in table.rows
        )
        if headed or _is_headless(table, column, which):
            yield column
            column += 1


def _is_headless(table: Table, column: int, which: int) -> bool:
    filled = _filled(table, column)
    return bool(filled) and all(text.startswith(in_headless(which, "")) for text in filled)


def _filled(table: Table, column: int) -> list[str]:
    """The texts of a column from top to bottom, without its empty cells."""
    return [
        row.cells[column].strip()
        for row in table.rows
        if column < len(row.cells) and row.cells[column].strip()
    ]
