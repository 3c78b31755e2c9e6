from __future__ import annotations

import pytest

from registry.text.matching.features import facts
from registry.text.matching.guards import contradiction, unmatched
from registry.text.matching.relations import RelationKind
from registry.text.terms import numbers


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("opposite", "会員登録を不要とする", "会員登録を必須とする"),
        ("opposite", "発行する前に登録すること", "発行した後に登録すること"),
        ("opposite", "卒業生を対象に含めること", "卒業生を対象から除くこと"),
        ("opposite", "記録を残すこと", "記録を残さないこと"),
        ("opposite", "住所を公開すること", "住所を非公開とすること"),
        ("value_differs", "週1回取り込むこと", "月1回取り込むこと"),
        ("value_differs", "3日以内に返すこと", "5日以内に返すこと"),
        ("value_differs", "10人以上で予約すること", "10人未満で予約すること"),
        ("value_differs", "当日反映すること", "翌日反映すること"),
        ("value_differs", "前日の正午まで受け付けること", "前日の17時まで受け付けること"),
        ("related", "予約を登録できること", "予約を削除できること"),
        ("related", "職員が予約を登録できること", "利用者が予約を登録できること"),
        ("related", "町から業者へ結果を渡すこと", "業者から町へ結果を渡すこと"),
        ("related", "給水の休止を登録できること", "休止していた給水の再開を登録できること"),
    ],
)
def test_a_contradiction_is_seen_from_both_sides(kind: str, one: str, other: str) -> None:
    for first, second in ((one, other), (other, one)):
        found = contradiction(facts(first), facts(second))
        assert found is not None
        assert found.kind is RelationKind(kind)
        assert found.said


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("予約を登録できること", "予約を入力できること"),
        ("3営業日前まで取消できること", "３営業日前までキャンセルできること"),
        ("二重予約ができないこと", "二重予約を防止すること"),
        ("職員が申請者に通知すること", "申請者に、担当者が通知すること"),
    ],
)
def test_other_words_for_one_thing_do_not_contradict(one: str, other: str) -> None:
    assert contradiction(facts(one), facts(other)) is None


def test_quantities_of_only_one_line() -> None:
    one, other = numbers("3日以内に5件"), numbers("5件を10分で")
    assert unmatched(one, other) == (("3日以内",), ("10分",))
