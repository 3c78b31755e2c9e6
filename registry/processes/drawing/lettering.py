"""How wide Japanese and Latin text is, and where its lines break (禁則), without a font at hand.

Widths are those of a proportional Gothic such as BIZ UDPGothic, in em; a drawing only needs to know
whether a name fits its box.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

NEVER_FIRST: Final = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー）］｝〕〉》」』】〙〗〟’”ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
    "‐–〜～％℃,.:;?!)]}%…‥"
)
"""行頭禁則: never at the beginning of a line."""
NEVER_LAST: Final = frozenset("（［｛〔〈《「『【〘〖〝‘“([{￥＄№")
"""行末禁則: never at the end of a line."""

_ASCII: Final = (
    33, 33, 47, 92, 80, 100, 89, 29, 49, 49, 50, 84, 31, 48, 31, 50,
    76, 63, 76, 76, 76, 76, 76, 76, 76, 76, 31, 31, 84, 84, 84, 77,
    98, 76, 77, 80, 84, 70, 66, 84, 82, 42, 54, 75, 60, 98, 82, 86,
    74, 89, 76, 71, 70, 84, 74, 98, 80, 72, 75, 50, 50, 50, 50, 31,
    50, 65, 71, 64, 71, 69, 50, 67, 70, 32, 38, 63, 33, 94, 70, 68,
    71, 71, 45, 59, 47, 70, 58, 88, 60, 61, 58, 52, 44, 52, 50,
)  # fmt: skip
"""Hundredths of an em from the space to the tilde, as measured in BIZ UDPGothic."""
_UNIT: Final = re.compile(r"[A-Za-z0-9À-ɏ'’_%@#&+$€£¥°]+[-./]?|\s+|.", re.S)
_LATIN: Final = re.compile(r"[A-Za-zÀ-ɏ]+-?")
_MARKS: Final = frozenset({"Mn", "Me", "Cf"})


@lru_cache(maxsize=8192)
def em(character: str) -> float:
    """The width of one character in em."""
    if unicodedata.category(character) in _MARKS:
        return 0.0  # variation selectors and accents take no room
    if unicodedata.east_asian_width(character) in "WFA":
        return 1.0
    if " " <= character <= "~":
        return _ASCII[ord(character) - 32] / 100
    if unicodedata.east_asian_width(character) == "H":
        return 0.5
    return 0.84 if character.isupper() else 0.7


def width(text: str, size: float) -> float:
    """The width of a line in the unit of `size`."""
    return round(sum(map(em, text)) * size, 6)  # so that a sum of tenths still fits its room


@lru_cache(maxsize=4096)
def wrap(text: str, room: float, size: float, lines: int = 99) -> tuple[str, ...]:
    """The text in lines no wider than `room`, as even as their number allows.

    Breaks between phrases where that costs no further line, else between characters; never where
    禁則 forbids it, unless one unbroken piece alone is wider than `room`. What does not fit into
    `lines` lines is cut with 「…」.
    """
    text = " ".join(text.split())
    if not text:
        return ()
    pieces = _pieces(text)
    found = _fill(pieces, room, size)
    phrases = _phrases(pieces)
    if all(width(phrase.rstrip(), size) <= room for phrase in phrases):
        kept = _fill(phrases, room, size)
        if len(kept) <= len(found):
            return _cut(_even(phrases, kept, room, size), room, size, lines)
    return _cut(_even(pieces, found, room, size), room, size, lines)


def longest(text: str, size: float) -> float:
    """The width of the longest word of Latin letters, which should not be torn apart."""
    return max((width(word, size) for word in _LATIN.findall(text)), default=0.0)


def _pieces(text: str) -> tuple[str, ...]:
    """The smallest parts a line may be broken between: 禁則 glues characters together."""
    units = _UNIT.findall(text)
    glued: list[str] = []
    for unit in units:
        if glued and (unit[0] in NEVER_FIRST or glued[-1][-1] in NEVER_LAST or em(unit[0]) == 0.0):
            glued[-1] += unit
        else:
            glued.append(unit)
    return tuple(glued)


def _phrases(pieces: Sequence[str]) -> tuple[str, ...]:
    """Pieces joined into phrases: a Japanese one ends where its trailing hiragana do."""
    joined: list[str] = []
    for before, piece in pairwise(("", *pieces)):
        if joined and _one_phrase(before, piece):
            joined[-1] += piece
        else:
            joined.append(piece)
    return tuple(joined)


def _one_phrase(before: str, piece: str) -> bool:
    if before.isspace() or piece.isspace() or before[-1] in "、。，・/-.":
        return False
    last, first = _script(before[-1]), _script(piece[0])
    if first == "hiragana":
        return True
    return last == first or {last, first} == {"kanji", "digit"}


def _script(character: str) -> str:
    if "ぁ" <= character <= "ゟ":
        return "hiragana"
    if "゠" <= character <= "ヿ":
        return "katakana"
    if character.isdigit():
        return "digit"
    if "一" <= character <= "鿿" or character in "々〇":
        return "kanji"
    return "latin" if character.isascii() else "sign"


def _fill(pieces: Sequence[str], room: float, size: float) -> list[str]:
    lines: list[str] = []
    line, used = "", 0.0
    for piece in pieces:
        wide = width(piece, size)
        if line and used + width(piece.rstrip(), size) > room:
            lines.append(line.rstrip())
            line, used = "", 0.0
        if not line:
            piece = piece.lstrip()
            wide = width(piece, size)
        while wide > room and len(piece) > 1:  # one word wider than the box
            at = _fitting(piece, room, size)
            lines.append(piece[:at])
            piece = piece[at:]
            wide = width(piece, size)
        line, used = line + piece, used + wide
    if line.strip():
        lines.append(line.rstrip())
    return lines


def _fitting(piece: str, room: float, size: float) -> int:
    used = 0.0
    for at, character in enumerate(piece):
        used += em(character) * size
        if used > room and at:
            return at
    return len(piece)


def _even(pieces: Sequence[str], found: list[str], room: float, size: float) -> list[str]:
    """The same number of lines in the narrowest room: no short rest on the last line."""
    if len(found) < 2:
        return found
    low, high, best = max(width(piece.strip(), size) for piece in pieces), room, found
    for _ in range(6):
        if high - low < size / 2:
            break
        middle = (low + high) / 2
        tried = _fill(pieces, middle, size)
        if len(tried) <= len(found):
            high, best = middle, tried
        else:
            low = middle
    return best


def _cut(found: Sequence[str], room: float, size: float, lines: int) -> tuple[str, ...]:
    if len(found) <= lines:
        return tuple(found)
    last = found[lines - 1]
    while last and width(last + "…", size) > room:
        last = last[:-1]
    return (*found[: lines - 1], last + "…")
