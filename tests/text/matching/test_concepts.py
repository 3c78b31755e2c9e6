from __future__ import annotations

from collections import Counter

import pytest

from registry.text.matching.concepts import COMPOSED, LIGHT, entries, families, read, units

# Words that must never be brought to one term: they are different acts, or differ in law.
APART = [
    ("登録", "削除"),
    ("登録", "取消"),
    ("督促", "催告"),
    ("貸出", "返却"),
    ("転入", "転出"),
    ("転出", "転居"),
    ("送信", "受信"),
    ("許可", "禁止"),
    ("有効", "無効"),
    ("開館", "閉館"),
    ("施錠", "解錠"),
    ("停止", "再開"),
    ("還付", "充当"),
    ("納付", "還付"),
    ("開栓", "閉栓"),
    ("自動", "手動"),
    ("事前", "事後"),
    ("住民", "職員"),
    ("図書", "施設"),
    ("出生", "死亡"),
    ("婚姻", "離婚"),
    ("増加", "減少"),
    ("当選", "落選"),
    ("必須", "任意"),
    ("平日", "休日"),
    ("全て", "一部"),
]


def terms(text: str) -> list[str]:
    return [unit.term for unit in units(text)]


def test_every_word_stands_in_one_class() -> None:
    found = Counter(
        word for entry in entries() if entry.family != COMPOSED for word in set(entry.words)
    )
    assert [word for word, count in found.items() if count > 1] == []


def test_the_thesaurus_covers_the_whole_town_hall() -> None:
    assert len({entry.term for entry in entries()}) >= 400


@pytest.mark.parametrize(("one", "other"), APART)
def test_words_that_must_stay_apart_do(one: str, other: str) -> None:
    assert set(terms(one)).isdisjoint(terms(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("取り消す", "キャンセルする"),
        ("お知らせを送る", "通知を送信する"),
        ("自動計算", "自動で算出する"),
        ("未納の人", "納付していない者"),
        ("口座から引き落とす", "口座振替にする"),
        ("あらかじめ", "事前に"),
        ("人手を介さず", "自動で"),
    ],
)
def test_words_of_one_meaning_meet(one: str, other: str) -> None:
    assert set(terms(one)) & set(terms(other))


def test_the_longest_word_is_taken() -> None:
    assert terms("給水停止の予告") == ["給水停止", "事前"]


def test_a_word_within_another_is_no_word() -> None:
    assert "履歴" not in terms("ログイン")
    assert "水道" not in terms("水曜")


def test_what_stands_in_brackets_weighs_less() -> None:
    [outside], [_, inside] = units("図書"), units("雑誌(図書)")
    assert inside.term == outside.term == "資料"
    assert inside.weight < outside.weight


def test_a_denial_within_a_term_is_not_read_as_one() -> None:
    assert "ず" not in read("人手を介さず登録する").plain
    assert "ない" in read("登録できないこと").plain


def test_places_of_the_units_are_places_of_the_key() -> None:
    found = read("・利用者が、３営業日前まで予約を取り消しできること。")
    for unit in found.units:
        assert found.key[unit.start : unit.start + len(unit.surface)] == unit.surface


def test_the_rules_name_families_that_exist() -> None:
    known = {entry.family for entry in entries()}
    rules = families()
    named = {name for pair in rules.near | rules.instead for name in pair}
    assert rules.acts <= known
    assert rules.general <= rules.acts
    assert set(rules.weights) <= known
    assert named <= known
    assert LIGHT in rules.weights
