"""団体別適用: which town uses which line how, as tables of short cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.specs.pdf import words

Row = Mapping[str, Any]

# What fits beside the IDs on A4 landscape; more towns are printed as further groups of columns.
MOST_COLUMNS = 15
# A longer value would make its row many lines tall; it is printed below the table instead.
LONGEST_VALUE = 24


@dataclass(frozen=True)
class Run:
    """Consecutive 中分類 of one 大分類 (or a run of one's lines); `first` is their 0-based line."""

    chapter: Row
    sections: tuple[tuple[Row, tuple[Row, ...]], ...]
    first: int
    opens_chapter: bool


@dataclass(frozen=True)
class Cell:
    """What one town's cell shows; `symbol` says it is a sign and not a wording."""

    text: str
    symbol: bool


@dataclass(frozen=True)
class Line:
    requirement: Row
    cells: tuple[Cell, ...]
    # Set when every town uses the line as it stands.
    all_follow: bool


@dataclass(frozen=True)
class Note:
    number: int
    requirement: Row
    town: str
    text: str


@dataclass(frozen=True)
class Table:
    chapter: Row
    opens_chapter: bool
    sections: tuple[tuple[Row, tuple[Line, ...]], ...]
    notes: tuple[Note, ...]

    @property
    def lines(self) -> int:
        return sum(len(lines) for _, lines in self.sections)


def column_groups(municipalities: Sequence[Row]) -> list[Sequence[Row]]:
    """The towns in groups of at most `MOST_COLUMNS`, as even as possible."""
    groups = -(-len(municipalities) // MOST_COLUMNS)
    size = -(-len(municipalities) // groups) if groups else 0
    return [municipalities[start : start + size] for start in range(0, len(municipalities), size)]


def runs(chapters: Sequence[Row], most: int) -> list[list[Run]]:
    """The chapters packed into units of about `most` lines, long ones cut.

    Short chapters share a unit: nobody expects a fresh page for each of them here.
    """
    found: list[list[Run]] = [[]]
    count = 0
    for chapter in chapters:
        for run in _cut(chapter, most):
            lines = sum(len(rows) for _, rows in run.sections)
            if found[-1] and count + lines > most:
                found.append([])
                count = 0
            found[-1].append(run)
            count += lines
    return [unit for unit in found if unit]


def _cut(chapter: Row, most: int) -> list[Run]:
    cut: list[Run] = []
    held: list[tuple[Row, tuple[Row, ...]]] = []
    count = start = 0

    def close() -> None:
        nonlocal held, count, start
        if held:
            cut.append(Run(chapter, tuple(held), start, not cut))
        start += count
        held, count = [], 0

    for section in chapter["sections"]:
        rows = section["requirements"]
        parts = max(1, -(-len(rows) // most))
        size = -(-len(rows) // parts)
        for part in range(parts):
            piece = tuple(rows[part * size : (part + 1) * size])
            if count + len(piece) > most:
                close()
            if piece:
                held.append((section, piece))
                count += len(piece)
    close()
    return cut


def tables(run: Sequence[Run], columns: Sequence[Row]) -> list[Table]:
    """The printed tables of one unit for one group of towns, notes numbered from 1 in each."""
    made = []
    for part in run:
        notes: list[Note] = []
        sections = tuple(
            (section, tuple(_line(row, columns, notes) for row in rows))
            for section, rows in part.sections
        )
        made.append(Table(part.chapter, part.opens_chapter, sections, tuple(notes)))
    return made


def _line(row: Row, columns: Sequence[Row], notes: list[Note]) -> Line:
    cells = tuple(_cell(row, town, notes) for town in columns)
    return Line(row, cells, all(cell.text == words.FOLLOWS and cell.symbol for cell in cells))


def _cell(row: Row, town: Row, notes: list[Note]) -> Cell:
    application = row["applications"].get(town["code"])
    if application is None:
        return Cell("", symbol=True)
    state, value = application["state"], application["value"] or ""
    if state == "follows":
        return Cell(words.FOLLOWS, symbol=True)
    if state == "not_used":
        return Cell(words.NOT_USED, symbol=True)
    if len(value) > LONGEST_VALUE:
        notes.append(Note(len(notes) + 1, row, town["name"], value))
        value = f"注{len(notes)}"
    if state == "exception":
        return Cell(f"例外\n{value}" if value else "例外", symbol=False)
    return Cell(value or "団体の値", symbol=False)
