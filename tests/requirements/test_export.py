from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import openpyxl

from registry.requirements.export import (
    GOALS,
    GUIDE,
    own_form,
    own_workbook,
    read_workbook,
    template,
)
from registry.requirements.legend import Axis, Field, Mark, guess_legend
from registry.requirements.line_queries import Line
from registry.requirements.models import Obligation, RequirementKind, RequirementState
from registry.requirements.rows import check_rows
from registry.requirements.sheet import read_table

LINE = Line(
    id=12,
    version=3,
    section="照会",
    label="001",
    text="=空きを照会できること。\n二行目",
    mark="◎",
    obligation=Obligation.MANDATORY,
    kind=RequirementKind.SCREEN,
    goal="G-1-1",
    goal_closed=False,
    step="受付",
    note="",
    external_id="F-1",
    state=RequirementState.RETURNED,
    return_reason="単位がない",
    is_submitted=False,
    saved_at=datetime(2026, 10, 1, tzinfo=UTC),
    saved_by="担当",
    wording=2,
)


def sheet(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).active


def test_the_own_file_carries_what_the_next_import_needs() -> None:
    book = sheet(own_workbook("要件", [LINE]))
    found = dict(zip([c.value for c in book[1]], [c.value for c in book[2]], strict=True))
    assert found == {
        "ID": "KAIZU-12",
        "版": 2,
        "分類": "照会",
        "番号": "001",
        "要件": "=空きを照会できること。\n二行目",
        "実装区分": "必須",
        "種別": "画面",
        "目標": "G-1-1",
        "手順": "受付",
        "備考": None,
        "元の印": "◎",
        "状態": "差戻し",
        "差戻しの理由": "単位がない",
    }
    assert book.column_dimensions["A"].hidden
    assert book["E2"].data_type == "s"
    assert any(
        "必須,任意,実装しない" in rule.formula1 for rule in book.data_validations.dataValidation
    )


def test_what_others_get_has_no_ids_and_no_reasons() -> None:
    book = sheet(read_workbook("要件", [LINE]))
    heads = [cell.value for cell in book[1]]
    assert heads[0] == "分類"
    assert not {"ID", "版", "差戻しの理由"} & set(heads)


# ---- the template -----------------------------------------------------------------------------

GOALS_OF_THE_TREE = [("G-1", "窓口に来なくてよい"), ("G-1-2", "手続が速い")]


def filled(*rows: dict[str, str], title: str = "公共施設予約 要件") -> bytes:
    """The template with rows typed into it, as Excel would save it."""
    book = openpyxl.load_workbook(io.BytesIO(template(title, GOALS_OF_THE_TREE)))
    first = book.worksheets[0]
    heads = [cell.value for cell in first[1]]
    for number, row in enumerate(rows, start=2):
        for heading, text in row.items():
            first.cell(number, heads.index(heading) + 1).value = text
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_the_template_is_our_columns_with_lists_to_choose_from() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template("公共施設予約 要件", GOALS_OF_THE_TREE)))
    assert book.sheetnames[:3] == ["公共施設予約 要件", GUIDE, GOALS]
    first = book.worksheets[0]
    assert [[cell.value for cell in row] for row in first.iter_rows()] == [
        ["分類", "番号", "要件", "実装区分", "種別", "目標", "手順", "備考"]
    ]
    rules = {
        str(rule.sqref).split(":")[0]: rule.formula1
        for rule in first.data_validations.dataValidation
    }
    assert rules == {
        "D2": '"必須,任意,実装しない"',
        "E2": '"機能,帳票,画面,データ,連携,非機能"',
        "F2": '"G-1,G-1-2"',
    }
    assert first.column_dimensions["B"].number_format == "@"  # 001 typed into it stays 001


def test_every_column_of_the_template_is_explained() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template("要件", GOALS_OF_THE_TREE)))
    heads = [cell.value for cell in book.worksheets[0][1]]
    guide = [[cell.value for cell in row] for row in book[GUIDE].iter_rows(min_row=2)]
    assert [row[0] for row in guide] == heads
    assert all(all(row) for row in guide)
    assert [[cell.value for cell in row] for row in book[GOALS].iter_rows(min_row=2)] == [
        list(pair) for pair in GOALS_OF_THE_TREE
    ]


def test_the_good_examples_are_taken_and_the_bad_ones_are_not_ours() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template("要件", GOALS_OF_THE_TREE)))
    guide = {row[0].value: row for row in book[GUIDE].iter_rows(min_row=2)}
    good = {heading: str(row[2].value) for heading, row in guide.items()}
    table = read_table("要件.xlsx", filled(good))
    legend = own_form(table)
    assert legend is not None
    (line,) = check_rows(table, legend, goal_codes=["G-1-2"]).lines
    assert (line.obligation, line.kind, line.goal) == ("mandatory", "form", "G-1-2")
    bad = {heading: str(guide[heading][3].value) for heading in ("種別", "目標")}
    table = read_table("要件.xlsx", filled(good | bad))
    refused = check_rows(table, own_form(table) or legend, goal_codes=["G-1-2"]).rejections
    assert {one.column for one in refused} == {"種別", "目標"}


def test_a_filled_template_needs_no_legend() -> None:
    table = read_table(
        "要件.xlsx",
        filled(
            {"分類": "予約", "番号": "001", "要件": "予約できること。", "実装区分": "任意"},
            {"要件": "取り消せること。", "目標": "G-1"},
        ),
    )
    assert table.sheet == "公共施設予約 要件"
    legend = own_form(table)
    assert legend is not None
    assert legend.columns == {
        "分類": Field.SECTION,
        "番号": Field.NUMBER,
        "要件": Field.TEXT,
        "実装区分": Field.MARK,
        "種別": Field.KIND,
        "目標": Field.GOAL,
        "手順": Field.STEP,
        "備考": Field.NOTE,
    }
    checked = check_rows(table, legend, goal_codes=["G-1"])
    assert checked.rejections == ()
    assert checked.unmapped == ()
    assert [(one.section, one.number, one.obligation, one.goal) for one in checked.lines] == [
        ("予約", "001", "optional", None),
        ("", "", None, "G-1"),
    ]


def test_an_export_keeps_a_line_without_section_below_one_that_has() -> None:
    table = read_table(
        "要件.xlsx", own_workbook("要件", [LINE, replace(LINE, id=13, section="", mark="")])
    )
    assert guess_legend(table).carry_down  # what other lists mean by a gap
    legend = own_form(table)
    assert legend is not None
    assert not legend.carry_down
    assert legend.marks["任意"] == Mark(Axis.OBLIGATION, "optional")


def test_other_signs_or_headings_make_it_another_list() -> None:
    assert own_form(read_table("要件.xlsx", filled({"要件": "予約", "実装区分": "◎"}))) is None
    assert own_form(read_table("一覧.csv", "分類,番号,要件\n1,2,予約\n".encode())) is None


def test_the_own_file_offers_the_goals() -> None:
    codes = [f"G-1-{n}" for n in range(100)]
    book = sheet(own_workbook("要件", [LINE], codes))
    rules = [rule.formula1 for rule in book.data_validations.dataValidation]
    assert "選択肢1!$A$1:$A$100" in rules
