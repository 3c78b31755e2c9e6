from __future__ import annotations

from pathlib import Path

from registry.processes.bpmn import reading
from registry.processes.drawing import diagram, interchange
from registry.processes.drawing.diagram import Box, Diagram, Edge, Shape
from registry.processes.drawing.labelling import Label, place
from tests.processes import sample_flows as samples


def event(own: str, x: float, label: Box | None = None, name: str = "申請を受けたとき") -> Shape:
    return Shape(own, "startEvent", name, Box(x, 100, 36, 36), label=label)


def test_a_free_place_of_its_own_is_taken() -> None:
    wanted = Box(0, 145, 96, 14)
    (label,) = place(Diagram("", (event("s", 30, wanted),), ()))
    assert (label.x, label.y) == (wanted.centre[0], wanted.y)


def test_a_label_on_a_task_moves_away_and_the_shapes_stay() -> None:
    task = Shape("t", "task", "受け付ける", Box(0, 140, 100, 80))
    (label,) = place(Diagram("", (event("s", 30, Box(0, 145, 96, 14)), task), ()))
    assert not label.box.overlap(task.box)


def test_two_labels_do_not_lie_on_each_other() -> None:
    shapes = (event("a", 0), event("b", 50))
    one, other = place(Diagram("", shapes, ()))
    assert not one.box.overlap(other.box)


def test_a_condition_stands_beside_its_line_near_where_it_begins() -> None:
    edge = Edge("f", "sequenceFlow", "あり", ((0, 0), (200, 0)))
    (label,) = place(Diagram("", (), (edge,)))
    assert label.box.bottom <= 0 or label.box.y >= 0
    assert label.x < 100


def shown(model: Path) -> tuple[Diagram, tuple[Label, ...]]:
    found = interchange.from_document(reading.read(model.read_bytes()))
    return found, place(found)


@samples.needs_models
@samples.each_model
def test_in_no_model_does_a_label_lie_on_another_or_on_a_step(model: Path) -> None:
    found, labels = shown(model)
    solid = [
        shape
        for shape in found.shapes
        if shape.kind not in diagram.AROUND | {"group", "textAnnotation"}
        and not shape.has("expanded")
    ]
    for at, label in enumerate(labels):
        for other in labels[at + 1 :]:
            assert label.box.overlap(other.box) < 4, (label.lines, other.lines)
        for shape in solid:
            assert label.box.overlap(shape.box) < 12, (label.lines, shape.name)


@samples.needs_models
@samples.each_model
def test_the_same_picture_gives_the_same_places(model: Path) -> None:
    assert shown(model)[1] == shown(model)[1]
