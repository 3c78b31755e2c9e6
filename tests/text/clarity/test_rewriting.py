from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.text.clarity.lines import LONGEST, lint
from registry.text.clarity.rewriting import blanks, nearest, taken
from registry.text.clarity.rules import Rule, rules


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_proposal_stands_in_the_line_and_its_blanks_are_known(rule: Rule) -> None:
    finding = next(one for one in lint(rule.example) if one.rule == rule.id)
    found = taken(rule.example, finding)
    if rule.hint or finding.split:
        assert found is None
        return
    assert found is not None
    assert found.text[found.start : found.end]
    assert found.text[: found.start] == rule.example[: found.start]
    assert found.text != rule.example
    assert blanks(found.text) == list(dict.fromkeys(re.findall("〔[^〔〕]+〕", found.text)))


def test_the_phrase_gives_way_and_the_rest_stays() -> None:
    text = "税証明の発行は迅速に行えること。"
    found = taken(text, lint(text)[0])
    assert found is not None
    assert found.text == "税証明の発行は〔何秒・何日〕以内に行えること。"
    assert found.text[found.start : found.end] == "〔何秒・何日〕以内に"


def test_a_whole_wording_takes_the_place_of_its_sentence_alone() -> None:
    text = "・予約を一覧で表示できること。職員の負担を軽減すること。結果を印刷できること。"
    finding = next(one for one in lint(text) if one.rule == "untestable.burden")
    found = taken(text, finding)
    assert found is not None
    assert found.text.startswith("・予約を一覧で表示できること。〔何〕を")
    assert found.text.endswith("できること。結果を印刷できること。")


def test_a_noun_becomes_a_request_without_a_doubled_stop() -> None:
    text = "1.2 予約状況の一覧表示。"
    finding = next(one for one in lint(text) if one.rule == "sentence_form.noun")
    found = taken(text, finding)
    assert found is not None
    assert found.text == "1.2 予約状況を一覧表示できること。"


def test_the_end_of_a_very_long_text_is_kept() -> None:
    text = "税証明を迅速に発行できること。" + "写しを返せること。" * 600
    assert len(text) > LONGEST
    finding = next(one for one in lint(text) if one.rule == "vague.speed")
    found = taken(text, finding)
    assert found is not None
    assert len(found.text) > len(text)
    assert found.text.endswith(text[20:])


@given(st.text(alphabet="予約迅速に適切等を、。できること職員の負担軽減する\n・A", max_size=80))
def test_what_is_outside_of_the_place_is_never_touched(text: str) -> None:
    for finding in lint(text):
        found = taken(text, finding)
        if found is not None:
            kept = len(found.text) - found.end
            assert text.startswith(found.text[: found.start])
            assert text.endswith(found.text[len(found.text) - kept :])


def test_blanks_of_the_town_itself_are_left_alone() -> None:
    assert blanks("写しを〔何秒・何日〕以内に返すこと。") == ["〔何秒・何日〕"]
    assert blanks("写しを〔何秒・何日〕以内に返すこと。", "〔何秒・何日〕") == []
    assert blanks("〔別表〕の区分で集計できること。") == []


def test_the_finding_is_found_again_after_the_text_has_moved() -> None:
    findings = lint("写しを適切に返し、税証明を適切に発行できること。")
    places = [one.start for one in findings if one.rule == "vague.proper"]
    near = nearest(findings, "vague.proper", places[-1] + 1)
    assert near is not None
    assert near.start == places[-1]
    assert nearest(findings, "vague.speed", 0) is None
