from __future__ import annotations

from registry.processes.comparing.contents import Difference, Field, differences
from registry.processes.comparing.graph import Graph
from registry.processes.comparing.matching import match, match_lanes
from registry.processes.comparing.moving import moves
from registry.processes.flow import Flow
from tests.processes import sample_flows as samples


def told(one: Flow, other: Flow, name: str) -> tuple[Difference, ...]:
    a, b = Graph(one), Graph(other)
    matched = match(a, b)
    lanes, places = match_lanes(a, b, matched), moves(a, b, matched)
    x = next(own for own in a.steps if a.title(own) == name)
    return differences(a, b, x, matched[x], matched=matched, lanes=lanes, places=places)


ONE = "1|窓口|空きを確認する|2、3|あり／なし\n2|窓口|受け付ける|終了|\n3|窓口|断る|終了|"


def test_the_same_words_in_another_spelling_are_no_difference() -> None:
    other = ONE.replace("受け付ける", "受付する")
    assert told(samples.table(ONE), samples.table(other), "受け付ける") == ()


def test_a_condition_is_told_as_both_said_it() -> None:
    other = ONE.replace("あり／なし", "なし／あり")
    found = told(samples.table(ONE), samples.table(other), "空きを確認する")
    assert Difference(Field.CONDITION, "あり", "なし") in found


def test_another_next_step_is_told_by_name() -> None:
    other = ONE.replace("3|窓口|断る|終了|", "3|窓口|断る|2|")
    found = told(samples.table(ONE), samples.table(other), "断る")
    assert found == (Difference(Field.NEXT, "終了", "「受け付ける」"),)
