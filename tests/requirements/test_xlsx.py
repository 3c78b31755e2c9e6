from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from registry.errors import Invalid
from registry.requirements.table import Table
from registry.requirements.xlsx import read_xlsx

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(fill: Callable[[Worksheet], None]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "一覧"
    fill(sheet)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def of_rows(*rows: list[Any]) -> bytes:
    def fill(sheet: Worksheet) -> None:
        for row in rows:
            sheet.append(row)

    return workbook(fill)


SOUND = of_rows(["番号", "要件"], ["1", "予約を取り消せること。"])


def edited(content: bytes, **parts: bytes | None) -> bytes:
    """The package with parts replaced or added; the keyword is the path with __ for / and _dot_ for a dot."""
    named = {key.replace("__", "/").replace("_dot_", "."): body for key, body in parts.items()}
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            if entry.filename not in named:
                target.writestr(entry.filename, source.read(entry))
        for path, body in named.items():
            if body is not None:
                target.writestr(path, body)
    return out.getvalue()


def of_xml(rows: str, after: str = "", **parts: bytes | None) -> bytes:
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'
    return edited(SOUND, xl__worksheets__sheet1_dot_xml=sheet.encode(), **parts)


def text_cell(address: str, text: str) -> str:
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'


def cells(table: Table) -> list[tuple[int, tuple[str, ...]]]:
    return [(row.number, row.cells) for row in table.rows]


def refused(content: bytes, sheet: str | None = None) -> str:
    with pytest.raises(Invalid) as error:
        read_xlsx("list.xlsx", content, sheet)
    assert "取り込みは行っていません。" in error.value.message
    return error.value.message


def test_rows_carry_the_numbers_a_person_sees() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["B3"] = "要件"
        sheet["A4"] = "1"
        sheet["B7"] = "  "
        sheet["B9"] = "検索できること。\n一覧から選べること。"

    table = read_xlsx("list.xlsx", workbook(fill))
    assert cells(table) == [
        (3, ("", "要件")),
        (4, ("1",)),
        (9, ("", "検索できること。\n一覧から選べること。")),
    ]
    assert (table.sheet, table.format, table.problems) == ("一覧", "xlsx", ())


def test_codes_and_numbers_are_read_as_they_are_seen() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["0012", 12.0, 12, 1.1, True, 46296, None, 0.1 + 0.2])
        sheet["C1"].number_format = "0000"
        sheet["D1"].number_format = "0.00"
        sheet["F1"].number_format = "yyyy/mm/dd"

    table = read_xlsx("list.xlsx", workbook(fill))
    assert table.rows[0].cells == ("0012", "12", "0012", "1.10", "TRUE", "2026-10-01", "", "0.3")
    assert any("日付" in note and "F1" in note for note in table.notes)


def test_hidden_rows_are_read_and_marked() -> None:
    def fill(sheet: Worksheet) -> None:
        for text in "abc":
            sheet.append([text])
        sheet.row_dimensions[2].hidden = True

    table = read_xlsx("list.xlsx", workbook(fill))
    assert [row.hidden for row in table.rows] == [False, True, False]
    assert any("非表示の行" in note and "2行目" in note for note in table.notes)


def test_a_merged_cell_stands_in_each_row_it_covers_and_only_in_its_own_column() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["大項目", "中項目", "要件"])
        sheet.append(["予約", None, "a"])
        sheet.append([None, None, "b"])
        sheet.append([None, None, None])
        sheet.append([None, None, "c"])
        sheet.merge_cells("A2:B5")

    table = read_xlsx("list.xlsx", workbook(fill))
    assert cells(table)[1:] == [
        (2, ("予約", "", "a")),
        (3, ("予約", "", "b")),
        (5, ("予約", "", "c")),
    ]
    assert [row.inherited for row in table.rows] == [(), (), (0,), (0,)]
    assert any("結合" in note for note in table.notes)


def test_a_formula_counts_as_its_stored_result_and_without_one_as_a_problem() -> None:
    rows = (
        '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>"a"</f><v>a</v></c></row>'
        '<row r="2"><c r="A2"><f>1+1</f></c><c r="B2" t="str"><f>IF(1,"")</f><v></v></c></row>'
        '<row r="3"><c r="C3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )
    table = read_xlsx("list.xlsx", of_xml(rows))
    assert table.rows[0].cells == ("2", "a")
    assert [(one.row, one.column) for one in table.problems] == [(2, 0), (3, 2)]
    assert "Excelで一度開いて保存し直してください" in table.problems[0].mend
    assert "#DIV/0!" in table.problems[1].reason


def test_a_formula_saved_by_a_program_without_results_is_a_problem() -> None:
    table = read_xlsx("list.xlsx", of_rows(["=1+1", "本文"]))
    assert [(one.row, one.column) for one in table.problems] == [(1, 0)]


def test_furigana_is_not_part_of_the_text() -> None:
    strings = (
        f'<sst xmlns="{MAIN}"><si><t>会津</t><rPh sb="0" eb="2"><t>アイヅ</t></rPh></si>'
        "<si><r><t>若</t></r><r><rPr><b/></rPr><t>松</t></r><rPh sb='0' eb='1'><t>ワカ</t></rPh></si></sst>"
    )
    plain = BytesIO()
    book = xlsxwriter.Workbook(plain, {"in_memory": True})
    book.add_worksheet().write_row(0, 0, ["a", "b"])
    book.close()
    content = edited(plain.getvalue(), xl__sharedStrings_dot_xml=strings.encode())
    assert read_xlsx("list.xlsx", content).rows[0].cells == ("会津", "若松")


def test_rare_characters_survive() -> None:
    text = "髙﨑𠮷葛󠄀"
    assert read_xlsx("list.xlsx", of_rows([text])).rows[0].cells == (text,)


def test_control_characters_are_reported_with_their_cell() -> None:
    table = read_xlsx("list.xlsx", of_xml(f'<row r="4">{text_cell("B4", "a_x0007_b")}</row>'))
    assert table.rows[0].cells == ("", "a□b")
    assert [(one.row, one.column) for one in table.problems] == [(4, 1)]
    assert "制御文字" in table.problems[0].reason


def test_line_ends_and_escapes_of_a_workbook_are_undone() -> None:
    table = read_xlsx(
        "list.xlsx", of_xml(f'<row r="1">{text_cell("A1", "a_x000D_&#10;b_x005F_x0041_")}</row>')
    )
    assert table.rows[0].cells == ("a\nb_x0041_",)
    assert table.problems == ()


def test_the_sheet_is_chosen_by_name_or_is_the_first_shown_one_that_holds_something() -> None:
    book = openpyxl.Workbook()
    hidden = book.active
    assert isinstance(hidden, Worksheet)
    hidden.title, hidden.sheet_state = "控え", "hidden"
    hidden.append(["secret"])
    book.create_sheet("白紙")
    book.create_sheet("一覧").append(["要件"])
    book.create_sheet("別紙").append(["別"])
    content = BytesIO()
    book.save(content)
    table = read_xlsx("list.xlsx", content.getvalue())
    assert (table.sheet, table.other_sheets) == ("一覧", ("白紙", "別紙"))
    assert read_xlsx("list.xlsx", content.getvalue(), "別紙").rows[0].cells == ("別",)
    assert read_xlsx("list.xlsx", content.getvalue(), "控え").rows[0].cells == ("secret",)
    message = refused(content.getvalue(), "無い")
    assert "「無い」" in message
    assert "「一覧」、「別紙」" in message


def test_a_far_cell_is_refused_and_far_formatting_is_not() -> None:
    near = f'<row r="1">{text_cell("A1", "x")}</row>'
    assert "XFD1048576" in refused(
        of_xml(f'{near}<row r="1048576">{text_cell("XFD1048576", "x")}</row>')
    )
    assert "CZ2" in refused(of_xml(f'{near}<row r="2">{text_cell("CZ2", "x")}</row>'))
    styled = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    assert len(read_xlsx("list.xlsx", of_xml(near + styled)).rows) == 1
    edge = f'<row r="50000">{text_cell("CV50000", "x")}</row>'
    assert read_xlsx("list.xlsx", of_xml(near + edge)).rows[1].number == 50_000


def test_rows_twice_or_out_of_order_are_refused() -> None:
    row = f'<row r="3">{text_cell("A3", "x")}</row>'
    assert "3行目が二度" in refused(of_xml(row + row))


def test_rows_without_numbers_are_counted() -> None:
    table = read_xlsx(
        "list.xlsx",
        of_xml("<row><c t='n'><v>1</v></c><c><v>2</v></c></row><row/><row><c><v>3</v></c></row>"),
    )
    assert cells(table) == [(1, ("1", "2")), (3, ("3",))]


def test_too_many_merged_cells_are_refused() -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 1001))
    merges = "<mergeCells>" + '<mergeCell ref="A1:A1000"/>' * 600 + "</mergeCells>"
    assert "結合セルが多すぎます" in refused(of_xml(rows, merges))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_workbook_is_refused(share: float) -> None:
    assert "壊れているか、途中で切れている" in refused(SOUND[: int(len(SOUND) * share)])


def test_a_damaged_part_is_refused() -> None:
    assert "壊れている" in refused(edited(SOUND, xl__worksheets__sheet1_dot_xml=b"<worksheet><row"))
    assert "壊れている" in refused(edited(SOUND, xl__worksheets__sheet1_dot_xml=None))
    assert "A1の文字がファイルの中に見つかりません" in refused(
        of_xml('<row r="1"><c r="A1" t="s"><v>999</v></c></row>')
    )


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    assert "展開すると大きすぎる" in refused(of_xml("", xl__media__a_dot_bin=bytes(2 << 20)))
    noise = bytes(range(256)) * 4096 * 16
    pieces = {f"xl__media__{index}_dot_bin": noise[index:] for index in range(5)}
    assert "展開すると大きすぎる" in refused(edited(SOUND, **pieces))


def test_too_many_parts_are_refused() -> None:
    assert "部品が多すぎます" in refused(
        edited(SOUND, **{f"p{index}": b"" for index in range(500)})
    )


@pytest.mark.parametrize("path", ["../evil", "/etc/evil", "xl/../../evil", "xl\\evil"])
def test_paths_that_leave_the_package_are_refused(path: str) -> None:
    assert "置き場所" in refused(edited(SOUND, **{path.replace("/", "__"): b"x"}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_twice_is_refused() -> None:
    content = BytesIO(SOUND)
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
    assert "同じ名前" in refused(content.getvalue())


def test_macros_are_refused() -> None:
    assert "マクロ" in refused(edited(SOUND, xl__vbaProject_dot_bin=b"x"))


def test_an_encrypted_part_and_an_odd_compression_are_refused() -> None:
    encrypted = bytearray(SOUND)
    for signature, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        encrypted[encrypted.find(signature) + flags] |= 1
    assert "パスワード" in refused(bytes(encrypted))
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
    assert "圧縮" in refused(out.getvalue())


@pytest.mark.parametrize(
    "part", ["xl__worksheets__sheet1_dot_xml", "xl__workbook_dot_xml", "xl__styles_dot_xml"]
)
def test_a_dtd_is_refused(part: str) -> None:
    laughs = (
        '<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;">]>'
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1">'
        '<c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
    )
    assert "DTD" in refused(edited(SOUND, **{part: laughs.encode()}))


def test_other_packages_are_named() -> None:
    def package(**parts: bytes) -> bytes:
        out = BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for path, body in parts.items():
                archive.writestr(path.replace("__", "/").replace("_dot_", "."), body)
        return out.getvalue()

    assert "OpenDocument" in refused(
        package(mimetype=b"application/vnd.oasis.opendocument.spreadsheet")
    )
    assert "zip形式の別のファイル" in refused(package(a_dot_txt=b"x"))
    relations = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'relationships/officeDocument" Target="xl/workbook.bin"/></Relationships>'
    )
    assert "xlsb" in refused(package(_rels___dot_rels=relations, xl__workbook_dot_bin=b"x"))


def test_ten_thousand_rows_are_all_there() -> None:
    content = BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    sheet = book.add_worksheet("一覧")
    for row in range(10_000):
        sheet.write_row(row, 0, [row, "予約", f"{row}番の要件を検索できること。", "◎"])
    book.close()
    table = read_xlsx("list.xlsx", content.getvalue())
    assert len(table.rows) == 10_000
    assert table.rows[9_999].cells == ("9999", "予約", "9999番の要件を検索できること。", "◎")


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_but_never_a_crash(data: st.DataObject) -> None:
    content = bytearray(SOUND)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_xlsx("list.xlsx", bytes(content))
    except Invalid as error:
        assert error.message  # noqa: PT017 - reading without an error is just as good
