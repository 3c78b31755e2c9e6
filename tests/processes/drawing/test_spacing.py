from __future__ import annotations

from itertools import pairwise

from registry.processes.drawing.grid import Grid
from registry.processes.drawing.routing import Routes
from registry.processes.drawing.sizes import FORM_ROW, POOL_GAP, ROW, SLOT
from registry.processes.drawing.spacing import Spacing
from registry.processes.flow import Branch, Flow, Lane, Step
from tests.processes import sample_flows as samples


def spacing(flow: Flow) -> Spacing:
    grid = Grid(flow)
    return Spacing(grid, Routes(grid))


def test_a_row_grows_with_the_forms_below_it() -> None:
    def height(forms: tuple[str, ...]) -> float:
        flow = Flow("", (Lane("l", "窓口"),), (Step("a", "受ける", "l", forms=forms),))
        return spacing(flow).lane_box[0][1]

    assert height(()) == ROW
    assert height(("申請書", "台帳")) == ROW + FORM_ROW
    assert height(("申請書", "台帳", "控え")) == ROW + 2 * FORM_ROW


def test_organisations_stand_apart_and_lanes_of_one_do_not() -> None:
    lanes = (Lane("a", "窓口", "役場"), Lane("b", "課長", "役場"), Lane("c", "住民", "住民"))
    (first, second, third) = spacing(Flow("", lanes, (Step("s", "x", "a"),))).lane_box
    assert second[0] == sum(first)
    assert third[0] == sum(second) + POOL_GAP


def test_ways_that_meet_in_a_gap_get_a_line_each() -> None:
    lanes = tuple(Lane(name, name) for name in "abcd")
    steps = tuple(Step(f"s{at}", "", name) for at, name in enumerate("abcd"))
    last = tuple(Step(f"t{at}", "", name) for at, name in enumerate("abcd"))
    crossing = tuple(Branch(f"w{at}", f"s{at}", f"t{3 - at}") for at in range(4))
    found = spacing(Flow("", lanes, (*steps, *last), crossing))
    assert sorted(found.slots.values()) == [0, 1, 2, 3]
    straight = tuple(Branch(f"w{at}", f"s{at}", f"t{at}") for at in range(4))
    narrow = spacing(Flow("", lanes, (*steps, *last), straight))
    assert found.right == narrow.right + 3 * SLOT


def test_steps_of_one_row_stand_on_one_line() -> None:
    flow = samples.table("1|窓口|受ける||\n2|窓口|渡す|終了|")
    found = spacing(flow)
    boxes = [found.box(place) for place in found.grid.places.values()]
    assert len({box.centre[1] for box in boxes}) == 1
    assert all(one.right < other.x for one, other in pairwise(boxes))
