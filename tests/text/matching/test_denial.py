from __future__ import annotations

import pytest

from registry.text.matching.concepts import read
from registry.text.matching.denial import denial, denied_otherwise


def otherwise(one: str, other: str) -> tuple[str, ...]:
    first, second = read(one), read(other)
    return denied_otherwise(
        denial(first.plain, first.units),
        denial(second.plain, second.units),
        frozenset(unit.term for unit in first.units),
        frozenset(unit.term for unit in second.units),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("予約を取消できること", "予約を取消できないこと"),
        ("承認を経ずに登録できること", "承認を経て登録できること"),
        ("ログインしなくても読めること", "ログインして読めること"),
        ("氏名を表示し、住所を表示しない設定ができること", "氏名も住所も表示する設定ができること"),
        ("延滞がある者も予約できること", "延滞がある者は予約できないよう制御すること"),
    ],
)
def test_a_denial_of_what_the_other_says_counts(one: str, other: str) -> None:
    assert otherwise(one, other)
    assert otherwise(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("返却されていない鍵を確認できること", "未返却の鍵を確認できること"),
        ("二重予約ができないこと", "二重予約を防止すること"),
        ("誤りを防ぐため、確認の画面を表示すること", "確認の画面を表示すること"),
        ("影響を与えずに配信できること", "影響を与えることなく配信できること"),
        ("人手を介さず配信できること", "自動で配信できること"),
    ],
)
def test_two_ways_of_one_denial_meet(one: str, other: str) -> None:
    assert otherwise(one, other) == ()


def test_what_is_denied_is_known() -> None:
    found = read("承認のない申請を印刷できること")
    assert denial(found.plain, found.units).scopes == (("承認",),)
