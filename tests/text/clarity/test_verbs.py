from __future__ import annotations

import pytest

from registry.text.clarity.verbs import (
    ACT,
    Ending,
    completed,
    dictionary_form,
    ending_of,
    is_means,
    is_noun_like,
)


@pytest.mark.parametrize(
    ("stem", "form"),
    [
        ("登録し", "登録する"),
        ("送り", "送る"),
        ("行い", "行う"),
        ("知らせ", "知らせる"),
        ("用い", "用いる"),
        ("残し", "残す"),
        ("取り出し", "取り出す"),
        ("表示され", "表示される"),
        ("書き", "書く"),
    ],
)
def test_dictionary_forms(stem: str, form: str) -> None:
    assert dictionary_form(stem) == form


@pytest.mark.parametrize(
    ("sentence", "ending"),
    [
        ("登録できること", Ending.CAN),
        ("登録すること", Ending.DO),
        ("登録します", Ending.POLITE),
        ("登録しなければならない", Ending.MUST),
        ("登録する", Ending.PLAIN),
    ],
)
def test_endings(sentence: str, ending: Ending) -> None:
    assert ending_of(sentence) is ending


@pytest.mark.parametrize(
    ("cut", "what", "ending", "expected"),
    [
        ("予約を検索でき", "comma", Ending.CAN, "予約を検索できること。"),
        ("予約を登録し", "comma", Ending.CAN, "予約を登録できること。"),
        ("予約を登録し", "comma", Ending.DO, "予約を登録すること。"),
        ("通知を送り", "comma", Ending.POLITE, "通知を送ります。"),
        ("報告を行い", "comma", Ending.MUST, "報告を行わなければならない。"),
        ("通知を送り", "comma", Ending.PLAIN, "通知を送る。"),
        ("国内に置かなければならず", "comma", Ending.WISH, "国内に置かなければならない。"),
        ("印刷できる", "final", Ending.CAN, "印刷できること。"),
        ("研修を実施する", "final", Ending.MUST, "研修を実施しなければならない。"),
        ("発行は必須とし", "comma", Ending.WISH, "発行を必ず行えること。"),
    ],
)
def test_cut_off_predicates_are_completed(
    cut: str, what: str, ending: Ending, expected: str
) -> None:
    assert completed(cut, what, ending) == expected


def test_nouns_that_look_like_verbs() -> None:
    for segment, noun in (("予約の申込み", True), ("予約を申し込み", False), ("通知を送り", False)):
        found = ACT.search(segment)
        assert found
        assert is_noun_like(segment, found) is noun, segment


def test_means_only_prepare_what_follows() -> None:
    assert is_means("CSVを取り込み")
    assert is_means("タブレット端末を全学級に設置し")
    assert not is_means("結果を登録し")
