"""The judgement of a pair on the labelled set: what must never happen, and a floor for quality."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from registry.text.matching.features import features
from registry.text.matching.pairing import SAME, conflict, judge, relate
from registry.text.matching.relations import CONVERSE, RelationKind

LABELLED = Path(__file__).parents[1] / "labelled"
TOGETHER = {RelationKind.SAME, RelationKind.CONTAINS, RelationKind.CONTAINED}
APART = {RelationKind.OPPOSITE, RelationKind.VALUE_DIFFERS}


def rows(part: str) -> list[dict[str, str]]:
    lines = (LABELLED / f"pairs_{part}.tsv").read_text("utf-8").splitlines()
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("part", ["tune", "held", "contradictions"])
def test_opposites_and_changed_values_are_never_put_together(part: str) -> None:
    wrong = [
        row
        for row in rows(part)
        if RelationKind(row["relation"]) in APART
        and relate(row["a"], row["b"]).relation in TOGETHER
    ]
    assert wrong == []


@pytest.mark.parametrize("part", ["tune", "held", "contradictions"])
def test_the_other_side_sees_the_converse(part: str) -> None:
    for row in rows(part):
        there, back = relate(row["a"], row["b"]), relate(row["b"], row["a"])
        assert back.relation is CONVERSE.get(there.relation, there.relation)
        assert back.score == there.score


def test_most_of_what_belongs_together_is_found() -> None:
    found = [
        (RelationKind(row["relation"]) in TOGETHER, relate(row["a"], row["b"]).relation in TOGETHER)
        for row in rows("tune")
    ]
    hits = found.count((True, True))
    assert 2 * hits / (2 * hits + found.count((True, False)) + found.count((False, True))) >= 0.85


def test_a_pair_is_judged_alike_whoever_asks() -> None:
    one, other = "施設の空き状況を検索できること", "空いている施設を探せること"
    assert judge(features(one), features(other)).relation() == relate(one, other)
    assert relate(one, other).relation is RelationKind.SAME
    assert SAME <= relate(one, other).score < 1


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("related", "図書の予約を取り消しできること", "施設の予約を取り消しできること"),
        ("contains", "許可書と領収書を印刷できること", "許可書を印刷できること"),
        ("same", "納付書（再発行のものを含む）を印刷できること", "納付書を印刷できること"),
        ("contained", "予約を取消できること", "予約を3日前まで取消できること"),
        ("none", "献立を作成できること", "選挙人名簿を調製できること"),
    ],
)
def test_relations_by_example(kind: str, one: str, other: str) -> None:
    assert relate(one, other).relation is RelationKind(kind)


def test_words_that_met_under_other_names_are_shown_as_a_pair() -> None:
    assert "お知らせ≒通知" in relate("お知らせを送信すること", "通知を送信すること").shared


def test_a_conflict_is_found_however_unlike_the_lines_are() -> None:
    found = conflict("予約できること", "予約できないこと")
    assert found is not None
    assert found.kind is RelationKind.OPPOSITE


def examples(name: str) -> list[dict[str, str]]:
    lines = (Path(__file__).parent / name).read_text("utf-8").splitlines()
    return list(csv.DictReader(lines, delimiter="\t"))


@pytest.mark.parametrize("row", examples("contradictions.tsv"), ids=lambda row: row["one"])
def test_lines_that_look_alike_and_contradict(row: dict[str, str]) -> None:
    expected = RelationKind(row["relation"])
    assert relate(row["one"], row["other"]).relation is expected
    assert relate(row["other"], row["one"]).relation is expected


@pytest.mark.parametrize("row", examples("arrangements.tsv"), ids=lambda row: row["one"])
def test_the_same_words_in_another_place_or_about_another_thing(row: dict[str, str]) -> None:
    expected = RelationKind(row["relation"])
    assert relate(row["one"], row["other"]).relation is expected
    assert relate(row["other"], row["one"]).relation is expected


@pytest.mark.parametrize("row", examples("wordings.tsv"), ids=lambda row: row["one"])
def test_ways_of_saying_one_thing_and_what_only_looks_like_one(row: dict[str, str]) -> None:
    expected = RelationKind(row["relation"])
    assert relate(row["one"], row["other"]).relation is expected
    assert relate(row["other"], row["one"]).relation is expected
