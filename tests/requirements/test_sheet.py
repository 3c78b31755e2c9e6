from __future__ import annotations

import json
import os
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from registry.child import ChildFailed
from registry.errors import Invalid
from registry.requirements import sheet
from registry.requirements.sheet import read_in_child, read_table
from registry.requirements.table import Table

LIST = '番号,大項目,要件\n001,予約,"検索でき、\n選べること。"\n\n002,予約,髙﨑さんの予約\n'
ROWS = [
    (1, ("番号", "大項目", "要件")),
    (2, ("001", "予約", "検索でき、\n選べること。")),
    (4, ("002", "予約", "髙﨑さんの予約")),
]


def xlsx(*rows: list[str]) -> bytes:
    book = openpyxl.Workbook()
    active = book.active
    assert isinstance(active, Worksheet)
    for row in rows:
        active.append(row)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def refused(content: bytes, name: str = "list.xlsx") -> str:
    with pytest.raises(Invalid) as error:
        read_table(name, content)
    assert "取り込みは行っていません。" in error.value.message
    return error.value.message


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("cp932", "cp932")],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_text_is_read_in_every_encoding_an_office_makes(
    codec: str, encoding: str, ending: str
) -> None:
    content = LIST.replace("\n", ending).encode(codec)
    table = read_table("list.csv", content)
    assert [(row.number, row.cells) for row in table.rows] == ROWS
    assert (table.format, table.encoding, table.sheet) == ("csv", encoding, None)


def test_utf_16_big_endian() -> None:
    content = b"\xfe\xff" + LIST.encode("utf-16-be")
    assert [(row.number, row.cells) for row in read_table("a", content).rows] == ROWS


def test_wave_dash_of_cp932_is_the_one_windows_means() -> None:
    assert read_table("a.csv", b"a,\x81\x60\n1,2").rows[0].cells == ("a", "～")


@pytest.mark.parametrize(("delimiter", "kind"), [(",", "csv"), ("\t", "tsv"), (";", "csv")])
def test_the_delimiter_follows_from_the_content_not_from_the_name(
    delimiter: str, kind: str
) -> None:
    other = "," if delimiter != "," else "、"
    rows = [["番号", "要件", "区分"], ["1", f"印刷（A4{other} A3）", "◎"], ["2", "検索", "○"]]
    text = "\n".join(delimiter.join(row) for row in rows)
    table = read_table("list.xlsx", text.encode())
    assert table.format == kind
    assert [list(row.cells) for row in table.rows] == rows


def test_the_delimiter_is_found_although_the_first_look_ends_inside_a_quote() -> None:
    long = "\n".join(["予約できること。"] * 12_000)
    table = read_table("a.csv", f'番号,要件,備考\n1,"{long}",x\n2,検索,y\n'.encode())
    assert [len(row.cells) for row in table.rows] == [3, 3, 3]


def test_one_column_of_lines_is_a_list_too() -> None:
    table = read_table("a.csv", "要件\n予約できること。\n取り消せること。".encode())
    assert [row.cells for row in table.rows] == [
        ("要件",),
        ("予約できること。",),
        ("取り消せること。",),
    ]


def test_the_same_list_as_workbook_and_as_text() -> None:
    rows = [["番号", "要件"], ["01", "予約できること。"]]
    text = "\n".join(",".join(row) for row in rows).encode()
    assert read_table("a", xlsx(*rows)).rows == read_table("a", text).rows


def test_empty_files_and_empty_tables() -> None:
    assert "空です" in refused(b"")
    assert "文字が一つもありません" in refused(b"\n , ,\n")
    assert "シート「Sheet」に文字が一つもありません" in refused(xlsx())


def test_a_huge_file_is_refused_by_its_length() -> None:
    assert "200.0 MB、上限10 MB" in refused(bytes(200 << 20))
    with pytest.raises(Invalid, match="大きすぎます"):
        read_in_child("list.xlsx", bytes(sheet.MAX_BYTES + 1))


@pytest.mark.parametrize(
    "content",
    [
        b"<html><body><table><tr><td>1</td></tr></table></body></html>",
        b"\xef\xbb\xbf\r\n<!DOCTYPE html><html>",
        b"<!-- saved -->\n<meta charset='shift_jis'><table>",
        "<HTML><BODY>要件".encode("cp932"),
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'.encode(
            "utf-16"
        ),
    ],
)
def test_a_page_named_xlsx_is_called_by_its_name(content: bytes) -> None:
    message = refused(content)
    assert "HTML" in message
    assert "list.xlsx" in message


def test_old_encrypted_and_foreign_files_are_named() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    assert ".xls" in refused(ole)
    assert "パスワード" in refused(ole + "EncryptedPackage".encode("utf-16-le"))
    assert "PDF" in refused(b"%PDF-1.7\n")
    assert "表の形式ではない" in refused(b"\x89PNG\r\n\x1a\n\x00\x00")


def test_bytes_in_no_known_encoding_are_refused_with_their_line() -> None:
    message = refused("番号,要件\n1,".encode() + b"\x81\xff\xa0\n")
    assert "2行目" in message
    assert "CSV UTF-8" in message
    assert "文字コード" in refused(b"\xef\xbb\xbfabc\xff")


@pytest.mark.parametrize("byte", [0x80, 0xA0, 0xFD, 0xFE, 0xFF])
def test_a_byte_that_is_no_character_of_shift_jis_is_refused_with_its_line(byte: int) -> None:
    content = "要件\n予約できること\n".encode("cp932") + bytes([byte]) + b"\n"
    assert "3行目あたりで、UTF-8でもシフトJISでもない文字" in refused(content)


@pytest.mark.parametrize(
    "damaged",
    [
        "第2章 抽".encode()[:-1],  # cut off at the end
        "料金\t使用料が自動で計算される\t●".encode()[:-3] + b"?\x97\x8f",  # one byte replaced
        "料金\t使用料が自動で計算される\t●".encode()[:-1] + b"\n",  # one byte lost
    ],
    ids=["cut off", "replaced", "lost"],
)
def test_damaged_utf_8_is_not_read_as_shift_jis(damaged: bytes) -> None:
    with pytest.raises(UnicodeDecodeError):
        damaged.decode()
    assert damaged.decode("cp932")  # Python takes it, for nonsense like 謚ｽ驕
    assert "文字コード" in refused(damaged)


def test_the_same_bytes_inside_a_character_of_shift_jis_are_read() -> None:
    trailing = b"\x89\x80\x89\xa0"  # two kanji
    assert read_table("a.csv", trailing + b",1\n").rows[0].cells[0] == trailing.decode("cp932")


def test_characters_an_office_has_made_itself_are_read() -> None:
    own = "\ue000"
    assert read_table("a.csv", f"{own}谷,1\n".encode("cp932")).rows[0].cells[0].startswith(own)


def test_a_quote_that_never_ends_is_refused_with_its_row() -> None:
    message = refused(b'a,b\n1,2\n3,"open\n4,5\n')
    assert "3行目" in message
    assert "引用符" in message
    assert "長すぎる" in refused(b"a,b\n1," + b"x" * 200_000)


def test_codes_kept_from_excel_are_unwrapped() -> None:
    content = '番号,要件\n="001",a\n"=""002""",b\n=1+1,c'.encode()
    assert [row.cells[0] for row in read_table("a.csv", content).rows] == [
        "番号",
        "001",
        "002",
        "=1+1",
    ]


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(max_size=100).map(lambda text: text.encode("utf-16", "surrogatepass"))
    | st.text('a1,\t;"\n\r 予\0', max_size=60).map(str.encode)
)
def test_any_bytes_are_read_or_refused_but_never_a_crash(content: bytes) -> None:
    try:
        table = read_table("any", content)
    except Invalid as error:
        assert "取り込みは行っていません。" in error.message  # noqa: PT017 - reading it is just as good
    else:
        assert Table.from_data(json.loads(json.dumps(table.to_data()))) == table
        assert [row.number for row in table.rows] == sorted({row.number for row in table.rows})


def test_control_characters_in_text_are_reported_with_their_cell() -> None:
    table = read_table("a.csv", "番号,要件\n1,a\x07b\n".encode())
    assert [(one.row, one.column) for one in table.problems] == [(2, 1)]
    assert table.rows[1].cells == ("1", "a□b")


def test_text_may_not_be_larger_than_a_list() -> None:
    # three columns more than a list may have are left for what an import writes beside it
    assert "CZ1" in refused(b"a," * 103 + b"b")
    assert read_table("a.csv", b"a,b" + b"," * 300).rows[0].cells == ("a", "b")
    assert "B50001" in refused(b"x,y\n" * 50_001)


def test_the_child_gives_the_same_table() -> None:
    content = xlsx(["番号", "要件"], ["1", "髙﨑𠮷の\n予約"])
    assert read_in_child("list.xlsx", content) == read_table("list.xlsx", content)
    assert read_in_child("list.csv", LIST.encode("cp932"), None) == read_table(
        "list.csv", LIST.encode("cp932")
    )


def test_the_child_refuses_in_the_same_words() -> None:
    with pytest.raises(Invalid, match="途中で切れている") as error:
        read_in_child("list.xlsx", xlsx(["a"])[:-40])
    assert not isinstance(error.value, ChildFailed)
    with pytest.raises(Invalid, match="シート「無い」がありません"):
        read_in_child("list.xlsx", xlsx(["a"]), "無い")


@pytest.mark.skipif(
    "KAIZU_SHARED_DATA" not in os.environ,
    reason="KAIZU_SHARED_DATA is not set: no real lists to read",
)
def test_real_lists_are_read() -> None:
    lists = sorted(Path(os.environ["KAIZU_SHARED_DATA"], "lists").glob("*.tsv"))
    assert lists
    for path in lists:
        content = path.read_text(encoding="utf-8").encode("cp932", "ignore")
        assert read_table(path.name, content).encoding == "cp932", path.name
    for path in lists:
        table = read_table(path.name, path.read_bytes())
        assert (table.format, table.problems) == ("tsv", ())
        assert [row.number for row in table.rows] == list(range(1, len(table.rows) + 1))
        assert {len(row.cells) for row in table.rows} == {7}
