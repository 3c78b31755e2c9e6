from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.errors import Invalid
from registry.processes.bpmn import reading
from registry.processes.drawing.diagram import AROUND, DATA, Box, Diagram
from registry.processes.drawing.interchange import looks
from registry.processes.drawing.layout import MAX_STEPS, lay_out
from registry.processes.flow import Branch, Flow, Lane, Step, StepKind
from tests.processes import sample_flows as samples


def layouts() -> list[tuple[str, Flow, Diagram]]:
    found = []
    for name in samples.OWN:
        flow = samples.flow(name)
        found.append((name, flow, lay_out(flow)))
    for model in samples.MODELS:
        document = reading.read(Path(model).read_bytes())
        picture = lay_out(document.flow, looks(document))
        found.append((model.stem, document.flow, picture))
    return found


EACH = pytest.mark.parametrize(("name", "flow", "picture"), layouts(), ids=lambda one: str(one)[:8])


def crosses(box: Box, one: tuple[float, float], other: tuple[float, float]) -> bool:
    inside = box.grown(-3)
    low_x, high_x = sorted((one[0], other[0]))
    low_y, high_y = sorted((one[1], other[1]))
    return (
        low_x < inside.right and high_x > inside.x and low_y < inside.bottom and high_y > inside.y
    )


def solid(picture: Diagram) -> dict[str, Box]:
    return {
        shape.id: shape.box
        for shape in picture.shapes
        if shape.kind not in AROUND | DATA | {"boundaryEvent"}
    }


@EACH
def test_every_step_stands_in_its_lane_and_on_no_other(
    name: str, flow: Flow, picture: Diagram
) -> None:
    del name
    boxes = solid(picture)
    frames = {shape.id: shape.box for shape in picture.shapes if shape.kind in AROUND}
    steps = [step for step in flow.steps if not step.parent and not step.attached]
    assert {step.id for step in steps} <= boxes.keys()
    for step in steps:
        if step.lane in frames:
            assert frames[step.lane].holds(boxes[step.id])
    placed = [boxes[step.id] for step in steps]
    for at, box in enumerate(placed):
        assert not any(box.overlap(other) for other in placed[at + 1 :])


@EACH
def test_no_way_runs_through_a_step(name: str, flow: Flow, picture: Diagram) -> None:
    del name, flow
    boxes = solid(picture)
    for edge in picture.edges:
        if edge.kind != "sequenceFlow":
            continue
        for one, other in edge.segments:
            assert one[0] == other[0] or one[1] == other[1]
            for own, box in boxes.items():
                if own not in (edge.source, edge.target):
                    assert not crosses(box, one, other), (edge.name, own)


@EACH
def test_ways_do_not_lie_on_one_another_unless_they_join_or_part(
    name: str, flow: Flow, picture: Diagram
) -> None:
    del name, flow
    ways = [edge for edge in picture.edges if edge.kind == "sequenceFlow"]
    for at, edge in enumerate(ways):
        for other in ways[at + 1 :]:
            if edge.source == other.source or edge.target == other.target:
                continue
            for a, b in edge.segments:
                for c, d in other.segments:
                    for along, across in ((0, 1), (1, 0)):
                        if a[across] == b[across] == c[across] == d[across]:
                            low = max(min(a[along], b[along]), min(c[along], d[along]))
                            high = min(max(a[along], b[along]), max(c[along], d[along]))
                            assert high - low < 1, (edge.name, other.name)


@EACH
def test_every_line_is_drawn_and_work_goes_to_the_right(
    name: str, flow: Flow, picture: Diagram
) -> None:
    del name
    drawn = {edge.id for edge in picture.edges}
    for branch in flow.branches:
        ends = flow.by_id.get(branch.source), flow.by_id.get(branch.target)
        if all(end is not None and not end.parent for end in ends):
            assert branch.id in drawn


@EACH
def test_the_layout_is_the_same_each_time(name: str, flow: Flow, picture: Diagram) -> None:
    if name in samples.OWN:
        assert lay_out(flow) == picture


@given(
    st.lists(st.integers(0, 2), min_size=2, max_size=14),
    st.lists(st.tuples(st.integers(0, 13), st.integers(0, 13)), max_size=22),
    st.lists(st.booleans(), min_size=14, max_size=14),
)
@settings(max_examples=150, deadline=None)
def test_any_flow_is_laid_out_without_a_way_through_a_step(
    lanes: list[int], pairs: list[tuple[int, int]], gateways: list[bool]
) -> None:
    count = len(lanes)
    steps = tuple(
        Step(f"s{at}", f"手順{at}", f"l{lane}", StepKind.CHOICE if gateways[at] else StepKind.TASK)
        for at, lane in enumerate(lanes)
    )
    ways = tuple(
        Branch(f"b{n}", f"s{x}", f"s{y}")
        for n, (x, y) in enumerate(dict.fromkeys(pairs))
        if x < count and y < count and x != y
    )
    flow = Flow("何でも", tuple(Lane(f"l{n}", f"担当{n}") for n in range(3)), steps, ways)
    picture = lay_out(flow)
    boxes = solid(picture)
    assert len({edge.id for edge in picture.edges}) == len(ways)
    for edge in picture.edges:
        for one, other in edge.segments:
            assert one[0] == other[0] or one[1] == other[1]
            for own, box in boxes.items():
                if own not in (edge.source, edge.target):
                    assert not crosses(box, one, other), (edge.source, edge.target, own)


def test_too_many_steps_are_refused() -> None:
    steps = tuple(Step(f"s{n}", "x", "l") for n in range(MAX_STEPS + 1))
    with pytest.raises(Invalid, match="自動では並べられません"):
        lay_out(Flow("", (Lane("l", "窓口"),), steps))


def test_forms_stand_below_their_step_and_closed_pools_are_bands() -> None:
    flow = Flow(
        "連絡",
        (Lane("l", "窓口", "役場"), Lane("q", "住民", "住民", closed=True)),
        (Step("a", "通知する", "l", forms=("通知書", "控え", "台帳")),),
        (Branch("m", "a", "q", message=True),),
    )
    picture = lay_out(flow)
    forms = [shape for shape in picture.shapes if shape.kind == "dataObjectReference"]
    task = next(shape for shape in picture.shapes if shape.id == "a")
    assert [form.name for form in forms] == ["通知書", "控え", "台帳"]
    assert all(form.box.y >= task.box.bottom for form in forms)
    assert [edge.kind for edge in picture.edges if edge.id == "m"] == ["messageFlow"]
    assert next(shape for shape in picture.shapes if shape.id == "q").kind == "participant"
