from __future__ import annotations

import pytest

from registry.processes.drawing.diagram import Edge
from registry.processes.drawing.edges import draw_edge
from registry.processes.drawing.pair import MOVED

POINTS = ((0.0, 0.0), (50.0, 0.0), (50.0, 0.0), (50.0, 40.0))


@pytest.mark.parametrize(
    ("kind", "marks", "signs"),
    [
        ("sequenceFlow", (), {"polygon": 1, "circle": 0, "polyline": 1}),
        ("sequenceFlow", ("default",), {"polygon": 1, "circle": 0, "polyline": 2}),
        ("sequenceFlow", ("conditional",), {"polygon": 2, "circle": 0, "polyline": 1}),
        ("messageFlow", (), {"polygon": 1, "circle": 1, "polyline": 1}),
        ("association", (), {"polygon": 0, "circle": 0, "polyline": 1}),
        ("association", ("both",), {"polygon": 0, "circle": 0, "polyline": 3}),
        ("dataInputAssociation", ("one",), {"polygon": 0, "circle": 0, "polyline": 2}),
    ],
)
def test_each_sort_of_line_has_its_signs(
    kind: str, marks: tuple[str, ...], signs: dict[str, int]
) -> None:
    drawn = draw_edge(Edge("x", kind, "", POINTS, frozenset(marks)), None)
    assert {name: drawn.count(f"<{name} ") for name in signs} == signs


def test_a_difference_is_wider_and_in_its_colour() -> None:
    edge = Edge("x", "sequenceFlow", "あり", POINTS)
    assert MOVED.colour in draw_edge(edge, MOVED)
    assert 'stroke-width="2.6"' in draw_edge(edge, MOVED)
    assert "<title>あり</title>" in draw_edge(edge, None)


def test_a_message_begins_beside_its_shape_not_under_it() -> None:
    assert 'cx="3.6" cy="0"' in draw_edge(Edge("x", "messageFlow", "", POINTS), None)


def test_points_on_one_another_still_give_an_arrow() -> None:
    edge = Edge("x", "sequenceFlow", "", ((5.0, 5.0), (5.0, 5.0)))
    assert "nan" not in draw_edge(edge, None)
