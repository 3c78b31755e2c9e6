from __future__ import annotations

import pytest

from registry.text.contrasts import ACTIONS, ACTOR, CONTRASTS, OPPOSITES


def test_no_word_is_on_both_sides_of_a_pair() -> None:
    for one, other, forward, backward in (*OPPOSITES, *CONTRASTS):
        first, second = forward.split("→")
        assert backward == f"{second}→{first}"
        assert not (one.search(second) and other.search(first)), forward


def test_the_words_shown_are_those_the_rule_finds() -> None:
    abbreviated = {"職員", "域内", "域外"}  # shown for whole phrases: 職員が, 町内, 市外
    for one, other, forward, _ in (*OPPOSITES, *CONTRASTS):
        first, second = forward.split("→")
        assert first in abbreviated or one.search(first), first
        assert second in abbreviated or other.search(second), second


def test_no_act_stands_in_two_classes() -> None:
    assert ACTIONS["表示"] == ACTIONS["閲覧"] != ACTIONS["登録"]
    assert ACTIONS["予約"] == ACTIONS["申込"] != ACTIONS["取消"]


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("利用者が予約できること", ["a0"]),
        ("職員は住民の予約を変更できること", ["a1"]),
        ("利用者自身で取消できること", ["a0"]),
        ("利用者ができる操作", []),
        ("利用者の一覧", []),
        ("受託者が職員に代わって登録", ["a3"]),
    ],
)
def test_actors_are_found_where_they_act(text: str, classes: list[str]) -> None:
    assert [found.lastgroup for found in ACTOR.finditer(text)] == classes
