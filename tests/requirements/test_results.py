from __future__ import annotations

import pytest

from registry.requirements.results import HEADINGS, LEFT_OUT, Result, in_headless, without_results
from registry.requirements.table import Problem, Row, Table


def table(*rows: tuple[str, ...], problems: tuple[Problem, ...] = ()) -> Table:
    return Table(
        "一覧.xlsx",
        "xlsx",
        tuple(Row(number, cells) for number, cells in enumerate(rows, start=1)),
        problems=problems,
    )


def cells(found: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in found.rows]


def test_our_columns_are_left_out_with_a_remark() -> None:
    found = without_results(
        table(
            ("会津若松市", ""),
            ("番号", "要件", *HEADINGS),
            ("1", "予約できること。", "追加"),
            ("2", "", "取り込めない", "本文が空です。", "入力してください。"),
        )
    )
    assert cells(found) == [
        ("会津若松市", ""),
        ("番号", "要件"),
        ("1", "予約できること。"),
        ("2", ""),
    ]
    assert found.notes == (LEFT_OUT,)


def test_what_a_person_added_beside_them_stays() -> None:
    found = without_results(
        Table(
            "一覧.xlsx",
            "xlsx",
            (
                Row(1, ("要件", *HEADINGS, "担当")),
                Row(
                    4,
                    ("予約できること。", "変更", "「要件」が変わります。", "", "甲"),
                    True,
                    (0, 4),
                ),
            ),
            problems=(Problem(4, 4, "悪い字", "直す"), Problem(4, 2, "悪い字", "直す")),
        )
    )
    assert found.rows[1] == Row(4, ("予約できること。", "甲"), True, (0, 1))
    assert found.problems == (Problem(4, 1, "悪い字", "直す"),)


def test_a_list_that_has_only_headings_loses_them_too() -> None:
    assert cells(without_results(table(("要件", *HEADINGS)))) == [("要件",)]


@pytest.mark.parametrize("gone", [1, 2])
def test_a_column_of_ours_that_was_deleted_is_not_missed(gone: int) -> None:
    def left(*ours: str) -> tuple[str, ...]:
        return tuple(one for index, one in enumerate(ours) if index != gone)

    rows = table(("要件", *left(*HEADINGS)), ("予約", *left("取り込めない", "理由", "直し方")))
    assert cells(without_results(rows)) == [("要件",), ("予約",)]


def test_a_list_without_headings_is_known_by_its_cells() -> None:
    def ours(*texts: str) -> tuple[str, ...]:
        return tuple(in_headless(index, text) for index, text in enumerate(texts))

    rows = table(
        ("予約できること。", *ours("追加")),
        ("", *ours("取り込めない", "空です。", "入力します。")),
        ("足した行",),
    )
    assert cells(without_results(rows)) == [("予約できること。",), ("足した行",)]


@pytest.mark.parametrize(
    "rows",
    [
        [("要件", "取込の結果", "理由"), ("予約", "よい", "速い")],
        [("要件", "取込の結果", "理由"), ("予約", "", "速い")],
        [("要件",), ("取込の結果：よい",)],
        [("要件", "理由", "直し方"), ("予約", "速い", "")],
        [],
    ],
)
def test_a_town_s_own_columns_are_left_alone(rows: list[tuple[str, ...]]) -> None:
    assert without_results(table(*rows)) == table(*rows)


def test_results_are_named_as_the_pages_name_them() -> None:
    assert [label for _, label in Result.choices()] == ["追加", "変更", "変更なし", "取り込めない"]
