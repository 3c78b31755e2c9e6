"""Where the rows, columns, tracks and gaps of a grid lie, in pixels.

Each gap between columns grows with the lines that turn in it, each row with the forms below its
steps.
"""

from __future__ import annotations

from dataclasses import dataclass

from registry.processes.drawing.diagram import Box
from registry.processes.drawing.grid import Grid, Place
from registry.processes.drawing.labelling import HEADER
from registry.processes.drawing.routing import Plan, Routes, related
from registry.processes.drawing.sizes import (
    CLOSED,
    COLUMN,
    EVENT,
    FORM_ROW,
    GAP,
    POOL_GAP,
    ROW,
    SLOT,
    TASK,
    TRACK,
    element_of,
    size,
)
from registry.processes.flow import Branch, Lane, Step


class Spacing:
    """`slots`: which vertical line of its gap each run of a line takes, by (plan, which)."""

    def __init__(self, grid: Grid, routes: Routes) -> None:
        self.grid = grid
        self.routes = routes
        self._measure_rows()
        self.slots = self._measure_columns()

    def box(self, place: Place) -> Box:
        """Where a step stands."""
        wide, high = size(element_of(place.step))
        x, y = self.column_x[place.column], self.row_y[place.row]
        if place.step.attached:
            host = self.grid.flow.by_id[place.step.attached]
            host_wide, host_high = size(element_of(host))
            x += host_wide / 2 - 26 - 42 * self.turn(place.step)
            y += host_high / 2
        return Box(x - wide / 2, y - high / 2, wide, high)

    def turn(self, guest: Step) -> int:
        """Which of the events at the edge of its step this is, from the right."""
        guests = [one.id for one in self.grid.guests if one.attached == guest.attached]
        return guests.index(guest.id)

    def below(self, guest: Step) -> float:
        """How far below its middle the way from an event at an edge runs: the second passes under
        the first."""
        turn = self.turn(guest)
        return EVENT / 2 - 4 + 10.0 * turn if turn else 0.0

    def _measure_rows(self) -> None:
        """Upper edge and height of every lane, middle of every row, height of every track."""
        forms: dict[int, int] = {}
        for place in self.grid.places.values():
            lines = (len(place.step.forms) + 1) // 2
            forms[place.row] = max(forms.get(place.row, 0), lines)
        self.lane_box: list[tuple[float, float]] = []
        self.row_y: dict[int, float] = {}
        self.track_y: dict[tuple[int, int], float] = {}
        y = 0.0
        lanes = self.grid.flow.lanes or (Lane("", ""),)
        for at, lane in enumerate(lanes):
            if at and (lane.pool != lanes[at - 1].pool or lane.closed or lanes[at - 1].closed):
                y += POOL_GAP
            top = y
            for row in self.grid.rows[at]:
                self.row_y[row] = y + ROW / 2
                y += ROW + forms.get(row, 0) * FORM_ROW
            for track in range(len(self.routes.tracks[at])):
                self.track_y[at, track] = y + TRACK / 2
                y += TRACK
            if self.routes.tracks[at]:
                y += 6
            least = CLOSED if lane.closed else max(ROW, len(lane.name) * 13 + 24.0)
            y = max(y, top + least)
            self.lane_box.append((top, y - top))

    def _measure_columns(self) -> dict[tuple[int, int], int]:
        """Widths of columns and gaps; returns the slot of each vertical run by (plan, which)."""
        count = max((place.column for place in self.grid.places.values()), default=0) + 1
        wide = [COLUMN] * count
        for place in self.grid.places.values():
            if not place.step.attached:
                wide[place.column] = max(wide[place.column], size(element_of(place.step))[0])
        slots: dict[tuple[int, int], int] = {}
        gaps: list[list[_Run]] = [[] for _ in range(count + 1)]
        for at, plan in enumerate(self.routes.plans):
            for which, gap in enumerate(plan.gaps):
                gaps[gap].append(self._run(at, plan, which))
        used = []
        for gap_runs in gaps:
            placed = _slots(gap_runs)
            slots |= {(run.plan, run.which): slot for run, slot in placed}
            used.append(max((slot for _, slot in placed), default=-1) + 1)
        # The frame around must leave room for the header strips.
        x = 2 * HEADER + 20
        self.column_x: list[float] = []
        self.gap_x: list[float] = []
        for column in range(count):
            self.gap_x.append(x + GAP / 2)
            x += (GAP if column or used[column] else 0) + max(0, used[column] - 1) * SLOT
            self.column_x.append(x + wide[column] / 2)
            x += wide[column]
        self.gap_x.append(x + GAP / 2)
        self.right = x + GAP + max(0, used[count] - 1) * SLOT
        return slots

    def _run(self, at: int, plan: Plan, which: int) -> _Run:
        """One vertical run: the heights it joins and the rows it leaves and reaches."""
        one, other = self.grid.places[plan.branch.source], self.grid.places[plan.branch.target]
        start, end = self.row_y[one.row], self.row_y[other.row]
        leaves: int | None = one.row if which == 0 and plan.corner != "track" else None
        reaches: int | None = other.row if which == len(plan.gaps) - 1 else None
        if one.step.attached:
            start += TASK[1] / 2 + self.below(one.step)
            leaves = None
        if plan.track is not None:
            middle = self.track_y[plan.track]
            first = which == 0 and plan.corner != "track"
            start, end = (start, middle) if first else (middle, end)
        low, high = sorted((start, end))
        return _Run(at, which, plan.branch, low, high, leaves, reaches)


@dataclass(frozen=True)
class _Run:
    """A vertical part of a line in one gap; `leaves` and `reaches` are rows, None for neither."""

    plan: int
    which: int
    branch: Branch
    low: float
    high: float
    leaves: int | None
    reaches: int | None

    def meets(self, other: _Run) -> bool:
        """Whether both cannot stand on one vertical line; lines to the same step may join."""
        apart = self.low >= other.high + 4 or self.high <= other.low - 4
        return not apart and self.branch.target != other.branch.target


def _slots(runs: list[_Run]) -> list[tuple[_Run, int]]:
    """Which vertical line of a gap each run takes, counted from the left.

    In a row, what leaves a step turns off before what reaches the next step comes in, so that
    neither lies on the other; where two want it both ways, the shorter one goes first.
    """
    waiting = sorted(runs, key=lambda run: (run.leaves is None, run.high - run.low, run.plan))
    placed: list[tuple[_Run, int]] = []
    while waiting:
        run = next(
            (
                one
                for one in waiting
                if not any(_before(other, one) for other in waiting if other is not one)
            ),
            waiting[0],
        )
        waiting.remove(run)
        slot = max((used + 1 for other, used in placed if _before(other, run)), default=0)
        while any(used == slot and run.meets(other) for other, used in placed):
            slot += 1
        placed.append((run, slot))
    return placed


def _before(one: _Run, other: _Run) -> bool:
    """Whether one run must turn off to the left of where the other comes in."""
    same_row = one.leaves is not None and one.leaves == other.reaches
    return same_row and not related(one.branch, other.branch)
