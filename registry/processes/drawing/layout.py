"""The picture of a flow that nobody has drawn: lanes as bands, time to the right.

`grid` says which column and row each step takes, `routing` which way each line, `spacing` how large
all of it is, `waypoints` where the lines run; here the picture is put together. Only the top level
is laid out; a 下位フロー is drawn closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from registry.errors import Invalid
from registry.processes.drawing import waypoints
from registry.processes.drawing.diagram import Box, Diagram, Edge, Shape
from registry.processes.drawing.grid import Grid
from registry.processes.drawing.labelling import HEADER
from registry.processes.drawing.routing import Routes
from registry.processes.drawing.sizes import FORM, FORM_ROW, element_of
from registry.processes.drawing.spacing import Spacing
from registry.processes.flow import Flow, Step, StepKind

MAX_STEPS: Final = 400
MAX_BRANCHES: Final = 800

Looks = Mapping[str, tuple[str, frozenset[str]]]
"""By step: its BPMN element and the marks drawn on it, as `interchange.looks` reads them."""


def lay_out(flow: Flow, looks: Looks | None = None) -> Diagram:
    """The picture of a flow without one. Raises Invalid for too many steps or lines."""
    top = [step for step in flow.steps if not step.parent]
    if len(top) > MAX_STEPS:
        raise Invalid(
            f"手順が {len(top)} あり、自動では並べられません(上限 {MAX_STEPS})。"
            "図の座標を付けて保存するか、下位フローに分けてください。"
        )
    if len(flow.branches) > MAX_BRANCHES:
        raise Invalid(
            f"手順をつなぐ線が {len(flow.branches)} 本あり、自動では並べられません"
            f"(上限 {MAX_BRANCHES} 本)。段階ごとに分けてください。"
        )
    grid = Grid(flow)
    spacing = Spacing(grid, Routes(grid))
    boxes = {step_id: spacing.box(place) for step_id, place in grid.places.items()}
    steps = []
    for step_id, place in grid.places.items():
        element, marks = _look(looks or {}, place.step)
        steps.append(
            Shape(step_id, element, place.step.name, boxes[step_id], marks, step=place.step)
        )
    forms, lines = _forms(spacing, boxes)
    return Diagram(
        flow.title, (*_frames(spacing), *steps, *forms), (*_ways(spacing, boxes), *lines)
    )


def _ways(spacing: Spacing, boxes: Mapping[str, Box]) -> Iterable[Edge]:
    taken: dict[tuple[float, float], int] = {}
    for at, plan in enumerate(spacing.routes.plans):
        branch = plan.branch
        points = (
            waypoints.of_message(spacing, branch, boxes, taken)
            if branch.message
            else waypoints.of_way(spacing, at, boxes)
        )
        if len(points) > 1:
            yield Edge(
                branch.id,
                "messageFlow" if branch.message else "sequenceFlow",
                branch.condition,
                points,
                frozenset({"default"} if branch.otherwise else ()),
                source=branch.source,
                target=branch.target,
            )


def _look(looks: Looks, step: Step) -> tuple[str, frozenset[str]]:
    if step.id in looks:
        return looks[step.id]
    element = element_of(step)
    marks = {"exclusiveGateway": {"marker"}, "eventBasedGateway": {"exclusive"}}.get(element, set())
    if step.kind is StepKind.GROUP:
        marks = {"collapsed"}
    if step.kind is StepKind.END:
        marks = {"throw"}
    return element, frozenset(marks)


def _frames(spacing: Spacing) -> Iterable[Shape]:
    """Pools and lanes around the steps."""
    flow = spacing.grid.flow
    pools: list[tuple[str, list[int]]] = []
    for at, lane in enumerate(flow.lanes):
        joined = pools and pools[-1][0] == lane.pool and not lane.closed
        if joined and not flow.lanes[pools[-1][1][-1]].closed:
            pools[-1][1].append(at)
        else:
            pools.append((lane.pool, [at]))
    for pool, members in pools:
        top = spacing.lane_box[members[0]][0]
        high = sum(spacing.lane_box[member][1] for member in members)
        first = flow.lanes[members[0]]
        alone = len(members) == 1 and (first.closed or first.name in ("", pool))
        if alone:
            box = Box(0, top, spacing.right, high)
            yield Shape(first.id, "participant", first.title, box)
            continue
        if pool:
            box = Box(0, top, spacing.right, high)
            yield Shape(f"{first.id}-pool", "participant", pool, box)
        for member in members:
            lane = flow.lanes[member]
            y, height = spacing.lane_box[member]
            left = HEADER if pool else 0.0
            box = Box(left, y, spacing.right - left, height)
            yield Shape(lane.id, "lane", lane.name, box)


def _forms(spacing: Spacing, boxes: Mapping[str, Box]) -> tuple[list[Shape], list[Edge]]:
    """The forms of each step below it, joined by a dotted line."""
    shapes, edges = [], []
    wide, high = FORM
    for place in spacing.grid.places.values():
        box = boxes[place.step.id]
        for at, name in enumerate(place.step.forms):
            row, alone = at // 2, at + 1 == len(place.step.forms) and at % 2 == 0
            x = box.centre[0] + (0 if alone else (-34 if at % 2 == 0 else 34))
            y = box.bottom + 18 + row * FORM_ROW
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
