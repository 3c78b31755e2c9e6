from __future__ import annotations

import pytest

from registry.processes.drawing.diagram import Box, Shape
from registry.processes.drawing.layout import lay_out
from registry.processes.drawing.nodes import draw_node, draw_subprocess, reach
from registry.processes.drawing.svg import draw
from tests.processes import sample_flows as samples

BOX = Box(0, 0, 120, 80)


def test_minutes_and_the_sort_of_work_stand_in_the_task() -> None:
    svg = draw(lay_out(samples.flow("town_one")))
    assert "定型・5分" in svg
    assert "判断・20分" in svg


def test_an_event_at_the_edge_pushes_the_name_aside() -> None:
    task = Shape("t", "task", "受ける", BOX)
    below, above = Box(60, 62, 36, 36), Box(30, -18, 36, 36)
    assert reach(task, [below]) == (0, 18)
    assert reach(task, [above]) == (18, 0)
    assert reach(task, [Box(200, 62, 36, 36)]) == (0, 0)
    assert reach(Shape("e", "startEvent", "", BOX), [below]) == (0, 0)
    assert draw_node(task, (0, 18)) != draw_node(task)


@pytest.mark.parametrize(("kind", "width"), [("startEvent", "1.4"), ("endEvent", "3.2")])
def test_the_end_has_the_thicker_ring(kind: str, width: str) -> None:
    assert f'stroke-width="{width}"' in draw_node(Shape("e", kind, "", Box(0, 0, 36, 36)))


def test_an_opened_subprocess_has_its_name_on_top_and_a_closed_one_inside() -> None:
    opened = draw_subprocess(Shape("g", "subProcess", "審査", BOX, frozenset({"expanded"})))
    closed = draw_subprocess(Shape("g", "subProcess", "審査", BOX, frozenset({"collapsed"})))
    assert 'y="15' in opened
    assert 'y="15' not in closed
