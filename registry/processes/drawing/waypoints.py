"""The points a line of a laid-out flow runs through, from where its plan and the spacing put it."""

from __future__ import annotations

from collections.abc import Mapping

from registry.processes.drawing.diagram import Box, Point
from registry.processes.drawing.routing import Plan
from registry.processes.drawing.sizes import GATEWAY, POOL_GAP, SLOT
from registry.processes.drawing.spacing import Spacing
from registry.processes.flow import Branch


def of_way(spacing: Spacing, at: int, boxes: Mapping[str, Box]) -> tuple[Point, ...]:
    """The points of a line inside its organisation; `at` is the place of its plan."""
    plan = spacing.routes.plans[at]
    one, other = boxes[plan.branch.source], boxes[plan.branch.target]
    start, end = (one.right, one.centre[1]), (other.x, other.centre[1])
    guest = spacing.grid.places[plan.branch.source].step
    if guest.attached and spacing.turn(guest):
        start = (one.centre[0], one.centre[1] + spacing.below(guest))
        first: tuple[Point, ...] = ((one.centre[0], one.bottom),)
        return (*first, *_turns(spacing, at, plan, start, end))
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
    if plan.corner == "track" and plan.track is not None:
        y = spacing.track_y[plan.track]
        x = spacing.gap_x[plan.gaps[0]] + spacing.slots[at, 0] * SLOT
        middle = one.centre[0]
        edge = one.bottom if y > one.centre[1] else one.y
        return (middle, edge), (middle, y), (x, y), (x, end[1]), end
    return _turns(spacing, at, plan, start, end)


def of_message(
    spacing: Spacing,
    branch: Branch,
    boxes: Mapping[str, Box],
    taken: dict[tuple[float, float], int],
) -> tuple[Point, ...]:
    """Down or up between pools, beside the middle so that it does not lie on other lines."""
    bands = {
        lane.id: Box(0, spacing.lane_box[at][0], spacing.right, spacing.lane_box[at][1])
        for at, lane in enumerate(spacing.grid.flow.lanes)
    }
    one = boxes.get(branch.source) or bands[branch.source]
    other = boxes.get(branch.target) or bands[branch.target]
    down = other.centre[1] > one.centre[1]
    start_x = one.centre[0] if branch.source in boxes else other.centre[0]
    end_x = other.centre[0] if branch.target in boxes else one.centre[0]
    if one.width > GATEWAY and branch.source in boxes:
        start_x -= 14
    if other.width > GATEWAY and branch.target in boxes:
        end_x += 14 if start_x != end_x else 0
    start = (start_x, one.bottom if down else one.y)
    end = (end_x, other.y if down else other.bottom)
    if abs(start_x - end_x) < 1:
        return start, (start_x, end[1])
    top = bands[_lane_id(spacing, branch.source if down else branch.target)]
    middle = top.bottom + POOL_GAP / 2
    used = taken.get((top.bottom, 0.0), 0)
    taken[top.bottom, 0.0] = used + 1
    middle += ((used % 5) - 2) * 7.0
    return start, (start_x, middle), (end_x, middle), end


def _turns(spacing: Spacing, at: int, plan: Plan, start: Point, end: Point) -> tuple[Point, ...]:
    x = [
        spacing.gap_x[gap] + spacing.slots[at, which] * SLOT for which, gap in enumerate(plan.gaps)
    ]
    if plan.track is None:
        return start, (x[0], start[1]), (x[0], end[1]), end
    y = spacing.track_y[plan.track]
    return start, (x[0], start[1]), (x[0], y), (x[1], y), (x[1], end[1]), end


def _lane_id(spacing: Spacing, end: str) -> str:
    """The lowest lane of the pool an end of a message stands in."""
    flow = spacing.grid.flow
    lane = flow.by_id[end].lane if end in flow.by_id else end
    pool = flow.lanes[spacing.grid.lane_at.get(lane, 0)].pool
    return [one.id for one in flow.lanes if one.pool == pool or one.id == lane][-1]
