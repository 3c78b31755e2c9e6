from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.text.terms import (
    negated,
    negations,
    numbers,
    obligation_words,
    split_statements,
    tokens,
    words,
)

JAPANESE = st.text(
    alphabet="あいうできるないことをにはサーバータ予約登録利用者開始日髙﨑𠮷０1２3日前か月件、。（）・ -A%\n\U000e0100",
    max_size=40,
)
ANY = st.one_of(JAPANESE, st.text(max_size=40))


@given(ANY)
def test_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(tokens(text)) == text
    assert all(tokens(text))


@given(ANY)
def test_nothing_fails_on_any_text(text: str) -> None:
    words(text)
    numbers(text)
    negated(text)
    obligation_words(text)
    for statement in split_statements(text):
        assert 0 <= statement.start <= statement.end <= len(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("利用者登録は３営業日以内", "利用者|登録|は|３営業日|以内"),
        ("予約開始日の30日前から2ヶ月前まで", "予約|開始日|の|30日前|から|2ヶ月前|まで"),
        ("翌月10日に通知できないこと。", "翌月10日|に|通知|できない|こと|。"),
        ("公共施設予約の使用料減免申請", "公共|施設|予約|の|使用料|減免|申請"),
        ("仮予約登録", "仮予約|登録"),
        ("Web画面（UTF-8）", "Web|画面|（|UTF-8|）"),
        ("髙橋葛\U000e0100飾区", "髙橋葛\U000e0100飾区"),
        ("翌営業日までに", "翌営業日|まで|に"),
    ],
)
def test_tokens_are_words(text: str, expected: str) -> None:
    assert "|".join(tokens(text)) == expected


def test_words_are_content_in_one_spelling() -> None:
    assert words("・ユーザーが予約を取り消しできること。") == ("利用者", "予約", "取消")
    assert words("①利用者が、予約をキャンセルすること") == ("利用者", "予約", "取消")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("３営業日以内", [("", "3", "営業日", "", "max")]),
        ("翌月10日まで", [("翌月", "10", "日", "", "max")]),
        ("30日前から", [("", "30", "日", "前", "min")]),
        ("1,000件以上", [("", "1000", "件", "", "min")]),
        ("1千件", [("", "1000", "件", "", "")]),
        ("1.5万円", [("", "15000", "円", "", "")]),
        ("2,000.50円", [("", "2000.5", "円", "", "")]),
        ("午後5時30分から", [("", "17:30", "時", "", "min")]),
        ("三日前", [("", "3", "日", "前", "")]),
        ("一人三件まで", [("", "1", "人", "", ""), ("", "3", "件", "", "max")]),
        ("十五日前", [("", "15", "日", "前", "")]),
        ("第2火曜日", [("第", "2", "", "", ""), ("火曜日", "", "", "", "")]),
        ("即時", [("即時", "", "", "", "")]),
        ("1日ごと", [("", "1", "日", "", "each")]),
        ("1.1.14参照", [("", "1.1.14", "", "", "")]),
        ("10:00～17:00", [("", "10:00", "時", "", ""), ("", "17:00", "時", "", "")]),
    ],
)
def test_numbers(text: str, expected: list[tuple[str, str, str, str, str]]) -> None:
    assert [(q.prefix, q.value, q.unit, q.side, q.bound) for q in numbers(text)] == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2か月前", "２ヶ月前"),
        ("2ヵ月前", "2カ月前"),
        ("2ヶ月前", "2箇月前"),
        ("二か月前", "2ケ月前"),
        ("5名", "５人"),
        ("午後5時", "17:00"),
        ("2週間前", "14日前"),
        ("10000件", "1万件"),
        ("直ちに反映", "即時に反映"),
        ("18才以上", "18歳以上"),
        ("50％", "50パーセント"),
        ("月の初日", "1日"),
        ("一団体3件", "1団体3件"),
        ("次年度の予算", "翌年度の予算"),
        ("先月分", "前月分"),
    ],
)
def test_numbers_written_differently_are_equal(one: str, other: str) -> None:
    assert [q.key for q in numbers(one)] == [q.key for q in numbers(other)]
    assert all(a.agrees(b) for a, b in zip(numbers(one), numbers(other), strict=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3営業日", "3日"),
        ("翌月10日", "10日"),
        ("3日前", "3日後"),
        ("3件以上", "3件以下"),
        ("当日", "翌日"),
        ("10時", "10時間"),
        ("月曜日", "火曜日"),
    ],
)
def test_numbers_that_differ(one: str, other: str) -> None:
    assert not numbers(one)[0].agrees(numbers(other)[0])


def test_a_bound_left_unsaid_agrees() -> None:
    assert numbers("3営業日前")[0].agrees(numbers("3営業日前まで")[0])


@pytest.mark.parametrize(
    "text",
    [
        "一覧を一括で印刷",
        "一部の項目",
        "UTF-8",
        "A4で印刷",
        "Windows10",
        "(1) 予約",
        "1-1 予約",
        "十分な余白",
    ],
)
def test_no_quantity(text: str) -> None:
    assert numbers(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "予約できないこと",
        "予約しないこと。",
        "二重予約を防止すること",
        "二重予約ができないよう制御すること",
        "変更できないようにすること",
        "変更は不可とする",
        "当日の取消は禁止",
        "承認を不要とすること",
        "メモは証明書に出力されないこと",
        "必ず登録できないこと",
        "対象外とすること",
        "予約が重複しないようにしてほしい",
        "二重予約ができない仕組みとする",
    ],
)
def test_negated(text: str) -> None:
    assert negated(text)


@pytest.mark.parametrize(
    "text",
    [
        "予約できること",
        "入力しない場合でも登録できること",
        "性能に依存せず使えること",
        "登録しなければならない",
        "登録しなくてもよい",
        "利用しても差し支えない",
        "漏れなく登録できること",
        "消防設備を管理できること",
        "少ない操作で登録できること",
        "曜日を問わず予約できること",
        "必ず登録できること",
        "まず検索すること",
    ],
)
def test_not_negated(text: str) -> None:
    assert not negated(text)


def test_negations_counts_inside_conditions_too() -> None:
    assert negations("入力しない場合は登録できないこと") == 2
    assert negations("必ず入力しなければならない") == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("登録できること", set()),
        ("登録は必須とする", {"mandatory"}),
        ("登録しなければならない", {"mandatory"}),
        ("登録することが望ましい", {"desirable"}),
        ("登録してもよい", {"optional"}),
        ("登録は任意とする", {"optional"}),
        ("登録してはならない", {"prohibited"}),
        ("必須項目を任意の順に並べられること", set()),
        ("削除しても差し支えない", {"optional"}),
    ],
)
def test_obligation_words(text: str, expected: set[str]) -> None:
    assert obligation_words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("予約できること", ["予約できること"]),
        (
            "空き状況を検索でき、予約の申込ができること。",
            ["空き状況を検索できること", "予約の申込ができること。"],
        ),
        ("登録するとともに、変更できること", ["登録すること", "変更できること"]),
        ("登録できること、また、変更できること。", ["登録できること", "変更できること。"]),
        (
            "予約できること（取消でき、変更できる。）。なお、当日は受け付けないこと。",
            ["予約できること（取消でき、変更できる。）。", "当日は受け付けないこと。"],
        ),
        ("登録できること\n変更できること", ["登録できること", "変更できること"]),
        ("", [""]),
    ],
)
def test_split_statements(text: str, expected: list[str]) -> None:
    assert [statement.text for statement in split_statements(text)] == expected


def test_statements_point_into_the_line() -> None:
    line = "空き状況を検索でき、予約の申込ができること。"
    pieces = [line[s.start : s.end] for s in split_statements(line)]
    assert "".join(pieces) == line
