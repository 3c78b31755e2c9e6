"""Words by which two otherwise alike lines say different things; readable data, extended by hand.

`similarity` holds these against a pair before it may call the lines the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from registry.text.openings import openings


class Contrast(NamedTuple):
    """Two words of which two lines have one each, and how that is shown: 許可→禁止, 禁止→許可."""

    one: re.Pattern[str]
    other: re.Pattern[str]
    ahead: str
    back: str


class Contrasts(NamedTuple):
    """`begins`: first character → which words can begin with it, two bits a pair."""

    pairs: tuple[Contrast, ...]
    begins: dict[str, int]

    def possible(self, key: str) -> list[tuple[int, Contrast]]:
        """The pairs of which a key may have a word, by its characters, with their numbers.

        A line has words of a few pairs; this spares it the search for all the others.
        """
        begins, bits = self.begins, 0
        for char in set(key):
            bits |= begins.get(char, 0)
        return [(at, pair) for at, pair in enumerate(self.pairs) if bits >> 2 * at & 3]


def _contrasts(rows: Sequence[tuple[str, str, str, str]]) -> Contrasts:
    pairs = []
    begins: dict[str, int] = {}
    for at, (one, other, shown_one, shown_other) in enumerate(rows):
        ahead, back = f"{shown_one}→{shown_other}", f"{shown_other}→{shown_one}"
        pairs.append(Contrast(re.compile(one), re.compile(other), ahead, back))
        for side, pattern in enumerate((one, other)):
            for char in openings(pattern):
                begins[char] = begins.get(char, 0) | 1 << 2 * at + side
    return Contrasts(tuple(pairs), begins)


# (one, other): one line has the first and the next line the second. A denial behind a word turns it
# to the other side (含めない is 除く); see `turned`.
OPPOSITES: Final = _contrasts(
    (
        (
            r"(?<!不)許可(?!書|証|番号|申請)|許容|容認|(?<!承)認め|許[すしさ]",
            r"不許可|禁止|禁じ|拒[否絶むみ]|却下|断[るりっ]",
            "許可",
            "禁止",
        ),
        (r"有効(?!期)", r"無効", "有効", "無効"),
        (
            r"でき(?=る|て|、|ます)|可能(?!性)|行える|使える",
            (
                r"無効(?=[とにで]|$)|不能|拒[否絶むみ]|却下|断[るりっ]|はじ[くき]|弾[くき]|エラーと(?=す|し)|(?<=を)(?:停止|中止|休止)(?=する(?:こと|。|$))|遮断|凍結|ロック(?=し|す|さ|を?(?:かけ|掛))|ブロック(?=し|す|さ)|"
                r"(?<![者囲限数間象目])を(?:一切|すべて|全て)?(?:制限|抑止|抑制|規制)(?=し|す|さ)"
            ),
            "可能",
            "無効",
        ),
        (
            r"(?<!非)表示|見え|見せ|見られ",
            r"非表示|隠[すしせさ]|伏せ|マスキング|マスク|秘匿",
            "表示",
            "非表示",
        ),
        (r"(?<!非)公開|公表|開示", r"非公開|非公表|不開示|非開示|部外秘", "公開", "非公開"),
        (
            r"含[むめまん]|算入|対象(?=と(?:も)?[しすさは]|に(?:も)?(?:する|し))",
            r"除[くきい]|除外|対象外|対象から外|省[くい]|算入外",
            "含む",
            "除く",
        ),
        (r"有料|有償|徴収|課金", r"無料|無償|免除|(?<!\d)0円|ただで", "有料", "無料"),
        (
            (
                r"必要(?=[とで。がはも]|$|こと)|必須|必ず|義務|(?<!を)要する|(?<=を)要(?:し|する|さ)|求め(?!に)|"
                r"前提|条件と|なければ|経て|得て(?:から)?|(?<![\d一-鿿])した(?:者|方|人|場合)(?:のみ|だけ|に限)"
            ),
            (
                r"不要|任意(?=[とでに。]|$)|なし(?=[でに])|無しで|抜きで|なく(?:て|と)も|"
                r"省略(?=でき|可|し|す)|未[一-鿿]{1,4}(?:でも|のまま|であっても)|空欄(?:でも|のまま)|"
                r"(?<=[さわかせ経得介待き])ず(?=に|と|、|$|(?:申込|予約|利用|発行|登録))|問わ(?:ず|ない)|要ら|いらない"
            ),
            "必要",
            "不要",
        ),
        (
            r"(?<![\d日月年分間])前に|前払|前納|に先立",
            r"(?<![\d日月年分間])後に|てから|た後|(?<!近づい)(?<!近付い)たら|後払|後納",
            "前に",
            "後に",
        ),
        (
            r"以外[^、]{0,6}[もに]|にも|でも|からも|とも(?=でき|可)|誰も|全員|だけでなく|限らず|問わず",
            r"に限[るりっらた]|限定|のみ|だけ(?!で(?:は)?な)|しか",
            "にも",
            "だけ",
        ),
        (r"(?:必須|必ず)", r"不可(?!欠|能)|禁止", "必須", "不可"),
        (
            r"残[すしせさ]|保持|保管|(?:記録|履歴|データ|内容|情報|画像|版)を?保存",
            r"破棄|廃棄|消去|抹消|消[すしえ]|削除",
            "残す",
            "消す",
        ),
        (
            r"継続(?=し|す|で|さ)|続行|続け|再開",
            r"停止|中止|中断|打ち?切|止め(?=る|て|、|ら)",
            "続ける",
            "止める",
        ),
        (r"上書|置き換え|差し?替", r"追記|別の版|新たな版|別に保存|版を分け", "上書き", "追記"),
        (r"付与|与え|持たせ", r"剥奪|取り上げ|外[すし](?!部)|与えない", "与える", "取り上げる"),
        (r"義務|強制|必須", r"任意(?=[とでに。]|$)|希望する|望む者|選択制", "必須", "任意"),
        (r"一致|合致", r"不一致|異な|相違|食い違", "一致", "不一致"),
        (r"(?<!非)課税(?!標準)", r"非課税", "課税", "非課税"),
    )
)

_TURN: Final = re.compile(
    r"(?:と|に|は|も|で|を|の|が|し|さ|せ|め|れ|られ|ら|な|せる|する|る|できる|き|こと|もの|対象|扱い|である|でき|必要){0,5}"
    r"(?:ない(?!か)|(?<!ら)ず(?=に|と|、|$)|ません|なく(?:て|と|す|、|$)|(?<=こと)なく|不可(?!欠)|なし(?=[とで。]|$)|はなく)"
)
"""A denial right behind a word of a pair."""
_TURNING: Final = ("ない", "ず", "ません", "なく", "不可", "なし")
"""One of these is in every denial `_TURN` knows."""
_NO_DENIAL: Final = re.compile(
    r"な(?:けれ|くて)ば?は?(?:なら|いけ)ない|ねばならない|差し?支えない|(?:構|かま)わない|問題ない|とは限らない|"
    r"[漏も]れなく|だけで(?:は)?なく|のみならず|(?:必|ま)ず|少なく"
)

CONTRASTS: Final = _contrasts(
    (
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

_PHASE: Final = re.compile(r"(?=([一-鿿ァ-ヺ]{2})([前後中内外])(?![一-鿿]))")
_PHASES: Final = frozenset(map(frozenset, ("前後", "前中", "中後", "内外")))


def phases(key: str) -> frozenset[tuple[str, str]]:
    """Words with the side they are taken from: (期間, 内), (締切, 後)."""
    return frozenset(found.groups() for found in _PHASE.finditer(key))  # type: ignore[misc]


def other_phase(
    one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]
) -> tuple[str, ...]:
    """Words only the sides of which differ in two lines, as first → second."""
    return tuple(
        f"{word}{side}→{word}{there}"
        for word, side in sorted(one - other)
        for same, there in sorted(other - one)
        if same == word and frozenset((side, there)) in _PHASES
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


_PARTNERS: Final = {
    char: tuple(sorted(other for pair in _CONTRARY if char in pair for other in pair - {char}))
    for char in sorted(frozenset().union(*_CONTRARY))
}


def contraries(words: Iterable[str]) -> dict[str, str]:
    """Words that would be contrary to one of these (上半期 to 下半期), each with the word it is of."""
    return {partner: word for word in sorted(words) for partner in _partners(word)}


@lru_cache(maxsize=65536)
def _partners(word: str) -> tuple[str, ...]:
    return tuple(
        word[:at] + partner + word[at + 1 :]
        for at, char in enumerate(word)
        if char in _PARTNERS
        for partner in _PARTNERS[char]
    )


def sides(contrasts: Contrasts, key: str) -> tuple[int, int]:
    """Bits of the pairs of which a line has only the first word, and only the second."""
    left = right = 0
    for at, pair in contrasts.possible(key):
        has_one, has_other = pair.one.search(key), pair.other.search(key)
        if has_one:
            if not has_other:
                left |= 1 << at
        elif has_other:
            right |= 1 << at
    return left, right


def turned(contrasts: Contrasts, key: str) -> tuple[int, int]:
    """`sides`, where a denied word counts for the other side (含めない: 除く)."""
    if not any(word in key for word in _TURNING):
        return sides(contrasts, key)
    plain = _NO_DENIAL.sub(lambda found: "〓" * len(found[0]), key)
    left = right = 0
    for at, pair in contrasts.possible(key):
        first = second = False
        for found in pair.one.finditer(key):
            denied = _TURN.match(plain, found.end()) is not None
            first, second = first or not denied, second or denied
        for found in pair.other.finditer(key):
            denied = _TURN.match(plain, found.end()) is not None
            first, second = first or denied, second or not denied
        if first and not second:
            left |= 1 << at
        elif second and not first:
            right |= 1 << at
    return left, right


def contrasted(
    contrasts: Contrasts, one: tuple[int, int], other: tuple[int, int]
) -> tuple[str, ...]:
    """What two lines say contrary to one another, first → second, from their `sides`."""
    forward, backward = one[0] & other[1], one[1] & other[0]
    if not forward | backward:
        return ()
    return tuple(
        pair.ahead if forward >> at & 1 else pair.back
        for at, pair in enumerate(contrasts.pairs)
        if (forward | backward) >> at & 1
    )
