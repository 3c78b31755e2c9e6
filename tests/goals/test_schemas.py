"""What the goal forms accept."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import pytest

from registry.goals.models import IndicatorKind
from registry.goals.schemas import GoalSchema, MoveSchema, NewGoalSchema, names_activity

GOAL = {
    "statement": "施設の予約が家からできている",
    "viewpoint": "program",
    "horizon": "medium",
    "beneficiary": "resident",
}


def errors(schema: ma.Schema, **values: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = schema.validate(values)
    return found


@pytest.mark.parametrize(
    "statement",
    ["電子決裁の導入", "窓口を改善する", "DXを推進", "費用の削減を図る。", "予約を受け付けること"],
)
def test_an_activity_is_not_a_goal(statement: str) -> None:
    assert names_activity(statement)
    assert "実現した状態" in errors(GoalSchema(), **GOAL | {"statement": statement})["statement"][0]


@pytest.mark.parametrize(
    "statement",
    [
        "費用と手間が下がっている",
        "二重予約が起きていない",
        "だれでも使える",
        "届出が家から出せる。",
    ],
)
def test_a_state_is(statement: str) -> None:
    assert errors(GoalSchema(), **GOAL | {"statement": statement}) == {}


def test_an_indicator_says_of_which_kind_it_is() -> None:
    assert "indicator_kind" in errors(GoalSchema(), **GOAL, measure="件数", indicator_kind="")
    loaded = GoalSchema().load(GOAL | {"indicator_kind": "quantitative", "due": ""})
    assert loaded["indicator_kind"] is IndicatorKind.QUANTITATIVE
    assert loaded["due"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("statement", ""), ("viewpoint", "x"), ("beneficiary", ""), ("due", "来年"), ("horizon", "5")],
)
def test_what_is_missing_or_strange_is_named(field: str, value: str) -> None:
    assert set(errors(GoalSchema(), **GOAL | {field: value})) == {field}


@pytest.mark.parametrize("value", ["x", "0", "-1", "9" * 30, "1.5"])
def test_a_parent_is_a_number_a_database_can_hold(value: str) -> None:
    assert "parent_id" in errors(NewGoalSchema(), **GOAL, parent_id=value)


def test_the_top_is_no_parent() -> None:
    assert NewGoalSchema().load(GOAL | {"parent_id": ""})["parent_id"] is None
    assert MoveSchema().load({"parent_id": "", "position": "2"}) == {
        "parent_id": None,
        "position": 2,
    }
    assert "position" in errors(MoveSchema(), position="0")
