from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import Invalid
from registry.requirements.legend import Axis, Field, Legend, Mark, guess_legend, parse_legend
from registry.requirements.rows import Checked, Line, check_rows
from registry.requirements.sheet import read_table
from registry.requirements.table import Problem, Row, Table

HEADS = ["番号", "大項目", "中項目", "要件", "区分", "目標", "種別", "手順", "備考", "ID", "担当"]
LEGEND = Legend(
    columns={
        "番号": Field.NUMBER,
        "大項目": Field.SECTION,
        "中項目": Field.SECTION,
        "要件": Field.TEXT,
        "区分": Field.MARK,
        "目標": Field.GOAL,
        "種別": Field.KIND,
        "手順": Field.STEP,
        "備考": Field.NOTE,
        "ID": Field.ID,
    },
    marks={
        "◎": Mark(Axis.OBLIGATION, "mandatory"),
        "○": Mark(Axis.OBLIGATION, "optional"),
        "A": Mark(Axis.COST, "10万円未満"),
        "△": None,
    },
)
GOALS = ["G-1", "G-1-2"]


def table(*rows: dict[str, str] | None, heads: list[str] = HEADS) -> Table:
    """Rows by heading below the head row; None leaves a row out, as an empty one is."""
    numbered = [Row(1, tuple(heads))]
    for number, row in enumerate(rows, start=2):
        if row is not None:
            numbered.append(Row(number, tuple(row.get(head, "") for head in heads)))
    return Table("list.xlsx", "xlsx", tuple(numbered), sheet="一覧")


def check(*rows: dict[str, str] | None, legend: Legend = LEGEND) -> Checked:
    return check_rows(table(*rows), legend, goal_codes=GOALS)


def reasons(checked: Checked) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.reason) for one in checked.rejections]


def test_a_full_row_becomes_a_line() -> None:
    row = {
        "番号": " 001 ",
        "大項目": "予約",
        "中項目": "取消",
        "要件": "　利用日の3営業日前まで、\n予約を取り消せること。 ",
        "区分": "◎",
        "目標": "Ｇ－１－２",
        "種別": "帳票要件",
        "手順": "受付",
        "備考": "条例第5条",
        "ID": "17",
        "担当": "総務課",
    }
    checked = check(row)
    assert checked.lines == (
        Line(
            row=2,
            id="17",
            section="予約 / 取消",
            number="001",
            text="利用日の3営業日前まで、\n予約を取り消せること。",
            mark="◎",
            obligation="mandatory",
            meaning={"axis": "obligation", "value": "mandatory"},
            kind="form",
            goal="G-1-2",
            step="受付",
            note="条例第5条",
        ),
    )
    assert checked.rejections == ()
    assert checked.unmapped == ("担当",)


def test_only_the_obligation_axis_fills_the_obligation() -> None:
    line = check({"要件": "a", "区分": "A"}).lines[0]
    assert line.obligation is None
    assert line.meaning == {"axis": "cost", "value": "10万円未満"}


def test_an_empty_mark_means_what_the_legend_says() -> None:
    assert check({"要件": "a"}).lines[0].meaning is None
    legend = replace(LEGEND, blank=Mark(Axis.OBLIGATION, "optional"))
    line = check({"要件": "a"}, legend=legend).lines[0]
    assert (line.mark, line.obligation) == ("", "optional")


def test_an_unknown_or_undecided_mark_rejects_its_row() -> None:
    checked = check(
        {"要件": "a", "区分": "☆"}, {"要件": "b", "区分": "△"}, {"要件": "c", "区分": "◎"}
    )
    assert [line.text for line in checked.lines] == ["c"]
    assert [(one.row, one.column, one.value) for one in checked.rejections] == [
        (2, "区分", "☆"),
        (3, "区分", "△"),
    ]
    assert "凡例にない印" in checked.rejections[0].reason
    assert "「◎」" in checked.rejections[0].reason
    assert "まだ決まっていません" in checked.rejections[1].reason


def test_a_look_alike_of_a_sign_is_that_sign_and_stays_as_typed() -> None:
    line = check({"要件": "a", "区分": "〇"}).lines[0]
    assert (line.mark, line.obligation) == ("〇", "optional")


def test_of_look_alikes_that_are_both_listed_each_keeps_its_meaning() -> None:
    legend = replace(
        LEGEND,
        marks={"○": Mark(Axis.OBLIGATION, "optional"), "〇": Mark(Axis.OBLIGATION, "mandatory")},
    )
    checked = check({"要件": "a", "区分": "〇"}, {"要件": "b", "区分": "○"}, legend=legend)
    assert [line.obligation for line in checked.lines] == ["mandatory", "optional"]


def test_the_later_of_two_ids_is_rejected_and_names_the_first() -> None:
    checked = check({"ID": "7", "要件": "a"}, {"ID": "8", "要件": "b"}, {"ID": "７", "要件": "c"})
    assert [line.text for line in checked.lines] == ["a", "b"]
    assert reasons(checked) == [(4, "ID", "2行目と同じIDです。")]


def test_the_later_of_two_numbers_in_one_section_is_rejected() -> None:
    checked = check(
        {"大項目": "予約", "番号": "1", "要件": "a"},
        {"大項目": "取消", "番号": "1", "要件": "b"},
        {"大項目": "予約", "番号": "1", "要件": "c"},
        {"大項目": "予約", "番号": "1", "要件": "d", "ID": "9"},
        {"大項目": "予約", "要件": "e"},
        {"大項目": "予約", "要件": "f"},
    )
    assert [line.text for line in checked.lines] == ["a", "b", "d", "e", "f"]
    assert reasons(checked) == [(4, "番号", "2行目と分類・番号が同じです。")]


def test_a_rejected_row_keeps_its_identity() -> None:
    checked = check({"ID": "7", "要件": "a", "区分": "☆"}, {"ID": "7", "要件": "b"})
    assert checked.rejected_rows == [2, 3]


def test_a_goal_that_does_not_exist_rejects() -> None:
    checked = check({"要件": "a", "目標": "G-9"}, {"要件": "b", "目標": "g-1"})
    assert [(line.text, line.goal) for line in checked.lines] == [("b", "G-1")]
    assert checked.rejections[0].column == "目標"
    assert "目標ツリーにありません" in checked.rejections[0].reason


def test_an_unknown_kind_rejects_and_names_the_known_ones() -> None:
    checked = check(
        {"要件": "a", "種別": "謎"},
        {"要件": "b", "種別": "非機能"},
        {"要件": "c", "種別": "interface"},
    )
    assert [line.kind for line in checked.lines] == ["non_functional", "interface"]
    assert "機能、帳票、画面" in checked.rejections[0].mend


def test_a_row_without_text_is_rejected_and_an_empty_one_counted() -> None:
    checked = check({"番号": "1"}, None, {"大項目": "予約"}, {"担当": "総務課"}, {"要件": "a"})
    assert checked.rejected_rows == [2, 4, 5]
    assert "見出しだけの行" in checked.rejections[1].reason
    assert checked.empty == 1
    assert len(checked.lines) == 1


@pytest.mark.parametrize(("length", "taken"), [(10_000, True), (10_001, False)])
def test_a_text_has_a_longest_length(length: int, taken: bool) -> None:
    checked = check({"要件": "あ" * length})
    assert (len(checked.lines) == 1) is taken
    if not taken:
        assert "10,001字、上限10,000字" in checked.rejections[0].reason
        assert len(checked.rejections[0].value) < 200


def test_every_fault_of_a_row_is_named_at_once() -> None:
    checked = check({"番号": "x" * 101, "区分": "☆", "目標": "G-9", "種別": "謎"})
    assert [one.column for one in checked.rejections] == ["要件", "番号", "区分", "種別", "目標"]
    assert checked.rejected_rows == [2]
    assert all(one.mend for one in checked.rejections)


def test_a_bad_cell_rejects_only_where_it_is_read() -> None:
    source = table({"要件": "a□b", "担当": "□"}, {"要件": "c", "担当": "□"})
    bad = Problem(2, HEADS.index("要件"), "制御文字です。", "消してください。")
    elsewhere = [
        Problem(row, HEADS.index("担当"), "制御文字です。", "消してください。") for row in (2, 3)
    ]
    checked = check_rows(replace(source, problems=(bad, *elsewhere)), LEGEND, goal_codes=[])
    assert reasons(checked) == [(2, "要件", "制御文字です。")]
    assert [line.text for line in checked.lines] == ["c"]


def test_hidden_rows_are_taken_and_named() -> None:
    source = table({"要件": "a"}, {"要件": "b"})
    rows = (*source.rows[:2], replace(source.rows[2], hidden=True))
    checked = check_rows(replace(source, rows=rows), LEGEND, goal_codes=[])
    assert [line.hidden for line in checked.lines] == [False, True]
    assert checked.hidden == (3,)


def test_a_merged_cell_sorts_the_rows_it_covers_but_is_not_their_text() -> None:
    source = table(
        {"番号": "1", "大項目": "予約", "要件": "a", "区分": "◎"},
        {"番号": "1", "大項目": "予約", "要件": "b", "区分": "◎"},
        {"番号": "2", "大項目": "予約", "要件": "b", "区分": "◎", "備考": "続き"},
    )
    covered = {3: (0, 1, 4), 4: (1, 3, 4)}
    rows = tuple(replace(row, inherited=covered.get(row.number, ())) for row in source.rows)
    checked = check_rows(replace(source, rows=rows), LEGEND, goal_codes=[])
    assert [(line.number, line.section, line.text, line.obligation) for line in checked.lines] == [
        ("1", "予約", "a", "mandatory"),
        ("", "予約", "b", "mandatory"),
    ]
    assert reasons(checked) == [(4, "要件", "要件の本文が空です（見出しだけの行）。")]


def test_blank_sections_inherit_only_where_the_legend_says_so() -> None:
    rows = [
        {"大項目": "予約", "中項目": "受付", "要件": "a"},
        {"要件": "b"},
        {"中項目": "取消", "要件": "c"},
        {"要件": "d"},
        {"大項目": "統計", "要件": "e"},
        {"要件": "f"},
    ]
    carried = check(*rows, legend=replace(LEGEND, carry_down=True))
    assert [line.section for line in carried.lines] == [
        *("予約 / 受付", "予約 / 受付", "予約 / 取消", "予約 / 取消", "統計", "統計")
    ]
    assert [line.section for line in check(*rows).lines] == [
        "予約 / 受付",
        "",
        "取消",
        "",
        "統計",
        "",
    ]


def test_a_heading_row_of_its_own_is_reported_and_still_heads_what_follows() -> None:
    checked = check({"大項目": "予約"}, {"要件": "a"}, legend=replace(LEGEND, carry_down=True))
    assert checked.rejected_rows == [2]
    assert checked.lines[0].section == "予約"


def test_repeated_headings_are_not_a_line() -> None:
    checked = check({"要件": "a"}, dict(zip(HEADS, HEADS, strict=True)), {"要件": "b"})
    assert [line.text for line in checked.lines] == ["a", "b"]
    assert reasons(checked) == [(3, "要件", "見出しの行の繰り返しです。")]


def test_headings_match_without_width_and_line_breaks() -> None:
    source = table({"機能\n要件": "a", "Ｎｏ．": "1"}, heads=["Ｎｏ．", "機能\n要件"])
    legend = Legend({"No.": Field.NUMBER, "機能要件": Field.TEXT})
    assert check_rows(source, legend, goal_codes=[]).lines[0].number == "1"


def test_a_list_without_headings() -> None:
    source = Table(
        "a.csv", "csv", (Row(1, ("1", "検索できること。")), Row(2, ("2", "予約できること。")))
    )
    legend = Legend({"B列": Field.TEXT, "A列": Field.NUMBER}, head_row=0)
    checked = check_rows(source, legend, goal_codes=[])
    assert [(line.row, line.number) for line in checked.lines] == [(1, "1"), (2, "2")]


def test_a_list_that_does_not_fit_its_legend_is_refused() -> None:
    with pytest.raises(Invalid, match="5行目に文字がありません") as no_head:
        check({"要件": "a"}, legend=replace(LEGEND, head_row=5))
    assert list(no_head.value.fields) == ["head_row"]
    with pytest.raises(Invalid, match=r"「機能要件」が1行目にありません.*「番号」、「大項目」"):
        check({"要件": "a"}, legend=Legend({"機能要件": Field.TEXT}))
    twice = table({"要件": "a"}, heads=["要件", "備考", "要件"])
    with pytest.raises(Invalid, match="「要件」の列が2つ"):
        check_rows(twice, Legend({"要件": Field.TEXT}), goal_codes=[])
    assert check_rows(twice, Legend({"備考": Field.TEXT}), goal_codes=[]).unmapped == (
        "要件",
        "要件",
    )


def test_a_heading_the_list_lacks_is_noted() -> None:
    legend = replace(LEGEND, columns={**LEGEND.columns, "理由": Field.VERSION})
    assert check({"要件": "a"}, legend=legend).notes == (
        "凡例にある見出し「理由」は表にありません。",
    )


def test_the_version_of_an_export_comes_back() -> None:
    heads = ["要件", "版"]
    legend = Legend({"要件": Field.TEXT, "版": Field.VERSION})
    source = table(
        {"要件": "a", "版": "12"}, {"要件": "b", "版": ""}, {"要件": "c", "版": "x"}, heads=heads
    )
    checked = check_rows(source, legend, goal_codes=[])
    assert [line.version for line in checked.lines] == [12, None]
    assert checked.rejected_rows == [4]


CELL = st.sampled_from(["", "", "a", "1", "◎", "☆", "G-1", "機能", "要件", "予約", "x" * 501])


@given(
    st.lists(st.none() | st.fixed_dictionaries(dict.fromkeys(HEADS, CELL)), max_size=12),
    st.booleans(),
)
def test_every_row_is_stored_rejected_or_empty(rows: list[Any], carry_down: bool) -> None:
    while rows and (rows[-1] is None or not any(rows[-1].values())):
        rows.pop()
    filled = [row if row and any(row.values()) else None for row in rows]
    checked = check(*filled, legend=replace(LEGEND, carry_down=carry_down))
    stored = [line.row for line in checked.lines]
    assert not set(stored) & set(checked.rejected_rows)
    assert len(stored) + len(checked.rejected_rows) + checked.empty == len(filled)


needs_data = pytest.mark.skipif(
    "KAIZU_SHARED_DATA" not in os.environ,
    reason="KAIZU_SHARED_DATA is not set: no real lists to check",
)
WANTED = """
[list]
name = "公開された要件一覧"
[columns]
"no" = "number"
"大項目" = "section"
"中項目" = "section"
"小項目" = "section"
"requirement text" = "text"
"必須/任意" = "mark"
[marks."◎"]
axis = "obligation"
value = "mandatory"
[marks."○"]
axis = "obligation"
value = "optional"
[marks."△"]
axis = "importance"
value = "あれば望ましい"
"""


def real_lists() -> list[Path]:
    return sorted(Path(os.environ.get("KAIZU_SHARED_DATA", "."), "lists").glob("*.tsv"))


@needs_data
@pytest.mark.parametrize("path", real_lists(), ids=lambda path: path.stem)
def test_every_row_of_a_real_list_is_stored_or_reported(path: Path) -> None:
    written = path.read_text(encoding="utf-8").splitlines()
    source = read_table(path.name, path.read_bytes())
    for legend in (parse_legend(WANTED), guess_legend(source)):
        checked = check_rows(source, legend, goal_codes=[])
        stored = [line.row for line in checked.lines]
        assert sorted([*stored, *checked.rejected_rows]) == list(range(2, len(written) + 1))
        assert checked.empty == 0
        assert checked.unmapped == ("source url",)
        assert {one.column for one in checked.rejections} <= {"必須/任意"}
        for line in checked.lines:
            assert line.text == written[line.row - 1].split("\t")[4].strip()


@needs_data
def test_the_marks_of_the_real_lists() -> None:
    by_name = {path.stem: path for path in real_lists()}
    legend = parse_legend(WANTED)

    def checked(name: str) -> Checked:
        path = by_name[name]
        return check_rows(read_table(path.name, path.read_bytes()), legend, goal_codes=[])

    marked = checked("不明A_123deta-z1dj6gez")
    assert [line.obligation for line in marked.lines] == ["mandatory"] * 2 + ["optional"] + [
        None
    ] * 4
    cut = checked("不明B_123deta-q7w2drrz")
    assert [line.number for line in cut.lines] == ["08", "09"]
    assert [(one.row, one.value) for one in cut.rejections] == [(2, "（切れ）")]
