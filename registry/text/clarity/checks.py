"""The checks on a requirement line that a list of words cannot make.

Each takes the line, its rule and the words that are left alone, and yields what it found as
(start, end, values for the rule's texts).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from registry.text.clarity.anatomy import FILLER, Line
from registry.text.clarity.rules import Rule, unfolded
from registry.text.clarity.verbs import SAHEN

Hit = tuple[int, int, Mapping[str, str]]
Check = Callable[[Line, Rule], Iterator[Hit]]
_NONE: Final[Mapping[str, str]] = MappingProxyType({})

# ---- 等 at the end of a list --------------------------------------------------------------------

_TOU: Final = re.compile(
    r"(?<![平一二三四五六七八九十0-9０-９高中初上下特同均対優劣])(?:等(?!しく|級|分|身|価|号|々|式|量|間隔|高線|比|圧|倍|しい|差)|など)"
)
# The act, topic or object the list is for: 等を, 等が, 等は, 等の出力, 等、.
_CARRIES: Final = re.compile(
    r"(?:を|は|が|も|へ|(?:に)(?!つい|より|よっ|よる|基づ|関|係|伴|応|従|おい|対し|限|準)|と(?:の)?(?:連携|突合|照合|接続|紐|ひも)|で(?:検索|絞|抽出|並べ|並び|集計|出力|照会|指定|通知)|から(?:検索|選択|抽出|絞)|により(?:検索|絞|抽出|並)|について(?:、)?|に関する情報)"
)
_TITLE_BEFORE: Final = re.compile(
    r"(?:住民票の写し|戸籍謄本|戸籍謄抄本|附票の写し|除票の写し|証明書|地方自治法|戸籍法|条例|規則|個人情報|個人番号|市区町村|都道府県|国|母子|障害者|父子|独立行政法人|事業者|要綱|法律|法令|税|公共施設|住民基本台帳|特定個人情報|公営住宅|児童手当|選挙|要介護|ひとり親家庭|被保険者|支援対象者|者)$"
)
_GENERIC: Final = re.compile(
    r"の?(?:情報|データ|項目|もの|内容|資料|書類|機能|処理|対応|業務|作業|事項|帳票|操作|条件|設定)"
)


def _open_list(line: Line, rule: Rule) -> Iterator[Hit]:
    for found in _TOU.finditer(line.bare):
        start = _list_start(line.bare, found.start())
        if start == found.start() or FILLER in line.bare[start : found.start()][-1:]:
            continue
        before = line.bare[start : found.start()]
        items = _items(line, found.start())
        after = line.bare[found.end() :]
        if re.match(r"の[一-龥ァ-ヺA-Za-z]", after):
            act = re.match(
                rf"の(?:[一-龥ァ-ヺー]{{0,4}}?)(?:{SAHEN.pattern})(?![者先日欄表書票用部課係室結履状記物印影])",
                after,
            )
            if not act:
                if items > 1 or not _GENERIC.match(after):
                    continue
            elif items > 2 or _TITLE_BEFORE.search(before):
                continue
        elif not _CARRIES.match(after) or items > 3 or _TITLE_BEFORE.search(before):
            continue
        if _IN_CONDITION.match(after) or before.endswith(("時", "場合", "際", "とき")):
            continue
        yield start, found.end(), _NONE


_IN_CONDITION: Final = re.compile(
    r"[をがはに][^、。]{0,20}?(?:場合|とき|際|ため|よう(?:に)?、|た(?:者|もの|上|うえ|後))|が想定され"
)


def _list_start(bare: str, at: int) -> int:
    """Start of the one noun before 等 (データの複製等 takes its の along)."""
    found = re.search(
        r"(?:[一-龥々ァ-ヺーA-Za-z0-9０-９・]+の)?[一-龥々ァ-ヺーA-Za-z0-9０-９・]+(?:り|し|み|せ|け|え|い)?$",
        bare[:at],
    )
    return found.start() if found else at


_ITEM: Final = re.compile(
    r"、|・|，|及び|並びに|又は|若しくは|および|または|や|と(?=[一-龥ァ-ヺA-Za-z])"
)


def _items(line: Line, at: int) -> int:
    """How many things the list before 等 names, counted back to the last particle."""
    before = line.bare[line.sentence_at(at).start : at]
    run = re.search(r"[^をがはにでへも。：:]*$", before)
    return 1 + len(_ITEM.findall(run.group() if run else ""))


# ---- abbreviations ------------------------------------------------------------------------------

_ABBREVIATION: Final = re.compile(
    r"(?<![A-Za-zＡ-Ｚａ-ｚ0-9０-９.@/_\-－])"
    r"(?:[A-ZＡ-Ｚ][0-9A-ZＡ-Ｚ]{1,6}(?:[-－‐/&＆][A-ZＡ-Ｚ0-9]{1,8})*|[A-ZＡ-Ｚ][-－‐][A-ZＡ-Ｚ]{2,8}|[A-ZＡ-Ｚ]{1,2}(?=票|帳票|表(?!示)|台帳|連携|システム|画面|データ(?!ベース)|様式|区分|簿|カード|課|係|番号|コード|端末|情報|サーバ|通知|会議|ファイル))"
    r"(?![a-zａ-ｚA-ZＡ-Ｚ])"
)
_LETTERS: Final = re.compile(r"[A-ZＡ-Ｚ]")
_ORDER_LETTER: Final = re.compile(r"[A-EＡ-ＥXYZＸＹＺ]")
_WIDE: Final = str.maketrans(
    "ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ－‐＆０１２３４５６７８９",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ--&0123456789",
)
_HEADS: Final = r"(?:票|帳票|表|台帳|連携|システム|画面|データ|様式|区分|簿|カード|課|係|番号|コード|端末|情報|サーバー?|通知|会議|ファイル|共有)?"


def _abbreviation(line: Line, rule: Rule) -> Iterator[Hit]:
    known = frozenset(rule.words)
    for found in _ABBREVIATION.finditer(line.open):
        word = found.group().translate(_WIDE)
        plain = word.rstrip("0123456789").rstrip("-/&")
        pieces = re.split(r"[-/&]", word)
        if (
            word in known
            or plain in known
            or all(piece in known or piece.isdigit() for piece in pieces)
            or (len(_LETTERS.findall(word)) == 1 and _ORDER_LETTER.match(word))
            or re.match(r"[0-9０-９]", line.open[found.end() : found.end() + 1])
        ):
            continue
        head = re.compile(_HEADS).match(line.open, found.end())
        end = head.end() if head else found.end()
        if end != found.end() and line.note_after(found.end(), 2):
            end = found.end()
        yield found.start(), end, _NONE


# ---- duty beside wish ---------------------------------------------------------------------------

_DUTY: Final = re.compile(
    r"な(?:けれ|くて)ば?は?(?:なら|いけ)(?:ない|ず)|ねばならな?(?:い|ず)|必須(?!項目|入力|チェック|事項|か|条件|欄|の(?:項目|入力|欄|書類|情報))|必ず(?!しも)|義務(?:である|とし|とする|付け)|不可欠|絶対に|必要(?:がある|不可欠)"
)
_WISH: Final = re.compile(
    r"望ましい|好ましい|望まれる|可能(?:であれば|ならば|なら(?=、)|なら(?!な|ず))|できれば(?!、?(?:ならな))|出来れば|できることなら|推奨(?:する|され|とする|します)|てもよい|ても良い|なくても(?:よ|良|い|構)|(?:で|て)も(?:構わない|差し支えない|可(?:とする)?(?:。|$))|任意(?:とする|である|でよい|で良い)|オプション(?:とする|でよい|である)|努めるものとする|余裕があれば|理想(?:である|とする|的である)|ベターである|(?:が|と)よりよい|期待(?:する|される)|検討(?:する|すること)|希望する"
)


def _priority_conflict(line: Line, rule: Rule) -> Iterator[Hit]:
    wish = _WISH.search(line.bare)
    duty = _DUTY.search(line.bare)
    if not wish or not duty:
        return
    # 任意とする beside a duty in another sentence is a rule with two cases.
    apart = line.sentence_at(wish.start()) != line.sentence_at(duty.start())
    if apart and re.search("てもよい|任意|推奨", wish.group()):
        return
    yield wish.start(), wish.end(), MappingProxyType({"duty": line.text[duty.start() : duty.end()]})


# ---- the form of the sentence -------------------------------------------------------------------

_ENDS_AS_PREDICATE: Final = re.compile(
    r"(?:こと|もの|ます|ません|です|でした|ました|とする|[うくぐすつぬぶむる]|ない|たい|よい|良い|いい|しい|ず|可|可能|不可|必須|不要|任意|有り|あり|なし|無し|[一-龥]い|た|だ|か|ね|よ)$"
)
_STOP_SIGNS: Final = " \u3000。．.、,!！?？…・:：;；"
_INSIDE_PREDICATE: Final = re.compile(
    r"(?:できる|する|すること|できること|である|れる|ます|とする|ないこと|行う)(?=こと|[。：:\u3000]|$|もの)|こと(?=[。：:\u3000、]|$)"
)


def _noun_ending(line: Line, rule: Rule) -> Iterator[Hit]:
    bare = line.bare[line.body_start :]
    plain = bare.rstrip(_STOP_SIGNS + "\n")
    if not plain or _INSIDE_PREDICATE.search(bare):
        return
    if not any(char.isalnum() for char in plain):
        return
    last = plain.splitlines()[-1].rstrip(_STOP_SIGNS)
    if _ENDS_AS_PREDICATE.search(last) and not re.search(r"(?:件|案|旨|為|他|外)$", last):
        return
    start = line.body_start
    yield start, start + len(plain), MappingProxyType({"asked": _as_request(plain)})


ACT_BLANK: Final = "〔登録・表示・印刷など〕"


def _as_request(noun: str) -> str:
    """予約状況の一覧表示 → 予約状況を一覧表示できること。, else with a blank for the act."""
    act = re.search(rf"(の|を)?((?:一覧|自動|一括|再)?(?:{SAHEN.pattern}))$", noun)
    if not act:
        return noun + f"を{ACT_BLANK}できること。"
    particle = "を" if act.group(1) else ""
    return noun[: act.start()] + particle + act.group(2) + "できること。"


_QUESTION: Final = re.compile(
    r"(?:ます|です|でしょう|ません|る|い|た|の|だろう|べき|ない)か(?:な|ね)?[。？?]?$|[？?]\s*$|(?:いかが|どう|何|どこ|誰|いつ)(?:です|でしょう|だろう|なの)?か[。？?]?$|どうする(?:の)?か$|(?:ない|でき|よい|良い|いい)(?:もの)?(?:だろう|でしょう)か"
)


def _question(line: Line, rule: Rule) -> Iterator[Hit]:
    for sentence in line.sentences:
        text = line.bare[sentence.start : sentence.end].rstrip("\u3000 \n")
        found = _QUESTION.search(text)
        if found:
            yield sentence.start, sentence.start + len(text.rstrip("。？?")), _NONE
            return


_STATE_OF_THINGS: Final = re.compile(
    r"(?:現在|今は|今の|毎年|毎月|毎日|毎回|いつも|今まで|これまで|従来|最近|近年|年々|先日|昨年|去年|職員が|係では|課では|窓口では)[^。]*(?:て|で)(?:いる|いない|います|いません|しまう|しまい|きた|くる|おり)$"
    r"|(?:てしまう|てしまいます|てしまっている|ざるを得ない|られない状況|状況(?:だ|である|です)|状態(?:だ|です)|事態(?:だ|である|です)|が(?:多い|少ない|遅い|足りない|難しい|悪い|弱い|古い|重い|かかる|ある)|(?:が|は)(?:多すぎる|少なすぎる|できない|ない))$"
)


def _opinion(line: Line, rule: Rule) -> Iterator[Hit]:
    pattern = _compiled("|".join(rule.patterns))
    for sentence in line.sentences:
        text = line.bare[sentence.start : sentence.end].rstrip("\u3000 \n。．")
        for found in pattern.finditer(text):
            behind = text[found.end() :]
            if re.search(r"こと$|もの$|とする$", text) and not re.match(r"(?:と|。|$)", behind):
                continue
            if len(behind) > 12 and not re.search(r"(?:困|思|ほし|欲し|いる|いま)", text[-6:]):
                continue
            yield sentence.start + found.start(), sentence.start + found.end(), _NONE
            return
        if re.search(r"(?:こと|もの)が?(?:ない|ある)$", text):
            continue
        state = _STATE_OF_THINGS.search(text)
        if state:
            yield sentence.start + state.start(), sentence.start + state.end(), _NONE
            return


_PATTERNS: dict[str, re.Pattern[str]] = {}


def _compiled(pattern: str) -> re.Pattern[str]:
    if pattern not in _PATTERNS:
        _PATTERNS[pattern] = re.compile(pattern)
    return _PATTERNS[pattern]


# ---- what is aimed at ----


@lru_cache(maxsize=16)
def _spread(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """All in one, each beginning with a plain sign, so that a line is skipped through quickly."""
    return re.compile("|".join(part for pattern in patterns for part in unfolded(pattern)))


_LAST_SYLLABLE: Final = re.compile(r"(?:する|[るすむく])(?=こと|もの|。|$)")
_BEFORE_PARTICLE: Final = re.compile(r"[^、。・：:をがはにでもと\s\u3000]{1,12}$")


def _aim(line: Line, rule: Rule) -> Iterator[Hit]:
    """An aim with the noun it is about (業務改善につなげ), but not the words that name a measure."""
    for found in _spread(rule.patterns).finditer(line.bare):
        noun = _BEFORE_PARTICLE.search(line.bare, 0, found.start())
        start = noun.start() if noun else found.start()
        if not line.bare[start : found.start()].endswith(rule.words):
            ending = _LAST_SYLLABLE.match(line.bare, found.end())
            yield start, ending.end() if ending else found.end(), _NONE


# ---- length -------------------------------------------------------------------------------------

LONGEST_SENTENCE: Final = 120
LONGEST_LINE: Final = 200


def _too_long(line: Line, rule: Rule) -> Iterator[Hit]:
    if len(line.text) <= LONGEST_SENTENCE:
        return
    for sentence in line.sentences:
        length = len(line.text[sentence.start : sentence.end].strip())
        if length > LONGEST_SENTENCE:
            yield sentence.start, sentence.end, MappingProxyType({"length": str(length)})
            return
    if len(line.text) > LONGEST_LINE:
        yield 0, len(line.text), MappingProxyType({"length": str(len(line.text))})


CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "aim": _aim,
        "open_list": _open_list,
        "abbreviation": _abbreviation,
        "priority_conflict": _priority_conflict,
        "noun_ending": _noun_ending,
        "question": _question,
        "opinion": _opinion,
        "too_long": _too_long,
    }
)
