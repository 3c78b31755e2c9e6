"""Which way each line of a flow takes through the grid, before its coordinates are known.

A line runs horizontally in a row that is free there, or on a track at the foot of a lane, and
vertically in the gaps between columns, so that none lies on another or crosses a step.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from registry.processes.drawing.grid import Grid, Place
from registry.processes.flow import Branch


@dataclass
class Plan:
    """How a line runs before its coordinates are known.

    `gaps` are the vertical runs (gap before that column), `track` the horizontal run at the foot of
    a lane that joins two of them: (lane, which). `corner`: the line leaves the "source" or enters
    the "target", a gateway, by its upper or lower corner, or leaves it straight to the "track".
    """

    branch: Branch
    gaps: list[int] = field(default_factory=list)
    track: tuple[int, int] | None = None
    corner: str = ""


class Routes:
    """`plans` of all lines that can be drawn; `tracks` by lane: what runs on each, from where to
    where (columns)."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.runs: dict[tuple[int, int], list[Branch]] = {}  # (row, column) → lines running there
        self.risers: dict[int, list[tuple[float, float]]] = {}  # column → heights taken by lines
        self.tracks: list[list[list[tuple[int, int, Branch]]]] = [[] for _ in grid.rows]
        self.plans = [self._plan(branch) for branch in grid.flow.branches if self._drawable(branch)]

    def _drawable(self, branch: Branch) -> bool:
        if branch.message:
            ends = (branch.source, branch.target)
            return any(end in self.grid.places for end in ends) and all(
                end in self.grid.places or end in self.grid.lane_at for end in ends
            )
        return branch.source in self.grid.places and branch.target in self.grid.places

    def _plan(self, branch: Branch) -> Plan:
        plan = Plan(branch)
        if branch.message:
            return plan
        one, other = self.grid.places[branch.source], self.grid.places[branch.target]
        guest = bool(one.step.attached)
        inner = range(one.column + 1, other.column)
        if other.column > one.column:
            if one.row == other.row and not guest and self._take(branch, one.row, inner):
                return plan
            leaves_corner = (
                one.step.is_gateway
                and one.row != other.row
                and self._column_free(one.column, one.row, other.row, branch)
            )
            if leaves_corner and self._take(branch, other.row, range(one.column, other.column)):
                plan.corner = "source"
                self._rise(one.column, one.row, other.row)
                return plan
            enters_corner = (
                other.step.is_gateway
                and one.row != other.row
                and not guest
                and self._column_free(other.column, other.row, one.row, branch)
            )
            if enters_corner and self._take(
                branch, one.row, range(one.column + 1, other.column + 1)
            ):
                plan.corner = "target"
                self._rise(other.column, one.row, other.row)
                return plan
            late = not one.step.is_gateway and not guest
            if late and self._take(branch, one.row, inner):
                plan.gaps = [other.column]
                return plan
            if self._take(branch, other.row, inner):
                plan.gaps = [one.column + 1]
                return plan
            if not guest and self._take(branch, one.row, inner):
                plan.gaps = [other.column]
                return plan
        lane = min(self.grid.lane(one.step), self.grid.lane(other.step))
        if other.column <= one.column:
            lane = self.grid.lane(other.step)
        if one.step.is_gateway and self._foot_free(one, lane, branch):
            plan.corner = "track"
            plan.gaps = [other.column]
        else:
            plan.gaps = [one.column + 1, other.column]
        low, high = sorted((plan.gaps[0], other.column))
        if plan.corner == "track":
            low, high = sorted((one.column, other.column))
            high += 1
        plan.track = (lane, self._track(lane, low, high, branch))
        return plan

    def _take(self, branch: Branch, row: int, columns: range) -> bool:
        """Use a row for a horizontal run if no step and no foreign line is in the way."""
        for column in columns:
            if (row, column) in self.grid.cells and self.grid.cells[row, column] not in (
                branch.source,
                branch.target,
            ):
                return False
            if any(not related(branch, other) for other in self.runs.get((row, column), ())):
                return False
        for column in columns:
            self.runs.setdefault((row, column), []).append(branch)
        return True

    def _column_free(self, column: int, own: int, to: int, branch: Branch) -> bool:
        """Whether a line may run straight up or down from a gateway to the middle of row `to`."""
        step = 1 if to > own else -1
        if not self._may_rise(column, own, to):
            return False
        for row in range(own + step, to + step, step):
            if (row, column) in self.grid.cells:
                return False
            if row != to and any(
                not related(branch, other) for other in self.runs.get((row, column), ())
            ):
                return False
        return True

    def _foot_free(self, place: Place, lane: int, branch: Branch) -> bool:
        """Whether a line may run straight from a gateway to the tracks at the foot of a lane."""
        own = self.grid.lane(place.step)
        if lane >= own:
            last = self.grid.rows[lane][-1] if self.grid.rows[lane] else place.row
            rows, to = range(place.row + 1, last + 1), last + 0.5
        else:
            last = max((row for at in range(lane + 1) for row in self.grid.rows[at]), default=-1)
            rows, to = range(last + 1, place.row), last + 0.5
        if not self._may_rise(place.column, place.row, to):
            return False
        free = all(
            (row, place.column) not in self.grid.cells
            and all(related(branch, one) for one in self.runs.get((row, place.column), ()))
            for row in rows
        )
        if free:
            self._rise(place.column, place.row, to)
        return free

    def _may_rise(self, column: int, one: float, other: float) -> bool:
        low, high = sorted((one, other))
        return all(high <= start or low >= end for start, end in self.risers.get(column, ()))

    def _rise(self, column: int, one: float, other: float) -> None:
        low, high = sorted((one, other))
        self.risers.setdefault(column, []).append((low, high))

    def _track(self, lane: int, low: int, high: int, branch: Branch) -> int:
        tracks = self.tracks[lane]
        for at, track in enumerate(tracks):
            if all(
                high <= start or low >= end or branch.target == other.target
                for start, end, other in track
            ):
                track.append((low, high, branch))
                return at
        tracks.append([(low, high, branch)])
        return len(tracks) - 1


def related(one: Branch, other: Branch) -> bool:
    """Lines to the same step may join, lines from the same step may part."""
    return one.target == other.target or one.source == other.source
