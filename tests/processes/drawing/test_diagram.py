from __future__ import annotations

from registry.processes.drawing.diagram import Box, Edge


def test_boxes() -> None:
    box = Box(0, 0, 10, 10)
    assert box.overlap(Box(5, 5, 10, 10)) == 25
    assert box.overlap(Box(10, 0, 5, 5)) == 0
    assert box.holds(Box(1, 1, 8, 8))
    assert not box.holds(Box(5, 5, 10, 2))
    assert box.grown(2) == Box(-2, -2, 14, 14)


def test_a_line_has_a_part_between_each_two_of_its_points() -> None:
    edge = Edge("x", "sequenceFlow", "", ((0, 0), (5, 0), (5, 9)), frozenset({"default"}))
    assert edge.segments == (((0, 0), (5, 0)), ((5, 0), (5, 9)))
    assert edge.has("default")
    assert not edge.has("one")
