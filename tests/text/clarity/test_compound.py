from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.text.clarity.anatomy import Line
from registry.text.clarity.compound import parts


def split(text: str) -> list[str]:
    return [part.text for part in parts(Line(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "滞納者を検索でき、結果をCSVで出力できること。",
            ["滞納者を検索できること。", "結果をCSVで出力できること。"],
        ),
        (
            "転入者の情報を登録すること。また、前住所地へ通知を送信すること。",
            ["転入者の情報を登録すること。", "前住所地へ通知を送信すること。"],
        ),
        (
            "督促状を印刷できるとともに、印刷の履歴を表示できること。",
            ["督促状を印刷できること。", "印刷の履歴を表示できること。"],
        ),
        (
            "受託者は、操作研修を実施し、かつ、手順書を納めなければならない。",
            [
                "受託者は、操作研修を実施しなければならない。",
                "受託者は、手順書を納めなければならない。",
            ],
        ),
        (
            "期限が来た契約を担当者に知らせ、更新の伺い書を作成します。",
            ["期限が来た契約を担当者に知らせます。", "更新の伺い書を作成します。"],
        ),
        (
            "給水停止の予定者を抽出し、抽出した者への連絡票を印刷する。",
            ["給水停止の予定者を抽出する。", "抽出した者への連絡票を印刷する。"],
        ),
        (
            "データセンターを国内に置かなければならず、予備を300km以上離れた場所に置くことが望ましい。",
            [
                "データセンターを国内に置かなければならない。",
                "予備を300km以上離れた場所に置くことが望ましい。",
            ],
        ),
        (
            "図書の貸出しができること及び返却ができること。",
            ["図書の貸出しができること。", "返却ができること。"],
        ),
        (
            "権限ごとに画面の表示を設定、印刷の履歴を保存",
            [],
        ),
    ],
)
def test_proposed_splits(text: str, expected: list[str]) -> None:
    assert split(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "登録、変更及び削除ができること。",
        "内容を確認し、修正できること。",
        "CSVを取り込み、検針値を一括登録できること。",
        "バーコードを読み取り、貸出しの手続ができること。",
        "条件を指定し、予算の執行状況を一覧で表示できること。",
        "予約の申込み、変更、取消しを利用者の画面で行えること。",
        "申請者が中断できるよう、入力内容を24時間保存すること。",
        "世帯構成が変わり、限度額が変更になった場合、再計算すること。",
        "家屋を新築し、増築し、又は取り壊した者の一覧を表示できること。",
        "要介護度の変更の履歴を、認定の有効期間とともに照会できること。",
        "予約を登録できること。ただし、前日の申込みを除く。",
        "保存期間とは、登録の日から削除の日までの期間をいう。",
        "検索結果の出力は必須であるが、全件を一度に出力できることが望ましい。",
        "今は紙で管理している。予約を画面で登録できること。",
        "予約を画面で登録したいと思う。",
    ],
)
def test_one_requirement_stays_one(text: str) -> None:
    assert split(text) == []


@given(
    st.text(alphabet="予約を登録し検索でき、。また（）「」こと送りますがとともに、", max_size=60)
)
def test_parts_lie_in_order_and_hold_words(text: str) -> None:
    at = 0
    for part in parts(Line(text)):
        assert at <= part.start < part.end <= len(text)
        assert part.text.strip()
        at = part.end
