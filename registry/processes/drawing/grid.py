"""Which column and row each step of a flow stands in, before anything is measured.

What comes after stands to the right; inside a lane a step stands beside the one before it, else
below. Only the top level is placed; a 下位フロー is one step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from registry.processes.flow import Flow, Step, in_order, loops


@dataclass
class Place:
    """A step in the grid: `row` counts over all lanes."""

    step: Step
    column: int
    row: int = 0


class Grid:
    """`places` by step, `cells` by (row, column), `rows` of each lane from above.

    An event at the edge of a step (a guest) has the place of its host and no cell of its own.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        steps = in_order(flow)
        self.guests = [step for step in steps if step.attached in flow.by_id]
        guests = {step.id for step in self.guests}
        self.back = loops(flow)
        self.lane_at = {lane.id: at for at, lane in enumerate(flow.lanes)}
        self.columns = self._layer(steps)
        self.places: dict[str, Place] = {}
        self.rows: list[list[int]] = [[] for _ in flow.lanes] or [[]]
        self.cells: dict[tuple[int, int], str] = {}
        self._rank([step for step in steps if step.id not in guests])

    def lane(self, step: Step) -> int:
        """The place of a step's lane among all lanes, from above."""
        return self.lane_at.get(step.lane, 0)

    def closed(self, lane: int) -> bool:
        return bool(self.flow.lanes) and self.flow.lanes[lane].closed

    def _layer(self, steps: Iterable[Step]) -> dict[str, int]:
        columns: dict[str, int] = {}
        for step in steps:
            if step.attached in columns:
                columns[step.id] = columns[step.attached]
                continue
            before = [
                columns[branch.source] + 1
                for branch in self.flow.entering(step.id)
                if branch.source in columns
                and not branch.message
                and (branch.source, step.id) not in self.back
            ]
            columns[step.id] = max(before, default=0)
        return columns

    def _rank(self, steps: list[Step]) -> None:
        """Rows inside each lane: beside the step before where that is free, else below."""
        own: list[dict[tuple[int, int], str]] = [{} for _ in self.rows]
        found: dict[str, int] = {}
        for step in steps:
            lane, column = self.lane(step), self.columns[step.id]
            before = [
                found[branch.source]
                for branch in self.flow.entering(step.id)
                if branch.source in found
                and self.lane(self.flow.by_id[branch.source]) == lane
                and (branch.source, step.id) not in self.back
            ]
            row = min(before, default=0)
            while (row, column) in own[lane]:
                row += 1
            own[lane][row, column] = step.id
            found[step.id] = row
        first = 0
        for lane, cells in enumerate(own):
            count = max((row for row, _ in cells), default=-1) + 1
            if not count and not self.closed(lane):
                count = 1
            self.rows[lane] = list(range(first, first + count))
            for (row, column), step_id in cells.items():
                self.cells[first + row, column] = step_id
                self.places[step_id] = Place(self.flow.by_id[step_id], column, first + row)
            first += count
        for guest in self.guests:
            host = self.places.get(guest.attached)
            if host is not None:
                self.places[guest.id] = Place(guest, host.column, host.row)
