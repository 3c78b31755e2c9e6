"""The matrix of a business: groups of lines × towns, from plain rows; no database.

A cell compares bodies (DESIGN §5): with those of the standards that answer the group, else with
the group's most frequent body. A line's relation, which a person judged, only says of what kind a
difference is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from registry.labels import Labelled
from registry.standards.models import Relation


class CellState(Labelled):
    SAME = "same", "同じ"
    DIFFERS = "differs", "差異あり"
    ABSENT = "absent", "なし"
    NOT_SUBMITTED = "not_submitted", "未提出"
    HIDDEN = "hidden", "内訳非公開"


class Show(Labelled):
    """Which groups a person wants to see."""

    ALL = "all", "すべて"
    DIFFERENCES = "differences", "差異のみ"
    VALUES = "values", "値・反対の差異のみ"
    ABSENT = "absent", "「なし」がある"
    SUSPECT = "suspect", "対応付けの確認が必要"
    NO_STANDARD = "no_standard", "標準要件がまだない"


@dataclass(frozen=True, slots=True)
class Town:
    """`hides`: this viewer gets no detail of it. `submitted` counts its lines for the business."""

    id: int
    code: str
    name: str
    submitted: int
    hides: bool


@dataclass(frozen=True, slots=True)
class Group:
    """`standards`: the codes of the standards that answer it, in order."""

    id: int
    code: str
    label: str
    goal_id: int | None
    standards: tuple[str, ...] = ()


class Line(NamedTuple):
    """A submitted line in a group; the plain row of a query will do."""

    group_id: int
    municipality_id: int
    requirement_id: int
    body_id: int
    aligned_version_id: int
    version_id: int
    relation: str
    obligation: str | None

    @property
    def suspect(self) -> bool:
        """The town has submitted another wording since somebody aligned the line."""
        return self.aligned_version_id != self.version_id


@dataclass(frozen=True, slots=True)
class Cell:
    """`relation`: of a cell that differs, the gravest relation of its differing lines."""

    state: CellState
    requirement_ids: tuple[int, ...] = ()
    relation: Relation | None = None
    suspect: bool = False


_GRAVITY: Final = {
    relation.value: place
    for place, relation in enumerate(
        (
            Relation.SAME,
            Relation.RELATED,
            Relation.CONTAINED,
            Relation.CONTAINS,
            Relation.VALUE_DIFFERS,
            Relation.OPPOSITE,
        )
    )
}
_VALUES: Final = frozenset({Relation.VALUE_DIFFERS.value, Relation.OPPOSITE.value})
_OF_NO_LINE: Final = {
    state: Cell(state) for state in (CellState.ABSENT, CellState.NOT_SUBMITTED, CellState.HIDDEN)
}


@dataclass(frozen=True)
class Row:
    """One group. `states` are in the order of the towns, `lines` only those the viewer may see.

    `bases` are the bodies that count as the same; `base` is the line that lends its wording where
    no standard does.
    """

    group: Group
    towns: tuple[Town, ...]
    states: tuple[CellState, ...]
    lines: Mapping[int, Sequence[Line]]
    bases: frozenset[int]
    base: Line | None

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The cells in full; made for the rows that are shown."""
        return tuple(
            self._cell(town, state) for town, state in zip(self.towns, self.states, strict=True)
        )

    def _cell(self, town: Town, state: CellState) -> Cell:
        if state in _OF_NO_LINE:
            return _OF_NO_LINE[state]
        lines = self.lines[town.id]
        differing = [line.relation for line in lines if line.body_id not in self.bases]
        gravest = max(differing, key=_GRAVITY.__getitem__, default=None)
        return Cell(
            state,
            tuple(sorted(line.requirement_id for line in lines)),
            None if gravest is None else Relation(gravest),
            any(line.suspect for line in lines),
        )

    @property
    def has_standard(self) -> bool:
        return bool(self.group.standards)

    @cached_property
    def obligations(self) -> frozenset[str]:
        """What the towns' own marks say; more than one is a difference of its own."""
        return frozenset(
            line.obligation
            for lines in self.lines.values()
            for line in lines
            if line.obligation is not None
        )

    def shows(self, show: Show, town: Town | None = None) -> bool:
        """Whether the row belongs to what was asked for, anywhere or in one town's cell."""
        places = range(len(self.towns)) if town is None else [self.towns.index(town)]
        if show is Show.DIFFERENCES:
            return any(self.states[place] is CellState.DIFFERS for place in places)
        if show is Show.ABSENT:
            return any(self.states[place] is CellState.ABSENT for place in places)
        lines = (line for place in places for line in self.lines.get(self.towns[place].id, ()))
        if show is Show.VALUES:
            return any(
                line.relation in _VALUES and line.body_id not in self.bases for line in lines
            )
        if show is Show.SUSPECT:
            return any(line.aligned_version_id != line.version_id for line in lines)
        if show is Show.NO_STANDARD and self.has_standard:
            return False
        return town is None or any(True for _ in lines)


@dataclass(frozen=True)
class Matrix:
    """All rows of one business for one viewer. `aligned`: lines in some group, by town id."""

    towns: tuple[Town, ...]
    rows: tuple[Row, ...]
    aligned: Mapping[int, int] = field(default_factory=dict)

    @property
    def submitted_count(self) -> int:
        return sum(town.submitted for town in self.towns)

    @property
    def aligned_count(self) -> int:
        return sum(self.aligned.values())

    @property
    def unaligned_count(self) -> int:
        return self.submitted_count - self.aligned_count

    @cached_property
    def counts(self) -> dict[Show, int]:
        """How many groups each filter would show."""
        return {show: sum(row.shows(show) for row in self.rows) for show in Show}

    def select(
        self,
        *,
        show: Show = Show.ALL,
        goal_ids: Collection[int] | None = None,
        town: Town | None = None,
    ) -> list[Row]:
        """The rows that pass every filter, in order."""
        return [
            row
            for row in self.rows
            if (goal_ids is None or row.group.goal_id in goal_ids) and row.shows(show, town)
        ]


def build(
    towns: Iterable[Town],
    groups: Iterable[Group],
    lines: Iterable[tuple[int, int, int, int, int, int, str, str | None]],
    standard_bodies: Mapping[int, frozenset[int]],
) -> Matrix:
    """The matrix of one business.

    `towns` in code order, which also breaks ties between bodies; `lines` as the fields of `Line`,
    in any order; `standard_bodies` maps a group that a standard answers to the bodies of these
    standards. Lines of a town that hides its detail are counted as aligned and otherwise dropped:
    they lend no base, so that its wording does not show through.
    """
    columns = tuple(towns)
    hiding = {town.id for town in columns if town.hides}
    rank = {town.id: place for place, town in enumerate(columns)}
    aligned: dict[int, set[int]] = {town.id: set() for town in columns}
    by_group: dict[int, dict[int, list[Line]]] = {}
    for plain in lines:
        group_id, town_id = plain[0], plain[1]
        aligned[town_id].add(plain[2])
        if town_id in hiding:
            continue
        by_group.setdefault(group_id, {}).setdefault(town_id, []).append(Line._make(plain))
    rows = tuple(
        _row(group, columns, by_group.get(group.id, {}), standard_bodies.get(group.id), rank)
        for group in groups
    )
    return Matrix(columns, rows, {town_id: len(ids) for town_id, ids in aligned.items()})


def _row(
    group: Group,
    towns: tuple[Town, ...],
    lines: Mapping[int, Sequence[Line]],
    standard_bodies: frozenset[int] | None,
    rank: Mapping[int, int],
) -> Row:
    base = None
    bases = standard_bodies
    if bases is None:
        base = _most_frequent(lines, rank)
        bases = frozenset() if base is None else frozenset((base.body_id,))
    states = tuple(_state(town, lines.get(town.id), bases) for town in towns)
    return Row(group, towns, states, lines, bases, base)


def _state(town: Town, lines: Sequence[Line] | None, bases: frozenset[int]) -> CellState:
    """The worst of the town's lines counts."""
    if lines:
        if all(line.body_id in bases for line in lines):
            return CellState.SAME
        return CellState.DIFFERS
    if not town.submitted:
        return CellState.NOT_SUBMITTED
    return CellState.HIDDEN if town.hides else CellState.ABSENT


def _most_frequent(lines: Mapping[int, Sequence[Line]], rank: Mapping[int, int]) -> Line | None:
    """A line with the body most towns have; of equals the one of the lowest municipality code.

    A town that says the same twice has one voice.
    """
    if not lines:
        return None
    voices: dict[int, int] = {}
    first: dict[int, Line] = {}
    for town_id in sorted(lines, key=rank.__getitem__):
        seen = set()
        for line in sorted(lines[town_id], key=lambda line: line.requirement_id):
            first.setdefault(line.body_id, line)
            if line.body_id not in seen:
                seen.add(line.body_id)
                voices[line.body_id] = voices.get(line.body_id, 0) + 1
    # Bodies were met in the order of the towns, and max keeps the first of equals.
    return first[max(voices, key=voices.__getitem__)]
