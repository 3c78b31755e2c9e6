from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from registry import workbook
from registry.requirements.sheet import read_table
from registry.workbook import FONT, Column, sheet_name, write_table

COLUMNS = [Column("ID", hidden=True), Column("番号", 8, code=True), Column("要件", 60)]


def opened(content: bytes) -> Worksheet:
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    assert isinstance(sheet, Worksheet)
    return sheet


def values(sheet: Worksheet) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_a_table_has_a_frozen_filtered_head_and_hidden_columns() -> None:
    sheet = opened(write_table("要件一覧", COLUMNS, [["7", "001", "予約できること。"]]))
    assert sheet.title == "要件一覧"
    assert values(sheet) == [["ID", "番号", "要件"], ["7", "001", "予約できること。"]]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:C2"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.column_dimensions["A"].hidden
    assert not sheet.column_dimensions["B"].hidden
    assert sheet.column_dimensions["C"].width == pytest.approx(60, abs=1)
    assert sheet["B2"].number_format == "@"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.sheet_properties.pageSetUpPr is not None
    assert sheet.sheet_properties.pageSetUpPr.fitToPage


@pytest.mark.parametrize(
    "text",
    ["=1+1", '=HYPERLINK("x")', "+81", "-5", "@a", "'a", "\t=1", "{=1}", "http://x.example/"],
)
def test_a_text_stays_a_text_also_when_its_cell_is_edited(text: str) -> None:
    sheet = opened(write_table("x", [Column("要件")], [[text], ["plain"]]))
    assert sheet["A2"].value == text
    assert sheet["A2"].data_type == "s"
    assert sheet["A2"].hyperlink is None
    assert bool(sheet["A2"].quotePrefix) is (text[0] in "=+-@'\t")
    assert not sheet["A3"].quotePrefix


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    sheet = opened(write_table("x", [Column("件数")] * 4, [[12, 1.5, None, ""]]))
    assert values(sheet)[1] == [12, 1.5, None, None]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def as_excel_shows(value: Any) -> Any:
    """openpyxl leaves the escapes of characters XML cannot hold as they are."""
    if not isinstance(value, str):
        return value
    return re.sub("_x([0-9A-F]{4})_", lambda match: chr(int(match[1], 16)), value)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT, st.integers(-(2**40), 2**40) | st.none() | TEXT), max_size=8))
def test_what_is_written_is_read_back(rows: list[tuple[str, str, int | str | None]]) -> None:
    columns = [Column("甲"), Column("乙", code=True), Column("丙")]
    content = write_table("往復", columns, rows)
    sheet = opened(content)
    assert [[as_excel_shows(value) for value in row] for row in values(sheet)[1:]] == [
        [None if value == "" else value for value in row] for row in rows
    ]
    for row in sheet.iter_rows():
        assert all(cell.data_type != "f" for cell in row)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=8))
def test_our_own_import_reads_our_own_export(rows: list[tuple[str, str]]) -> None:
    table = read_table("x.xlsx", write_table("往復", [Column("甲"), Column("乙")], rows))
    bad = {(one.row, one.column) for one in table.problems}
    read = {row.number: row.cells for row in table.rows}
    for number, row in enumerate(rows, start=2):
        for column, text in enumerate(row):
            if (number, column) in bad or not any(cell.strip() for cell in row):
                continue
            cells = read[number]
            written = text.replace("\r\n", "\n").replace("\r", "\n")
            assert (cells[column] if column < len(cells) else "") == written


def test_the_same_content_gives_the_same_bytes() -> None:
    content = write_table("x", COLUMNS, [["1", "2", "3"]])
    assert content == write_table("x", COLUMNS, [["1", "2", "3"]])
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert b"2000-01-01T00:00:00Z" in archive.read("docProps/core.xml")


def test_choices_are_offered_and_others_refused() -> None:
    columns = [
        Column("区分", choices=["必須", "任意"]),
        Column("目標", choices=[f"G-{n}" for n in range(200)]),
    ]
    content = write_table("x", columns, [["必須", "G-1"]])
    sheet = opened(content)
    short, long = sheet.data_validations.dataValidation
    assert (short.formula1, short.showErrorMessage) == ('"必須,任意"', True)
    assert str(short.sqref).startswith("A2:A")
    book = openpyxl.load_workbook(BytesIO(content))
    listed = book["選択肢1"]
    assert listed.sheet_state == "hidden"
    assert long.formula1 == "選択肢1!$A$1:$A$200"
    assert listed["A200"].value == "G-199"


@pytest.mark.parametrize("choices", [["a,b", "c"], ["あ" * 200, "い" * 100]])
def test_choices_excel_cannot_hold_in_the_rule_go_to_a_hidden_sheet(choices: list[str]) -> None:
    sheet = opened(write_table("x", [Column("区分", choices=choices)], []))
    assert sheet.data_validations.dataValidation[0].formula1 == "選択肢1!$A$1:$A$2"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("要件一覧", "要件一覧"),
        ("a/b:c*d?[e]\\f", "a b c d  e  f"),
        ("あ" * 40, "あ" * 31),
        ("'quoted'", "quoted"),
        ("History", "一覧"),
        ("", "一覧"),
    ],
)
def test_any_title_makes_a_tab(title: str, name: str) -> None:
    assert sheet_name(title) == name
    assert opened(write_table(title, [Column("a")], [])).title == name


def test_a_text_longer_than_a_cell_is_cut_and_says_so() -> None:
    sheet = opened(write_table("x", [Column("a")], [["𠮷" * 20_000], ["あ" * workbook.MAX_CELL]]))
    assert str(sheet["A2"].value).endswith("以下省略）")
    assert sheet["A3"].value == "あ" * workbook.MAX_CELL


def test_a_row_of_another_length_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="row 1 has 1 cells, not 2"):
        write_table("x", [Column("a"), Column("b")], [["1"]])


def test_a_title_with_an_ampersand_is_printed_as_it_is() -> None:
    footer = opened(write_table("予約 & 取消", [Column("a")], [])).oddFooter
    assert footer.left.text is not None
    assert "予約 && 取消" in footer.left.text


def test_a_workbook_leaves_the_font_of_the_next_one_as_it_is() -> None:
    before = dict(FONT)

    write_table("x", COLUMNS, [["1", "2", "3"]])

    assert before == FONT


def test_a_note_is_hidden_until_its_cell_is_pointed_at_and_grows_with_its_text() -> None:
    def written() -> bytes:
        buffer = BytesIO()
        with workbook.new_workbook(buffer, "x") as book:
            sheet = book.add_worksheet("x")
            workbook.write_note(sheet, 1, 0, "短い")
            workbook.write_note(sheet, 2, 1, "長い理由。" * 30 + "\n" + "直し方。" * 300)
        return buffer.getvalue()

    content = written()
    assert content == written()
    sheet = opened(content)
    assert sheet["A2"].comment is not None
    assert sheet["B3"].comment is not None
    assert sheet["A2"].comment.text == "短い"
    assert sheet["B3"].comment.text.endswith("直し方。")
    with zipfile.ZipFile(BytesIO(content)) as archive:
        drawing = archive.read("xl/drawings/vmlDrawing1.vml").decode()
    assert drawing.count("visibility:hidden") == 2
    low, high = [float(one) for one in re.findall(r"height:([0-9.]+)pt", drawing)]
    assert low < 50 < high <= 300


def test_further_sheets_stand_behind_the_first_and_before_hidden_lists() -> None:
    content = workbook.write_tables(
        workbook.Sheet("要件", [Column("目標", choices=["G-1" * 100])], []),
        workbook.Sheet("書き方", [Column("列"), Column("書くこと")], [["目標", "IDを選ぶ。"]]),
    )
    book = openpyxl.load_workbook(BytesIO(content))
    assert [(one.title, one.sheet_state) for one in book.worksheets] == [
        ("要件", "visible"),
        ("書き方", "visible"),
        ("選択肢1", "hidden"),
    ]
    assert values(book["書き方"]) == [["列", "書くこと"], ["目標", "IDを選ぶ。"]]
    assert book.active is not None
    assert book.active.title == "要件"


def test_a_code_typed_below_the_last_row_stays_text() -> None:
    sheet = opened(write_table("x", COLUMNS, [["7", "001", "予約できること。"]]))
    assert sheet.column_dimensions["B"].number_format == "@"
    assert sheet.column_dimensions["C"].number_format == "General"
