from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from registry.errors import Conflict, Invalid, NotFound
from registry.requirements import annotate, export, importing
from registry.requirements.annotate import CHANGED_FILL, REJECTED_FILL, Findings, Former, annotated
from registry.requirements.legend import Axis, Field, Legend, Mark
from registry.requirements.models import ImportState, RequirementList
from registry.requirements.results import without_results
from registry.requirements.rows import Rejection, check_rows
from registry.requirements.sheet import read_table
from registry.requirements.table import Problem, Row, Table
from tests.requirements.lists import edit
from tests.requirements.test_importing import FIRST, LEGEND, SECOND, opened, rows, stored
from tests.requirements.test_importing import table as lines_of
from tests.world import World

LIST = """施設予約の要件,,,,
分類,番号,要件,区分,担当
照会,1,空きを照会できること。,◎,甲
照会,2,空きを検索できること。,○,乙
照会,3,,◎,丙
予約,1,通知できること。,△,丁
"""
MARKED = Legend(
    columns=dict(list(LEGEND.columns.items())[:4]), marks=dict(LEGEND.marks), head_row=2
)


def sheet(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).active


def saved(book: Any) -> bytes:
    buffer = io.BytesIO()
    book.parent.save(buffer)
    return buffer.getvalue()


def colour(cell: Any) -> str:
    return f"#{cell.fill.start_color.rgb[2:]}" if cell.fill.fill_type else ""


def note(cell: Any) -> str:
    return cell.comment.text if cell.comment else ""


def uploaded(session: Session, world: World, content: bytes, **more: Any) -> RequirementList:
    return importing.open_list(
        session,
        world.of("editor"),
        municipality_id=world.towns["072028"].id,
        business_id=world.business.id,
        name="",
        sha256="3" * 64,
        table=read_table("直した一覧.xlsx", content),
        **more,
    )


def kept(session: Session, world: World, list_: RequirementList) -> None:
    found = importing.preview(session, world.of("editor"), list_)
    assert found.error == ""
    importing.store(session, world.of("editor"), list_, found.checked)
    session.flush()


# ---- the file ---------------------------------------------------------------------------------


def findings() -> Findings:
    return Findings(
        rejections=[
            Rejection(5, "要件", "", "要件の本文が空です。", "本文を入力してください。"),
            Rejection(6, "区分", "△", "凡例にない印です。", "印を直してください。"),
        ],
        new=frozenset({3}),
        changed={
            4: [Former("text", "要件", "空きを探せること。"), Former("obligation", "実装区分", "")]
        },
    )


def test_the_rows_stand_where_they_stood_with_three_columns_more() -> None:
    book = sheet(annotated(read_table("一覧.csv", LIST.encode()), MARKED, findings(), title="一覧"))
    assert [[cell.value for cell in row] for row in book.iter_rows()] == [
        ["施設予約の要件", *[None] * 7],
        ["分類", "番号", "要件", "区分", "担当", "取込の結果", "理由", "直し方"],
        ["照会", "1", "空きを照会できること。", "◎", "甲", "追加", None, None],
        [
            "照会",
            "2",
            "空きを検索できること。",
            "○",
            "乙",
            "変更",
            "「要件」「実装区分」が変わります。",
            None,
        ],
        [
            "照会",
            "3",
            None,
            "◎",
            "丙",
            "取り込めない",
            "「要件」要件の本文が空です。",
            "本文を入力してください。",
        ],
        [
            "予約",
            "1",
            "通知できること。",
            "△",
            "丁",
            "取り込めない",
            "「区分」凡例にない印です。",
            "印を直してください。",
        ],
    ]
    assert book.title == "一覧"
    assert book.freeze_panes == "A3"
    assert book.auto_filter.ref == "A2:H6"
    assert book["B3"].number_format == "@"  # 1-1 typed over it stays 1-1


def test_marked_cells_carry_a_note_and_no_others_do() -> None:
    book = sheet(annotated(read_table("一覧.csv", LIST.encode()), MARKED, findings(), title="一覧"))
    marked = {
        cell.coordinate: (colour(cell), note(cell))
        for row in book.iter_rows(max_col=5)
        for cell in row
        if note(cell) or colour(cell) in {REJECTED_FILL, CHANGED_FILL}
    }
    assert marked == {
        "C4": (CHANGED_FILL, "いまの内容\n要件：空きを探せること。"),
        "D4": (CHANGED_FILL, "いまの内容\n実装区分：（空）"),
        "C5": (
            REJECTED_FILL,
            "取り込めません。\n理由：要件の本文が空です。\n直し方：本文を入力してください。",
        ),
        "D6": (
            REJECTED_FILL,
            "取り込めません。\n理由：凡例にない印です。\n直し方：印を直してください。",
        ),
    }


def test_after_the_import_the_words_speak_of_the_past() -> None:
    done = Findings(changed={3: [Former("section", "分類", "検索")]}, done=True)
    book = sheet(annotated(read_table("一覧.csv", LIST.encode()), MARKED, done, title="一覧"))
    assert book["G3"].value == "「分類」が変わりました。"
    assert note(book["A3"]) == "取込前の内容\n分類：検索"
    assert book["F4"].value == "変更なし"


def test_a_list_without_headings_keeps_its_first_row() -> None:
    legend = Legend(columns={"B列": Field.TEXT}, head_row=0)
    table = Table(
        "一覧.csv",
        "csv",
        (
            Row(1, ("1", "予約")),
            Row(3, ("2", "")),
        ),
    )
    refused = Findings(rejections=[Rejection(3, "B列", "", "空です。", "入力します。")])
    content = annotated(table, legend, refused, title="一覧")
    book = sheet(content)
    assert [cell.value for cell in book[1]][:3] == ["1", "予約", "取込の結果：変更なし"]
    assert [cell.value for cell in book[3]][2:] == [
        "取込の結果：取り込めない",
        "理由：「B列」空です。",
        "直し方：入力します。",
    ]
    assert colour(book["B3"]) == REJECTED_FILL
    back = without_results(read_table("一覧.xlsx", content))
    assert [row.cells for row in back.rows] == [("1", "予約"), ("2", "")]


def test_hidden_rows_stay_hidden_and_so_do_the_columns_our_export_hides() -> None:
    table = Table(
        "要件.xlsx",
        "xlsx",
        (
            Row(1, ("ID", "版", "要件")),
            Row(2, ("KAIZU-7", "3", "予約"), hidden=True),
            Row(3, ("KAIZU-8", "1", "取消")),
        ),
        sheet="要件",
    )
    legend = Legend(columns={"ID": Field.ID, "版": Field.VERSION, "要件": Field.TEXT})
    book = sheet(annotated(table, legend, Findings(versions={3: 4}), title="要件"))
    assert book.row_dimensions[2].hidden
    assert not book.row_dimensions[3].hidden
    assert [book.column_dimensions[name].hidden for name in "ABC"] == [True, True, False]
    assert [book["B2"].value, book["B3"].value] == ["3", "4"]
    refused = Findings(rejections=[Rejection(3, "ID", "KAIZU-8", "ないIDです。", "空にします。")])
    book = sheet(annotated(table, legend, refused, title="要件"))
    assert not book.column_dimensions["A"].hidden  # there is something to mend in it


def test_the_same_list_gives_the_same_bytes() -> None:
    table = read_table("一覧.csv", LIST.encode())
    first = annotated(table, MARKED, findings(), title="一覧")
    assert first == annotated(table, MARKED, findings(), title="一覧")


def test_a_file_full_of_notes_can_be_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotate, "MAX_NOTES", 1_500)
    wide = Row(1, ("要件", *(f"列{n}" for n in range(99))))
    table = Table("一覧.csv", "csv", (wide, *(Row(n, ("",) * 99 + ("x",)) for n in range(2, 3002))))
    legend = Legend(columns={"要件": Field.TEXT})
    every = [
        Rejection(n, "要件", "", "要件の本文が空です。", "入力します。") for n in range(2, 3002)
    ]
    content = annotated(table, legend, Findings(rejections=every), title="一覧")
    back = without_results(read_table("一覧.xlsx", content))
    assert [row.cells for row in back.rows] == [row.cells for row in table.rows]
    book = sheet(content)
    assert note(book["A1501"]) != ""
    assert note(book["A1502"]) == ""
    assert book["CW1502"].value == "取り込めない"  # what the note would say stands here


def test_what_could_not_be_taken_is_refused_again_until_it_is_mended() -> None:
    content = "番号,要件\n1,文\x07字\n".encode()
    table = read_table("一覧.csv", content)
    legend = Legend(columns={"番号": Field.NUMBER, "要件": Field.TEXT})
    again = read_table("一覧.xlsx", annotated(table, legend, Findings(), title="一覧"))
    assert [(one.row, one.column) for one in again.problems] == [(2, 1)]

    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["番号", "要件"])
    book.active["A2"], book.active["B2"] = "=1/0", "予約できること。"
    book.active["A3"], book.active["B3"] = "=A2&1", "取り消せること。"
    buffer = io.BytesIO()
    book.save(buffer)
    unread = read_table("一覧.xlsx", buffer.getvalue())
    assert len(unread.problems) == 2
    again = read_table("一覧.xlsx", annotated(unread, legend, Findings(), title="一覧"))
    assert [(one.row, one.column) for one in again.problems] == [(2, 0), (3, 0)]


def test_an_error_of_a_formula_stays_one() -> None:
    problem = Problem(1, 0, "計算式の結果がエラー（#REF!）です。", "直してください。")
    table = Table("一覧.xlsx", "xlsx", (Row(1, ("#REF!",)),), problems=(problem,))
    legend = Legend(columns={"A列": Field.TEXT}, head_row=0)
    again = read_table("一覧.xlsx", annotated(table, legend, Findings(), title="一覧"))
    assert again.rows[0].cells[0] == "#REF!"
    assert [(one.row, one.column) for one in again.problems] == [(1, 0)]


TEXT = st.text("あ１a1-=+@'□◎ \n", max_size=8)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.lists(TEXT, min_size=1, max_size=4)), max_size=6),
    st.integers(0, 2),
)
def test_any_list_comes_back_as_it_was(drawn: list[tuple[bool, list[str]]], head_row: int) -> None:
    every = [Row(n * 2 + 1, tuple(cells), hidden) for n, (hidden, cells) in enumerate(drawn)]
    filled = tuple(row for row in every if any(cell.strip() for cell in row.cells))
    table = Table("一覧.csv", "csv", filled)
    legend = Legend(columns={"A列": Field.NUMBER, "要件": Field.TEXT}, head_row=head_row)
    refused = [Rejection(row.number, "A列", "", "理由", "直し方") for row in filled[1::2]]
    content = annotated(table, legend, Findings(rejections=refused), title="一覧")
    back = without_results(read_table("一覧.xlsx", content)) if filled else table
    assert [(row.number, row.hidden, _trimmed(row)) for row in back.rows] == [
        (row.number, row.hidden, _trimmed(row)) for row in filled
    ]
    assert not back.problems


def _trimmed(row: Row) -> list[str]:
    cells = list(row.cells)
    while cells and not cells[-1]:
        cells.pop()
    return cells


def test_merged_cells_come_apart_without_making_lines_of_their_own() -> None:
    table = Table(
        "一覧.xlsx",
        "xlsx",
        (
            Row(1, ("分類", "要件", "区分")),
            Row(2, ("予約", "予約できること。", "◎")),
            Row(3, ("予約", "予約できること。", "◎"), inherited=(0, 1, 2)),
        ),
    )
    legend = Legend(
        columns={"分類": Field.SECTION, "要件": Field.TEXT, "区分": Field.MARK},
        marks={"◎": Mark(Axis.OBLIGATION, "mandatory")},
    )
    again = without_results(
        read_table("一覧.xlsx", annotated(table, legend, Findings(), title="一覧"))
    )
    assert again.rows[2].cells == ("予約", "", "◎")
    assert (
        check_rows(again, legend, goal_codes=[]).lines
        == check_rows(table, legend, goal_codes=[]).lines
    )


# ---- what the import found --------------------------------------------------------------------


def findings_of(content: bytes) -> dict[int, list[Any]]:
    """Row number → result, reason, mend."""
    book = sheet(content)
    return {
        cells[0].row: [cell.value for cell in cells[-3:]]
        for cells in book.iter_rows(min_row=3)
        if cells[-3].value
    }


def test_the_mended_file_is_stored_as_a_whole(session: Session, world: World) -> None:
    stored(session, world, "分類,番号,要件\n照会,2,空きを検索できること。\n")
    list_ = uploaded(session, world, LIST.encode(), legend=MARKED)
    editor = world.of("editor")
    before = importing.annotated_file(session, editor, list_)
    assert findings_of(before) == {
        3: ["追加", None, None],
        4: ["変更", "「区分の印」「実装区分」が変わります。", None],
        5: [
            "取り込めない",
            "「要件」要件の本文が空です（見出しだけの行）。",
            "要件の行なら本文を入力してください。そうでなければそのままで構いません。",
        ],
        6: [
            "取り込めない",
            "「区分」この印の意味がまだ決まっていません。",
            "凡例でこの印の意味を選んでください。",
        ],
    }
    kept(session, world, list_)
    after = importing.annotated_file(session, editor, list_)
    assert [row[0] for row in findings_of(after).values()] == [
        *("追加", "変更", "取り込めない", "取り込めない")
    ]
    assert note(sheet(after)["D4"]) == "取込前の内容\n区分の印：（空）\n実装区分：（空）"

    book = sheet(after)
    red = [
        cell for row in book.iter_rows(max_col=5) for cell in row if colour(cell) == REJECTED_FILL
    ]
    assert [cell.coordinate for cell in red] == ["C5", "D6"]
    red[0].value, red[1].value = "空きを知らせること。", "○"
    mended = uploaded(session, world, saved(book))
    found = importing.preview(session, editor, mended)
    assert found.checked.unmapped == ("担当",)
    assert found.checked.rejections == ()
    assert found.counts() == {
        "new": 2,
        "changed": 0,
        "unchanged": 2,
        "rejected": 0,
        "missing": 0,
    }
    kept(session, world, mended)
    assert [
        (line.section, line.label, line.text, line.mark) for line in lines_of(session, world)
    ] == [
        ("照会", "1", "空きを照会できること。", "◎"),
        ("照会", "2", "空きを検索できること。", "○"),
        ("照会", "3", "空きを知らせること。", "◎"),
        ("予約", "1", "通知できること。", "○"),
    ]


def test_later_edits_do_not_alter_what_the_import_did(session: Session, world: World) -> None:
    stored(session, world, FIRST)
    list_ = stored(session, world, SECOND)
    content = importing.annotated_file(session, world.of("editor"), list_)
    edit(session, world.of("editor"), rows(session, world)["照会2"], "画面で直した要件")
    again = importing.annotated_file(session, world.of("editor"), list_)
    assert content == again
    assert note(sheet(again)["C3"]).endswith("要件：空きを検索できること。")


def test_our_own_file_is_mended_twice(session: Session, world: World) -> None:
    """The rows that the first import changed may be changed again in the annotated file."""
    stored(session, world, FIRST)
    editor = world.of("editor")
    book = sheet(export.own_workbook("要件", lines_of(session, world)))
    heads = [cell.value for cell in book[1]]
    book.cell(2, heads.index("備考") + 1).value = "一度目"
    book.cell(3, heads.index("目標") + 1).value = "G-無い"
    first = uploaded(session, world, saved(book))
    assert importing.preview(session, editor, first).counts()["rejected"] == 1
    kept(session, world, first)
    book = sheet(importing.annotated_file(session, editor, first))
    assert book.column_dimensions["A"].hidden
    book.cell(2, heads.index("備考") + 1).value = "二度目"
    book.cell(3, heads.index("目標") + 1).value = None
    book.cell(3, heads.index("備考") + 1).value = "目標なし"
    second = uploaded(session, world, saved(book))
    found = importing.preview(session, editor, second)
    assert found.plan.rejections == ()
    assert [one.values.note for one in found.plan.changed] == ["二度目", "目標なし"]
    # A line that somebody edited on the screen meanwhile is not overwritten.
    edit(session, editor, rows(session, world)["照会1"], "画面で直した要件")
    found = importing.preview(session, editor, second)
    assert [one.row for one in found.plan.rejections] == [2]


def test_after_the_undo_the_file_says_what_importing_again_would_do(
    session: Session, world: World
) -> None:
    list_ = stored(session, world, FIRST)
    importing.undo(session, world.of("editor"), list_, version=list_.version)
    session.flush()
    content = importing.annotated_file(session, world.of("editor"), list_)
    assert [row[0] for row in findings_of(content).values()] == ["追加", "追加"]


def test_only_the_meaning_of_a_mark_changes(session: Session, world: World) -> None:
    def legend(axis: Axis) -> Legend:
        return Legend(columns={"要件": Field.TEXT, "印": Field.MARK}, marks={"A": Mark(axis)})

    text = "要件,印\n予約できること。,A\n"
    kept(session, world, opened(session, world, text, legend=legend(Axis.COST)))
    list_ = opened(session, world, text, legend=legend(Axis.IMPORTANCE))
    book = sheet(importing.annotated_file(session, world.of("editor"), list_))
    assert [cell.value for cell in book[2]][2:4] == ["変更", "「印の意味」が変わります。"]
    assert note(book["B2"]) == "いまの内容\n印の意味：費用"


def test_a_file_is_offered_as_long_as_it_is_kept(session: Session, world: World) -> None:
    editor = world.of("editor")
    list_ = opened(session, world, FIRST)
    with pytest.raises(NotFound):
        importing.annotated_file(session, world.of("editor", "134210"), list_)
    list_.state = ImportState.RUNNING
    with pytest.raises(Conflict, match="途中"):
        importing.annotated_file(session, editor, list_)
    list_.state = ImportState.PREVIEW
    list_.legend = Legend(columns={"別の見出し": Field.TEXT}).to_data()
    with pytest.raises(Invalid, match="別の見出し"):
        importing.annotated_file(session, editor, list_)
    importing.cancel(session, editor, list_, version=list_.version)
    with pytest.raises(NotFound, match="残っていません"):
        importing.annotated_file(session, editor, list_)
