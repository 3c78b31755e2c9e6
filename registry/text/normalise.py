"""Keys made from Japanese text, and the check on text before it is stored.

Keys are for finding and grouping only. NFKC rewrites what people typed (㈱, ①, half-width kana),
so nothing made here is ever stored in place of a person's text or shown instead of it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

RULES: Final = 1
"""Version of the rules behind `body_text`; a stored body names the version that made it."""

# U+30FC and its half-width form are letters after kana, and dashes elsewhere.
_DASHES: Final = "‐‑‒–—―−－﹣﹘─━⁃˗"
_WAVES: Final = "〜～∼∾〰˜"
_SIGNS: Final = str.maketrans(
    {**dict.fromkeys(_DASHES, "-"), **dict.fromkeys(_WAVES, "~"), "、": "、", "，": "、", "､": "、"}
)
_KANA_DASH: Final = re.compile(r"(?<=[ぁ-ゖァ-ヺー])-+(?![0-9a-z-])")
_LONE_LONG: Final = re.compile(r"(?<![ぁ-ゖァ-ヺー])ー+")


# Spaces, format characters (category Cf) and variation selectors: nothing a reader sees.
_UNSEEN: Final = re.compile(
    "[\\s\u00ad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufe00-\ufe0f\U000e0001\U000e0020-\U000e007f\U000e0100-\U000e01ef]+"
)


@lru_cache(maxsize=8192)
def search_key(text: str) -> str:
    """A key under which the same words typed differently meet; idempotent.

    NFKC, case folded, dashes and waves unified, spaces and invisible characters (zero width,
    variation selectors) removed. A dash behind kana counts as the long vowel mark, so that
    サ－バ and サーバ meet. Text with a visible character never becomes empty. Answers for the lines
    at hand are remembered, because every rule on a line begins here.
    """
    key = text
    while not _SETTLED.fullmatch(key) and (folded := _fold(key)) != key:
        key = folded
    return key


# Text of these characters alone is its own key; it spares most lines the folding.
_SETTLED: Final = re.compile(r"(?:[一-鿿a-z0-9、。「」・()/:%,.]++|[ぁ-ゖァ-ヺ]++ー*+)*+")


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if not (folded.isascii() and folded.isalnum()):
        folded = _UNSEEN.sub("", folded).translate(_SIGNS)
        folded = _KANA_DASH.sub(lambda run: "ー" * len(run[0]), folded)
        folded = _LONE_LONG.sub(lambda run: "-" * len(run[0]), folded)
    return folded


_BULLETS: Final = "・･•‣●○◯◎◇◆□■▪▫△▲▽▼☆★※＊*→⇒✓✔"
_CIRCLED: Final = "①-⑳㉑-㉟㊱-㊿⓪❶-❿⓫-⓴⑴-⒇⒈-⒛㋐-㋾㊀-㊉Ⓐ-ⓩ⒜-⒵"
# What makes the digits before it a quantity and not the number of a line.
_COUNTERS: Final = (
    r"(?:\s*(?:[%％‰倍割年月日週時分秒歳才名人回件枚個台本冊通点行列円頁室面枠世拠段階桁文字"
    r"営翌前後以未超万千億者項区種団施組期曜世級単次元つかヶヵカケ箇ヶページ]|[A-Za-z]{1,3}(?![A-Za-z])))"
)
_BULLET: Final = re.compile(rf"[{_BULLETS}\s]+|[-‐–—―－]+(?![-‐–—―－\d０-９]|$)")
_NUMBER: Final = re.compile(
    rf"[{_CIRCLED}]"
    r"|[(（][0-9０-９]{1,3}[)）]|[(（][ｱ-ﾝア-ンあ-んa-zA-Zａ-ｚＡ-Ｚ一二三四五六七八九十][)）]"
    r"|[0-9０-９]{1,3}[)）]|[ｱ-ﾝア-ンa-zA-Z][)）.．]"
    r"|[0-9０-９]{1,3}[.．、](?![0-9０-９\s])(?!" + _COUNTERS + r")"
    r"|[0-9０-９]{1,3}(?:[.．\-‐–－_][0-9０-９]{1,3})*[.．、)）]?\s+(?![0-9０-９])(?!"
    + _COUNTERS
    + r")"
    r"|[0-9０-９]{1,3}(?:[.．\-‐–－_][0-9０-９]{1,3})+[.．)）]?(?![0-9０-９.．~〜～ぁ-ん(（]|参照|及び|又は)(?!"
    + _COUNTERS
    + r")"
)


@lru_cache(maxsize=8192)
def strip_marks(text: str) -> str:
    """`text` without the bullet and the number it starts with (・, ①, (1), 1-1, 1.2.3, ア．).

    Digits that belong to a quantity stay: 3営業日, 1.5倍, 1-2週間. A text of marks alone is
    returned as it is.
    """
    rest = text
    for pattern in (_BULLET, _NUMBER, _NUMBER, _BULLET):
        found = pattern.match(rest := rest.lstrip())
        if found:
            rest = rest[found.end() :]
    return rest.strip() if _has_word(rest) else text


def _has_word(text: str) -> bool:
    return any(character.isalnum() for character in text)


_STOPS: Final = "。．.、,;；"
_TAIL: Final = 48
# Longest first; each is a way of saying "this can be done" that carries no meaning of its own.
_ENDING: Final = re.compile(
    r"(?:を|が)?(?:"
    r"(?:する|行う|おこなう)ことが(?:でき(?:る|ます)|可能(?:である|な|です)?)(?:ように(?:する|なる))?(?:こと)?"
    r"|でき(?:る|ます)(?:ように(?:する|なる))?(?:こと)?"
    r"|(?:行える|行えます|行えること|(?:行う|おこなう)(?:こと)?)"
    r"|(?<!不)可能(?:である|な|です|とする)?(?:こと)?"
    r"|(?:する|します)(?:こと)?"
    r")$"
)
_BARE_KOTO: Final = re.compile(r"こと(?:とする)?$")
_LAST: Final = frozenset("とるすう能なだで\n")
"""Last characters of these endings, and the line end that `$` looks beyond."""


def body_text(text: str) -> str:
    """The key that lines of different towns share when they say the same; idempotent.

    `search_key` without the leading marks, and with 〜すること, 〜できること, 〜が可能なこと, 〜を行うこと
    and a plain 〜する brought together. A negative ending (できないこと, しないこと) stays, since it is
    another statement. Never empty for text with a visible character.
    """
    body = text
    while (shorter := _strip_endings(search_key(_strip_all_marks(body)))) != body:
        body = shorter
    return body


def _strip_all_marks(text: str) -> str:
    while (shorter := strip_marks(text)) != text:
        text = shorter
    return text


def _strip_endings(key: str) -> str:
    """`key` without full stops and meaningless endings, unless nothing would be left."""
    plain = key.rstrip(_STOPS)
    while True:
        if not plain or plain[-1] not in _LAST:
            break
        tail = plain[-_TAIL:]  # no ending is longer; a hostile text costs no more than its length
        shorter = next(
            (short for ending in (_ENDING, _BARE_KOTO) if (short := ending.sub("", tail)) != tail),
            tail,
        )
        shorter = plain[: -len(tail)] + shorter if tail else plain
        if shorter == plain or not _has_word(shorter):
            break
        plain = shorter.rstrip(_STOPS)
    return plain if _has_word(plain) else key


def body_digest(text: str) -> str:
    """SHA-256 (64 hex digits) of `body_text`, the content address of a body."""
    return hashlib.sha256(body_text(text).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Text ready to be stored, and the positions in it (from 0) that forbid storing it."""

    text: str
    refused: tuple[int, ...]


def clean_input(text: str) -> Cleaned:
    """The text as typed with its line ends written as `\\n`; nothing is removed.

    Refused are control characters other than tab and line end, lone surrogates and
    noncharacters (they cannot be stored or exported), and the overrides of writing direction,
    which make a line read otherwise than it is stored.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if lines.isascii() and lines.isprintable():
        return Cleaned(lines, ())
    return Cleaned(lines, tuple(i for i, char in enumerate(lines) if _is_refused(char)))


def _is_refused(character: str) -> bool:
    if character in "\n\t":
        return False
    if character in "\u202d\u202e":
        return True
    return unicodedata.category(character) in {"Cc", "Cs"} or ord(character) & 0xFFFE == 0xFFFE
