"""Where the shapes of a flow stand when nobody has drawn it: lanes as bands, time to the right.

Steps get a column (what comes after stands to the right) and a row inside their lane. Lines run
horizontally in rows that are free there, or on tracks at the foot of a lane, and vertically in the
gaps between columns; each gap grows with the lines in it, so that no line lies on another or
crosses a step. Only the top level is laid out; a 下位フロー is drawn closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from registry.errors import Invalid
from registry.processes.bpmn.reading import KINDS
from registry.processes.drawing.diagram import EVENTS, Box, Diagram, Edge, Point, Shape
from registry.processes.drawing.labelling import HEADER
from registry.processes.flow import Branch, Flow, Lane, Step, StepKind, in_order, loops

MAX_STEPS: Final = 400
TASK: Final = (132.0, 72.0)
_GATEWAY: Final = 46.0
_EVENT: Final = 36.0
_COLUMN: Final = 92.0
_ROW: Final = 116.0
_GAP: Final = 34.0
_SLOT: Final = 12.0
_TRACK: Final = 14.0
_FORM: Final = (30.0, 38.0)
_FORM_ROW: Final = 78.0
_CLOSED: Final = 60.0
_POOL_GAP: Final = 40.0

Looks = Mapping[str, tuple[str, frozenset[str]]]
"""By step: its BPMN element and the marks drawn on it, as `diagram.looks` reads them."""

ELEMENTS: Final[Mapping[StepKind, str]] = {
    kind: next(name for name, of in KINDS.items() if of is kind) for kind in StepKind
}
"""The element written for a step of which only the kind is known."""


@dataclass
class _Place:
    """A step in the grid: `row` counts over all lanes."""

    step: Step
    column: int
    row: int = 0


@dataclass
class _Plan:
    """How a line runs before its coordinates are known.

    `gaps` are the vertical runs (gap before that column), `between` the horizontal run joining two
    of them: ("row", n) or ("track", lane number, n). `corner` leaves or enters a gateway by its
    upper or lower corner instead of the first or last gap.
    """

    branch: Branch
    gaps: list[int] = field(default_factory=list)
    between: tuple[str, int, int] | None = None
    corner: str = ""


def lay_out(flow: Flow, looks: Looks | None = None) -> Diagram:
    """The picture of a flow without one. Raises Invalid for more than `MAX_STEPS` steps."""
    top = [step for step in flow.steps if not step.parent]
    if len(top) > MAX_STEPS:
        raise Invalid(
            f"手順が {len(top)} あり、自動では並べられません(上限 {MAX_STEPS})。"
            "図の座標を付けて保存するか、下位フローに分けてください。"
        )
    return _Layout(flow, looks or {}).diagram()


def element_of(step: Step) -> str:
    return step.element or ELEMENTS[step.kind]


def size(element: str) -> tuple[float, float]:
    """Width and height of a step's shape."""
    if element in EVENTS:
        return _EVENT, _EVENT
    if element.endswith("Gateway"):
        return _GATEWAY, _GATEWAY
    return TASK


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


class _Layout:
    def __init__(self, flow: Flow, looks: Looks) -> None:
        self.flow = flow
        self.looks = looks
        steps = in_order(flow)
        self.guests = [step for step in steps if step.attached in flow.by_id]
        guests = {step.id for step in self.guests}
        self.back = loops(flow)
        self.lane_at = {lane.id: at for at, lane in enumerate(flow.lanes)}
        self.columns = self._layer(steps)
        self.places: dict[str, _Place] = {}
        self.rows: list[list[int]] = [[] for _ in flow.lanes] or [[]]
        self.cells: dict[tuple[int, int], str] = {}  # (row, column) → step
        self.runs: dict[tuple[int, int], list[Branch]] = {}  # (row, column) → lines running there
        self.risers: dict[int, list[tuple[float, float]]] = {}  # column → heights taken by lines
        self.tracks: list[list[list[tuple[int, int, Branch]]]] = [[] for _ in self.rows]
        self._rank([step for step in steps if step.id not in guests])
        self.plans = [self._plan(branch) for branch in flow.branches if self._drawable(branch)]

    # ---- the grid ------------------------------------------------------------------------------

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
            lane, column = self._lane(step), self.columns[step.id]
            before = [
                found[branch.source]
                for branch in self.flow.entering(step.id)
                if branch.source in found
                and self._lane(self.flow.by_id[branch.source]) == lane
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
            if not count and not self._closed(lane):
                count = 1
            self.rows[lane] = list(range(first, first + count))
            for (row, column), step_id in cells.items():
                self.cells[first + row, column] = step_id
                self.places[step_id] = _Place(self.flow.by_id[step_id], column, first + row)
            first += count
        for guest in self.guests:
            host = self.places.get(guest.attached)
            if host is not None:
                self.places[guest.id] = _Place(guest, host.column, host.row)

    def _lane(self, step: Step) -> int:
        return self.lane_at.get(step.lane, 0)

    def _closed(self, lane: int) -> bool:
        return bool(self.flow.lanes) and self.flow.lanes[lane].closed

    # ---- lines ---------------------------------------------------------------------------------

    def _drawable(self, branch: Branch) -> bool:
        if branch.message:
            ends = (branch.source, branch.target)
            return any(end in self.places for end in ends) and all(
                end in self.places or end in self.lane_at for end in ends
            )
        return branch.source in self.places and branch.target in self.places

    def _plan(self, branch: Branch) -> _Plan:
        plan = _Plan(branch)
        if branch.message:
            return plan
        one, other = self.places[branch.source], self.places[branch.target]
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
        lane = min(self._lane(one.step), self._lane(other.step))
        if other.column <= one.column:
            lane = self._lane(other.step)
        if one.step.is_gateway and self._foot_free(one, lane, branch):
            plan.corner = "track"
            plan.gaps = [other.column]
        else:
            plan.gaps = [one.column + 1, other.column]
        low, high = sorted((plan.gaps[0], other.column))
        if plan.corner == "track":
            low, high = sorted((one.column, other.column))
            high += 1
        plan.between = ("track", lane, self._track(lane, low, high, branch))
        return plan

    def _take(self, branch: Branch, row: int, columns: range) -> bool:
        """Use a row for a horizontal run if no step and no foreign line is in the way."""
        for column in columns:
            if (row, column) in self.cells and self.cells[row, column] not in (
                branch.source,
                branch.target,
            ):
                return False
            if any(not _related(branch, other) for other in self.runs.get((row, column), ())):
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
            if (row, column) in self.cells:
                return False
            if row != to and any(
                not _related(branch, other) for other in self.runs.get((row, column), ())
            ):
                return False
        return True

    def _foot_free(self, place: _Place, lane: int, branch: Branch) -> bool:
        """Whether a line may run straight from a gateway to the tracks at the foot of a lane."""
        own = self._lane(place.step)
        if lane >= own:
            last = self.rows[lane][-1] if self.rows[lane] else place.row
            rows, to = range(place.row + 1, last + 1), last + 0.5
        else:
            last = max((row for at in range(lane + 1) for row in self.rows[at]), default=-1)
            rows, to = range(last + 1, place.row), last + 0.5
        if not self._may_rise(place.column, place.row, to):
            return False
        free = all(
            (row, place.column) not in self.cells
            and all(_related(branch, one) for one in self.runs.get((row, place.column), ()))
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

    # ---- coordinates ---------------------------------------------------------------------------

    def diagram(self) -> Diagram:
        self._measure_rows()
        slots = self._measure_columns()
        shapes = list(self._frames())
        boxes = {step_id: self._box(place) for step_id, place in self.places.items()}
        steps = []
        for step_id, place in self.places.items():
            element, marks = self._look(place.step)
            steps.append(
                Shape(step_id, element, place.step.name, boxes[step_id], marks, step=place.step)
            )
        edges: list[Edge] = []
        taken: dict[tuple[float, float], int] = {}
        for plan in self.plans:
            branch = plan.branch
            kind = "messageFlow" if branch.message else "sequenceFlow"
            points = (
                self._message(branch, boxes, taken)
                if branch.message
                else self._points(plan, boxes, slots)
            )
            marks = frozenset({"default"} if branch.otherwise else ())
            if len(points) > 1:
                edges.append(
                    Edge(
                        branch.id,
                        kind,
                        branch.condition,
                        points,
                        marks,
                        source=branch.source,
                        target=branch.target,
                    )
                )
        forms, lines = self._forms(boxes)
        return Diagram(self.flow.title, (*shapes, *steps, *forms), (*edges, *lines))

    def _look(self, step: Step) -> tuple[str, frozenset[str]]:
        if step.id in self.looks:
            return self.looks[step.id]
        element = element_of(step)
        marks = {"exclusiveGateway": {"marker"}, "eventBasedGateway": {"exclusive"}}.get(
            element, set()
        )
        if step.kind is StepKind.GROUP:
            marks = {"collapsed"}
        if step.kind is StepKind.END:
            marks = {"throw"}
        return element, frozenset(marks)

    def _measure_rows(self) -> None:
        """Upper edge and height of every lane, middle of every row, height of every track."""
        forms: dict[int, int] = {}
        for place in self.places.values():
            lines = (len(place.step.forms) + 1) // 2
            forms[place.row] = max(forms.get(place.row, 0), lines)
        self.lane_box: list[tuple[float, float]] = []
        self.row_y: dict[int, float] = {}
        self.track_y: dict[tuple[int, int], float] = {}
        y = 0.0
        lanes = self.flow.lanes or (Lane("", ""),)
        for at, lane in enumerate(lanes):
            if at and (lane.pool != lanes[at - 1].pool or lane.closed or lanes[at - 1].closed):
                y += _POOL_GAP
            top = y
            for row in self.rows[at]:
                self.row_y[row] = y + _ROW / 2
                y += _ROW + forms.get(row, 0) * _FORM_ROW
            for track in range(len(self.tracks[at])):
                self.track_y[at, track] = y + _TRACK / 2
                y += _TRACK
            if self.tracks[at]:
                y += 6
            least = _CLOSED if lane.closed else max(_ROW, len(lane.name) * 13 + 24.0)
            y = max(y, top + least)
            self.lane_box.append((top, y - top))

    def _measure_columns(self) -> dict[tuple[int, int], int]:
        """Widths of columns and gaps; returns the slot of each vertical run by (plan, which)."""
        count = max((place.column for place in self.places.values()), default=0) + 1
        wide = [_COLUMN] * count
        for place in self.places.values():
            if not place.step.attached:
                wide[place.column] = max(wide[place.column], size(element_of(place.step))[0])
        slots: dict[tuple[int, int], int] = {}
        gaps: list[list[_Run]] = [[] for _ in range(count + 1)]
        for at, plan in enumerate(self.plans):
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
            self.gap_x.append(x + _GAP / 2)
            x += (_GAP if column or used[column] else 0) + max(0, used[column] - 1) * _SLOT
            self.column_x.append(x + wide[column] / 2)
            x += wide[column]
        self.gap_x.append(x + _GAP / 2)
        self.right = x + _GAP + max(0, used[count] - 1) * _SLOT
        return slots

    def _run(self, at: int, plan: _Plan, which: int) -> _Run:
        """One vertical run: the heights it joins and the rows it leaves and reaches."""
        one, other = self.places[plan.branch.source], self.places[plan.branch.target]
        start, end = self.row_y[one.row], self.row_y[other.row]
        leaves: int | None = one.row if which == 0 and plan.corner != "track" else None
        reaches: int | None = other.row if which == len(plan.gaps) - 1 else None
        if one.step.attached:
            start += TASK[1] / 2 + self._below(one.step)
            leaves = None
        if plan.between is not None:
            middle = self.track_y[plan.between[1], plan.between[2]]
            first = which == 0 and plan.corner != "track"
            start, end = (start, middle) if first else (middle, end)
        low, high = sorted((start, end))
        return _Run(at, which, plan.branch, low, high, leaves, reaches)

    def _turn(self, guest: Step) -> int:
        """Which of the events at the edge of its step this is, from the right."""
        guests = [one.id for one in self.guests if one.attached == guest.attached]
        return guests.index(guest.id)

    def _below(self, guest: Step) -> float:
        """How far below its middle the way from an event at an edge runs: the second passes under
        the first."""
        turn = self._turn(guest)
        return _EVENT / 2 - 4 + 10.0 * turn if turn else 0.0

    def _box(self, place: _Place) -> Box:
        wide, high = size(element_of(place.step))
        x, y = self.column_x[place.column], self.row_y[place.row]
        if place.step.attached:
            host = self.flow.by_id[place.step.attached]
            host_wide, host_high = size(element_of(host))
            x += host_wide / 2 - 26 - 42 * self._turn(place.step)
            y += host_high / 2
        return Box(x - wide / 2, y - high / 2, wide, high)

    def _points(
        self, plan: _Plan, boxes: Mapping[str, Box], slots: Mapping[tuple[int, int], int]
    ) -> tuple[Point, ...]:
        at = self.plans.index(plan)
        one, other = boxes[plan.branch.source], boxes[plan.branch.target]
        start, end = (one.right, one.centre[1]), (other.x, other.centre[1])
        guest = self.places[plan.branch.source].step
        if guest.attached and self._turn(guest):
            start = (one.centre[0], one.centre[1] + self._below(guest))
            first: tuple[Point, ...] = ((one.centre[0], one.bottom),)
            return (*first, *self._turns(at, plan, start, end, slots))
        if plan.corner == "source":
            down = end[1] > start[1]
            return (
                (one.centre[0], one.bottom if down else one.y),
                (one.centre[0], end[1]),
                end,
            )
        if plan.corner == "target":
            below = start[1] > end[1]
            return (
                start,
                (other.centre[0], start[1]),
                (other.centre[0], other.bottom if below else other.y),
            )
        if not plan.gaps:
            return start, end
        if plan.corner == "track" and plan.between is not None:
            y = self.track_y[plan.between[1], plan.between[2]]
            x = self.gap_x[plan.gaps[0]] + slots[at, 0] * _SLOT
            middle = one.centre[0]
            edge = one.bottom if y > one.centre[1] else one.y
            return (middle, edge), (middle, y), (x, y), (x, end[1]), end
        return self._turns(at, plan, start, end, slots)

    def _turns(
        self,
        at: int,
        plan: _Plan,
        start: Point,
        end: Point,
        slots: Mapping[tuple[int, int], int],
    ) -> tuple[Point, ...]:
        x = [self.gap_x[gap] + slots[at, which] * _SLOT for which, gap in enumerate(plan.gaps)]
        if plan.between is None:
            return start, (x[0], start[1]), (x[0], end[1]), end
        y = self.track_y[plan.between[1], plan.between[2]]
        return start, (x[0], start[1]), (x[0], y), (x[1], y), (x[1], end[1]), end

    def _message(
        self, branch: Branch, boxes: Mapping[str, Box], taken: dict[tuple[float, float], int]
    ) -> tuple[Point, ...]:
        """Down or up between pools, beside the middle so that it does not lie on other lines."""
        bands = {
            lane.id: Box(0, self.lane_box[at][0], self.right, self.lane_box[at][1])
            for at, lane in enumerate(self.flow.lanes)
        }
        one = boxes.get(branch.source) or bands[branch.source]
        other = boxes.get(branch.target) or bands[branch.target]
        down = other.centre[1] > one.centre[1]
        start_x = one.centre[0] if branch.source in boxes else other.centre[0]
        end_x = other.centre[0] if branch.target in boxes else one.centre[0]
        if one.width > _GATEWAY and branch.source in boxes:
            start_x -= 14
        if other.width > _GATEWAY and branch.target in boxes:
            end_x += 14 if start_x != end_x else 0
        start = (start_x, one.bottom if down else one.y)
        end = (end_x, other.y if down else other.bottom)
        if abs(start_x - end_x) < 1:
            return start, (start_x, end[1])
        top = bands[self._lane_id(branch.source if down else branch.target)]
        middle = top.bottom + _POOL_GAP / 2
        used = taken.get((top.bottom, 0.0), 0)
        taken[top.bottom, 0.0] = used + 1
        middle += ((used % 5) - 2) * 7.0
        return start, (start_x, middle), (end_x, middle), end

    def _lane_id(self, end: str) -> str:
        """The lowest lane of the pool an end of a message stands in."""
        lane = self.flow.by_id[end].lane if end in self.flow.by_id else end
        pool = self.flow.lanes[self.lane_at.get(lane, 0)].pool
        return [one.id for one in self.flow.lanes if one.pool == pool or one.id == lane][-1]

    def _frames(self) -> Iterable[Shape]:
        """Pools and lanes around the steps."""
        pools: list[tuple[str, list[int]]] = []
        for at, lane in enumerate(self.flow.lanes):
            joined = pools and pools[-1][0] == lane.pool and not lane.closed
            if joined and not self.flow.lanes[pools[-1][1][-1]].closed:
                pools[-1][1].append(at)
            else:
                pools.append((lane.pool, [at]))
        for pool, members in pools:
            top = self.lane_box[members[0]][0]
            high = sum(self.lane_box[member][1] for member in members)
            first = self.flow.lanes[members[0]]
            alone = len(members) == 1 and (first.closed or first.name in ("", pool))
            if alone:
                box = Box(0, top, self.right, high)
                yield Shape(first.id, "participant", first.title, box)
                continue
            if pool:
                box = Box(0, top, self.right, high)
                yield Shape(f"{first.id}-pool", "participant", pool, box)
            for member in members:
                lane = self.flow.lanes[member]
                y, height = self.lane_box[member]
                left = HEADER if pool else 0.0
                box = Box(left, y, self.right - left, height)
                yield Shape(lane.id, "lane", lane.name, box)

    def _forms(self, boxes: Mapping[str, Box]) -> tuple[list[Shape], list[Edge]]:
        """The forms of each step below it, joined by a dotted line."""
        shapes, edges = [], []
        wide, high = _FORM
        for place in self.places.values():
            box = boxes[place.step.id]
            for at, name in enumerate(place.step.forms):
                row, alone = at // 2, at + 1 == len(place.step.forms) and at % 2 == 0
                x = box.centre[0] + (0 if alone else (-34 if at % 2 == 0 else 34))
                y = box.bottom + 18 + row * _FORM_ROW
                form = Box(x - wide / 2, y, wide, high)
                own = f"{place.step.id}-form-{at + 1}"
                label = Box(x - 31, form.bottom + 2, 62, 14)
                shapes.append(Shape(own, "dataObjectReference", name, form, label=label))
                edges.append(
                    Edge(
                        f"{own}-line",
                        "dataInputAssociation",
                        "",
                        ((x, y), (x, box.bottom)),
                        frozenset({"one"}),
                        source=own,
                        target=place.step.id,
                    )
                )
        return shapes, edges


def _related(one: Branch, other: Branch) -> bool:
    """Lines to the same step may join, lines from the same step may part."""
    return one.target == other.target or one.source == other.source


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
    return same_row and not _related(one.branch, other.branch)
