from __future__ import annotations

from registry.processes.drawing.grid import Grid
from registry.processes.drawing.routing import Routes
from registry.processes.drawing.spacing import Spacing
from registry.processes.drawing.waypoints import of_message, of_way
from registry.processes.flow import Branch, Flow, Lane, Step, StepKind
from tests.processes import sample_flows as samples


def spacing(flow: Flow) -> Spacing:
    grid = Grid(flow)
    return Spacing(grid, Routes(grid))


def test_a_way_begins_and_ends_at_the_edges_of_its_steps() -> None:
    for name in samples.OWN:
        found = spacing(samples.flow(name))
        boxes = {own: found.box(place) for own, place in found.grid.places.items()}
        for at, plan in enumerate(found.routes.plans):
            points = of_way(found, at, boxes)
            for (x, y), own in ((points[0], plan.branch.source), (points[-1], plan.branch.target)):
                box = boxes[own]
                assert x in (box.x, box.centre[0], box.right)
                assert y in (box.y, box.centre[1], box.bottom)


def test_the_way_of_a_second_event_at_an_edge_passes_under_the_first() -> None:
    steps = (
        Step("a", "待つ", "l"),
        Step("b", "期限", "l", StepKind.EVENT, attached="a"),
        Step("c", "取消し", "l", StepKind.EVENT, attached="a"),
        Step("d", "片付ける", "l"),
        Step("e", "知らせる", "l"),
    )
    ways = (Branch("1", "a", "d"), Branch("2", "b", "e"), Branch("3", "c", "e"))
    found = spacing(Flow("", (Lane("l", "窓口"),), steps, ways))
    boxes = {own: found.box(place) for own, place in found.grid.places.items()}
    first, second = (of_way(found, at, boxes) for at in (1, 2))
    assert first[0][1] == boxes["b"].centre[1]
    assert second[1][1] > boxes["b"].bottom - 4


def test_messages_run_between_the_organisations_side_by_side() -> None:
    lanes = (Lane("l", "窓口", "役場"), Lane("q", "住民", "住民"))
    steps = (
        Step("a", "呼ぶ", "l"), Step("b", "待つ", "l"), Step("c", "来る", "q"), Step("d", "出す", "q"),
    )  # fmt: skip
    ways = (Branch("1", "a", "b"), Branch("2", "c", "d"))
    messages = (Branch("m", "a", "d", message=True), Branch("n", "c", "b", message=True))
    found = spacing(Flow("", lanes, steps, (*ways, *messages)))
    boxes = {own: found.box(place) for own, place in found.grid.places.items()}
    taken: dict[tuple[float, float], int] = {}
    down, up = (of_message(found, one, boxes, taken) for one in messages)
    assert (down[0][1], down[-1][1]) == (boxes["a"].bottom, boxes["d"].y)
    assert (up[0][1], up[-1][1]) == (boxes["c"].y, boxes["b"].bottom)
    assert down[1][1] != up[1][1]
    assert down[1][1] == down[2][1]
