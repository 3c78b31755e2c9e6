"""Who is asked to do what to whom in a line: the last act, the parties and their directions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from registry.text.matching.concepts import Unit, families
from registry.text.openings import openings


class Parties(NamedTuple):
    """Terms by the particle behind them: who does it, where it comes from, where it goes, what it
    is done to."""

    doers: frozenset[str]
    sources: frozenset[str]
    targets: frozenset[str]
    objects: frozenset[str]


class Frame(NamedTuple):
    """`heads`: families of the last acts; `object_`: the meaning they work on, if one is named.

    `acts` are families of all acts that are asked for, not those in a clause that only describes a
    thing (登録した施設), which are `described`; `along` those of a step on the way (入力して…, 配信する際に…);
    `joined` are terms named side by side with another (許可書と領収書).
    """

    heads: frozenset[str]
    object_: Unit | None
    acts: frozenset[str]
    described: frozenset[str]
    along: frozenset[str]
    joined: frozenset[str]
    parties: Parties


_JOINT: Final = re.compile(r"[・、,/]|及び|又は|並びに|や|と|or|若しくは|または|および")
_JOINT_LENGTH: Final = 4
# Behind an act: it tells when or how, and the line's own act stands before it.
_CIRCUMSTANCE: Final = re.compile(
    r"(?:[しさせされてまっいたるれがのなにでをき]*)(?:後|前|際|とき|時|場合|により|によって|に基づ|に応じ|に伴|のみ|だけ|限|"
    r"ことで|上で|うえで|場で|に関して|について)"
)
_DESCRIBES: Final = re.compile(
    r"[しさせれらっいきんかえ]{0,3}(?:た|ている|ていた|済みの|中の)(?=[一-鿿ァ-ヺa-z])"
)
# 利用日, 登録者: the act is part of a word; 登録処理, 印刷機能 are the act itself.
_COMPOUND: Final = re.compile(
    r"(?!処理|機能|可能|作業|操作|手続|業務|制御|等|後|前|時|済|中)[一-鿿]"
)
_DOER: Final = re.compile(r"(?:自身|自ら|側|等|など)?、?が(?!でき)")
_SOURCE: Final = re.compile(r"(?:側|等|など)?(?:から|より(?!も)|を(?:基|もと|元)に|に基づ)")
_OBJECT: Final = re.compile(r"(?:等|など)?を")
_ALONG: Final = re.compile(
    r"(?:を行[いっ]|[しさせれ]|)(?:て|、|(?:する|した|される|た|の)?(?:際|とき|時|場合|に当たっ?))"
)
_TARGET: Final = re.compile(
    r"(?:側|等|など)?(?:に対し|へ|宛|あて|に(?!より|よる|よっ|つい|関|係|お|基|応|伴|とっ|なる|なっ|なら|限|ある))"
)
_PARTICLES: Final = frozenset().union(
    *(openings(rule.pattern) for rule in (_DOER, _SOURCE, _OBJECT, _TARGET))
)


def frame(key: str, found: Sequence[Unit]) -> Frame:
    """The frame of a line from its search key and its meanings in their order."""
    acts = [at for at, unit in enumerate(found) if unit.family in families().acts]
    head = _head(key, found, acts)
    heads = _enumerated(key, found, acts, head) if head is not None else []
    object_ = None
    if heads and heads[0] > 0:
        before = found[heads[0] - 1]
        if len(key[before.start + len(before.surface) : found[heads[0]].start]) <= 4:
            object_ = before
    described: set[str] = set()
    asked: set[str] = set()
    along: set[str] = set()
    for at in acts:
        family, end = found[at].family, _end(found[at])
        (described if _DESCRIBES.match(key, end) else asked).add(family)
        if _ALONG.match(key, end):
            along.add(family)
    return Frame(
        heads=frozenset(found[at].family for at in heads),
        object_=object_,
        acts=frozenset(asked),
        described=frozenset(described),
        along=frozenset(along),
        joined=_joined(key, found),
        parties=_parties(key, found),
    )


def _joined(key: str, found: Sequence[Unit]) -> frozenset[str]:
    joined = set()
    for left, right in pairwise(found):
        end = _end(left)
        if 0 < right.start - end <= _JOINT_LENGTH and _JOINT.fullmatch(key, end, right.start):
            joined |= {left.term, right.term}
    return frozenset(joined)


def _end(unit: Unit) -> int:
    return unit.start + len(unit.surface)


def _head(key: str, found: Sequence[Unit], acts: Sequence[int]) -> int | None:
    """The last act that is asked for: no circumstance and no part of a longer word."""
    asked = [at for at in acts if found[at].weight > 0 and not _aside(key, found, at)]
    asked = asked or list(acts)
    return asked[-1] if asked else None


def _aside(key: str, found: Sequence[Unit], at: int) -> bool:
    end = _end(found[at])
    if _CIRCUMSTANCE.match(key, end) or _DESCRIBES.match(key, end):
        return True
    act_next = (
        at + 1 < len(found)
        and found[at + 1].start == end
        and found[at + 1].family in families().acts
    )
    return not act_next and _COMPOUND.match(key, end) is not None


def _enumerated(key: str, found: Sequence[Unit], acts: Sequence[int], head: int) -> list[int]:
    """The head and the acts named together with it: 登録・変更・削除."""
    heads = [head]
    while heads[0] - 1 in acts:
        between = key[_end(found[heads[0] - 1]) : found[heads[0]].start]
        if not _JOINT.fullmatch(between) and between != "":
            break
        heads.insert(0, heads[0] - 1)
    return heads


def _parties(key: str, found: Sequence[Unit]) -> Parties:
    doers, sources, targets, objects = set(), set(), set(), set()
    for unit in found:
        end = _end(unit)
        if key[end : end + 1] not in _PARTICLES:
            continue
        if _DOER.match(key, end):
            doers.add(unit.term)
        elif _SOURCE.match(key, end):
            sources.add(unit.term)
        elif _TARGET.match(key, end):
            targets.add(unit.term)
        elif _OBJECT.match(key, end):
            objects.add(unit.term)
    return Parties(frozenset(doers), frozenset(sources), frozenset(targets), frozenset(objects))


def same_course(one: Frame, other: Frame) -> bool:
    """Whether two lines name the same acts, one as a step on the way: 入力して配信, 配信する際に入力."""
    return one.heads <= other.along and other.heads <= one.along


def crossed(one: Frame, other: Frame) -> bool:
    """Whether each line asks for what the other only describes: 出力した履歴の確認, 確認した履歴の出力."""
    return bool(one.heads & other.described and other.heads & one.described)


def other_act(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether the last acts of two lines, as families, cannot be meant for one another."""
    if not one or not other or one & other:
        return False
    if (one | other) & families().general:
        return False
    known = families().instead
    return not any(frozenset((left, right)) in known for left in one for right in other)


def turned_round(one: Parties, other: Parties) -> tuple[str, str] | None:
    """The parties that have changed places: A が B に and B が A に, A から and A へ; or None."""
    for term in sorted(one.doers & other.targets):
        for partner in sorted(one.targets & other.doers):
            if term != partner:
                return term, partner
    for left, right in (
        ((one.sources, one.targets), (other.targets, other.sources)),
        ((one.sources, one.objects), (other.objects, other.sources)),
    ):
        both = left[0] & right[0], left[1] & right[1]
        if both[0] and both[1] and both[0] != both[1]:
            return min(both[0]), min(both[1])
    return None
