"""What a requirement line is made of: words, quantities, negation, obligation, statements.

No dictionary: Japanese requirement text changes script at nearly every word boundary, so runs of
one script, cut further by the rules below, are close enough to words for comparing and marking.
Callers that need better words replace `words`; the rest of the module does not depend on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from registry.text.normalise import search_key, strip_marks
from registry.text.openings import openings

# ---- tokens ---------------------------------------------------------------------------------

_KANJI: Final = "一-鿿㐀-䶿豈-龎々〆〇\U00020000-\U0003ffff"
_SELECTOR: Final = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_KATAKANA: Final = "ァ-ヺーヽヾｦ-ﾟ"
_DIGIT: Final = "0-9０-９"
_COUNT_UNITS: Final = (
    "営業日前|営業日後|営業日|開庁日|開館日|"
    "[かヶヵカケヵｶ箇](?:月|所)間?前?後?|"
    "曜日|日間|日前|日後|日目|週間前|週間後|週間|週|年度|年間|年前|年後|年|月|日|"
    "時間前|時間後|時間|時|分間|分前|分後|分|秒間|秒|"
    "文字|桁|行|列|円|ページ|頁|ユーザー?|アカウント|拠点|台|団体|施設|室|面|コマ|枠|区分|項目|"
    "種類|段階|階層|世代|世帯|点|冊|通|級|号|条|項|版|倍|割|度|回線|回|件|枚|個|組|期|章|歳|才|名|人|本|つ|"
    "[%％‰]|パーセント|[kKＫmMＭgGＧtTＴ][bBＢ](?:ps)?|dpi|px|[mck]?m²?|㎡|㎞"
)
_TOKEN: Final = re.compile(
    rf"(?P<number>(?:(?:翌々?|当|前々?|毎|第|令和|平成|昭和|西暦|午前|午後|約|計)?(?:月|年度?|日|週)?)"
    rf"[{_DIGIT}]+(?:[,，.．:：][{_DIGIT}]+)*[千万億]?(?:{_COUNT_UNITS})?)"
    rf"|(?P<latin>[A-Za-zＡ-Ｚａ-ｚ][A-Za-zＡ-Ｚａ-ｚ{_DIGIT}]*(?:[.．+_/＿／\-－][A-Za-zＡ-Ｚａ-ｚ{_DIGIT}]+)*)"
    r"|(?P<time>翌々?営業日|営業日|開庁日|前々日|翌々日|[月火水木金土日]曜日)"
    rf"|(?P<katakana>[{_KATAKANA}]+)"
    r"|(?P<joint>及び|並びに|又は|若しくは)"
    rf"|(?P<kanji>[{_KANJI}](?:(?!及び|並びに|又は|若しくは)[{_KANJI}{_SELECTOR}])*)"
    r"|(?P<hiragana>[ぁ-ゟ]+)"
    r"|(?P<space>\s+)"
    r"|(?P<other>.)",
    re.DOTALL,
)
# Grammar between and behind the content words; longest first where one begins like another.
_FUNCTION_WORD: Final = re.compile(
    r"しなければならない|なければならない|してはならない|してもよい|することができる|ことができる|"
    r"できるように|できない|できる|でき|しないで|しない|すること|されない|される|されて|して|した|する|せず|"
    r"こと|ない|または|または|および|ならびに|もしくは|ただし|かつ|また|なお|によって|により|による|"
    r"において|における|について|に対し|とともに|ごとに|ごと|ように|よう|まで|から|より|だけ|など|"
    r"を|に|は|が|の|と|で|も|へ|や|な|か"
)
_PREFIXES: Final = frozenset("各全未再非不無新旧仮本当翌同他両第最総副主別複毎前後")
_SUFFIXES: Final = frozenset(
    "者日時所別用化性的数名料先元券書表票証欄番費権率額中後前内外毎間等順式型式課係室"
)


@lru_cache(maxsize=65536)
def tokens(text: str) -> tuple[str, ...]:
    """The text cut into words, signs and spaces; joined they are the text again.

    Quantities keep their unit (3営業日, 翌月10日, 30日前, 2か月前). Remembered, because the same
    bodies are compared with many others.
    """
    return tuple(piece for _, piece in _scan(text))


def _scan(text: str) -> Iterator[tuple[str, str]]:
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or "other"
        piece = found.group()
        if kind == "kanji":
            yield from (("kanji", part) for part in cut_kanji(piece))
        elif kind == "hiragana":
            yield from (("hiragana", part) for part in _cut_hiragana(piece))
        else:
            yield kind, piece


def cut_kanji(run: str) -> Iterator[str]:
    """Cut a compound into two-character words with their affixes: 利用者|登録, 予約|開始日.

    Whether an affix is taken follows from the parity of what is left, which is how Sino-Japanese
    compounds are nearly always built; characters beyond the basic plane or with a selector are
    names and stay whole.
    """
    if len(run) <= 3 or any(char > "\uffff" or "\ufe00" <= char <= "\ufe0f" for char in run):
        yield run
        return
    at = 0
    while at < len(run):
        left = len(run) - at
        size = 2
        if left <= 3:
            size = left if left < 3 or run[at] in _PREFIXES or run[-1] in _SUFFIXES else 2
        elif left % 2:
            size = 3 if run[at] in _PREFIXES or run[at + 2] in _SUFFIXES else 2
        elif all(char in _SUFFIXES for char in run[at + 2 :]):
            size = 3
        yield run[at : at + size]
        at += size


def _cut_hiragana(run: str) -> Iterator[str]:
    at = 0
    for found in _FUNCTION_WORD.finditer(run):
        if found.start() > at:
            yield run[at : found.start()]
        yield found.group()
        at = found.end()
    if at < len(run):
        yield run[at:]


# ---- content words --------------------------------------------------------------------------

# One word written in several ways. Only spellings and exact loan-word doubles: words that are
# merely near in meaning must stay apart here.
_SPELLINGS: Final = (
    (r"取り?消(?:し|す(?=る|こと|$))?|キャンセル", "取消"),
    (r"申し?込(?:み|む)?", "申込"),
    (r"貸し?出(?:し|す)?", "貸出"),
    (r"払い?戻(?:し|す)?", "払戻"),
    (r"受け?付(?:け|ける)?", "受付"),
    (r"問い?合わ?せ?", "問合"),
    (r"引き?落と?し", "引落"),
    (r"振り?込(?:み|む)?", "振込"),
    (r"割り?引き?", "割引"),
    (r"締め?切り?", "締切"),
    (r"並べ?替え?", "並替"),
    (r"絞り?込(?:み|む)?", "絞込"),
    (r"切り?替え?|切り?換え?", "切替"),
    (r"差し?戻(?:し|す)?", "差戻"),
    (r"見積もり|見積り", "見積"),
    (r"空き(?=状況|枠|時間|室|施設)", "空"),
    (r"プリントアウト|プリント", "印刷"),
    (r"e-?メール|電子メール", "メール"),
    (r"ユーザー?", "利用者"),
    (r"ウェブ", "web"),
    (r"パソコン", "pc"),
    (r"スマホ", "スマートフォン"),
    (r"id[・/]?パスワード|idとパスワード", "idパスワード"),
    (r"ログオン", "ログイン"),
)
# The look ahead spares most places the choice among all the spellings.
_SPELLING: Final = re.compile(
    "(?=[{}])(?:{})".format(
        "".join(sorted(frozenset().union(*(openings(pattern) for pattern, _ in _SPELLINGS)))),
        "|".join(f"({pattern})" for pattern, _ in _SPELLINGS),
    )
)
_LIGHT: Final = frozenset(
    [
        "場合",
        "際",
        "時",
        "等",
        "及",
        "又",
        "並",
        "機能",
        "可能",
        "行",
        "有",
        "持",
        "備",
        "用",
        "上記",
        "以下",
        "以上",
        "以内",
        "当該",
        "各",
        "別",
        "内",
        "前",
        "後",
        "実施",
        "対",
        "的",
        "以降",
        "必要",
        "適切",
        "容易",
        "自由",
    ]
)


def spelled(text: str) -> str:
    """`search_key` of the text without its marks, each word in one spelling (取り消し → 取消)."""
    return respelled(search_key(strip_marks(text)))


def respelled(key: str) -> str:
    """A search key with each word in one spelling."""
    return _SPELLING.sub(lambda found: _SPELLINGS[(found.lastindex or 1) - 1][1], key)


def words(text: str) -> tuple[str, ...]:
    """The content words in their order, normalised, without grammar, quantities and signs."""
    found = []
    for kind, piece in _scan(_QUANTITY.sub("、", spelled(text))):
        if kind == "katakana":
            word = piece.rstrip("ー") if len(piece) > 3 else piece
        elif kind in {"kanji", "latin"}:
            word = piece
        else:
            continue
        if word and word not in _LIGHT:
            found.append(word)
    return tuple(found)


# ---- quantities -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, or a word that stands for a time (当日, 即時).

    `prefix` is 翌月 in 翌月10日, `value` the number without separators ("1000", "17:00"; "" for a
    bare word), `unit` in one spelling (か月, 人, 日), `side` 前 or 後, `bound` max, min, below,
    above, each or "". `text` is the normalised writing, for showing.
    """

    text: str
    prefix: str
    value: str
    unit: str
    side: str
    bound: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.prefix, self.value, self.unit

    def agrees(self, other: Quantity) -> bool:
        """Equal in number and unit; side and bound may be left unsaid by one of the two."""
        return (
            self.key == other.key
            and (not self.side or not other.side or self.side == other.side)
            and (not self.bound or not other.bound or self.bound == other.bound)
        )


_UNITS: Final = {
    "名": "人",
    "才": "歳",
    "頁": "ページ",
    "日間": "日",
    "年間": "年",
    "分間": "分",
    "秒間": "秒",
    "週": "週間",
    "パーセント": "%",
    "ユーザー": "人",
    "ユーザ": "人",
    "利用者": "人",
}
_UNIT: Final = (
    r"営業日|開庁日|開館日|[かヶヵカケ箇](?:月間|月|所)|日間|日|週間|週(?=前|後)|年度|年間|年|月|"
    r"時間|分間|分|秒間|秒|文字|桁|行|列|円|ページ|頁|ユーザー?|アカウント|拠点|台|団体|施設|室|面|コマ|枠|"
    r"区分|項目|種類|段階|階層|世代|世帯|点|冊|通|級|号|条|項|版|倍|割|度|回線|回|件|枚|個|組|期|章|歳|才|"
    r"名|人|本|つ|%|パーセント|[kmgt]b(?:ps)?|dpi|px"
)
_BOUNDS: Final = (
    ("以内|以下|まで", "max"),
    ("以上|以降|から", "min"),
    ("未満", "below"),
    ("を超え|超", "above"),
    ("ごと|毎", "each"),
)
_BOUND: Final = "|".join(pattern for pattern, _ in _BOUNDS)
_PREFIX: Final = (
    r"翌々?営業日|翌々?月|翌々?年度|翌々?年|翌々?日|翌週|(?:週|月|年|日)(?=に?\d+回)|当年度|当月|当日|当年|前々?月|前年度?|前々?日|"
    r"毎年度|毎年|毎月|毎週|毎日|毎朝|令和|平成|昭和|第"
)
_KANJI_COUNT: Final = (
    r"営業日|[かヶヵカケ箇](?:月間|月|所)|日(?=前|後|以内|間|目)|日間|週間|年間|年(?=前|後|以内|ごと|に|を|で)|"
    r"度(?![目にと一-鿿])|度(?=とす|とし)|(?<=[週月年日]に.)度|人(?=が|の)|人(?=で(?!逃|暮|移動|歩|避難|外出|生活|来))|[者社](?![一-鿿])|[者社](?=以|未満|間)|回|件|名|団体|人(?=まで|以上|以下|につき|[一二三四五六七八九十\d])|枚|時間|分(?=前|後|以内)|段階|種類|文字|桁|つ"
)
# The look ahead spares most places the choice among all the forms.
_QUANTITY: Final = re.compile(
    r"(?=[\d一二三四五六七八九十百翌当前次来昨先今本毎同初末正月火水木金土日年週隔四即直た随リ令平昭第午半永無何])(?:"
    rf"(?P<outline>(?<![\d.])\d+(?:\.\d+){{2,}})"
    rf"|(?P<half>午前|午後)?(?<![\d.])(?P<hour>\d{{1,2}})(?:時(?!間)(?:(?P<minute>\d{{1,2}})分|(?P<mid>半))?|:(?P<colon>\d{{2}}))(?P<clock_bound>{_BOUND})?"
    rf"|(?:(?P<prefix>{_PREFIX})の?)?(?<![\da-z.\-])(?P<value>\d+(?:,\d{{3}})*(?:\.\d+)?)(?P<times>[千万億])?"
    rf"(?P<unit>{_UNIT})?(?P<side>前|後)?(?P<bound>{_BOUND})?"
    rf"|(?:(?P<kanji_prefix>[週月年日])に?(?=[一二三四五六七八九十]+[回度])|(?<![{_KANJI}])|(?<=[人回日月年名]))(?P<kanji>[一二三四五六七八九十百]+)(?P<kanji_unit>{_KANJI_COUNT})(?P<kanji_side>前|後)?(?P<kanji_bound>{_BOUND})?"
    r"|(?P<weekday>[月火水木金土日]曜日?)"
    r"|(?P<word>翌々?営業日|翌々?月|翌々?年度?|翌々?日|翌週|次年度|来年度?|来月|来週|昨年度?|先月|今年度?|今月|本年度|当日|当月|当年度?|前々?月|前年度?|前日|"
    r"毎年度?|毎月|毎週|毎日|毎朝|同日|初日|末日|正午|月初め?|半日|半年|月末|年度末|隔[週月年日](?!に?\d)|永久(?!歯)|永年(?!勤)|無期限|無制限|何(?:回|度|件|人|枚|名|個|つ)でも|四半期|即時|即日|即座|直ちに|ただちに|随時|リアルタイム))"
)
_WORDS_FOR_TIME: Final = {
    "直ちに": "即時",
    "ただちに": "即時",
    "即座": "即時",
    "リアルタイム": "即時",
    "末日": "月末",
    "次年度": "翌年度",
    "来年度": "翌年度",
    "来年": "翌年",
    "来月": "翌月",
    "来週": "翌週",
    "昨年度": "前年度",
    "昨年": "前年",
    "先月": "前月",
    "今年度": "当年度",
    "本年度": "当年度",
    "今年": "当年",
    "今月": "当月",
    "永久": "無期限",
    "永年": "無期限",
}
_KANJI_DIGITS: Final = {char: number for number, char in enumerate("一二三四五六七八九", 1)}
_TIMES: Final = {"千": 1000, "万": 10_000, "億": 100_000_000}


_COUNTED: Final = re.compile(r"[0-9一二三四五六七八九十百千]")


def without_quantities(key: str) -> str:
    """A search key with every quantity that holds a numeral blanked by 、, places kept."""
    return _QUANTITY.sub(
        lambda found: (
            "、" * len(found[0])
            if found["weekday"] is None and _COUNTED.search(found[0])
            else found[0]
        ),
        key,
    )


@lru_cache(maxsize=65536)
def numbers(text: str) -> tuple[Quantity, ...]:
    """The quantities of a line in their order, comparable over ways of writing.

    Full-width digits, separators (1,000件 = 1000件 = 1千件), か月/ヶ月/ヵ月/カ月, 名 and 人, 午後5時 and
    17:00 meet. Kanji numerals are read only before a unit where they cannot be part of a word
    (三日前, 一回, but not 一部, 一覧). Digits inside a code (UTF-8, A4, Windows10) and the number of the
    line itself are not quantities.
    """
    return tuple(
        _quantity(found) for found in _QUANTITY.finditer(_zero(search_key(strip_marks(text))))
    )


def _zero(key: str) -> str:
    return key.replace("ゼロ円", "0円")


def _quantity(found: re.Match[str]) -> Quantity:
    part = found.groupdict()
    text = found.group()
    if part["outline"]:
        return Quantity(text, "", part["outline"], "", "", "")
    if part["hour"]:
        hour = int(part["hour"]) + (12 if part["half"] == "午後" and int(part["hour"]) < 12 else 0)
        minute = int(part["minute"] or part["colon"] or (30 if part["mid"] else 0))
        return Quantity(text, "", f"{hour}:{minute:02}", "時", "", _bound(part["clock_bound"]))
    if part["value"]:
        value = _plain(part["value"], part["times"])
        value, unit = _unit(value, part["unit"] or "")
        prefix, side, bound = part["prefix"] or "", part["side"] or "", _bound(part["bound"])
        return Quantity(text, prefix, value, unit, side, bound)
    if part["kanji"]:
        value, unit = _unit(str(_kanji_number(part["kanji"])), part["kanji_unit"])
        side, bound = part["kanji_side"] or "", _bound(part["kanji_bound"])
        unit = "回" if unit == "度" else unit
        return Quantity(text, part["kanji_prefix"] or "", value, unit, side, bound)
    if part["weekday"]:
        return Quantity(text, part["weekday"][0] + "曜日", "", "", "", "")
    if text == "初日":
        return Quantity(text, "", "1", "日", "", "")
    return Quantity(text, _WORDS_FOR_TIME.get(text, text), "", "", "", "")


def _bound(written: str | None) -> str:
    if not written:
        return ""
    return next(name for pattern, name in _BOUNDS if re.fullmatch(pattern, written))


def _plain(digits: str, times: str | None) -> str:
    number = digits.replace(",", "")
    if times:
        whole, _, rest = number.partition(".")
        scale = _TIMES[times]
        shift = len(str(scale)) - 1
        number = whole + rest.ljust(shift, "0")[:shift] if rest else str(int(whole) * scale)
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return number if "." in number else number.lstrip("0") or "0"


def _unit(value: str, written: str) -> tuple[str, str]:
    unit = re.sub(r"^[ヶヵカケ箇](?=月|所)", "か", written).replace("か月間", "か月")
    unit = _UNITS.get(unit, unit)
    if unit == "週間" and value.isdecimal():
        return str(int(value) * 7), "日"
    return value, unit


def _kanji_number(written: str) -> int:
    total, digit = 0, 0
    for char in written:
        if char in _KANJI_DIGITS:
            digit = _KANJI_DIGITS[char]
        else:
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
    return total + digit


# ---- negation and obligation ----------------------------------------------------------------

# Words with ない or ず in them that deny nothing.
_NOT_NEGATIVE: Final = re.compile(
    r"な(?:けれ|くて)ば?は?(?:なら|いけ)ない|ねばならない|ざるを得ない|差し?支えない|(?:構|かま)わない|問題ない|"
    r"なくても(?:よ|良|い)い?|だけで(?:は)?なく|のみならず|とは限らない|少なくとも|少ない|[漏も]れなく|"
    r"(?:間違い|滞り|遅滞|問題|過不足|例外)なく|に?(?:関|かか)わらず|を?問わず|限らず|必ず|まず|いずれ|はず|ずつ|"
    r"わずか|絶えず|不可欠|なくなく|なくな[るりっ]"
)
_NEGATIVE: Final = re.compile(
    r"ない|なかっ|なく(?=て|と?も|、)|ことなく|なければ|(?<=[経得要介])ず(?=に|と|、)|ません|できぬ|(?<=[せわらかがさたなばまきぎりげけれえめべて])ず(?![つれ])|不可|禁止|禁じ|不要|防止|防[ぐげい]|対象外|非対応|未対応|隠[すしせさ]|伏せ|マスキング|省略|省[くい]|除[くい]|除外|から外[すしせ]|"
    r"なし(?=と|で|に|$|。)"
    rf"|(?<![{_KANJI}])未(?![満来明成定然])(?=[{_KANJI}])"
)
_MAY_DENY: Final = re.compile(
    r"な[いくかけし]|ません|[ずぬ不禁防未隠伏省除外]|対象外|非対応|マスキング"
)
_TAIL: Final = re.compile(
    r"(?:こと|もの|ように|よう|ため|と|に|を|が|は|する|した|して|し|いる|される|なる|できる|行う|行える|有する|である|"
    r"です|ます|る|ほしい|欲しい|よい|良い|望ましい|もらう|仕組み|構造|機能|仕様|設定|制御|制限|処理|措置|対応|対策|扱い|可能|とする|。|\.|、|\)|」)*"
)


def denials_at(key: str) -> tuple[int, ...]:
    """Where a search key denies or forbids something, by position, words such as 必ず left out."""
    if _MAY_DENY.search(key) is None:
        return ()
    plain = _NOT_NEGATIVE.sub(lambda found: "〓" * len(found[0]), key)
    return tuple(found.start() for found in _NEGATIVE.finditer(plain))


def negations(text: str) -> int:
    """How many times the line denies or forbids something, anywhere in it."""
    return len(_NEGATIVE.findall(_NOT_NEGATIVE.sub("", search_key(text))))


def negated(text: str) -> bool:
    """Whether what the line finally asks for is that something must not be or cannot be done.

    〜できないこと, 〜しないこと, 不可, 禁止, 〜を防止すること. A denial inside a condition (入力しない場合でも
    登録できること) and a double negative (しなければならない, 差し支えない) do not count.
    """
    return denied_last(search_key(text))


def denied_last(key: str) -> bool:
    """`negated` for a search key."""
    if _MAY_DENY.search(key) is None:
        return False
    plain = _NOT_NEGATIVE.sub("", key)
    last = None
    for last in _NEGATIVE.finditer(plain):  # noqa: B007 - the last one is wanted
        pass
    return last is not None and _TAIL.fullmatch(plain, last.end()) is not None


_OBLIGATIONS: Final = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (
            "prohibited",
            r"ては(?:なら|いけ)ない|てはならぬ|禁止|認めない|実装しない|不可(?!欠|能)|行わないこと",
        ),
        (
            "mandatory",
            r"な(?:けれ|くて)ば?は?(?:なら|いけ)ない|ねばならない|必要がある|必ず|不可欠|必須(?!項目|入力|チェック|事項|か|条件)",
        ),
        ("desirable", r"望ましい|好ましい|推奨|望む|努め"),
        (
            "optional",
            r"(?:て|で)も(?:よ|良|い)い|(?:て|で)も可|差し?支えない|(?:構|かま)わない|任意(?=と|で|$|。|\))|オプション",
        ),
    )
)


def obligation_words(text: str) -> frozenset[str]:
    """What the wording itself says about duty: mandatory, desirable, optional, prohibited.

    必須 in 必須項目 and 任意 in 任意の期間 are content, not duty. Empty when the line only states the
    requirement (〜できること), which everywhere is read as mandatory.
    """
    key = search_key(text)
    return frozenset(name for name, pattern in _OBLIGATIONS if pattern.search(key))


# ---- statements -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement proposed out of a line: `source[start:end]`, completed to stand alone."""

    text: str
    start: int
    end: int


_CONNECTIVE: Final = re.compile(
    r"^\s*(?:また|なお|さらに|加えて|あわせて|併せて|かつ|および|及び)、?\s*"
)
_CLAUSE: Final = re.compile(
    r"(?P<able>でき)(?:、(?=.{3}))"
    r"|(?P<with>できる|する|される|行う)(?:と共に|とともに|ほか|一方(?:で)?|こと(?:及び|並びに))、?"
    r"|(?P<koto>(?:できる|する|される|ない|行う)こと)(?:、(?:また|かつ|さらに|及び|および)?、?)(?=.{3})"
)
_OPEN: Final = "（(「『【"
_CLOSE: Final = "）)」』】"


def split_statements(text: str) -> tuple[Statement, ...]:
    """Proposals for the statements of a compound line; one covering all when it is not compound.

    Cut at 。 and line ends outside brackets, and behind 〜でき、 〜するとともに 〜できること、また. Cut-off
    predicates are completed (検索でき → 検索できること). A person decides; nothing is split by this.
    """
    found = [
        statement
        for start, end in _sentences(text)
        for statement in _clauses(text, start, end)
        if any(char.isalnum() for char in statement.text)
    ]
    return tuple(found) or (Statement(text, 0, len(text)),)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = depth = 0
    for at, char in enumerate(text):
        if char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth = max(0, depth - 1)
        elif char == "\n" or (char == "。" and not depth):
            yield start, at + 1
            start, depth = at + 1, 0
    yield start, len(text)


def _clauses(text: str, start: int, end: int) -> Iterator[Statement]:
    at = start
    for found in _CLAUSE.finditer(text, start, end):
        before = text[at : found.start()]
        if sum(map(before.count, _OPEN)) != sum(map(before.count, _CLOSE)):
            continue  # inside a bracket
        if found["able"]:
            completed = "できること"
        elif found["with"]:
            completed = found["with"] + "こと"
        else:
            completed = found["koto"]
        yield Statement(_CONNECTIVE.sub("", before).strip() + completed, at, found.end())
        at = found.end()
    yield Statement(_CONNECTIVE.sub("", text[at:end]).strip(), at, end)
