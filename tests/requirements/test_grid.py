"""Columns, rows and messages of a town's table, without a page around them."""

from __future__ import annotations

from datetime import UTC, datetime

from registry.goals.models import Goal
from registry.requirements.editing import Answer, Row
from registry.requirements.grid import (
    goal_options,
    grid_columns,
    grid_rows,
    read_columns,
    typed_rows,
)
from registry.requirements.layout import Layout, chosen
from registry.requirements.line_queries import Filter, Line
from registry.requirements.models import Obligation, RequirementKind, RequirementState


def line(number: int, text: str) -> Line:
    return Line(
        id=number,
        version=3,
        section="照会",
        label=str(number),
        text=text,
        mark="◎",
        obligation=Obligation.MANDATORY,
        kind=RequirementKind.FUNCTIONAL,
        goal="G-1",
        goal_closed=False,
        step="",
        note="",
        external_id="",
        state=RequirementState.DRAFT,
        return_reason="",
        is_submitted=False,
        saved_at=datetime(2026, 10, 1, tzinfo=UTC),
        saved_by="会津若松市 情報部門",
        wording=2,
    )


def test_closed_goals_come_last_and_long_ones_are_cut() -> None:
    closed = Goal(code="G-1", statement="窓口が一つになっている", closed=True)
    opened = Goal(code="G-2", statement="家から予約できている", closed=False)
    assert goal_options([closed, opened], short=4) == [
        ("", "－"),
        ("G-2", "G-2 家から予…"),
        ("G-1", "G-1 窓口が一…(終了)"),
    ]


def test_the_sorted_column_says_so_and_leads_to_its_own_address() -> None:
    narrowed = Filter(sort="text", descending=True)
    columns = grid_columns([], narrowed, lambda key: f"?sort={key}", Layout())
    assert {one["key"]: one.get("sorted") for one in columns if "sorted" in one} == {
        "text": "descending"
    }
    assert next(one for one in columns if one["key"] == "text")["href"] == "?sort=text"
    assert "href" not in next(one for one in columns if one["key"] == "note")
    reading = read_columns(Filter(sort="state"), lambda key: f"?sort={key}", Layout())
    assert reading[-1] == {
        "key": "state",
        "label": "状態",
        "text": False,
        "href": "?sort=state",
        "sorted": "ascending",
    }


def test_typed_rows_are_read_and_empty_new_ones_left_out() -> None:
    sent = {
        "rows-7-version": "3",
        "rows-7-text": "照会できること。",
        "rows-new-1-text": "  ",
        "rows-new-2-note": "備考",
        "rows-x-text": "名前が違う",
        "bulk_goal": "G-1",
    }
    assert typed_rows(sent) == [
        Row("7", 3, {"text": "照会できること。"}),
        Row("new-2", None, {"note": "備考"}),
    ]


def test_a_failed_save_shows_what_was_typed_beside_the_reasons() -> None:
    answers = [
        Answer("1", None, errors={"text": ["入力してください。"]}),
        Answer("2", None, conflict={"who": "田中", "fields": {"text": "先の文"}}),
        Answer("new-1", None, errors={"goal": ["目標ツリーにありません。"]}),
    ]
    typed = [Row("1", 3, {"text": ""}), Row("new-1", None, {"text": "新しい行"})]
    rows = grid_rows([line(1, "一"), line(2, "二"), line(3, "三")], answers, typed, Layout())
    assert [row["values"]["text"] for row in rows] == ["", "二", "三", "新しい行"]
    assert rows[0]["values"]["section"] == "照会"
    assert rows[0]["errors"] == {"text": ["入力してください。"]}
    assert rows[1]["errors"]["_row"][0].startswith("田中さんが先に保存した")
    assert rows[1]["errors"]["_row"][1].endswith("先の文")
    assert rows[2]["errors"] == {}
    assert (rows[3]["id"], rows[3]["new"]) == (None, "new-1")
    assert rows[2]["values"]["kind"] == ""


def test_only_chosen_columns_stand_in_their_usual_order() -> None:
    layout = chosen(["step", "section"], dense=False)
    columns = grid_columns([], Filter(), lambda key: key, layout)
    assert [one["key"] for one in columns] == ["section", "text", "step"]
    assert [one["label"] for one in columns] == ["分類", "要件", "手順"]
    reading = read_columns(Filter(), lambda key: key, layout)
    assert [one["label"] for one in reading] == ["分類", "要件", "手順", "状態"]


def test_a_fault_in_a_column_put_away_stands_with_its_row_and_names_the_column() -> None:
    answers = [Answer("1", None, errors={"goal": ["終了しています。"], "text": ["入力"]})]
    (row,) = grid_rows([line(1, "一")], answers, [], chosen(["label"], dense=False))
    assert row["errors"] == {"text": ["入力"], "_row": ["目標: 終了しています。"]}
