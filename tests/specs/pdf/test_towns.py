from __future__ import annotations

from typing import Any

import pytest

from registry.specs.pdf import towns

TOWNS = [{"code": f"{n:06}", "name": f"町{n}"} for n in range(1, 4)]


def _row(code: str, *applications: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "code": code,
        "outline": "1.1.1",
        "title": "予約",
        "applications": {
            town["code"]: applied
            for town, applied in zip(TOWNS, applications, strict=True)
            if applied
        },
    }


FOLLOWS = {"state": "follows", "value": None}


def _runs(*rows: dict[str, Any]) -> list[towns.Run]:
    section = {"number": "1.1", "title": "受付", "requirements": list(rows)}
    (run,) = towns.runs([{"number": "1", "title": "予約", "sections": [section]}], 50)
    return run


def _texts(line: towns.Line) -> list[str]:
    return [cell.text for cell in line.cells]


def test_each_state_has_its_own_sign() -> None:
    rows = (
        _row("A", FOLLOWS, {"state": "own_value", "value": "10日前"}, None),
        _row(
            "B",
            {"state": "exception", "value": "紙のみ"},
            {"state": "exception", "value": None},
            {"state": "not_used", "value": None},
        ),
    )

    (group,) = towns.table(_runs(*rows), TOWNS).groups

    assert [_texts(line) for line in group.lines] == [
        ["●", "10日前", ""],
        ["例外\n紙のみ", "例外", "－"],
    ]


def test_a_line_all_follow_is_one_cell_where_the_table_has_lines_enough() -> None:
    rows = [_row(f"A-{n}", FOLLOWS, FOLLOWS, FOLLOWS) for n in range(3)]
    mixed = _row("B", FOLLOWS, FOLLOWS, {"state": "not_used", "value": None})
    silent = _row("C", FOLLOWS, FOLLOWS, None)

    long = towns.table(_runs(*rows, mixed, silent), TOWNS).groups[0].lines
    short = towns.table(_runs(*rows[:2]), TOWNS).groups[0].lines

    assert [len(line.cells) for line in long] == [0, 0, 0, 3, 3]
    assert [_texts(line) for line in short] == [["●", "●", "●"]] * 2


def test_long_values_become_numbered_notes() -> None:
    value = "条例の改正が済むまでのあいだは窓口だけで受け付ける"
    row = _row(
        "A", {"state": "own_value", "value": value}, FOLLOWS, {"state": "exception", "value": value}
    )

    table = towns.table(_runs(row), TOWNS)

    assert _texts(table.groups[0].lines[0]) == ["注1", "●", "例外\n注2"]
    assert [(note.number, note.town, note.text) for note in table.notes] == [
        (1, "町1", value),
        (2, "町3", value),
    ]


@pytest.mark.parametrize(
    ("count", "sizes"), [(1, [1]), (13, [13]), (16, [8, 8]), (31, [11, 11, 9])]
)
def test_many_towns_are_printed_in_even_groups(count: int, sizes: list[int]) -> None:
    groups = towns.column_groups([{"code": str(n)} for n in range(count)])

    assert [len(group) for group in groups] == sizes


def test_no_towns_no_groups() -> None:
    assert towns.column_groups([]) == []


def test_units_hold_every_line_once_and_in_order() -> None:
    sizes = [[3, 4], [40], [5, 5, 5], [0], [2]]
    serial = iter(range(1000))
    chapters = [
        {
            "number": str(n),
            "sections": [
                {
                    "number": f"{n}.{m}",
                    "requirements": [{"code": next(serial)} for _ in range(size)],
                }
                for m, size in enumerate(sections)
            ],
        }
        for n, sections in enumerate(sizes)
    ]

    units = towns.runs(chapters, 10)

    flat = [
        row["code"] for unit in units for run in unit for _, rows in run.sections for row in rows
    ]
    assert flat == list(range(sum(map(sum, sizes))))
    counts = [sum(len(rows) for run in unit for _, rows in run.sections) for unit in units]
    assert max(counts) <= 10
    starts = [run.chapter["number"] for unit in units for run in unit if run.first == 0]
    assert starts == ["0", "1", "2", "4"]
