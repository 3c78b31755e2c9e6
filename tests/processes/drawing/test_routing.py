from __future__ import annotations

from registry.processes.drawing.grid import Grid
from registry.processes.drawing.routing import Plan, Routes, related
from registry.processes.flow import Branch, Flow
from tests.processes import sample_flows as samples


def plans(flow: Flow) -> dict[tuple[str, str], Plan]:
    """By the names of both ends; starts, ends and gateways by their kind."""

    def name(own: str) -> str:
        return flow.by_id[own].name or flow.by_id[own].kind.value

    return {
        (name(plan.branch.source), name(plan.branch.target)): plan
        for plan in Routes(Grid(flow)).plans
    }


def test_neighbours_in_a_row_are_joined_straight() -> None:
    found = plans(samples.table("1|窓口|受ける||\n2|窓口|渡す|終了|"))
    assert all((plan.gaps, plan.track, plan.corner) == ([], None, "") for plan in found.values())
    assert len(found) == 3


def test_a_gateway_is_left_by_its_corner() -> None:
    flow = samples.table("1|窓口|見る|2、3|あり／なし\n2|窓口|受ける|終了|\n3|窓口|断る|終了|")
    found = plans(flow)
    assert found["choice", "受ける"].corner == ""
    assert found["choice", "断る"].corner == "source"


def test_a_way_back_runs_at_the_foot_of_the_lane() -> None:
    flow = samples.table("1|窓口|見る||\n2|窓口|直す|1、3|まだ／済み\n3|窓口|渡す|終了|")
    plan = plans(flow)["choice", "見る"]
    assert plan.track == (0, 0)
    assert plan.gaps[-1] == 1  # it comes in before the column of the step it leads back to


def test_lines_may_share_a_place_when_they_join_or_part() -> None:
    one = Branch("1", "a", "b")
    assert related(one, Branch("2", "a", "c"))
    assert related(one, Branch("2", "c", "b"))
    assert not related(one, Branch("2", "b", "a"))
