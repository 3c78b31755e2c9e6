from __future__ import annotations

import json

import pytest

from registry.errors import Invalid
from registry.requirements.legend import (
    Axis,
    Field,
    Legend,
    Mark,
    guess_legend,
    normal,
    parse_legend,
    sign_key,
)
from registry.requirements.table import Row, Table

WRITTEN = """
blank = {axis = "obligation", value = "optional"}

[list]
name = "公共施設予約 要件一覧"
sheet = "一覧"
head_row = 3
carry_down = true
town = "072028"

[columns]
"番号" = "number"
"大項目" = "section"
"中項目" = "section"
"機能要件" = "text"
"区分" = "mark"

[marks."◎"]
axis = "obligation"
value = "mandatory"

[marks."△"]
axis = "importance"
value = "中"

[marks."－"]
axis = "none"

[source]
address = "anything"
"""

LEGEND = Legend(
    columns={
        "番号": Field.NUMBER,
        "大項目": Field.SECTION,
        "中項目": Field.SECTION,
        "機能要件": Field.TEXT,
        "区分": Field.MARK,
    },
    marks={
        "◎": Mark(Axis.OBLIGATION, "mandatory"),
        "△": Mark(Axis.IMPORTANCE, "中"),
        "－": Mark(Axis.NONE),
    },
    blank=Mark(Axis.OBLIGATION, "optional"),
    name="公共施設予約 要件一覧",
    sheet="一覧",
    head_row=3,
    carry_down=True,
)


def table(*rows: list[str], start: int = 1, **about: str) -> Table:
    numbered = tuple(Row(start + index, tuple(cells)) for index, cells in enumerate(rows))
    return Table(about.get("name", "list.csv"), "csv", numbered)


def refused(written: str) -> Invalid:
    with pytest.raises(Invalid) as error:
        parse_legend(written)
    return error.value


def test_a_legend_is_read_from_toml() -> None:
    assert parse_legend(WRITTEN) == LEGEND
    assert parse_legend("\ufeff" + WRITTEN) == LEGEND


def test_blank_may_stand_with_the_list() -> None:
    written = '[list]\nblank = {axis = "none"}\n[columns]\n"要件" = "text"'
    assert parse_legend(written).blank == Mark(Axis.NONE)


def test_what_is_left_out_has_a_plain_meaning() -> None:
    assert parse_legend('[columns]\n"要件" = "text"') == Legend(columns={"要件": Field.TEXT})


@pytest.mark.parametrize(
    "legend", [LEGEND, Legend({"要件": Field.TEXT}, {"○": None, "×": Mark(Axis.NONE)})]
)
def test_a_legend_survives_json(legend: Legend) -> None:
    assert Legend.from_data(json.loads(json.dumps(legend.to_data()))) == legend


@pytest.mark.parametrize(
    ("written", "where", "words"),
    [
        ("[columns\n", None, "1行目"),
        ('[columns]\n"要件" = "txet"', "columns", "「要件」の「txet」は使えません"),
        ('[columns]\n"要件" = 1', "columns", "使えません"),
        ('[columns]\n"番号" = "number"', "columns", "本文（text）"),
        ('[columns]\n"a" = "text"\n"b" = "text"', "columns", "「a」と「b」がどちらも要件"),
        (
            '[columns]\n"a" = "text"\n[marks."○"]\naxis = "oblige"',
            "marks",
            "「○」：axisの「oblige」",
        ),
        (
            '[columns]\n"a" = "text"\n[marks."○"]\naxis = "obligation"\nvalue = "must"',
            "marks",
            "「must」",
        ),
        ('[columns]\n"a" = "text"\n[marks."○"]\naxis = "obligation"', "marks", "valueの"),
        (
            '[columns]\n"a" = "text"\n[marks."○"]\naxis = "none"\nblank = "x"',
            "marks",
            "blankは一番上",
        ),
        ('[columns]\n"a" = "text"\n[marks]\n"○" = "mandatory"', "marks", "の形で"),
        ('blank = "optional"\n[columns]\n"a" = "text"', "marks", "空欄"),
        ('[list]\nhead_row = "3"\n[columns]\n"a" = "text"', "head_row", "整数"),
        ('[list]\nhead_row = -1\n[columns]\n"a" = "text"', "head_row", "整数"),
        ('[colums]\n"a" = "text"', None, "「colums」は「columns」の書き間違い"),
        ('columns = "text"', None, "[columns]"),
    ],
)
def test_a_faulty_legend_is_refused_in_words(written: str, where: str | None, words: str) -> None:
    error = refused(written)
    assert words in f"{error.message} {error.fields}"
    assert list(error.fields) == ([where] if where else [])


def test_headings_and_signs_are_compared_without_their_dress() -> None:
    assert normal("必須／\n任意 ") == normal("必須/任意")
    assert sign_key("〇") == sign_key("◯") == sign_key("○")
    assert sign_key("○") != sign_key("◎")
    assert sign_key("×") != sign_key("x")


@pytest.mark.parametrize(
    ("heads", "columns"),
    [
        (
            ["No.", "大項目", "中項目", "小項目", "要件", "必須/任意", "備考"],
            ["number", "section", "section", "section", "text", "mark", "note"],
        ),
        (
            ["項番", "大分類", "機能名称", "機能要件", "実装区分"],
            ["number", "section", "section", "text", "mark"],
        ),
        (
            ["要件ID", "版", "番号", "内容", "重要度", "目標ID", "種別"],
            ["id", "version", "number", "text", "mark", "goal", "kind"],
        ),
        (["no", "大項目", "requirement text", "source url"], ["number", "section", "text", None]),
        (
            ["№", "分類", "要求事項", "区分（必須・任意）", "手順"],
            ["number", "section", "text", "mark", "step"],
        ),
        (["番号", "項目", "必須・任意の別", "回答欄"], ["number", "text", "mark", None]),
        (["番号", "内容", "要件", "備考", "備考"], ["number", None, "text", None, None]),
        (["Ｎｏ", "小分類（機能名称）", "要件\nの内容"], ["number", "section", "text"]),
    ],
)
def test_usual_headings_are_mapped(heads: list[str], columns: list[str | None]) -> None:
    body = ["1", "あ", "本文をここに書く", "い", "", "", ""][: len(heads)]
    legend = guess_legend(table(heads, body))
    expected = {head: named for head, named in zip(heads, columns, strict=True) if named}
    assert dict(legend.columns) == expected
    assert legend.head_row == 1


def test_the_head_row_is_found_below_a_title() -> None:
    legend = guess_legend(
        table(
            ["公共施設予約システム 機能要件一覧"],
            ["令和8年度"],
            ["番号", "機能要件"],
            ["1", "検索できること。"],
            start=2,
        )
    )
    assert legend.head_row == 4
    assert dict(legend.columns) == {"番号": Field.NUMBER, "機能要件": Field.TEXT}


def test_lines_without_headings() -> None:
    legend = guess_legend(table(["検索できること。"], ["予約できること。"]))
    assert (legend.head_row, dict(legend.columns)) == (0, {"A列": Field.TEXT})


def test_unknown_headings_leave_the_longest_column_as_text() -> None:
    legend = guess_legend(table(["い", "ろ"], ["1", "利用者を検索できること。"]))
    assert (legend.head_row, dict(legend.columns)) == (1, {"ろ": Field.TEXT})


def test_only_words_that_say_it_themselves_get_a_meaning() -> None:
    signs = ["必須", "◎", "任意", "実装必須機能", "標準オプション", "実装不可", "推奨", "必須", ""]
    legend = guess_legend(table(["要件", "区分"], *[["本文", sign] for sign in signs]))
    assert legend.marks == {
        "必須": Mark(Axis.OBLIGATION, "mandatory"),
        "◎": None,
        "任意": Mark(Axis.OBLIGATION, "optional"),
        "実装必須機能": Mark(Axis.OBLIGATION, "mandatory"),
        "標準オプション": Mark(Axis.OBLIGATION, "optional"),
        "実装不可": Mark(Axis.OBLIGATION, "prohibited"),
        "推奨": None,
    }
    assert legend.blank is None


def test_a_column_of_many_different_texts_holds_no_marks() -> None:
    legend = guess_legend(table(["要件", "評価"], *[["本文", f"評価その{n}"] for n in range(31)]))
    assert "評価" not in legend.columns
    assert legend.marks == {}


@pytest.mark.parametrize(
    ("sections", "carried"),
    [
        (["予約", "", ""], True),
        (["予約", "予約", "取消"], False),
        (["", "", ""], False),
        (["", "予約", "取消"], False),
        (["予約", "", "取消"], True),
    ],
)
def test_blanks_below_a_section_are_taken_for_carried_down(
    sections: list[str], carried: bool
) -> None:
    rows = [[section, "", "本文"] for section in sections]
    assert guess_legend(table(["大項目", "中項目", "要件"], *rows)).carry_down is carried
