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
    is done to, whose something is. `ties` are terms with the term they are said of
    (団体の規約), `owned` the latter with the meaning of the former."""

    doers: frozenset[str]
    sources: frozenset[str]
    targets: frozenset[str]
    objects: frozenset[str]
    owners: frozenset[str]
    ties: frozenset[tuple[str, str]]
    owned: dict[str, Unit]


class Frame(NamedTuple):
    """`heads`: families of the last acts, `head_terms` their terms; `object_`: the meaning they work
    on, if one is named; `each`: the meanings it is done for one by one (施設ごとに, 地区別に).

    `acts` are families of all acts that are asked for, not those in a clause that only describes a
    thing (登録した施設), which are `described`; `along` those of a step on the way (入力して…, 配信する際に…);
    `joined` are terms named side by side with another (許可書と領収書).
    """

    heads: frozenset[str]
    head_terms: frozenset[str]
    object_: Unit | None
    each: tuple[Unit, ...]
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
_EACH: Final = re.compile(r"等?(?:ごと|毎|別(?=[にの、。)]|$)|単位|につき|[あ当]たり)")
_EACH_BEGINS: Final = openings(_EACH.pattern)
_TIMES: Final = frozenset(("daily", "monthly", "yearly"))
_PLACES: Final = (("doers", "targets"), ("sources", "targets"), ("sources", "objects"))
_KEPT_PLACES: Final = (("targets", "objects"), ("doers", "owners"), ("targets", "owners"))
"""Places where a term may stand in both lines beside another one; such a term has not moved."""
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
        head_terms=frozenset(found[at].term for at in heads),
        object_=object_,
        each=tuple([unit for unit in found if unit.family in _TIMES or _each(key, _end(unit))]),
        acts=frozenset(asked),
        described=frozenset(described),
        along=frozenset(along),
        joined=_joined(key, found),
        parties=_parties(key, found),
    )


def _each(key: str, end: int) -> bool:
    return key[end : end + 1] in _EACH_BEGINS and _EACH.match(key, end) is not None


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
    ties = set()
    owner, upto = None, -1
    owned: dict[str, Unit] = {}
    for unit in found:
        if unit.start == upto and len(unit.surface) == 1:
            upto += 1  # 代表者: 者 belongs to the word before it
            continue
        if owner and unit.start == upto + 1 and key[upto] == "の":
            ties.add((owner.term, unit.term))
            owned[unit.term] = owner
        owner, upto = unit, _end(unit)
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
    return Parties(
        doers=frozenset(doers),
        sources=frozenset(sources),
        targets=frozenset(targets),
        objects=frozenset(objects),
        owners=frozenset(owner.term for owner in owned.values()),
        ties=frozenset(ties),
        owned=owned,
    )


def same_course(one: Frame, other: Frame) -> bool:
    """Whether two lines name the same acts, one as a step on the way: 入力して配信, 配信する際に入力."""
    return one.heads <= other.along and other.heads <= one.along


def crossed(one: Frame, other: Frame) -> bool:
    """Whether each line asks for what the other only describes (出力した履歴の確認, 確認した履歴の出力), or
    one asks for it and the other asks for nothing else (受診券を送る, 受診券を送った者を対象とする)."""
    if bool(one.acts) != bool(other.acts):
        asks, describes = (one, other) if one.acts else (other, one)
        return asks.heads <= describes.described
    return one.heads != other.heads and bool(
        one.heads & other.described and other.heads & one.described
    )


def crossed_terms(
    one: Frame, other: Frame, one_terms: frozenset[str], other_terms: frozenset[str]
) -> bool:
    """Whether each line asks for an act the other only mentions: 入力内容を登録, 登録内容を入力."""
    return (
        bool(one.head_terms)
        and bool(other.head_terms)
        and not (one.heads | other.heads) & families().general
        and one.head_terms.isdisjoint(other.head_terms)
        and one.head_terms <= other_terms
        and other.head_terms <= one_terms
    )


def other_act(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether the last acts of two lines, as families, cannot be meant for one another."""
    if not one or not other or one & other:
        return False
    if (one | other) & families().general:
        return False
    known = families().instead
    return not any(frozenset((left, right)) in known for left in one for right in other)


def turned_round(one: Parties, other: Parties) -> tuple[str, str] | None:
    """The parties that have changed places: A が B に and B が A に, A から and A へ, A の B and B の A;
    or None."""
    for first, second in _PLACES:
        left = getattr(one, first) & getattr(other, second)
        right = getattr(one, second) & getattr(other, first)
        if left and right and left != right:
            return min(left - right or left), min(right - left or right)
    for first, second in _KEPT_PLACES:
        there, back = getattr(one, first), getattr(other, first)
        left = (there & getattr(other, second)) - back
        right = (back & getattr(one, second)) - there
        if left and right:
            return min(left), min(right)
    for term, partner in sorted(one.ties - other.ties):
        back = partner, term
        if term != partner and back in other.ties and back not in one.ties:
            return term, partner
    return None
