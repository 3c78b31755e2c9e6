"""Everything the comparison of two lines needs to know of one line, found once a distinct text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from registry.text.concepts import Unit, read
from registry.text.contrasts import ACTOR, CONTRASTS, OPPOSITES, sides
from registry.text.denial import Denial, denial
from registry.text.frames import Frame, frame
from registry.text.normalise import body_text
from registry.text.overlap import distinct
from registry.text.terms import (
    Quantity,
    numbers,
    obligation_words,
    respelled,
)

_HIRAGANA: Final = re.compile(r"[ぁ-ゟー]{2}")
_BRACKET: Final = re.compile(r"[(（][^()（）]*[)）]")
_WEAK: Final = str.maketrans({"使": "利"})
"""使用 and 利用 (使用料, 利用料金; 使用日, 利用日) are one word of two styles, legal and everyday."""


@dataclass(frozen=True, slots=True)
class Features:
    """`units` are the distinct meanings; `grams` character pairs without pairs of hiragana.

    `duty` is prohibited, desirable, optional, or "" for what is asked for plainly or as mandatory.
    `outside` are the quantities that do not stand in brackets.
    """

    body: str
    grams: Mapping[str, int]
    gram_count: int
    units: tuple[Unit, ...]
    numbers: tuple[Quantity, ...]
    outside: tuple[Quantity, ...]
    terms: frozenset[str]
    denial: Denial
    duty: str
    frame: Frame
    actors: frozenset[str]
    opposites: tuple[int, int]
    contrasts: tuple[int, int]


@lru_cache(maxsize=65536)
def features(text: str) -> Features:
    """The features of a line; remembered, because the same bodies meet many others."""
    whole, plain, found = read(text)
    key = respelled(whole)
    folded = body_text(key).translate(_WEAK)
    grams = Counter(
        gram
        for gram in (folded[at : at + 2] for at in range(len(folded) - 1))
        if not _HIRAGANA.fullmatch(gram)
    )
    return Features(
        body=body_text(text),
        grams=grams,
        gram_count=grams.total(),
        units=distinct(found),
        numbers=numbers(text),
        outside=numbers(_BRACKET.sub("", text)) if "(" in whole else numbers(text),
        terms=frozenset(unit.term for unit in found),
        denial=denial(plain, found),
        duty=_duty(text),
        frame=frame(plain, found),
        actors=frozenset(str(found.lastgroup) for found in ACTOR.finditer(key)),
        opposites=sides(OPPOSITES, key),
        contrasts=sides(CONTRASTS, respelled(plain)),
    )


def _duty(text: str) -> str:
    found = obligation_words(text)
    return next((name for name in ("prohibited", "optional", "desirable") if name in found), "")


def held(short: Features, long: Features) -> float:
    """Share of one line's character pairs that the other has, 0..1."""
    if not short.gram_count:
        return 0.0
    common = sum(min(count, long.grams.get(gram, 0)) for gram, count in short.grams.items())
    return common / short.gram_count


def likeness(a: Features, b: Features) -> float:
    """Dice coefficient of the character pairs, 0..1."""
    if not a.gram_count or not b.gram_count:
        return 1.0 if a.body == b.body else 0.0
    few, many = (a.grams, b.grams) if len(a.grams) <= len(b.grams) else (b.grams, a.grams)
    common = sum(min(count, many[gram]) for gram, count in few.items() if gram in many)
    return 2 * common / (a.gram_count + b.gram_count)
