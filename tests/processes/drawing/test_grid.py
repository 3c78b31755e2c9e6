from __future__ import annotations

from registry.processes.drawing.grid import Grid
from registry.processes.flow import Branch, Flow, Lane, Step, StepKind
from tests.processes import sample_flows as samples


def cells(flow: Flow) -> dict[str, tuple[int, int]]:
    """(column, row) by the step's name."""
    return {
        place.step.name or place.step.kind.value: (place.column, place.row)
        for place in Grid(flow).places.values()
    }


def test_what_comes_after_stands_to_the_right_and_in_its_lane() -> None:
    found = cells(samples.table("1|窓口|受ける||\n2|課長|決裁する||\n3|窓口|渡す|終了|"))
    assert found == {
        "start": (0, 0), "受ける": (1, 0), "決裁する": (2, 1), "渡す": (3, 0), "end": (4, 0),
    }  # fmt: skip


def test_two_ways_stand_below_one_another_and_a_loop_changes_nothing() -> None:
    found = cells(samples.table("1|窓口|見る|2、3|あり／なし\n2|窓口|受ける|終了|\n3|窓口|直す|1|"))
    assert found["受ける"][0] == found["直す"][0]
    assert found["受ける"][1] != found["直す"][1]
    assert found["見る"] < found["直す"]


def test_a_guest_has_the_place_of_its_host_and_a_closed_lane_no_row() -> None:
    flow = Flow(
        "",
        (Lane("l", "窓口"), Lane("q", "住民", closed=True), Lane("m", "課長")),
        (Step("a", "待つ", "l"), Step("b", "期限", "l", StepKind.EVENT, attached="a")),
        (Branch("x", "a", "b"),),
    )
    grid = Grid(flow)
    assert (grid.places["b"].column, grid.places["b"].row) == (0, 0)
    assert list(grid.cells.values()) == ["a"]
    assert grid.rows == [[0], [], [1]]
