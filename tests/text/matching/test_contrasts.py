from __future__ import annotations

from pathlib import Path

import pytest

from registry.text.matching.contrasts import (
    ACTOR,
    CONTRASTS,
    OPPOSITES,
    Contrasts,
    contraries,
    contrasted,
    other_phase,
    phases,
    sides,
    turned,
)


def test_no_word_is_on_both_sides_of_a_pair() -> None:
    for one, other, forward, backward in (*OPPOSITES.pairs, *CONTRASTS.pairs):
        first, second = forward.split("→")
        assert backward == f"{second}→{first}"
        assert not (one.search(second) and other.search(first)), forward


def test_the_words_shown_are_those_the_rule_finds() -> None:
    abbreviated = {
        "職員",
        "域内",
        "域外",
        "後に",
        "にも",
        "だけ",
    }  # for phrases: 職員が, 町内, 前に
    for one, other, forward, _ in (*OPPOSITES.pairs, *CONTRASTS.pairs):
        first, second = forward.split("→")
        assert first in abbreviated or one.search(first), first
        assert second in abbreviated or other.search(second), second


def test_a_contrast_is_said_in_the_order_of_the_lines() -> None:
    one, other = sides(CONTRASTS, "使用料を自動で計算"), sides(CONTRASTS, "使用料を手動で計算")
    assert contrasted(CONTRASTS, one, other) == ("自動→手動",)
    assert contrasted(CONTRASTS, other, one) == ("手動→自動",)


@pytest.mark.parametrize("contrasts", [OPPOSITES, CONTRASTS])
def test_the_pairs_left_out_have_no_word_in_the_line(contrasts: Contrasts) -> None:
    rows = Path(__file__).parents[1].joinpath("labelled", "pairs_tune.tsv").read_text("utf-8")
    everything = contrasts._replace(begins={"": 0, **dict.fromkeys(rows, -1)})
    for row in rows.splitlines()[1:]:
        for text in row.split("\t")[2:4]:
            assert sides(contrasts, text) == sides(everything, text), text
            assert turned(contrasts, text) == turned(everything, text), text
            assert len(everything.possible(text)) == len(contrasts.pairs)


def test_a_line_with_both_words_contrasts_with_none() -> None:
    both = sides(CONTRASTS, "昇順又は降順に並べ替える")
    assert both == (0, 0)


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


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("上半期", "下半期", True),
        ("奇数", "偶数", True),
        ("転入", "転出", True),
        ("上半期", "下期", False),
        ("登録", "登記", False),
        ("市内", "市内", False),
    ],
)
def test_words_of_one_build_with_contrary_meaning(one: str, other: str, expected: bool) -> None:
    assert (other in contraries([one])) is expected
    assert (one in contraries([other])) is expected


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("端末を対象に含める", "端末を対象に含めない", ("含む→除く",)),
        ("添付を求める", "添付を求めることなく受け付ける", ("必要→不要",)),
        ("氏名を含めなければならない", "氏名を含める", ()),
        ("書類を漏れなく表示する", "書類を表示する", ()),
    ],
)
def test_a_denied_word_counts_for_the_other_side(
    one: str, other: str, said: tuple[str, ...]
) -> None:
    assert contrasted(OPPOSITES, turned(OPPOSITES, one), turned(OPPOSITES, other)) == said


def test_a_thing_before_and_behind_a_moment_are_two() -> None:
    assert other_phase(phases("受付期間内は変更可"), phases("受付期間外は変更可")) == (
        "期間内→期間外",
    )
    assert other_phase(phases("受付期間内は変更可"), phases("公開後は変更可")) == ()
