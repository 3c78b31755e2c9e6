"""What forbids calling two lines the same, however alike they are written.

Held against every pair before any grouping: denial, duty, numbers and other values, act, object of
the act, actor, and who gives to whom.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Final

from registry.text.matching.answers import answered_otherwise
from registry.text.matching.concepts import Unit, families
from registry.text.matching.contrasts import (
    CONTRASTS,
    OPPOSITES,
    contrasted,
    other_phase,
)
from registry.text.matching.denial import denied_otherwise
from registry.text.matching.features import Facts
from registry.text.matching.frames import (
    crossed,
    crossed_terms,
    other_act,
    same_course,
    turned_round,
)
from registry.text.matching.overlap import near
from registry.text.matching.relations import Conflict, RelationKind
from registry.text.terms import Quantity

_BARS: Final = frozenset(("prevent", "forbid", "limit"))
_ALIKE: Final = 0.25
"""Least nearness of two meanings that may stand for one another."""
DUTY: Final = {"": "必須", "prohibited": "禁止", "optional": "任意", "desirable": "望ましい"}


def contradiction(one: Facts, other: Facts) -> Conflict | None:
    """The strongest contradiction between two lines, or None; independent of their likeness."""
    if said := _opposition(one, other):
        return Conflict(RelationKind.OPPOSITE, said)
    if said := _changed_values(one, other):
        return Conflict(RelationKind.VALUE_DIFFERS, said)
    if said := _other_frame(one, other):
        return Conflict(RelationKind.RELATED, said)
    return None


def _opposition(one: Facts, other: Facts) -> tuple[str, ...]:
    if said := denied_otherwise(one.denial, other.denial, one.terms, other.terms):
        return said
    if "prohibited" in (one.duty, other.duty) and one.duty != other.duty and not one.denial.final:
        return (f"{DUTY[one.duty]}→{DUTY[other.duty]}",)
    return contrasted(OPPOSITES, one.opposites, other.opposites)


def _changed_values(one: Facts, other: Facts) -> tuple[str, ...]:
    said = []
    only_one, only_other = unmatched(one.numbers, other.numbers)
    if only_one and only_other:
        said.append(f"{'・'.join(only_one)}→{'・'.join(only_other)}")
    if one.duty != other.duty and "prohibited" not in (one.duty, other.duty):
        said.append(f"{DUTY[one.duty]}→{DUTY[other.duty]}")
    said.extend(contrasted(CONTRASTS, one.contrasts, other.contrasts))
    said.extend(answered_otherwise(one.answers, other.answers))
    said.extend(other_phase(one.phases, other.phases))
    said.extend(_contraries(one, other))
    return tuple(said)


def _contraries(one: Facts, other: Facts) -> list[str]:
    """Words of only one line each that are built alike and mean the contrary."""
    return sorted(
        f"{word}→{partner}"
        for partner, word in one.contraries.items()
        if partner in other.words and partner not in one.words and word not in other.words
    )


def _other_frame(one: Facts, other: Facts) -> tuple[str, ...]:
    mine, theirs = one.frame, other.frame
    acts_differ = (
        other_act(mine.heads, theirs.heads) and not _both_bar(one, other)
    ) or crossed_terms(mine, theirs, one.terms, other.terms)
    if (acts_differ and not same_course(mine, theirs)) or crossed(mine, theirs):
        return ("求める動作",)
    if one.actors and other.actors and not one.actors & other.actors:
        return ("行う人",)
    if places := turned_round(one.frame.parties, other.frame.parties):
        return (f"{places[0]}と{places[1]}の立場",)
    return _other_whole(one, other) or _other_object(one, other)


def _other_whole(one: Facts, other: Facts) -> tuple[str, ...]:
    """What it is done for one by one (施設ごとに, 利用者ごとに) or whose thing it is (学校の台帳, 役場の台帳),
    where it differs."""
    left, right = one.frame.each, other.frame.each
    if left and right and not any(near(*pair) >= _ALIKE for pair in product(left, right)):
        return (f"{left[0].surface}→{right[0].surface}",)
    for thing, mine in one.frame.parties.owned.items():
        theirs = other.frame.parties.owned.get(thing, mine)
        spoken = mine.term in other.terms or theirs.term in one.terms
        if not spoken and near(mine, theirs) < _ALIKE:
            return (f"{mine.surface}→{theirs.surface}",)
    return ()


def _other_object(one: Facts, other: Facts) -> tuple[str, ...]:
    """The acts the last act works on, where they differ: 予約の確認, 取消の確認."""
    mine, theirs = one.frame.object_, other.frame.object_
    if (
        mine is not None
        and theirs is not None
        and {mine.family, theirs.family} <= families().acts - {"list"}
        and not (_speaks(other, mine) and _speaks(one, theirs))
        and near(mine, theirs) < _ALIKE
        and other_act(frozenset((mine.family,)), frozenset((theirs.family,)))
    ):
        return (f"{mine.surface}→{theirs.surface}",)
    return ()


def _both_bar(one: Facts, other: Facts) -> bool:
    """二重予約ができない, 二重予約を防止する: two ways of asking that something must not happen."""
    return (
        one.denial.final
        and other.denial.final
        and bool((one.frame.heads | other.frame.heads) & _BARS)
    )


def _speaks(line: Facts, unit: Unit) -> bool:
    return unit.term in line.terms


def unmatched(
    one: Sequence[Quantity], other: Sequence[Quantity]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Quantities of only one of two lines, as written."""
    left = list(other)
    only_one = []
    for quantity in one:
        match = next((at for at, found in enumerate(left) if quantity.agrees(found)), None)
        if match is None:
            only_one.append(quantity.text)
        else:
            del left[match]
    return tuple(only_one), tuple(quantity.text for quantity in left)
