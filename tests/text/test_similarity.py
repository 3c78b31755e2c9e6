from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.text.similarity import Index, RelationKind, conflict, relate

PAIRS = [
    (RelationKind(row["relation"]), row["one"], row["other"])
    for row in csv.DictReader(
        (Path(__file__).parent / "relations.tsv").read_text("utf-8").splitlines(), delimiter="\t"
    )
]
MIRRORED = {
    RelationKind.CONTAINS: RelationKind.CONTAINED,
    RelationKind.CONTAINED: RelationKind.CONTAINS,
}
LINES = [text for _, one, other in PAIRS for text in (one, other)]
TEXT = st.text(alphabet="予約登録施設利用者3５件日前をにはできるないこと。、", max_size=30)


@pytest.mark.parametrize(("expected", "one", "other"), PAIRS)
def test_relate_in_both_directions(expected: RelationKind, one: str, other: str) -> None:
    assert relate(one, other).relation is expected
    assert relate(other, one).relation is MIRRORED.get(expected, expected)


@pytest.mark.parametrize(("expected", "one", "other"), PAIRS)
def test_scores_are_symmetric(expected: RelationKind, one: str, other: str) -> None:
    assert relate(one, other).score == relate(other, one).score


@given(TEXT, TEXT)
def test_scores_lie_between_nothing_and_one(one: str, other: str) -> None:
    result = relate(one, other)
    assert 0 <= result.score <= 1
    assert result.score == relate(other, one).score


@given(TEXT)
def test_a_line_is_the_same_as_itself(text: str) -> None:
    assert relate(text, text).relation is RelationKind.SAME
    assert relate(text, text).score == 1
    assert conflict(text, text) is None


@given(TEXT, TEXT)
def test_what_conflicts_is_never_the_same(one: str, other: str) -> None:
    if conflict(one, other) is not None:
        assert relate(one, other).relation is not RelationKind.SAME


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (
            "利用日の3日前まで変更できること",
            "利用日の7日前まで変更できること",
            "3日前まで→7日前まで",
        ),
        ("予約を取消できること", "予約を取消できないこと", "肯定→否定"),
        ("使用料を自動で計算すること", "使用料を手動で計算すること", "自動→手動"),
        ("使用料を手動で計算すること", "使用料を自動で計算すること", "手動→自動"),
        ("領収書を印刷してもよい", "領収書を印刷すること", "任意→必須"),
        ("領収書の印刷を許可すること", "領収書の印刷を禁止すること", "否定"),
    ],
)
def test_the_difference_is_said(one: str, other: str, said: str) -> None:
    assert said in "・".join(relate(one, other).differing)


def test_shared_and_differing_words_are_named() -> None:
    result = relate("施設の空き状況を検索できること", "備品の空き状況を検索できること")
    assert result.shared == ("空き状況", "検索")
    assert result.differing == ("施設→備品",)
    assert result.relation is RelationKind.RELATED


def test_a_number_only_one_line_has_is_never_the_same() -> None:
    result = relate("予約の取消しが3日前までできること", "予約の取消しができること")
    assert result.relation is RelationKind.CONTAINS
    assert "3日前まで" in result.differing


def test_candidates_come_best_first() -> None:
    index = Index(LINES)
    found = index.candidates("利用者が施設の空き状況を検索できること", 3)
    assert [LINES[candidate.index] for candidate in found][:2] == LINES[:2]
    assert found[0].relation is RelationKind.SAME
    assert [candidate.score for candidate in found] == sorted(
        (candidate.score for candidate in found), reverse=True
    )


def test_candidates_do_not_depend_on_the_order_of_lines() -> None:
    shuffled = LINES[:]
    random.Random(3).shuffle(shuffled)
    one, other = Index(LINES), Index(shuffled)
    for text in LINES:
        assert [(LINES[c.index], c.score, c.relation) for c in one.candidates(text, 5)] == [
            (shuffled[c.index], c.score, c.relation) for c in other.candidates(text, 5)
        ]


def test_an_index_may_be_empty_and_a_text_without_match() -> None:
    assert Index([]).candidates("予約できること", 5) == []
    assert Index(["予約できること"]).candidates("図書", 5) == []
    assert Index(["予約できること"]).candidates("", 5) == []


def test_every_partner_is_among_the_first_three() -> None:
    alike = [
        (a, b) for kind, a, b in PAIRS if kind not in (RelationKind.NONE, RelationKind.RELATED)
    ]
    index = Index([b for _, b in alike])
    missed = [
        a for a, b in alike if b not in [index.texts[c.index] for c in index.candidates(a, 3)]
    ]
    assert missed == []


def test_the_bound_on_work_loses_no_equal_line() -> None:
    """Large enough that the budget of the shortlist cuts; the line itself must still be found."""
    rng = random.Random(5)
    parts = [list("施設備品予約料金利用団体"), list("登録検索変更取消通知集計")]
    lines = [
        "".join(rng.choices(parts[0], k=6))
        + "を"
        + "".join(rng.choices(parts[1], k=4))
        + "できること"
        for _ in range(1000)
    ]
    index = Index(lines)
    assert all(index.candidates(line, 1)[0].score == 1 for line in lines[:100])
