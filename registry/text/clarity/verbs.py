"""Japanese predicates, as far as cutting a requirement line needs them: endings and their forms.

No dictionary: a run of two or more kanji with し is a verb of the する kind; others are told by
the ending of their stem, and the few hundred verbs such lines are made of by name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Final


class Ending(Enum):
    """How the line ends, so that its parts can end alike."""

    CAN = "できること"
    DO = "すること"
    POLITE = "ます"
    MUST = "なければならない"
    WISH = "望ましい"
    PLAIN = "する"


def ending_of(sentence: str) -> Ending:
    """The ending a statement cut out of this sentence should get."""
    if re.search(r"なければならない(?:こと)?$|ねばならない$", sentence):
        return Ending.MUST
    if re.search(
        r"(?:できる|られる|行える|使える|示せる|残せる|送れる|選べる|可能である)こと$", sentence
    ):
        return Ending.CAN
    if sentence.endswith(("こと", "ことが望ましい", "ものとする", "こととする")):
        return Ending.DO
    if sentence.endswith(("ます", "ません")):
        return Ending.POLITE
    return Ending.PLAIN


with (Path(__file__).parent / "verbs.toml").open("rb") as _file:
    _VERBS: Final[Mapping[str, list[str]]] = tomllib.load(_file)


def _any_of(part: str) -> str:
    return "|".join(sorted(set(_VERBS[part]), key=len, reverse=True))


_SAHEN: Final = _any_of("acts")
SAHEN: Final = re.compile(_SAHEN)
SAHEN_END: Final = re.compile(rf"(?:{_SAHEN})$")
_STEMS: Final = _any_of("stems")
ACT: Final = re.compile(
    rf"(?:[一-龥々ァ-ヺー]{{2,}}し|[一-龥々]{{1,}}化し|(?:{_STEMS})|[一-龥々ぁ-ん](?:さ|ら)れ|[一-龥々]{{2}}させ|にし|くし)$"
)

_NOUN_LIKE: Final = re.compile(rf"(?:{_any_of('noun_like')})$")


def is_noun_like(segment: str, found: re.Match[str]) -> bool:
    """Whether the stem is a noun here: 申込み、変更及び取消し, but not 予約を申し込み."""
    if re.search(
        r"(?:ただ|も|しか|なら|いざ|べ)し$|(?:により|よれ|による|において|であり|があり|となり|おり|なり|あり|限り|より)$",
        segment,
    ):
        return True
    before = segment[: found.start()]
    noun = _NOUN_LIKE.search(segment)
    if not noun:
        return False
    left = segment[: noun.start()]
    return not re.search(r"(?:を|に|へ|と|て)(?:[一-龥ぁ-ん]{0,6}(?:に|で|く))?$", left) or (
        left.endswith("の") or not before
    )


_MEANS: Final = re.compile(rf"(?:{_any_of('means')})$")
_DEVICE_PLACED: Final = re.compile(
    r"(?:端末|タブレット|モニター?|カメラ|センサー?|サーバー?|ドローン|ロボット|機|装置|機器|システム|ソフト|アプリ|パソコン|プリンター?|スキャナー?|ルーター?|リーダー?|iPad)(?:を)[^、を]{0,12}(?:設置し|整備し|置き|配り|配布し|構築し|用意し|準備し)$"
)


def is_means(segment: str) -> bool:
    """Whether this stem only prepares what follows (CSVを取り込み、／条件を指定し、)."""
    return bool(_MEANS.search(segment) or _DEVICE_PLACED.search(segment))


# ---- completing a cut-off predicate -------------------------------------------------------------

_I_ROW: Final = "いきぎしちにびみり"
_U_ROW: Final = "うくぐすつぬぶむる"
_A_ROW: Final = "わかがさたなばまら"
_ICHIDAN_I: Final = re.compile(
    r"(?:用い|借り|起き|過ぎ|率い|足り|できれ|強い|見|閉じ|応じ|演じ|感じ|信じ|生じ|準じ|講じ|命じ|投じ|禁じ|報じ|経|得|居)$"
)


def _suru(stem: str) -> bool:
    if not stem.endswith("し"):
        return False
    if stem.endswith(("にし", "くし")):
        return True
    # 取消し, 見直し and the like are verbs of their own with their inner kana left out.
    return bool(re.search(r"(?:[一-龥々]{2,}|[ァ-ヺー]{2,}|化)し$", stem)) and not re.search(
        r"(?:取消|貸出|書出|呼出|引出|持出|差戻|払戻|引渡|見直|繰越|読出|割出|押出)し$", stem
    )


def dictionary_form(stem: str) -> str:
    """The plain form of a stem before a comma: 登録し → 登録する, 送り → 送る, 知らせ → 知らせる."""
    if _suru(stem):
        return stem[:-1] + "する"
    last = stem[-1]
    if last in _I_ROW and not _ICHIDAN_I.search(stem):
        return stem[:-1] + _U_ROW[_I_ROW.index(last)]
    return stem + "る"


def _negative_stem(stem: str) -> str:
    if _suru(stem):
        return stem
    last = stem[-1]
    if last in _I_ROW and not _ICHIDAN_I.search(stem):
        return stem[:-1] + _A_ROW[_I_ROW.index(last)]
    return stem


def completed(cut: str, what: str, ending: Ending) -> str:
    """A statement cut off at a comma or before とともに, completed to end like its line.

    検索でき → 検索できること。 登録し → 登録すること。／登録します。／登録しなければならない。
    """
    text = cut.rstrip("、, \u3000")
    stop = "。"
    if text.endswith("が") and re.search(r"(?:る|す|ない|う)が$", text):
        text = text[:-1]
        what = "final"
    for joint in ("及び", "並びに", "かつ", "また"):
        text = text.removesuffix(joint)
    if text.endswith(("こと", "ことと")):
        return text.removesuffix("と") + stop if text.endswith("ことと") else text + stop
    if re.search(r"(?:しなければ|なければ|ねば|ては)ならず$", text):
        return text[:-1] + "ない" + stop
    if text.endswith(("こととし", "ものとし")):
        return text[:-1] + "する" + stop
    required = re.search(r"(?:を|は|が)?(必須)(?:とし|であり|であるが|だが|で)$", text)
    if required:
        return text[: required.start()] + "を必ず行えること" + stop
    possible = re.search(r"可能(?:であり|で|とし)$", text)
    if possible:
        return text[: possible.start()] + "可能であること" + stop
    if what == "final":
        return _with_koto(text, ending) + stop
    if re.search(r"(?:でき|出来)$", text) or (
        re.search(r"(?:え|け|せ|べ|め|れ)$", text)
        and ending is (Ending.CAN)
        and re.search(r"(?:行え|残せ|示せ|送れ|使え|選べ|られ)$", text)
    ):
        return _from_potential(text, ending) + stop
    if SAHEN_END.search(text):
        text += "し"
    if ending is Ending.POLITE:
        return text + "ます" + stop
    if ending is Ending.MUST:
        return _negative_stem(text) + "なければならない" + stop
    if ending is Ending.PLAIN:
        return dictionary_form(text) + stop
    if ending is Ending.CAN and _suru(text):
        return text[:-1] + "できること" + stop
    return dictionary_form(text) + "こと" + stop


def _with_koto(text: str, ending: Ending) -> str:
    if ending is Ending.POLITE or ending is Ending.PLAIN:
        return text
    if ending is Ending.MUST and text.endswith("する"):
        return text[:-2] + "しなければならない"
    return text + "こと"


def _from_potential(text: str, ending: Ending) -> str:
    if ending is Ending.POLITE:
        return text + "ます"
    if ending is Ending.PLAIN:
        return text + "る"
    return text + "ること"
