"""A requirement line as the clarity rules read it: what is quoted, its sentences, its segments.

Everything keeps the places of the text as typed: masking puts one filler for one character, so a
match in a masked text has the same start and end in the original.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

FILLER: Final = "\u3000"
_QUOTES: Final = {"「": "」", "『": "』", "“": "”"}
_BRACKETS: Final = {"(": ")", "（": "）", "[": "]", "［": "］", "【": "】", "〔": "〕", "＜": "＞"}
_MARK: Final = re.compile(
    r"\s*(?:[・･•●○◯◎◇◆□■▪▫※＊*\-‐–—→✓]\s*|[①-⑳㉑-㉟]\s*|[(（][0-9０-９]{1,3}[)）]\s*"
    r"|[(（][ｱ-ﾝア-ンあ-んa-zA-Z一二三四五六七八九十][)）]\s*|[0-9０-９]{1,3}[)）．]\s*"
    r"|[0-9０-９]{1,3}(?:[.\-－][0-9０-９]{1,3})+[.．]?\s+|[0-9０-９]{1,3}\.\s+|[ア-ン][.．]\s*"
    r"|例[)）:：]\s*)+"
)
_STOPS: Final = "。．!！?？"


@dataclass(frozen=True, slots=True)
class Sentence:
    """`line.text[start:end]`, its full stop included; `segments` are its parts between commas."""

    start: int
    end: int
    segments: tuple[tuple[int, int], ...]


class Line:
    """One requirement as typed, with the views on it that the rules share.

    `text` is as typed. `open` has quoted words and titles blanked, `bare` the bracketed notes too.
    """

    __slots__ = ("__dict__", "text")

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def body_start(self) -> int:
        """Where the words begin behind bullet and number; 0 when there is nothing else."""
        found = _MARK.match(self.text)
        return found.end() if found and found.end() < len(self.text) else 0

    @cached_property
    def open(self) -> str:
        masked = _blank(self.text, _QUOTES)
        # A line wholly in quotation marks is not a quoted word but a quoted requirement.
        return masked if sum(map(str.isalnum, masked)) >= 2 else self.text

    @cached_property
    def bare(self) -> str:
        return _blank(self.open, _BRACKETS)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        found = []
        bare = self.bare
        start = self.body_start
        for at in range(start, len(bare) + 1):
            if at == len(bare) or bare[at] in _STOPS or bare[at] == "\n":
                end = min(at + 1, len(bare))
                if any(map(str.isalnum, self.text[start:at])) and not _decimal(bare, at):
                    found.append(Sentence(start, end, tuple(_segments(bare, start, at))))
                    start = end
                elif at < len(bare) and not _decimal(bare, at):
                    start = end
        return tuple(found)

    def sentence_at(self, place: int) -> Sentence:
        """The sentence around `place`; the whole line when there is none."""
        for sentence in self.sentences:
            if sentence.start <= place < sentence.end:
                return sentence
        return Sentence(0, len(self.text), ((0, len(self.text)),))

    def segment_at(self, place: int) -> tuple[int, int]:
        sentence = self.sentence_at(place)
        for start, end in sentence.segments:
            if start <= place <= end:
                return start, end
        return sentence.start, sentence.end

    def note_after(self, end: int, reach: int = 14) -> str:
        """The bracketed note that follows `end` within the same phrase ("" when there is none)."""
        for at in range(end, min(end + reach, len(self.text))):
            sign = self.text[at]
            if sign in "、。\n〔":  # 〔 〕 is a blank to fill, no explanation
                return ""
            if sign in _BRACKETS:
                close = self.text.find(_BRACKETS[sign], at)
                return self.text[at + 1 : close if close > 0 else len(self.text)]
        return ""


def _decimal(text: str, at: int) -> bool:
    return (
        0 < at < len(text) - 1
        and text[at] == "．"
        and text[at - 1].isdigit()
        and text[at + 1].isdigit()
    )


def _segments(bare: str, start: int, end: int) -> list[tuple[int, int]]:
    found = []
    at = start
    for place in range(start, end + 1):
        if place == end or bare[place] in "、，,":
            if bare[at:place].strip(" \u3000"):
                found.append((at, place))
            at = place + 1
    return found or [(start, end)]


def _blank(text: str, pairs: dict[str, str]) -> str:
    """`text` with what stands between the signs (and these) blanked; an unclosed sign is left."""
    if not any(sign in text for sign in pairs):
        return text
    signs = list(text)
    opened: list[tuple[str, int]] = []
    for at, sign in enumerate(text):
        if sign in pairs:
            opened.append((pairs[sign], at))
        elif opened and sign == opened[-1][0]:
            _, start = opened.pop()
            if not opened:
                signs[start : at + 1] = FILLER * (at + 1 - start)
    return "".join(signs)
