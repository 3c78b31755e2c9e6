"""Words by which two otherwise alike lines say different things; readable data, extended by hand.

`similarity` holds these against a pair before it may call the lines the same.
"""

from __future__ import annotations

import re
from typing import Final

Contrasts = tuple[tuple[re.Pattern[str], re.Pattern[str], str, str], ...]

# (one, other): one line has the first and the next line the second.
OPPOSITES: Contrasts = tuple(
    (re.compile(one), re.compile(other), f"{shown_one}→{shown_other}", f"{shown_other}→{shown_one}")
    for one, other, shown_one, shown_other in (
        (r"許可|許容|認める", r"禁止|拒否", "許可", "禁止"),
        (r"有効", r"無効", "有効", "無効"),
        (r"(?<!非)表示", r"非表示|(?<!非)表示(?:さ|し)ない", "表示", "非表示"),
        (r"(?<!非)公開", r"非公開", "公開", "非公開"),
        (r"含[むめま]", r"除[くきい]|除外", "含む", "除く"),
        (r"有料", r"無料", "有料", "無料"),
        (r"必要|必須|(?<!を)要する", r"不要", "必要", "不要"),
        (
            r"(?<![\d日月年分間])前に|前払|前納",
            r"(?<![\d日月年分間])後に|てから|た後|後払|後納",
            "前に",
            "後に",
        ),
        (r"以外[^、]{0,6}[もに]|にも", r"に限|のみ|だけ|しか", "にも", "だけ"),
        (r"(?:必須|必ず)", r"不可(?!欠|能)|禁止", "必須", "不可"),
    )
)

CONTRASTS: Contrasts = tuple(
    (re.compile(one), re.compile(other), f"{shown_one}→{shown_other}", f"{shown_other}→{shown_one}")
    for one, other, shown_one, shown_other in (
        (r"自動", r"手動|手作業", "自動", "手動"),
        (r"自動", r"職員が", "自動", "職員"),
        (r"事前|前払", r"事後|後払", "事前", "事後"),
        (r"先着", r"抽選", "先着", "抽選"),
        (r"昇順", r"降順", "昇順", "降順"),
        (r"上限|最大", r"下限|最小|最低", "上限", "下限"),
        (r"開始", r"終了|満了|廃止|中止", "開始", "終了"),
        (r"午前", r"午後", "午前", "午後"),
        (r"平日", r"休日|土日|祝日|閉庁日", "平日", "休日"),
        (r"[市町村]内", r"[市町村]外", "域内", "域外"),
        (r"全件|すべて|全て|一括", r"一部|個別|1件ずつ", "全て", "一部"),
        (r"個人", r"団体|法人", "個人", "団体"),
        (r"(?<!再)送信|発信", r"受信", "送信", "受信"),
        (r"入庫|貸出", r"出庫|返却", "貸出", "返却"),
        (r"取込|インポート|読込", r"出力|エクスポート|書出", "取込", "出力"),
        (r"窓口", r"インターネット|web|オンライン", "窓口", "オンライン"),
        (r"縦", r"横", "縦", "横"),
        (r"和暦", r"西暦", "和暦", "西暦"),
        (r"両面", r"片面", "両面", "片面"),
        (r"漢字", r"カナ|かな", "漢字", "カナ"),
    )
)

_ACTOR_CLASSES: Final = (
    r"利用者|住民|市民|町民|村民|区民|申請者|予約者|申込者|利用団体|保護者",
    r"職員|管理者|担当者|担当課|所管課|窓口|係員|施設管理者|事務局",
    r"システム|自動",
    r"受託者|事業者|ベンダー?|業者",
)
ACTOR: Final = re.compile(
    "|".join(f"(?P<a{number}>{words})" for number, words in enumerate(_ACTOR_CLASSES)).join(
        ("(?:", r")(?:自身|自ら|側)?(?:が(?!でき)|は|自ら|自身で|において)")
    )
)


# Characters by which two words of one build are each other's contrary: 奇数月, 偶数月.
_CONTRARY: Final = frozenset(
    frozenset(pair)
    for pair in [
        "上下",
        "左右",
        "前後",
        "内外",
        "奇偶",
        "男女",
        "新旧",
        "大小",
        "高低",
        "増減",
        "入出",
        "開閉",
        "始終",
        "有無",
        "公私",
        "昼夜",
        "朝夕",
        "東西",
        "南北",
        "多少",
        "長短",
        "早遅",
        "加減",
        "発着",
        "往復",
        "貸借",
        "売買",
        "収支",
        "受送",
        "縦横",
        "父母",
        "主副",
        "正副",
        "甲乙",
        "明暗",
        "昇降",
        "強弱",
        "軽重",
        "先後",
        "親子",
        "夏冬",
        "春秋",
        "当落",
    ]
)


def contrary(one: str, other: str) -> bool:
    """Whether two words differ in one character only, and by its contrary (上半期, 下半期)."""
    if len(one) != len(other):
        return False
    differing = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    return len(differing) == 1 and frozenset(differing[0]) in _CONTRARY


def sides(pairs: Contrasts, key: str) -> tuple[int, int]:
    """Bits of the pairs of which a line has only the first word, and only the second."""
    left = right = 0
    for at, (one, other, _, _) in enumerate(pairs):
        has_one, has_other = one.search(key), other.search(key)
        if has_one:
            if not has_other:
                left |= 1 << at
        elif has_other:
            right |= 1 << at
    return left, right


def contrasted(pairs: Contrasts, one: tuple[int, int], other: tuple[int, int]) -> tuple[str, ...]:
    """What two lines say contrary to one another, first → second, from their `sides`."""
    forward, backward = one[0] & other[1], one[1] & other[0]
    return tuple(
        ahead if forward >> at & 1 else back
        for at, (_, _, ahead, back) in enumerate(pairs)
        if (forward | backward) >> at & 1
    )
