"""What one requirement line is to another."""

from __future__ import annotations

from dataclasses import dataclass

from registry.labels import Labelled


class RelationKind(Labelled):
    """What one line is to the other; all but `none` may be stored in an alignment."""

    SAME = "same", "同じ"
    VALUE_DIFFERS = "value_differs", "値が違う"
    OPPOSITE = "opposite", "反対"
    CONTAINS = "contains", "含む"
    CONTAINED = "contained", "含まれる"
    RELATED = "related", "関連"
    NONE = "none", "なし"


CONVERSE = {
    RelationKind.CONTAINS: RelationKind.CONTAINED,
    RelationKind.CONTAINED: RelationKind.CONTAINS,
}
"""The same relation seen from the other line, where it is another one."""


@dataclass(frozen=True, slots=True)
class Relation:
    """The first line seen from the second: `contains` means the first says more.

    `score` 0..1, 1 for equal bodies. `shared` are content words of both, as the first writes them,
    or 「first≒second」 where they are written otherwise; `differing` the words of only one, and what
    the guards found written as 「first→second」.
    """

    relation: RelationKind
    score: float
    shared: tuple[str, ...]
    differing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why two lines can never stand for one another, however alike they are written.

    `kind` is `opposite`, `value_differs`, or `related` for another act, actor or direction; `said`
    shows what differs, first → second.
    """

    kind: RelationKind
    said: tuple[str, ...]
