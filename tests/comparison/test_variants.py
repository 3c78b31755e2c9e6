"""Differences of value, direction and obligation are named in words, not only coloured."""

from __future__ import annotations

import pytest

from registry.comparison.variants import Point, PointKind, compare
from registry.requirements.models import Obligation

DEADLINE = "予約の取消しは利用日の10日前まで受け付けること。"


def kinds(base: str, line: str) -> list[PointKind]:
    return [point.kind for point in compare(base, line).points]


def test_a_changed_number_is_named_with_both_values() -> None:
    found = compare(DEADLINE, "予約の取消しは利用日の3営業日前まで受け付けること。")
    assert not found.same
    (point,) = found.points
    assert point.kind is PointKind.VALUE
    assert "10日" in point.text
    assert "3営業日" in point.text
    assert "→" in point.text


def test_a_number_that_only_one_of_the_two_names_is_pointed_out() -> None:
    (point,) = compare("予約の取消しを受け付けること。", DEADLINE).points
    assert point.kind is PointKind.VALUE
    assert point.text.startswith("(数の指定なし)→10日前")
    (point,) = compare(DEADLINE, "予約の取消しを受け付けること。").points
    assert point.text.endswith("→(数の指定なし)")


def test_an_opposite_statement_is_a_difference_of_direction() -> None:
    found = compare("利用者が予約を変更できること。", "利用者が予約を変更できないこと。")
    assert [point.kind for point in found.points] == [PointKind.DIRECTION]
    assert any(part.text.strip() for part in found.parts)


def test_another_act_is_named() -> None:
    assert PointKind.ACT in kinds("利用者を登録できること。", "利用者を削除できること。")


def test_the_marks_of_the_lists_are_compared_where_both_say_something() -> None:
    found = compare(DEADLINE, DEADLINE, Obligation.MANDATORY, Obligation.OPTIONAL)
    assert found.same
    assert found.points == (Point(PointKind.OBLIGATION, "必須→任意"),)
    assert compare(DEADLINE, DEADLINE, None, Obligation.OPTIONAL).points == ()
    assert compare(DEADLINE, DEADLINE, Obligation.MANDATORY, Obligation.MANDATORY).points == ()


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("予約の取消しは利用日の１０日前まで受け付けること", True),
        ("予約の取消しを、利用日の10日前まで受け付けること。", False),
    ],
)
def test_mere_wording_has_no_points(line: str, same: bool) -> None:
    found = compare(DEADLINE, line)
    assert found.same is same
    assert found.points == ()
    joined = "".join(part.text for part in found.parts if part.kind != "delete")
    assert joined == line


def test_a_line_that_shares_little_with_its_base_is_not_struck_out() -> None:
    line = "取消しは当日の朝まで電話でもよい。"
    found = compare(DEADLINE, line)
    assert "".join(part.text for part in found.parts) == line
    near = compare(DEADLINE, DEADLINE.replace("10日", "20日"))
    assert "delete" in {part.kind.value for part in near.parts}
