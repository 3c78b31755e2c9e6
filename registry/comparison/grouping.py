"""Proposals of which lines of different towns belong together; a person decides on each.

Pure: lines and groups in, proposals out. Nothing depends on the order of the input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from registry.text.similarity import Conflict, Index, Relation, RelationKind, conflict, relate


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """A submitted requirement line; `key` is the caller's name for it, unique over all lines."""

    municipality_code: str
    text: str
    key: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """One question to the person who aligns.

    `group` set: the one line of `lines` to that existing group. `group` and `beside` unset: a new
    group of all `lines`, of different towns, which all say the same. `beside` set: `lines` and
    `beside` are near but not the same (`relation` of the first to the second); a person may put
    them into one group with that relation. `shared`, `differing` and `score` (0..1) come from the
    nearest pair; `why` is a Japanese sentence.
    """

    lines: tuple[str, ...]
    group: str | None
    beside: tuple[str, ...]
    relation: RelationKind
    score: float
    shared: tuple[str, ...]
    differing: tuple[str, ...]
    why: str


_LIKELY: Final = 0.3
"""Least likeness in shared terms of two lines that are judged; the labelled pairs that say the same
lie above 0.4."""
_LOOKED_AT: Final = 60
"""Most bodies judged for one line; bounds the work where hundreds of lines are nearly the same."""
_COHESION: Final = 0.5
"""Least mean score between two clusters that grow together; keeps chains of near lines apart."""
_NEAR: Final = 0.5
"""Least score of a related, opposite or otherwise valued line that is worth a person's look."""
_WHOLE: Final = (RelationKind.SAME, RelationKind.CONTAINS, RelationKind.CONTAINED)
"""Relations worth a look whatever the score."""
_BESIDE: Final = 3
"""Most relations shown for one cluster."""
_WORTH: Final = {
    RelationKind.SAME: 0,
    RelationKind.VALUE_DIFFERS: 1,
    RelationKind.OPPOSITE: 2,
    RelationKind.CONTAINED: 3,
    RelationKind.CONTAINS: 4,
    RelationKind.RELATED: 5,
}


def propose(
    lines: Iterable[Line], groups: Mapping[str, Sequence[Line]], index: type[Index] = Index
) -> list[Proposal]:
    """Proposals for `lines`, which are in no group yet; `groups` maps a code to its lines.

    `index` finds which lines are compared at all; what they are to one another is judged the same
    whatever index is used.

    First the lines that fit an existing group, then new groups, then what stands beside what; in
    each part the most certain first. A line is at most once proposed to a group and at most in
    one new group, whose lines come from different towns (a town's repeated line excepted). Lines
    that contradict each other in number, denial, duty, act or actor never share a new group.

    A pair is judged by its two lines alone, and lines grow together only along pairs that say the
    same. A line added, edited or taken away therefore changes no group but those it is linked to
    by such pairs.
    """
    loose = sorted(set(lines))
    grouped = {code: sorted(set(members)) for code, members in sorted(groups.items())}
    everything = sorted({*loose, *(line for members in grouped.values() for line in members)})
    pairs = _Pairs(everything, index)
    joins = [proposal for line in loose if (proposal := _join(line, grouped, pairs)) is not None]
    placed = {proposal.lines[0] for proposal in joins if proposal.relation is RelationKind.SAME}
    rest = [line for line in loose if line.key not in placed]
    clusters = _cluster(rest, pairs)
    news = [_new_group(cluster, pairs) for cluster in clusters if len(cluster) > 1]
    found = [*_ordered(joins), *_ordered(news)]
    return [*found, *_ordered(_beside(clusters, pairs))]


def _ordered(proposals: Iterable[Proposal]) -> list[Proposal]:
    return sorted(
        proposals,
        key=lambda found: (_WORTH[found.relation], -found.score, found.lines, found.beside),
    )


class _Pairs:
    """Relations of line pairs, each found once. Each depends on the two lines and nothing else."""

    def __init__(self, lines: Sequence[Line], index: type[Index]) -> None:
        self._lines = lines
        self._index = index([line.text for line in lines], rarity=False)
        self._near: dict[str, list[Line]] = {}
        self._relations: dict[tuple[str, str], Relation] = {}
        self._conflicts: dict[tuple[str, str], Conflict | None] = {}

    def near(self, line: Line, allowed: Callable[[Line], bool]) -> list[Line]:
        """The other lines near enough to be judged that are `allowed`, best first."""
        if line.text not in self._near:
            found = self._index.near(line.text, _LIKELY, _LOOKED_AT)
            self._near[line.text] = [self._lines[at] for _, at in found]
        return [other for other in self._near[line.text] if other != line and allowed(other)]

    def relation(self, one: Line, other: Line) -> Relation:
        key = one.text, other.text
        if key not in self._relations:
            self._relations[key] = relate(one.text, other.text)
        return self._relations[key]

    def conflict(self, one: Line, other: Line) -> Conflict | None:
        key = min(one.text, other.text), max(one.text, other.text)
        if key not in self._conflicts:
            self._conflicts[key] = conflict(*key)
        return self._conflicts[key]


def _join(line: Line, groups: Mapping[str, Sequence[Line]], pairs: _Pairs) -> Proposal | None:
    homes: dict[Line, list[str]] = {}
    for code, members in groups.items():
        for member in members:
            homes.setdefault(member, []).append(code)
    choices = []
    for member in pairs.near(line, homes.__contains__):
        relation = pairs.relation(line, member)
        if _worth_showing(relation):
            choices += [(relation, code, member) for code in homes[member]]
    if not choices:
        return None
    relation, code, member = min(
        choices, key=lambda found: (_WORTH[found[0].relation], -found[0].score, found[1], found[2])
    )
    against = [
        other
        for other in groups[code]
        if (clash := pairs.conflict(line, other)) and clash.kind is not RelationKind.RELATED
    ]
    why = _why(relation, f"まとまり {code} の行「{_short(member.text)}」")
    if against and relation.relation is RelationKind.SAME:
        why += f"このまとまりには値または向きの違う行が{len(against)}件あります。"
    return Proposal(
        lines=(line.key,),
        group=code,
        beside=(),
        relation=relation.relation,
        score=relation.score,
        shared=relation.shared,
        differing=relation.differing,
        why=why,
    )


def _worth_showing(relation: Relation) -> bool:
    if relation.relation in _WHOLE:
        return True
    return relation.relation is not RelationKind.NONE and relation.score >= _NEAR


def _cluster(lines: Sequence[Line], pairs: _Pairs) -> list[list[Line]]:
    """Grow clusters along the pairs that are the same, surest first, where nothing contradicts."""
    allowed = frozenset(lines)
    edges = set()
    for line in lines:
        for other in pairs.near(line, allowed.__contains__):
            if pairs.relation(line, other).relation is RelationKind.SAME:
                edges.add((min(line, other), max(line, other)))
    home = {line: [line] for line in lines}
    for one, other in sorted(edges, key=lambda edge: (-pairs.relation(*edge).score, edge)):
        left, right = home[one], home[other]
        if left is right or not _may_merge(left, right, pairs):
            continue
        left += right
        for line in right:
            home[line] = left
    seen = {id(cluster): cluster for cluster in home.values()}
    return sorted(sorted(cluster) for cluster in seen.values())


def _agreeing(relation: Relation) -> bool:
    """Whether two lines may share a group; those that are not the same must at least be near."""
    if relation.relation is RelationKind.RELATED:
        return relation.score >= _COHESION
    return relation.relation is RelationKind.SAME


def _may_merge(left: Sequence[Line], right: Sequence[Line], pairs: _Pairs) -> bool:
    total = 0.0
    for one, other in product(left, right):
        relation = pairs.relation(one, other)
        if one.municipality_code == other.municipality_code and relation.score < 1:
            return False
        if pairs.conflict(one, other) is not None or not _agreeing(relation):
            return False
        total += relation.score
    return total / (len(left) * len(right)) >= _COHESION


def _new_group(cluster: Sequence[Line], pairs: _Pairs) -> Proposal:
    nearest = [
        max(
            (pairs.relation(line, other) for other in cluster if other != line),
            key=lambda relation: relation.score,
        )
        for line in cluster
    ]
    weakest = min(nearest, key=lambda relation: relation.score)
    towns = len({line.municipality_code for line in cluster})
    shared = _of_all(nearest)
    words = "、".join(shared[:5])
    if weakest.score == 1:
        reason = "言い回しを除いて同じ文です。"
    else:
        reason = f"共通の語は「{words}」です。" if words else "文の並びがよく似ています。"
        other = [word for found in nearest for word in found.shared if "≒" in word]
        if said := "、".join(dict.fromkeys(other[:3])):
            reason += f"言い換えとみた語は「{said}」です。"
    return Proposal(
        lines=tuple(sorted(line.key for line in cluster)),
        group=None,
        beside=(),
        relation=RelationKind.SAME,
        score=weakest.score,
        shared=tuple(shared),
        differing=tuple(dict.fromkeys(word for found in nearest for word in found.differing)),
        why=f"{towns}団体の{len(cluster)}行が同じ内容とみられます。{reason}",
    )


def _of_all(relations: Sequence[Relation]) -> list[str]:
    """Words found in every one of the relations, on either side of a 「≒」, in their first order."""
    sides = [{side for word in found.shared for side in word.split("≒")} for found in relations]
    return [
        word
        for word in dict.fromkeys(
            side for found in relations[:1] for pair in found.shared for side in pair.split("≒")
        )
        if all(word in found for found in sides)
    ]


def _beside(clusters: Sequence[Sequence[Line]], pairs: _Pairs) -> list[Proposal]:
    """For each cluster (or single line) the nearest others that are not the same."""
    home = {line: number for number, cluster in enumerate(clusters) for line in cluster}
    best: dict[tuple[int, int], tuple[int, float, Line, Line]] = {}
    for line, number in home.items():
        for other in pairs.near(line, home.__contains__):
            relation = pairs.relation(line, other)
            if home[other] == number or line.municipality_code == other.municipality_code:
                continue
            if not _worth_showing(relation) or relation.relation is RelationKind.RELATED:
                continue
            first, second = sorted((line, other), key=lambda found: (home[found], found))
            found = (_WORTH[relation.relation], -relation.score, first, second)
            key = home[first], home[second]
            best[key] = min(best.get(key, found), found)
    shown: dict[int, int] = {}
    proposals = []
    for (one, two), (_, _, line, other) in sorted(
        best.items(), key=lambda item: (item[1][1], item)
    ):
        if max(shown.get(one, 0), shown.get(two, 0)) >= _BESIDE:
            continue
        shown[one], shown[two] = shown.get(one, 0) + 1, shown.get(two, 0) + 1
        relation = pairs.relation(line, other)
        proposals.append(
            Proposal(
                lines=tuple(sorted(found.key for found in clusters[one])),
                group=None,
                beside=tuple(sorted(found.key for found in clusters[two])),
                relation=relation.relation,
                score=relation.score,
                shared=relation.shared,
                differing=relation.differing,
                why=_why(relation, f"行「{_short(other.text)}」"),
            )
        )
    return proposals


_SAYING: Final = {
    RelationKind.SAME: "{other}と同じ内容とみられます。",
    RelationKind.VALUE_DIFFERS: "{other}と似ていますが、値が違います（{differing}）。",
    RelationKind.OPPOSITE: "{other}と似ていますが、向きが反対です（{differing}）。",
    RelationKind.CONTAINS: "{other}の内容を含み、ほかのことも述べています（{differing}）。",
    RelationKind.CONTAINED: "{other}の一部にあたります（相手だけにある語: {differing}）。",
    RelationKind.RELATED: "{other}と関連しますが、対象や動作が違います（{differing}）。",
}


def _why(relation: Relation, other: str) -> str:
    if relation.score == 1:
        return f"{other}と、言い回しを除いて同じ文です。"
    differing = "、".join(relation.differing[:5]) or "語の違いなし"
    saying = _SAYING[relation.relation].format(other=other, differing=differing)
    return saying + (
        f"共通の語は「{'、'.join(relation.shared[:5])}」です。" if relation.shared else ""
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 30 else line[:29] + "…"
