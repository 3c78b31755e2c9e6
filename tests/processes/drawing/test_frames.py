from __future__ import annotations

from registry.processes.drawing.diagram import Box, Diagram, Shape
from registry.processes.drawing.frames import draw_category, draw_frame
from registry.processes.drawing.svg import draw


def test_japanese_lane_names_stand_upright_and_others_are_turned() -> None:
    def lane(name: str) -> str:
        shape = Shape("l", "lane", name, Box(0, 0, 400, 200))
        return draw(Diagram("", (shape,), ()))

    assert "rotate" not in lane("会計課")
    assert "rotate(-90" in lane("システムセンター")
    assert "rotate(-90" in lane("Approver")


def test_an_organisation_without_steps_is_a_band_with_its_name_in_the_middle() -> None:
    pool = Shape("p", "participant", "住民", Box(0, 0, 400, 60))
    step = Shape("s", "task", "受ける", Box(100, 10, 80, 40))
    assert draw_frame(pool, (pool,)).count("<rect") == 1
    assert draw_frame(pool, (pool, step)).count("<rect") == 2


def test_a_vertical_lane_carries_its_name_on_top() -> None:
    lane = Shape("l", "lane", "会計課", Box(0, 0, 200, 400), frozenset({"vertical"}))
    assert 'width="200" height="30"' in draw_frame(lane, (lane,))


def test_a_group_is_a_dashed_frame_with_its_name() -> None:
    drawn = draw_category(Shape("g", "group", "減免の審査", Box(0, 0, 300, 200)))
    assert "stroke-dasharray" in drawn
    assert "減免の審査" in drawn
