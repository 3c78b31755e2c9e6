"""The words an edition is printed with.

They belong to the template version and not to the screens: an edition printed again years later
must give the same bytes, so a label that changes on a page must not change here by itself.
"""

from __future__ import annotations

from datetime import date

TEMPLATE_VERSION = "1"

OBLIGATION = {"mandatory": "必須", "optional": "任意", "prohibited": "実装しない"}
OBLIGATION_MEANING = {
    "mandatory": "必ず実装すること。",
    "optional": "実装してもしなくてもよい。提案の際に実装の有無を示すこと。",
    "prohibited": "実装しないこと。標準機能に含まれるときは、利用できない設定とする。",
}
KIND = {
    "functional": "機能",
    "form": "帳票",
    "screen": "画面",
    "data": "データ",
    "interface": "連携",
    "non_functional": "非機能",
}
PHASE = {
    "phase_1": "第1期",
    "phase_2": "第2期",
    "deferred": "見送り",
    "workaround": "運用で代替",
}
PHASE_MEANING = {
    "phase_1": "最初の稼働時に備える。",
    "phase_2": "次の段階で備える。最初の稼働時には求めない。",
    "deferred": "今回の調達では求めない。",
    "workaround": "システムによらず、職員の運用で対応する。",
}
VIEWPOINT = {
    "management": "経営",
    "organization": "組織",
    "program": "事業",
    "technology": "技術",
}
HORIZON = {"short": "1年以内", "medium": "3年以内", "long": "10年"}
BENEFICIARY = {"resident": "住民", "staff": "職員", "business": "事業者"}
MUNICIPALITY_KIND = {"city": "市", "town": "町", "village": "村"}

FOLLOWS = "●"
NOT_USED = "－"

# First day of each era, newest first (元号を改める政令: 2019-05-01 令和, 1989-01-08 平成,
# 1926-12-25 昭和).
ERAS = (
    (date(2019, 5, 1), "令和"),
    (date(1989, 1, 8), "平成"),
    (date(1926, 12, 25), "昭和"),
)


def japanese_date(text: str) -> str:
    """「2026-10-01」 as 「令和8年10月1日」; a text that is no date is returned as it is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    for first, era in ERAS:
        if day >= first:
            year = day.year - first.year + 1
            return f"{era}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    return western_date(text)


def western_date(text: str) -> str:
    """「2026-10-01」 as 「2026年10月1日」; a text that is no date is returned as it is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.year}年{day.month}月{day.day}日"
