"""Everything the comparison of two lines needs to know of one line, found once a distinct text."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from registry.text.matching.answers import answers
from registry.text.matching.concepts import Unit, read
from registry.text.matching.contrasts import (
    ACTOR,
    CONTRASTS,
    OPPOSITES,
    contraries,
    phases,
    sides,
    turned,
)
from registry.text.matching.denial import Denial, denial
from registry.text.matching.frames import Frame, frame
from registry.text.matching.overlap import distinct
from registry.text.normalise import body_text
from registry.text.terms import Quantity, numbers, obligation_words, respelled

_HIRAGANA: Final = frozenset(map(chr, range(ord("ぁ"), ord("ゟ") + 1))) | {"ー"}
_BRACKET: Final = re.compile(r"[(（][^()（）]*[)）]")
_WEAK: Final = str.maketrans({"使": "利"})
"""使用 and 利用 (使用料, 利用料金; 使用日, 利用日) are one word of two styles, legal and everyday."""


@dataclass(frozen=True, slots=True)
class Features:
    """What a line is found and weighed by.

    `body`: its key without numbering and endings. `grams`: its character pairs without pairs of
    hiragana, the second of two equal ones as 「pair2」. `units`: its distinct meanings.
    """

    text: str
    body: str
    grams: frozenset[str]
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards hold against another line.

    `outside` are the quantities that do not stand in brackets; `duty` is prohibited, desirable,
    optional, or "" for what is asked for plainly or as mandatory.
    """

    numbers: tuple[Quantity, ...]
    outside: tuple[Quantity, ...]
    terms: frozenset[str]
    words: frozenset[str]
    contraries: dict[str, str]
    denial: Denial
    duty: str
    frame: Frame
    actors: frozenset[str]
    opposites: tuple[int, int]
    contrasts: tuple[int, int]
    answers: dict[int, int]
    phases: frozenset[tuple[str, str]]


@lru_cache(maxsize=65536)
def features(text: str) -> Features:
    """The features of a line; remembered, because the same lines meet many others."""
    body = body_text(text)
    folded = respelled(body).translate(_WEAK)
    pairs = [
        one + other
        for one, other in pairwise(folded)
        if not (one in _HIRAGANA and other in _HIRAGANA)
    ]
    grams = set(pairs)
    if len(grams) != len(pairs):
        counted = Counter(pairs)
        grams |= {f"{pair}{nth}" for pair, most in counted.items() for nth in range(2, most + 1)}
    return Features(text, body, frozenset(grams), distinct(read(text).units))


@lru_cache(maxsize=65536)
def facts(text: str) -> Facts:
    """The facts of a line, found only when it comes near to another one."""
    whole, plain, found = read(text)
    key = respelled(whole)
    return Facts(
        numbers=numbers(text),
        outside=numbers(_BRACKET.sub("", text)) if "(" in whole else numbers(text),
        terms=frozenset(unit.term for unit in found),
        words=frozenset(unit.surface for unit in found),
        contraries=contraries({unit.surface for unit in found}),
        denial=denial(plain, found),
        duty=_duty(text),
        frame=frame(plain, found),
        actors=frozenset(str(found.lastgroup) for found in ACTOR.finditer(key)),
        opposites=turned(OPPOSITES, key),
        contrasts=sides(CONTRASTS, respelled(plain)),
        answers=answers(key),
        phases=phases(key),
    )


def _duty(text: str) -> str:
    found = obligation_words(text)
    return next((name for name in ("prohibited", "optional", "desirable") if name in found), "")


def likeness(a: Features, b: Features) -> float:
    """Dice coefficient of the character pairs, 0..1."""
    if not a.grams or not b.grams:
        return 1.0 if a.body == b.body else 0.0
    return 2 * len(a.grams & b.grams) / (len(a.grams) + len(b.grams))
