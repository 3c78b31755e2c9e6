from __future__ import annotations

import copy
import zipfile
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from registry.specs.workbook import COLUMNS, SCALE, Choice, build_answer_sheet, text_key

SHA = "ab" * 32
HEADINGS = [heading for heading, _ in COLUMNS]


def requirement(serial: int, **changed: Any) -> dict[str, Any]:
    return {
        "code": f"A-001{serial:04}-01",
        "outline": f"1.1.{serial}",
        "title": "予約の取消",
        "text": f"利用日の{serial}営業日前まで、予約を取り消せること。",
        "obligation": "mandatory",
        "reason": "利用者の都合が変わるため。",
        "goal": "G-1-2-1-1",
        "phase": "phase_1",
        "kind": "functional",
        "applications": {
            "072028": {"state": "follows", "value": None},
            "072087": {"state": "own_value", "value": "10日前"},
        },
        **changed,
    }


def make_spec(*requirements: dict[str, Any]) -> dict[str, Any]:
    return {
        "format": "kaizu-spec/1",
        "template_version": "1",
        "region": {"name": "会津地域", "issuer": "会津地域広域調整事務局"},
        "business": {
            "slug": "facility-reservation",
            "number": "001",
            "name": "公共施設予約",
            "summary": "",
        },
        "edition": {
            "number": "1.0",
            "title": "公共施設予約 標準要件仕様書",
            "issued_on": "2026-10-01",
            "predecessor": None,
        },
        "history": [],
        "municipalities": [
            {"code": "072028", "name": "会津若松市", "kana": "", "kind": "city", "population": 1},
            {"code": "072087", "name": "喜多方市", "kana": "", "kind": "city", "population": 1},
        ],
        "goals": [],
        "chapters": [
            {
                "number": "1",
                "title": "予約",
                "goal": None,
                "sections": [
                    {
                        "number": "1.1",
                        "title": "取消",
                        "goal": None,
                        "requirements": list(requirements),
                    }
                ],
            }
        ],
        "terms": [],
    }


SPEC = make_spec(
    requirement(1),
    requirement(
        2, obligation="optional", kind="form", phase=None, goal=None, reason="", applications={}
    ),
    requirement(3, text='=HYPERLINK("http://evil.example","押す")', obligation="prohibited"),
)


def opened(spec: dict[str, Any] = SPEC, **more: Any) -> Workbook:
    return openpyxl.load_workbook(BytesIO(build_answer_sheet(spec, sha256=SHA, **more)))


def sheet_of(book: Workbook, name: str = "回答票") -> Worksheet:
    sheet = book[name]
    assert isinstance(sheet, Worksheet)
    return sheet


def at(sheet: Worksheet, heading: str, row: int) -> Any:
    return sheet.cell(row, HEADINGS.index(heading) + 1)


def test_each_requirement_is_one_row_with_its_printed_columns() -> None:
    sheet = sheet_of(opened())
    assert [cell.value for cell in sheet[7]] == HEADINGS
    assert [cell.value for cell in sheet[8]] == [
        *(
            "A-0010001-01",
            text_key("利用日の1営業日前まで、予約を取り消せること。"),
            "1.1.1",
            "A-0010001-01",
        ),
        *("1 予約", "1.1 取消", "予約の取消", "利用日の1営業日前まで、予約を取り消せること。"),
        *("必須", "利用者の都合が変わるため。", "第1期", "G-1-2-1-1", "喜多方市：10日前"),
        *(None, None, None, None),
    ]
    assert at(sheet, "小分類（機能名称）", 9).value == "予約の取消［帳票］"
    assert [at(sheet, "区分", row).value for row in (8, 9, 10)] == ["必須", "任意", "実装しない"]
    assert [at(sheet, "団体別の違い", row).value for row in (9, 10)] == [None, "喜多方市：10日前"]
    assert sheet.max_row == 10


def test_towns_that_do_not_follow_are_named_with_what_they_do() -> None:
    applications = {
        "072087": {"state": "exception", "value": "紙の台帳を続ける"},
        "072028": {"state": "not_used", "value": None},
    }
    sheet = sheet_of(opened(make_spec(requirement(1, applications=applications))))
    assert (
        at(sheet, "団体別の違い", 8).value == "会津若松市：対象外\n喜多方市：例外 紙の台帳を続ける"
    )


def test_no_text_is_a_formula() -> None:
    book = opened()
    for name in book.sheetnames:
        assert all(
            cell.data_type != "f" for row in sheet_of(book, name).iter_rows() for cell in row
        )
    cell = at(sheet_of(book), "機能要件", 10)
    assert cell.value == '=HYPERLINK("http://evil.example","押す")'
    assert cell.quotePrefix
    assert cell.hyperlink is None


def test_only_the_answer_cells_can_be_changed() -> None:
    book = opened()
    sheet = sheet_of(book)
    for row in (8, 9, 10):
        unlocked = [
            heading for heading in HEADINGS if not at(sheet, heading, row).protection.locked
        ]
        assert unlocked == ["回答", "代替案・補足", "費用（千円）", "対応時期"]
    assert [cell.coordinate for cell in sheet[5] if not cell.protection.locked] == [
        "D5",
        "E5",
        "F5",
        "G5",
    ]
    for name in book.sheetnames:
        assert sheet_of(book, name).protection.sheet
        assert sheet_of(book, name).protection.password is None
    assert not sheet.protection.autoFilter  # False is what allows it
    assert not sheet.protection.formatRows
    assert sheet.protection.deleteRows
    assert sheet.protection.sort


def test_answers_are_chosen_from_the_scale_and_costs_are_numbers() -> None:
    sheet = sheet_of(opened())
    choices, cost = sheet.data_validations.dataValidation
    assert (str(choices.sqref), choices.formula1) == ("N8:N10", '"○,△,×"')
    assert (str(cost.sqref), cost.type, cost.operator) == (
        "P8:P10",
        "decimal",
        "greaterThanOrEqual",
    )
    assert HEADINGS[13] == "回答"
    assert HEADINGS[15] == "費用（千円）"


def test_the_scale_is_explained_above_the_table_and_on_its_own_sheet() -> None:
    book = opened()
    sheet, guide = sheet_of(book), sheet_of(book, "記入要領")
    assert sheet["C3"].value == "回答欄：○＝標準仕様で対応可能　△＝カスタマイズで対応　×＝対応不可"
    assert "△のときは費用を千円単位" in str(sheet["C4"].value)
    written = {str(row[0].value): str(row[1].value) for row in guide.iter_rows() if len(row) > 1}
    assert {
        sign: written[sign][: len(meaning)]
        for sign, meaning in (
            ("○", "標準仕様で対応可能"),
            ("△", "カスタマイズで対応"),
            ("×", "対応不可"),
        )
    } == {
        "○": "標準仕様で対応可能",
        "△": "カスタマイズで対応",
        "×": "対応不可",
    }
    assert "すべて満たす" in written["必須（1件）"]
    assert "加点" in written["任意（1件）"]
    assert "備えないこと" in written["実装しない（1件）"]
    assert "見積価格に含めて" in written["費用（千円）"]
    assert written["仕様データのSHA-256"] == SHA


def test_another_scale_changes_choices_checks_and_words() -> None:
    scale = (
        Choice("◎", "標準"),
        Choice("○", "設定"),
        Choice("△", "改修", wants_cost=True),
        Choice("×", "不可", fails=True),
    )
    sheet = sheet_of(opened(scale=scale))
    assert sheet.data_validations.dataValidation[0].formula1 == '"◎,○,△,×"'
    assert sheet["C3"].value == "回答欄：◎＝標準　○＝設定　△＝改修　×＝不可"


def test_doubtful_answers_are_coloured() -> None:
    sheet = sheet_of(opened())
    rules = [rule.formula[0] for one in sheet.conditional_formatting for rule in one.rules]
    assert rules == [
        'AND(OR($N8="△"),$P8="")',
        'AND($N8<>"",NOT(OR($N8="△")),$P8<>"")',
        'AND(OR($N8="×"),$I8="必須")',
    ]
    assert HEADINGS[8] == "区分"


def test_the_sheet_is_ready_for_the_screen_and_for_a3_paper() -> None:
    sheet = sheet_of(opened())
    assert sheet.freeze_panes == "E8"
    assert sheet.auto_filter.ref == "A7:Q10"
    # openpyxl reads neighbours with the same settings as one entry.
    keys = sheet.column_dimensions["A"]
    assert (keys.hidden, keys.min, keys.max) == (True, 1, 2)
    assert not sheet.column_dimensions["C"].hidden
    assert sheet.print_title_rows == "$7:$7"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 8)
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.oddFooter.left.text == "公共施設予約 第1.0版"
    assert sheet.oddFooter.right.text == f"SHA-256 {SHA}"
    assert sheet.oddFooter.center.text == "&P / &N"


def test_the_workbook_knows_which_edition_it_asks_about() -> None:
    properties = {one.name: one.value for one in opened().custom_doc_props.props}
    assert properties == {
        "kaizu-format": "kaizu-answer-sheet/1",
        "kaizu-business": "facility-reservation",
        "kaizu-edition": "1.0",
        "kaizu-spec-sha256": SHA,
    }


def test_the_same_edition_gives_the_same_bytes() -> None:
    content = build_answer_sheet(SPEC, sha256=SHA)
    assert content == build_answer_sheet(copy.deepcopy(SPEC), sha256=SHA)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert b"2026-10-01T00:00:00Z" in archive.read("docProps/core.xml")


def test_a_changed_text_changes_its_key_only() -> None:
    changed = make_spec(
        requirement(1, text="別の本文。"), *SPEC["chapters"][0]["sections"][0]["requirements"][1:]
    )
    before, after = sheet_of(opened()), sheet_of(opened(changed))
    assert at(before, "行キー", 8).value == at(after, "行キー", 8).value
    assert at(before, "本文照合", 8).value != at(after, "本文照合", 8).value
    assert at(before, "本文照合", 9).value == at(after, "本文照合", 9).value


@pytest.mark.parametrize("issued_on", [None, "2026-10-01"])
def test_an_empty_or_unissued_edition_makes_a_sheet_too(issued_on: str | None) -> None:
    spec = make_spec() | {"municipalities": []}
    spec["edition"] = {**spec["edition"], "issued_on": issued_on}
    sheet = sheet_of(opened(spec))
    assert sheet.max_row == 7
    assert ("案（発行前）" in str(sheet["C2"].value)) is (issued_on is None)


def test_a_long_name_never_pushes_the_hash_out_of_the_footer() -> None:
    spec = copy.deepcopy(SPEC)
    spec["business"]["name"] = "長い&名前" * 40
    footer = sheet_of(opened(spec)).oddFooter
    assert footer.right.text == f"SHA-256 {SHA}"


def test_the_scale_is_the_usual_one() -> None:
    assert [one.sign for one in SCALE] == ["○", "△", "×"]
