from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.text.clarity.lines import Finding, heaviest, lint
from registry.text.clarity.rules import Kind, Settings
from registry.text.severity import Severity
from tests import clarity_scores as scores

lint("予約")  # the first call reads the rules, which takes its time
JAPANESE = st.text(
    alphabet="予約登録者日をにはでがとできること、。適切迅速等など各種必要応じて一定期間3５件（）「」・①\nA-AI 上記現行",
    max_size=120,
)


@given(JAPANESE)
def test_every_finding_points_at_its_phrase(text: str) -> None:
    for finding in lint(text):
        assert text[finding.start : finding.end] == finding.phrase
        assert finding.phrase.strip()
        assert all((finding.why, finding.rewrite, finding.question))
        assert "{" not in finding.why + finding.question


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    assert lint(text) == lint(text)


@given(JAPANESE)
def test_one_phrase_is_reported_once_by_a_kind(text: str) -> None:
    findings = [item for item in lint(text) if item.kind is Kind.VAGUE]
    for one, next_one in pairwise(findings):
        assert one.end <= next_one.start or next_one.end <= one.start


def only(text: str, kind: Kind, settings: Settings | None = None) -> Finding:
    (found,) = [f for f in lint(text, settings or Settings()) if f.kind is kind]
    return found


def test_a_vague_word_gets_a_place_a_reason_a_wording_and_a_question() -> None:
    found = only("税証明の発行は迅速に行えること。", Kind.VAGUE)
    assert (found.start, found.end, found.phrase) == (7, 10, "迅速に")
    assert found.severity is Severity.CHECK
    assert found.rewrite == "税証明の発行は〔何秒・何日〕以内に行えること。"
    assert "何秒" in found.question


def test_a_vague_word_before_a_noun_is_replaced_as_one() -> None:
    found = only("十分な通信速度を確保すること。", Kind.VAGUE)
    assert found.rewrite == "〔数値や範囲〕の通信速度を確保すること。"


def test_a_verb_before_a_noun_is_replaced_as_one() -> None:
    found = only("運営上必要となる機能を備えること。", Kind.VAGUE)
    assert found.rewrite == "運営上〔何と何〕の機能を備えること。"


def test_a_blank_to_fill_is_no_explanation_of_the_words_before_it() -> None:
    text = "必要となる機能を〔基準:何を満たせばよいか〕に従って備えること。"
    assert only(text, Kind.VAGUE).phrase == "必要となる"


def test_words_side_by_side_are_one_finding() -> None:
    found = only("収納の消込みをもう少しスムーズにできること。", Kind.VAGUE)
    assert found.phrase == "もう少しスムーズに"


def test_the_heavier_finding_stands_first() -> None:
    findings = lint("・上記の出力は必須であるが、全件を迅速に出力できることが望ましい")
    assert [f.kind for f in findings[:2]] == [Kind.PRIORITY_CONFLICT, Kind.DANGLING_REFERENCE]
    assert heaviest(findings) is Severity.ERROR
    assert heaviest(()) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "「適切な管理のための措置」の点検表を、年1回印刷すること。",
        "容量が不十分であると判定された端末の一覧を表示できること。",
        "柔軟性測定の結果を登録できること。",
        "毎月、定期的に（1日の午前2時に）集計すること。",
    ],
)
def test_innocent_words_are_left_alone(text: str) -> None:
    assert lint(text) == ()


def test_a_region_switches_a_rule_off() -> None:
    text = "職員の負担を軽減すること。"
    assert lint(text)
    assert not lint(text, Settings(off=frozenset({"untestable.burden"})))


def test_a_region_adds_a_word_which_is_found_whatever_stands_around_it() -> None:
    settings = Settings(words=frozenset({("vague.proper", "よしなに")}))
    text = "予約をよしなに取り消せること。"
    assert not lint(text)
    assert only(text, Kind.VAGUE, settings).phrase == "よしなに"


def test_a_region_lets_its_own_abbreviation_stand() -> None:
    text = "K-NET連携で宛名を取り込めること。"
    assert only(text, Kind.UNDEFINED_ABBREVIATION).phrase == "K-NET連携"
    assert not lint(text, Settings(allowed=frozenset({"K-NET"})))


def test_json_carries_the_labels_people_read() -> None:
    data = only("滞納者を検索でき、結果をCSVで出力できること。", Kind.COMPOUND).as_json()
    assert data["severity"] == "要確認"
    assert data["split"] == ["滞納者を検索できること。", "結果をCSVで出力できること。"]
    assert set(data) >= {"kind", "start", "end", "phrase", "severity", "why", "rewrite"}


@pytest.mark.parametrize("part", scores.parts())
@pytest.mark.parametrize(
    ("kind", "precision", "recall"), [("compound", 0.90, 0.85), ("vague", 0.85, 0.80)]
)
def test_the_aims_on_labelled_lines(part: str, kind: str, precision: float, recall: float) -> None:
    score = scores.score_lines(part)[kind]
    assert score.precision >= precision
    assert score.recall >= recall


@pytest.mark.skipif("KAIZU_SHARED_DATA" not in os.environ, reason="KAIZU_SHARED_DATA is not set")
def test_official_text_gets_few_findings() -> None:
    rate = scores.official_rate(Path(os.environ["KAIZU_SHARED_DATA"]) / "standard_spec_v1")
    assert rate.items == 44
    assert rate.vague <= 0.03 * rate.sentences
    assert rate.above_advice <= 0.10 * rate.sentences
