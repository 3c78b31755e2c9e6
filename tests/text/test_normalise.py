from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.text.normalise import (
    RULES,
    body_digest,
    body_text,
    clean_input,
    search_key,
    strip_marks,
)

JAPANESE = st.text(
    alphabet="あいうかがきぎでることないをにはがのすアイサバータヂｱｲｶﾞー-－～〜 　氏名予約登録髙高﨑崎𠮷吉①②(（1２3.．・○。、A ａ\n",
    max_size=30,
)
ANY = st.one_of(JAPANESE, st.text(max_size=30))


@given(ANY)
def test_search_key_is_idempotent(text: str) -> None:
    assert search_key(search_key(text)) == search_key(text)


@given(JAPANESE)
def test_text_that_is_its_own_key_is_not_changed_by_folding_either(text: str) -> None:
    # ㈱ is folded for certain, and with it all that stands before it.
    assert search_key(search_key(text) + "㈱") == search_key(text) + "(株)"


@given(ANY)
def test_body_text_is_idempotent(text: str) -> None:
    assert body_text(body_text(text)) == body_text(text)


@given(ANY)
def test_visible_text_is_never_emptied(text: str) -> None:
    if any(character.isalnum() for character in text):
        assert search_key(text)
        assert body_text(text)
        assert strip_marks(text)


@given(ANY)
def test_clean_input_changes_line_ends_only(text: str) -> None:
    cleaned = clean_input(text)
    assert cleaned.text == text.replace("\r\n", "\n").replace("\r", "\n")
    assert all(0 <= position < len(cleaned.text) for position in cleaned.refused)
    assert clean_input(cleaned.text) == cleaned


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ユーザＩＤ", "ﾕｰｻﾞid"),
        ("サーバ－の管理", "サーバーの管理"),
        ("10時〜17時", "10時～17時"),
        ("ＵＴＦ－８", "utf-8"),
        ("予約 の　取消", "予約の取消"),
        ("葛\U000e0100飾", "葛飾"),
        ("㈱海図", "(株)海図"),
    ],
)
def test_search_key_brings_ways_of_typing_together(one: str, other: str) -> None:
    assert search_key(one) == search_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("髙", "高"), ("﨑", "崎"), ("𠮷", "吉"), ("ア", "あ"), ("か", "が"), ("コード", "コト")],
)
def test_search_key_keeps_different_characters_apart(one: str, other: str) -> None:
    assert search_key(one) != search_key(other)


@pytest.mark.parametrize(
    "text", ["髙橋﨑𠮷", "㈱①Ⅳ", "葛\U000e0100", "10時〜17時", "ｱｲｳ　 x", "①\t②"]
)
def test_stored_text_stays_as_typed(text: str) -> None:
    assert clean_input(text).text == text
    assert clean_input(text).refused == ()


def test_clean_input_normalises_line_ends() -> None:
    assert clean_input("一\r\n二\r三\n四").text == "一\n二\n三\n四"


@pytest.mark.parametrize(
    ("text", "positions"),
    [
        ("予\x00約", (1,)),
        ("\x0b予約\x1b", (0, 3)),
        ("予\r\n約\x07", (3,)),
        ("予\ud800約", (1,)),
        ("予\ufffe約\U0001ffff", (1, 3)),
        ("予\u202e約", (1,)),
        ("予\x85約", (1,)),
    ],
)
def test_clean_input_names_what_cannot_be_stored(text: str, positions: tuple[int, ...]) -> None:
    assert clean_input(text).refused == positions


@pytest.mark.parametrize(
    "text",
    [
        "氏名を登録できること。",
        "・氏名を登録すること",
        "①氏名を登録することができること。",
        "(1)氏名を登録する。",
        "（１）　氏名を登録",
        "1-1 氏名を登録できる",
        "1-1氏名を登録できます。",
        "1.2.3 氏名を登録可能なこと",
        "１．氏名を登録できるようにすること",
        "ア）氏名を登録することが可能であること。",
        "○(1) ① 氏名 を 登録 すること。",
    ],
)
def test_body_text_unifies_marks_and_endings(text: str) -> None:
    assert body_text(text) == "氏名を登録"


@pytest.mark.parametrize(
    "verb", ["検索を行うこと", "検索が行えること", "検索ができること。", "検索をすること"]
)
def test_body_text_unifies_light_verbs(verb: str) -> None:
    assert body_text(verb) == "検索"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("予約できること", "予約できないこと"),
        ("予約すること", "予約しないこと"),
        ("対応可能", "対応不可能"),
        ("3営業日前まで予約できること", "5営業日前まで予約できること"),
        ("登録すること", "登録してもよい"),
        ("登録すること", "登録することが望ましい"),
    ],
)
def test_body_text_keeps_other_statements_apart(one: str, other: str) -> None:
    assert body_text(one) != body_text(other)


@pytest.mark.parametrize(
    "text",
    [
        "3営業日前までに通知",
        "1.5倍に拡大",
        "1-2週間で更新",
        "24時間365日使える",
        "2か月前から受付",
        "1 日前に通知",
        "10 名まで",
        "10.3参照",
        "1.1.14の備考",
        "4K画面",
        "5MB以下の添付",
        "2024.4.1から",
    ],
)
def test_quantities_are_not_taken_for_line_numbers(text: str) -> None:
    assert strip_marks(text) == text


@pytest.mark.parametrize("text", ["・", "①", "(1)", "1-1", "すること"])
def test_text_of_marks_alone_stays(text: str) -> None:
    assert body_text(text)


def test_body_digest_is_the_hash_of_the_body() -> None:
    expected = hashlib.sha256("氏名を登録".encode()).hexdigest()
    assert body_digest("・氏名を登録できること。") == expected
    assert RULES == 1


@pytest.mark.parametrize(
    "part",
    ["できる", "することができる", "こと", "(1)", "-", "ー", "サ-", "①", "1.", "。", "・", "予約 "],
)
def test_a_hostile_text_costs_no_more_than_its_length(part: str) -> None:
    """Without a bound these take minutes; the suite's time limit would end the test."""
    body = body_text(part * 20_000 + "予約できること")
    assert body_text(body) == body
