"""spec.json: where lines stand, what gets in, and that equal content gives equal bytes."""

from __future__ import annotations

import dataclasses
import json
import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.specs import document
from registry.specs.document import Applied, Content, GoalNode, Issue, OutlineItem, Standard, Town

TOWNS = (
    Town("072028", "会津若松市", "あいづわかまつし", "city", 117433),
    Town("072087", "喜多方市", "きたかたし", "city", 44810),
)
CONFIRMED = {
    "072028": Applied("follows", "", True),
    "072087": Applied("own_value", "10日前", True),
}


def goal(id: int, parent: int | None, position: int, code: str) -> GoalNode:
    return GoalNode(
        id, parent, position, code, f"{code}ができている", "program", "medium", "resident", None
    )


# G-2 stands before G-1 by position; its branch is printed first.
GOALS = (
    goal(1, None, 2, "G-1"),
    goal(2, None, 1, "G-2"),
    goal(3, 1, 1, "G-1-1"),
    goal(4, 3, 2, "G-1-1-1"),
    goal(5, 3, 1, "G-1-1-2"),
    goal(6, 5, 1, "G-1-1-2-1"),
    goal(7, 2, 1, "G-2-1"),
    goal(8, None, 3, "G-9"),
)


def line(code: str, goal: str | None, **changes: Any) -> Standard:
    made = Standard(
        code=code,
        title=f"{code}の機能",
        text="予約できること。",
        obligation="mandatory",
        kind="functional",
        reason="住民のため。",
        phase="phase_1",
        goal=goal,
        national_item_id=None,
        applications=CONFIRMED,
    )
    return dataclasses.replace(made, **changes)


LINES = (
    line("A-0010001-01", "G-1-1-2-1"),
    line("A-0010002-01", "G-1-1-2"),
    line("A-0010003-01", "G-1-1"),
    line("A-0010004-01", None),
    line("A-0010005-01", "G-2-1"),
    line("A-0010006-01", "G-1-1-1"),
    line("A-0010007-01", "G-1"),
    line("A-0010008-01", "G-1-1-2"),
)


def content(*lines: Standard, **changes: Any) -> Content:
    made = Content(
        region_name="会津地域",
        issuer="会津地域協議会",
        slug="facility-reservation",
        number="001",
        name="公共施設予約",
        summary="予約の業務。",
        towns=TOWNS,
        goals=GOALS,
        standards=lines or LINES,
        terms=[("仮予約", "申込みの前の確保。")],
        outline=(),
    )
    return dataclasses.replace(made, **changes)


ISSUE = Issue("1.0", "公共施設予約 標準要件仕様書", date(2026, 10, 1), None)


def shape(spec: dict[str, Any]) -> list[tuple[str, str | None, list[tuple[str, str | None]]]]:
    return [
        (
            chapter["number"],
            chapter["goal"] or chapter["title"],
            [
                (section["number"], section["goal"] or section["title"])
                for section in chapter["sections"]
            ],
        )
        for chapter in spec["chapters"]
    ]


def test_chapters_and_sections_are_the_goals_of_level_two_and_three() -> None:
    spec = document.freeze(content(), ISSUE)

    assert shape(spec) == [
        ("1", "G-2-1", [("1.1", "全体に関わる要件")]),
        ("2", "G-1", [("2.1", "全体に関わる要件")]),
        (
            "3",
            "G-1-1",
            [("3.1", "全体に関わる要件"), ("3.2", "G-1-1-2"), ("3.3", "G-1-1-1")],
        ),
        ("4", "その他", [("4.1", "その他")]),
    ]


def test_a_goal_stands_before_what_is_below_it_and_codes_order_its_lines() -> None:
    spec = document.freeze(content(), ISSUE)

    section = spec["chapters"][2]["sections"][1]
    assert [(row["outline"], row["code"]) for row in section["requirements"]] == [
        ("3.2.1", "A-0010002-01"),
        ("3.2.2", "A-0010008-01"),
        ("3.2.3", "A-0010001-01"),
    ]


def test_goals_are_those_used_and_all_above_them() -> None:
    spec = document.freeze(content(line("A-0010001-01", "G-1-1-2-1")), ISSUE)

    assert [(one["code"], one["parent"], one["level"]) for one in spec["goals"]] == [
        ("G-1", None, 1),
        ("G-1-1", "G-1", 2),
        ("G-1-1-2", "G-1-1", 3),
        ("G-1-1-2-1", "G-1-1-2", 4),
    ]


def test_a_goal_that_is_gone_puts_its_line_under_the_others() -> None:
    spec = document.freeze(content(line("A-0010001-01", "G-77")), ISSUE)

    assert shape(spec) == [("1", "その他", [("1.1", "その他")])]
    assert spec["goals"] == []


def test_the_document_has_exactly_the_agreed_fields() -> None:
    spec = document.freeze(content(), ISSUE)

    assert sorted(spec) == [
        "business",
        "chapters",
        "edition",
        "format",
        "goals",
        "history",
        "municipalities",
        "region",
        "template_version",
        "terms",
    ]
    assert spec["format"] == "kaizu-spec/1"
    assert spec["region"] == {"name": "会津地域", "issuer": "会津地域協議会"}
    assert spec["edition"] == {
        "number": "1.0",
        "title": "公共施設予約 標準要件仕様書",
        "issued_on": "2026-10-01",
        "predecessor": None,
    }
    assert spec["history"] == [
        {"number": "1.0", "issued_on": "2026-10-01", "place": "全体", "content": "初版"}
    ]
    assert sorted(spec["chapters"][0]) == ["goal", "number", "sections", "title"]
    assert sorted(spec["chapters"][0]["sections"][0]) == ["goal", "number", "requirements", "title"]
    assert spec["chapters"][0]["sections"][0]["requirements"][0] == {
        "code": "A-0010005-01",
        "outline": "1.1.1",
        "title": "A-0010005-01の機能",
        "text": "予約できること。",
        "obligation": "mandatory",
        "reason": "住民のため。",
        "goal": "G-2-1",
        "phase": "phase_1",
        "kind": "functional",
        "applications": {
            "072028": {"state": "follows", "value": None},
            "072087": {"state": "own_value", "value": "10日前"},
        },
    }
    assert spec["terms"] == [{"term": "仮予約", "meaning": "申込みの前の確保。"}]
    assert [town["code"] for town in spec["municipalities"]] == ["072028", "072087"]


@given(st.integers())
def test_the_order_of_the_rows_does_not_show(seed: int) -> None:
    chance = random.Random(seed)
    lines, goals, towns = list(LINES), list(GOALS), list(TOWNS)
    for rows in (lines, goals, towns):
        chance.shuffle(rows)
    shuffled = content(*lines, goals=goals, towns=towns)

    assert document.to_bytes(document.freeze(shuffled, ISSUE)) == document.to_bytes(
        document.freeze(content(), ISSUE)
    )


def test_the_bytes_are_sorted_readable_json_with_a_newline() -> None:
    data = document.to_bytes({"b": "髙﨑𠮷", "a": [1]})

    assert data == '{\n "a": [\n  1\n ],\n "b": "髙﨑𠮷"\n}\n'.encode()
    assert json.loads(data) == {"a": [1], "b": "髙﨑𠮷"}
    assert document.digest(b"abc") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


OUTLINE = (
    OutlineItem(10, "1", "管理項目", 1),
    OutlineItem(11, "1.1", "住民データ", 2),
    OutlineItem(12, "1.1.2", "外国人住民データの管理", 3),
    OutlineItem(13, "1.1.10", "世帯主", 4),
    OutlineItem(14, "3", "抑止設定", 5),
    OutlineItem(15, "3.1", "異動・発行・照会抑止", 6),
)


def test_a_national_business_keeps_the_national_outline_and_has_no_towns() -> None:
    lines = (
        line("A-0060004-01", None, national_item_id=15, applications={}),
        line("A-0060003-01", None, national_item_id=13, applications={}),
        line("A-0060002-01", None, national_item_id=12, applications={}),
        line("A-0060001-01", None, national_item_id=12, applications={}),
    )
    spec = document.freeze(content(*lines, outline=OUTLINE), ISSUE)

    assert shape(spec) == [
        ("1", "管理項目", [("1.1", "住民データ")]),
        ("3", "抑止設定", [("3.1", "異動・発行・照会抑止")]),
    ]
    rows = [
        row
        for chapter in spec["chapters"]
        for part in chapter["sections"]
        for row in part["requirements"]
    ]
    assert [(row["outline"], row["code"]) for row in rows] == [
        ("1.1.2(1)", "A-0060001-01"),
        ("1.1.2(2)", "A-0060002-01"),
        ("1.1.10(1)", "A-0060003-01"),
        ("3.1(1)", "A-0060004-01"),
    ]
    assert spec["municipalities"] == []
    assert {frozenset(row["applications"]) for row in rows} == {frozenset()}


def test_own_lines_of_a_national_business_follow_after_its_chapters() -> None:
    lines = (
        line("A-0060001-01", None, national_item_id=15, applications={}),
        line("A-0060002-01", "G-2-1"),
    )
    spec = document.freeze(content(*lines, outline=OUTLINE), ISSUE)

    assert shape(spec) == [
        ("3", "抑止設定", [("3.1", "異動・発行・照会抑止")]),
        ("4", "G-2-1", [("4.1", "全体に関わる要件")]),
    ]


def test_a_line_right_under_a_national_chapter_stands_before_its_sections() -> None:
    lines = (
        line("A-0060001-01", None, national_item_id=11, applications={}),
        line("A-0060002-01", None, national_item_id=10, applications={}),
    )
    spec = document.freeze(content(*lines, outline=OUTLINE), ISSUE)

    assert shape(spec) == [("1", "管理項目", [("1.0", "全体に関わる要件"), ("1.1", "住民データ")])]


def test_a_draft_marks_what_is_undecided_and_unconfirmed() -> None:
    drafted = line(
        "A-0010001-01",
        "G-2-1",
        decided=False,
        applications={
            "072028": Applied("follows", "", False),
            "072087": Applied("own_value", "10日前", False),
        },
    )
    spec = document.freeze(content(drafted), ISSUE)

    row = spec["chapters"][0]["sections"][0]["requirements"][0]
    assert row["title"] == "【未決定】A-0010001-01の機能"
    assert row["applications"] == {
        "072028": {"state": "own_value", "value": "標準どおり（未確認）"},
        "072087": {"state": "own_value", "value": "10日前（未確認）"},
    }


def test_the_history_grows_by_what_the_edition_changes() -> None:
    first = document.freeze(content(*LINES[:3]), ISSUE)
    changed = dataclasses.replace(LINES[0], text="予約と取消しができること。")
    second = document.freeze(
        content(changed, LINES[2], LINES[4]), Issue("1.1", "改題", date(2027, 4, 1), first)
    )

    assert second["edition"]["predecessor"] == "1.0"
    new = {"number": "1.1", "issued_on": "2027-04-01"}
    assert second["history"] == [
        *first["history"],
        new | {"place": "A-0010005-01", "content": "1件を追加した。"},
        new | {"place": "A-0010001-01", "content": "1件を変更した。"},
        new | {"place": "A-0010002-01", "content": "1件を削除した。"},
    ]


@pytest.mark.parametrize(
    ("before", "after"), [(None, "1.0"), ("1.0", "1.1"), ("1.9", "1.10"), ("2.3", "2.4")]
)
def test_the_next_number_counts_up(before: str | None, after: str) -> None:
    assert document.next_number(before) == after


def test_numbers_are_compared_as_numbers() -> None:
    assert document.number_key("1.10") > document.number_key("1.9")


@pytest.mark.parametrize(
    "wrong", ["", "1", "1.0.0", "01.0", "1.x", "１.０", "1.0 ", "-1.0", "1.0\n"]
)
def test_other_numbers_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        document.number_key(wrong)
