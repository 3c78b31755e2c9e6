from __future__ import annotations

from registry.standards.models import ApplicationState, Relation
from registry.standards.proposal import Line, own_quantities, propose

STANDARD = "仮予約は申込みの日から7日で自動的に取り消せること。"


def test_a_town_without_a_line_follows() -> None:
    assert propose(STANDARD, []).state is ApplicationState.FOLLOWS


def test_a_line_judged_the_same_follows() -> None:
    found = propose(STANDARD, [Line(Relation.SAME, "仮予約は7日で取り消すこと。")])
    assert (found.state, found.value) == (ApplicationState.FOLLOWS, "")


def test_a_different_value_is_proposed_as_the_towns_own() -> None:
    line = Line(Relation.VALUE_DIFFERS, "仮予約は３営業日で自動的に取り消せること。")
    found = propose(STANDARD, [line])
    assert (found.state, found.value) == (ApplicationState.OWN_VALUE, "3営業日")


def test_a_town_whose_value_became_the_standard_follows() -> None:
    line = Line(Relation.VALUE_DIFFERS, "申込みから７日間で仮予約を取り消すこと。")
    assert propose(STANDARD, [line]).state is ApplicationState.FOLLOWS


def test_a_differing_line_without_numbers_keeps_its_value_open() -> None:
    line = Line(Relation.VALUE_DIFFERS, "仮予約は所定の期間で取り消せること。")
    found = propose(STANDARD, [line])
    assert (found.state, found.value) == (ApplicationState.OWN_VALUE, "")


def test_the_gravest_line_counts() -> None:
    lines = [
        Line(Relation.SAME, "仮予約は7日で取り消すこと。"),
        Line(Relation.VALUE_DIFFERS, "仮予約は10日で取り消すこと。"),
        Line(Relation.OPPOSITE, "仮予約は自動では取り消さないこと。"),
    ]
    assert propose(STANDARD, lines).state is ApplicationState.EXCEPTION
    assert propose(STANDARD, lines[:2]).value == "10日"


def test_each_own_quantity_is_named_once() -> None:
    texts = ["3営業日で取り消すこと。", "3営業日の17時に取り消すこと。", "7日で取り消すこと。"]
    assert own_quantities(STANDARD, texts) == ["3営業日", "17時"]
