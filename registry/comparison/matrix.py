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
    """`standards`: the codes of the standards that answer it, in order; `wording`: the first's text."""

    id: int
    code: str
    label: str
    goal_id: int | None
    standards: tuple[str, ...] = ()
    wording: str = ""


Plain = tuple[int, int, int, int, int, int, str, str | None]
"""The fields of `Line` as a query gives them: named tuples cost too much at 26,000 lines."""


class Line(NamedTuple):
    """A submitted line in a group."""

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
    """One group. `states` are in the order of the towns, `plain` the lines the viewer may see.

    `bases` are the bodies that count as the same. `values`: some line has another value or says
    the opposite; `suspect`: some line was submitted anew since it was aligned.
    """

    group: Group
    towns: tuple[Town, ...]
    states: Sequence[CellState]
    plain: Sequence[Plain]
    bases: frozenset[int]
    values: bool
    suspect: bool

    @cached_property
    def lines(self) -> dict[int, list[Line]]:
        """Town id → its lines; made for the rows that are shown."""
        found: dict[int, list[Line]] = {}
        for plain in sorted(self.plain, key=lambda plain: plain[2]):
            found.setdefault(plain[1], []).append(Line._make(plain))
        return found

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
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
            tuple(line.requirement_id for line in lines),
            None if gravest is None else Relation(gravest),
            any(line.suspect for line in lines),
        )

    @property
    def base(self) -> Line | None:
        """The line whose wording stands for the group where no standard does."""
        if self.has_standard:
            return None
        for town in self.towns:
            for line in self.lines.get(town.id, ()):
                if line.body_id in self.bases:
                    return line
        return None

    @property
    def has_standard(self) -> bool:
        return bool(self.group.standards)

    @cached_property
    def obligations(self) -> frozenset[str]:
        """What the towns' own marks say; more than one is a difference of its own."""
        return frozenset(plain[7] for plain in self.plain if plain[7] is not None)

    def shows(self, show: Show, town: Town | None = None) -> bool:
        """Whether the row belongs to what was asked for, anywhere or in one town's cell."""
        if town is not None:
            return self._shows_in(show, town)
        if show is Show.DIFFERENCES:
            return CellState.DIFFERS in self.states
        if show is Show.ABSENT:
            return CellState.ABSENT in self.states
        if show is Show.VALUES:
            return self.values
        if show is Show.SUSPECT:
            return self.suspect
        return show is Show.ALL or not self.has_standard

    def _shows_in(self, show: Show, town: Town) -> bool:
        state = self.states[self.towns.index(town)]
        if show is Show.DIFFERENCES:
            return state is CellState.DIFFERS
        if show is Show.ABSENT:
            return state is CellState.ABSENT
        if state in _OF_NO_LINE:
            return False
        lines = [Line._make(plain) for plain in self.plain if plain[1] == town.id]
        if show is Show.VALUES:
            return any(
                line.relation in _VALUES and line.body_id not in self.bases for line in lines
            )
        if show is Show.SUSPECT:
            return any(line.suspect for line in lines)
        return show is Show.ALL or not self.has_standard


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
    lines: Iterable[Plain],
    standard_bodies: Mapping[int, frozenset[int]],
) -> Matrix:
    """The matrix of one business.

    `towns` in code order, which also breaks ties between bodies; `lines` in any order;
    `standard_bodies` maps a group that a standard answers to the bodies of these standards. Lines
    of a town that hides its detail are counted as aligned and otherwise dropped: they lend no
    base, so that its wording does not show through.
    """
    columns = tuple(towns)
    hiding = {town.id for town in columns if town.hides}
    place = {town.id: at for at, town in enumerate(columns)}
    aligned: dict[int, set[int]] = {town.id: set() for town in columns}
    by_group: dict[int, list[Plain]] = {}
    for line in lines:
        aligned[line[1]].add(line[2])
        if line[1] not in hiding:
            by_group.setdefault(line[0], []).append(line)
    empty = [_without_line(town) for town in columns]
    rows = tuple(
        _row(
            group, columns, by_group.get(group.id, []), standard_bodies.get(group.id), place, empty
        )
        for group in groups
    )
    return Matrix(columns, rows, {town_id: len(ids) for town_id, ids in aligned.items()})


def _without_line(town: Town) -> CellState:
    if not town.submitted:
        return CellState.NOT_SUBMITTED
    return CellState.HIDDEN if town.hides else CellState.ABSENT


def _row(
    group: Group,
    towns: tuple[Town, ...],
    lines: Sequence[Plain],
    standard_bodies: frozenset[int] | None,
    place: Mapping[int, int],
    empty: Sequence[CellState],
) -> Row:
    bases = _most_frequent(lines, place) if standard_bodies is None else standard_bodies
    states = list(empty)
    same, differs = CellState.SAME, CellState.DIFFERS
    values = suspect = False
    for _, town_id, _, body_id, aligned_version_id, version_id, relation, _ in lines:
        at = place[town_id]
        if body_id not in bases:
            states[at] = differs  # the worst of a town's lines counts
            values = values or relation in _VALUES
        elif states[at] is not differs:
            states[at] = same
        if aligned_version_id != version_id:
            suspect = True
    return Row(group, towns, states, lines, bases, values, suspect)


def _most_frequent(lines: Sequence[Plain], place: Mapping[int, int]) -> frozenset[int]:
    """The body most towns have; of equals the one of the lowest municipality code, then line id.

    A town that says the same twice has one voice.
    """
    voices: dict[int, int] = {}  # body → one bit a town, the first town's lowest
    for line in lines:
        voices[line[3]] = voices.get(line[3], 0) | 1 << place[line[1]]
    if not voices:
        return frozenset()
    most = max(towns.bit_count() for towns in voices.values())
    best = [body_id for body_id, towns in voices.items() if towns.bit_count() == most]
    if len(best) > 1:
        _, _, winner = min((place[line[1]], line[2], line[3]) for line in lines if line[3] in best)
        return frozenset((winner,))
    return frozenset(best)
