from __future__ import annotations

import pytest

from registry.processes.step_words import VERBS, plain_condition, plain_name, role


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("許可書を渡す", "使用許可書を交付する"),
        ("申請書を受け付ける", "利用申請書の受付を行う"),
        ("使用料を徴収する", "利用料金を収納する"),
        ("予約台帳で空きを調べる", "台帳で空き状況を確認"),
    ],
)
def test_the_same_act_in_other_words(one: str, other: str) -> None:
    assert plain_name(one).replace("を", "").replace("の", "") == plain_name(other).replace(
        "を", ""
    ).replace("の", "")


@pytest.mark.parametrize(
    ("one", "other"),
    [("鍵を貸し出す", "鍵を返却する"), ("申請する", "許可する"), ("決裁する", "確認する")],
)
def test_other_acts_stay_other(one: str, other: str) -> None:
    assert plain_name(one) != plain_name(other)


def test_no_word_stands_in_two_classes() -> None:
    every = [word for words in VERBS for word in words]
    assert len(every) == len(set(every))


@pytest.mark.parametrize(
    ("lane", "expected"),
    [
        ("利用者", "resident"),
        ("生涯学習課", "office"),
        ("公民館職員", "office"),
        ("課長", "decider"),
        ("予約システム", "system"),
        ("指定管理者", "outside"),
        ("Lane 1", ""),
    ],
)
def test_roles(lane: str, expected: str) -> None:
    assert role(lane) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("空きがない場合", ("空き", False)),
        ("空きあり", ("空き", True)),
        ("不備なし", ("不備", False)),
        ("不備があるとき", ("不備", True)),
        ("はい", ("", True)),
        ("No", ("", False)),
        ("承認", ("承認", True)),
    ],
)
def test_conditions(condition: str, expected: tuple[str, bool]) -> None:
    assert plain_condition(condition) == expected
