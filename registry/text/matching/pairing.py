"""How two requirement lines stand to one another: the one judgement behind every proposal.

A line is never called `same` when a number, a denial, a duty, the act or the actor differs, however
alike it looks. The judgement looks at nothing but the two lines, so that it stays the same whatever
else is in the collection.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from registry.text.matching.concepts import Unit, families
from registry.text.matching.features import Features, facts, features, likeness
from registry.text.matching.frames import Frame, other_act
from registry.text.matching.guards import contradiction, unmatched
from registry.text.matching.overlap import Overlap, overlap
from registry.text.matching.relations import Conflict, Relation, RelationKind
from registry.text.terms import respelled, split_statements

SAME: Final = 0.57
"""Least score of two lines that say the same."""
RELATED: Final = 0.3
_COVERED: Final = 0.5
"""Least share of each line's meanings found in the other for two lines to be the same."""
_WHOLE: Final = 0.86
"""Share of a line's meanings found in the other above which it is contained in it."""
_MOSTLY: Final = 0.72
_QUOTED: Final = 0.4
"""Least share of a line's character pairs in the line that is to contain it."""
_NAMED: Final = 0.38
"""Least weight of a meaning named side by side with others that makes a line say more."""
_MORE: Final = 1.2
"""Weight of meanings a line must add to say clearly more."""
_THING: Final = 0.9
"""Least weight of a word by which two lines may be about different things."""
_ACT: Final = 0.6
"""Least weight of an act by which two lines may be about different things."""
_LONGER: Final = 1.25
_WRITTEN: Final = 0.2
"""Share of the score that comes from the writing; the rest from the meanings."""


def conflict(one: str, other: str) -> Conflict | None:
    """The strongest contradiction between two lines, or None; independent of their likeness."""
    return contradiction(facts(one), facts(other))


def relate(one: str, other: str) -> Relation:
    """Compare two lines.

    Symmetric but for the direction of `contains`/`contained` and of what `shared` and `differing`
    show.
    """
    return judge(features(one), features(other)).relation()


class Judgement(NamedTuple):
    """A judged pair; its words are put together only when somebody is to read them."""

    kind: RelationKind
    score: float
    said: tuple[str, ...]
    common: Overlap

    def relation(self) -> Relation:
        """The judgement with the words both lines have, and those of only one."""
        common, said = self.common, "".join(self.said)
        only = (unit.surface for unit in (*common.only_a, *common.only_b))
        differing = (*self.said, *(word for word in dict.fromkeys(only) if word not in said))
        shared = tuple(dict.fromkeys(_shown(*pair) for pair in common.pairs))
        return Relation(self.kind, self.score, shared, differing if self.score < 1 else ())


def judge(a: Features, b: Features) -> Judgement:
    """`relate` for lines whose features are at hand."""
    common = overlap(a.units, b.units)
    if a.body == b.body:
        return Judgement(RelationKind.SAME, 1.0, (), common)
    score = _score(a, b, common)
    if score < RELATED and max(common.cover_a, common.cover_b) < _MOSTLY:
        return Judgement(RelationKind.NONE, score, (), common)
    facts_a, facts_b = facts(a.text), facts(b.text)
    part = _part(a, b, common, facts_a.frame, facts_b.frame)
    if score < RELATED and not part:
        return Judgement(RelationKind.NONE, score, (), common)
    near = score >= SAME and min(common.cover_a, common.cover_b) >= _COVERED
    found = contradiction(facts_a, facts_b) or _other_thing(common)
    if found is not None and not (part and _agrees_in_part(a.text, b.text, part)):
        kind = found.kind if near or part or score >= SAME - 0.15 else RelationKind.RELATED
        return Judgement(kind, score, found.said, common)
    extra_a, extra_b = unmatched(facts_a.outside, facts_b.outside)
    said = (*extra_a, *extra_b)
    if part and not (extra_b if part is RelationKind.CONTAINS else extra_a):
        return Judgement(part, score, said, common)
    if (extra_a and common.left_b >= _MORE) or (extra_b and common.left_a >= _MORE):
        return Judgement(RelationKind.RELATED, score, said, common)
    if near and said:
        kind = RelationKind.CONTAINS if extra_a else RelationKind.CONTAINED
        return Judgement(kind, score, said, common)
    kind = RelationKind.SAME if near else RelationKind.RELATED
    return Judgement(kind, score, said, common)


def _other_thing(common: Overlap) -> Conflict | None:
    """Each line names a thing of its own where the rest is alike: 図書の予約, 施設の予約."""
    acts = families().acts
    left = [unit for unit in common.only_a if unit.weight >= _THING and unit.family not in acts]
    right = [unit for unit in common.only_b if unit.weight >= _THING and unit.family not in acts]
    if not left or not right:
        left, right = _other_acts(common)
    if not left:
        return None
    said = f"{'・'.join(u.surface for u in left)}→{'・'.join(u.surface for u in right)}"
    return Conflict(RelationKind.RELATED, (said,))


def _other_acts(common: Overlap) -> tuple[list[Unit], list[Unit]]:
    """An act of only one line beside another act of only the other: 貸出の履歴, 予約の履歴."""
    acts = families().acts
    named = [unit for unit in common.only_b if unit.family in acts and unit.weight >= _ACT]
    for one in common.only_a:
        if named and one.family in acts and one.weight >= _ACT:
            for other in named:
                if other_act(frozenset((one.family,)), frozenset((other.family,))):
                    return [one], [other]
    return [], []


def _shown(one: Unit, other: Unit) -> str:
    if one.surface == other.surface:
        return one.surface
    left, right = respelled(one.surface), respelled(other.surface)
    return left if left == right else f"{left}≒{right}"


def _score(a: Features, b: Features, common: Overlap) -> float:
    written = likeness(a, b)
    meant = common.mutual if common.weight_a + common.weight_b else written
    return round(min(0.999, _WRITTEN * written + (1 - _WRITTEN) * meant), 4)


def _part(
    a: Features, b: Features, common: Overlap, frame_a: Frame, frame_b: Frame
) -> RelationKind | None:
    """CONTAINS when nearly all of `b` is in an `a` that says more, CONTAINED the other way round."""
    more_a, more_b = _added(frame_a, common.only_a), _added(frame_b, common.only_b)
    if _within(b, a, common.cover_b, common.left_b, common.left_a, more_a and not more_b):
        return RelationKind.CONTAINS
    if _within(a, b, common.cover_a, common.left_a, common.left_b, more_b and not more_a):
        return RelationKind.CONTAINED
    return None


def _within(
    short: Features, long: Features, cover: float, left: float, added: float, names_more: bool
) -> bool:
    """Whether `short` is a part of `long`.

    `cover` and `left`: the share of the short line found in the long one, and the weight that is
    not; `added`: the weight only the long line has; `names_more`: in an enumeration.
    """
    says_more = (names_more and cover >= _MOSTLY) or (
        cover >= _WHOLE
        and added >= _MORE
        and added >= 2 * left
        and len(long.body) >= _LONGER * len(short.body)
    )
    if not says_more or len(short.units) < 2 or not short.grams:
        return False
    return len(short.grams & long.grams) / len(short.grams) >= _QUOTED


def _added(line: Frame, only: Sequence[Unit]) -> bool:
    """Whether a line names something more beside what both name: 許可書と領収書, 許可書."""
    return any(unit.term in line.joined and unit.weight >= _NAMED for unit in only)


def _agrees_in_part(one: str, other: str, part: RelationKind) -> bool:
    """Whether the longer line says the shorter one among other things.

    The act may stand anywhere in the longer line where something is asked for; for the rest, the
    nearest statement of a compound line decides.
    """
    long, short = (one, other) if part is RelationKind.CONTAINS else (other, one)
    whole, piece = facts(long), facts(short)
    found = contradiction(whole, piece)
    if found is not None and found.kind is RelationKind.RELATED:
        same_actor = not (whole.actors and piece.actors) or bool(whole.actors & piece.actors)
        return same_actor and piece.frame.heads <= whole.frame.acts
    statements = [statement.text for statement in split_statements(long)]
    if len(statements) < 2:
        return False
    feature = features(short)
    nearest = max(statements, key=lambda text: (likeness(features(text), feature), text))
    return contradiction(facts(nearest), piece) is None
