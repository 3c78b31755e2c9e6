from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from registry.text.matching.concepts import units
from registry.text.matching.overlap import distinct, near, overlap

TEXT = st.text(alphabet="予約登録施設利用者取消通知住民職員税印刷をにはできる、・", max_size=24)


def meanings(text: str) -> list[str]:
    return [unit.term for unit in distinct(units(text))]


def test_each_meaning_is_kept_once_with_its_greatest_weight() -> None:
    found = distinct(units("(図書)図書を貸し出す"))
    assert [unit.term for unit in found] == ["資料", "貸出"]
    assert found[0].weight == 1.0


def test_equal_meanings_cover_each_other_whole() -> None:
    common = overlap(distinct(units("予約の取消")), distinct(units("キャンセルする予約")))
    assert (common.cover_a, common.cover_b, common.mutual) == (1.0, 1.0, 1.0)
    assert common.only_a == common.only_b == ()


def test_what_only_one_line_says_is_left() -> None:
    common = overlap(distinct(units("許可書と領収書の印刷")), distinct(units("許可書の印刷")))
    assert [unit.term for unit in common.only_a] == ["領収書"]
    assert common.cover_b == 1.0 > common.cover_a


def test_a_native_verb_is_near_its_chinese_word() -> None:
    [one], [other] = units("還"), units("還元")
    assert 0 < near(one, other) < 1


@given(TEXT, TEXT)
def test_seen_from_the_other_side_it_is_the_same(one: str, other: str) -> None:
    a, b = distinct(units(one)), distinct(units(other))
    there, back = overlap(a, b), overlap(b, a)
    assert abs(there.cover_a - back.cover_b) < 1e-9
    assert abs(there.mutual - back.mutual) < 1e-9
    assert 0 <= there.cover_a <= 1 + 1e-9
