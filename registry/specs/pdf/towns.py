"""団体別適用: which town uses which line how, as tables of short cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.specs import words

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


@dataclass(frozen=True)
class Cell:
    """What one town's cell shows; `symbol` says it is a sign and not a wording."""

    text: str
    symbol: bool


@dataclass(frozen=True)
class Line:
    """A requirement's row; `cells` is empty when one cell says that all towns follow it."""

    requirement: Row
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Group:
    """Lines of one 中分類; `chapter` is set where its 大分類 begins or goes on in a new unit."""

    chapter: Row | None
    section: Row
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Note:
    number: int
    requirement: Row
    town: str
    text: str


@dataclass(frozen=True)
class Table:
    """One unit's table with the notes printed below it, numbered from 1."""

    groups: tuple[Group, ...]
    notes: tuple[Note, ...]
    lines: int


def column_groups(municipalities: Sequence[Row]) -> list[Sequence[Row]]:
    """The towns in groups of at most `MOST_COLUMNS`, as even as possible."""
    if not municipalities:
        return []
    groups = -(-len(municipalities) // MOST_COLUMNS)
    size = -(-len(municipalities) // groups)
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
            cut.append(Run(chapter, tuple(held), start))
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


def table(run: Sequence[Run], columns: Sequence[Row]) -> Table:
    """The printed table of one unit for one group of towns."""
    notes: list[Note] = []
    count = sum(len(rows) for part in run for _, rows in part.sections)
    # A line that all towns follow is one wide cell: what differs stands out, and nine cells in ten
    # need not be drawn. A table with more head than lines is printed in full.
    shorten = 2 * count >= 3 + len(columns)
    groups = []
    for part in run:
        chapter: Row | None = part.chapter
        for section, rows in part.sections:
            lines = tuple(_line(row, columns, notes, shorten=shorten) for row in rows)
            groups.append(Group(chapter, section, lines))
            chapter = None
    return Table(tuple(groups), tuple(notes), count)


def _line(row: Row, columns: Sequence[Row], notes: list[Note], *, shorten: bool) -> Line:
    applications = row["applications"]
    if shorten and all(
        (applications.get(town["code"]) or {}).get("state") == "follows" for town in columns
    ):
        return Line(row, ())
    return Line(row, tuple(_cell(row, town, notes) for town in columns))


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
