"""What a line denies: the whole of what it asks for, or something said on the way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from registry.text.matching.concepts import Unit
from registry.text.terms import denials_at, denied_last

_REACH: Final = 14
"""Characters before a denial within which the denied act and its object stand."""
# 誤った登録を防ぐため、… says why, not what.
_PURPOSE: Final = re.compile(
    r"[^、。]*(?:防ぐ|防止する?の?|避ける|なくす|ないよう|ないようにする)(?:の?ため|目的で|よう)に?、"
)
_PURPOSES: Final = ("防ぐ", "防止", "避ける", "なくす", "ないよう")
"""One of these is in every clause `_PURPOSE` knows."""


class Denial(NamedTuple):
    """`final`: what is asked for is that something must not or cannot be done.

    `scopes`: for each denial the terms it is about, the nearest first.
    """

    final: bool
    scopes: tuple[tuple[str, ...], ...]


def denial(key: str, found: Sequence[Unit]) -> Denial:
    """The denials of a line from its search key (see `concepts.blanked`) and its meanings."""
    plain = key
    if any(word in key for word in _PURPOSES):
        plain = _PURPOSE.sub(lambda clause: "、" * len(clause[0]), key)
    scopes = []
    for at in denials_at(plain):
        before = [unit for unit in found if at - _REACH <= unit.start < at + 1]
        scopes.append(tuple(unit.term for unit in reversed(before[-2:])))
    return Denial(denied_last(plain), tuple(scopes))


def denied_otherwise(
    one: Denial, other: Denial, one_terms: frozenset[str], other_terms: frozenset[str]
) -> tuple[str, ...]:
    """What only one of two lines denies though the other says it, as words to show; or ()."""
    if one.final != other.final:
        return ("否定→肯定" if one.final else "肯定→否定",)
    if len(one.scopes) % 2 == len(other.scopes) % 2:
        if _only(one, other, other_terms) and _only(other, one, one_terms):
            return ("否定する事柄",)
        return ()
    if _matters(one, other, other_terms) or _matters(other, one, one_terms):
        return ("条件の否定",)
    return ()


def _only(one: Denial, other: Denial, other_terms: frozenset[str]) -> bool:
    """Whether the term nearest to some denial of one line is said plainly in the other."""
    denied = {term for scope in other.scopes for term in scope}
    return any(scope and scope[0] in other_terms - denied for scope in one.scopes)


def _matters(one: Denial, other: Denial, other_terms: frozenset[str]) -> bool:
    if len(one.scopes) <= len(other.scopes):
        return False
    denied = {term for scope in other.scopes for term in scope}
    return any(not scope or set(scope) & (other_terms - denied) for scope in one.scopes)
