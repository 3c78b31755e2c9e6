from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from registry.text.matching.nearest import Index
from registry.text.matching.relations import RelationKind

LINES = [
    "利用者が予約を取り消しできること",
    "・利用者が予約をキャンセルできること。",
    "利用者が予約を取り消しできないこと",
    "納税証明書を発行できること",
    "図書の貸出しを延長できること",
]
TEXT = st.text(alphabet="予約登録施設取消通知できること、", min_size=1, max_size=12)


def test_the_same_body_comes_first_with_one() -> None:
    [first, *_] = Index(LINES).candidates("①納税証明書を発行できること。", 3)
    assert (first.index, first.score, first.relation) == (3, 1.0, RelationKind.SAME)


def test_other_words_come_before_the_opposite() -> None:
    found = Index(LINES).candidates("予約の取消しを利用者が行えること", 3)
    assert {found[0].index, found[1].index} == {0, 1}
    assert found[2].relation is RelationKind.OPPOSITE


def test_lines_with_one_body_are_all_named() -> None:
    index = Index([LINES[3], LINES[0], "・" + LINES[3]])
    assert {found.index for found in index.candidates(LINES[3], 2)} == {0, 2}


def test_a_new_line_changes_no_likeness_without_rarity() -> None:
    one = {at: like for like, at in Index(LINES[:3], rarity=False).near(LINES[0], 0, 9)}
    two = {at: like for like, at in Index(LINES, rarity=False).near(LINES[0], 0, 9)}
    assert all(two[at] == like for at, like in one.items())


def test_near_keeps_what_is_likely_only() -> None:
    index = Index(LINES, rarity=False)
    assert {at for _, at in index.near(LINES[0], 0.5, 9)} == {0, 1, 2}
    assert index.near("", 0.1, 9) == []


@given(st.lists(TEXT, max_size=8), TEXT)
def test_scores_fall_and_lie_between_nothing_and_one(lines: list[str], asked: str) -> None:
    found = Index(lines).candidates(asked, 5)
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    assert len({one.index for one in found}) == len(found)
