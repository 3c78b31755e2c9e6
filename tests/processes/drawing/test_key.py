from __future__ import annotations

import pytest
from lxml import etree

from registry.processes.bpmn import reading, writing
from registry.processes.bpmn.reading import KINDS
from registry.processes.drawing import diagram, symbols
from registry.processes.drawing.diagram import Box, Diagram, Edge, Shape
from registry.processes.drawing.key import FEET, SHAPES, SIGNS, key
from registry.processes.drawing.layout import lay_out
from tests.processes import sample_flows as samples


def words(picture: Diagram) -> list[str]:
    return [sign.words for sign in key([picture])]


def one(kind: str, *marks: str) -> list[str]:
    return words(Diagram("", (Shape("x", kind, "名", Box(0, 0, 50, 50), frozenset(marks)),), ()))


def test_only_what_is_drawn_is_explained_and_each_once() -> None:
    assert words(lay_out(samples.flow("town_one"))) == [
        "組織",
        "担当(帯の中が、その担当の手順)",
        "始まり",
        "手順",
        "どれか一つへ進む",
        "終わり",
        "帳票・書類",
        "次に行う手順へ",
        "使う帳票や注記とのつながり",
    ]


def test_every_sign_that_can_be_drawn_has_words() -> None:
    assert SHAPES.keys() == diagram.SHAPES
    assert KINDS.keys() <= SHAPES.keys()
    assert {name.replace("_", "-") for name in symbols._EVENT_SIGNS} == set(SIGNS)


@pytest.mark.parametrize(
    ("kind", "marks", "expected"),
    [
        ("startEvent", ("message", "catch"), ["始まり(連絡)"]),
        (
            "boundaryEvent",
            ("timer", "non-interrupting"),
            ["手順の途中で起きる出来事(時刻・期限)。手順は止めない"],
        ),
        ("task", ("loop",), ["手順", FEET["loop"]]),
        ("callActivity", ("collapsed",), ["ほかで定めた下位フローを使う"]),
    ],
)
def test_marks_are_told(kind: str, marks: tuple[str, ...], expected: list[str]) -> None:
    assert one(kind, *marks) == expected


def test_lines_are_told_by_what_they_mean() -> None:
    points = ((0.0, 0.0), (9.0, 0.0))
    lines = (
        Edge("a", "messageFlow", "", points),
        Edge("b", "sequenceFlow", "", points, frozenset({"default"})),
        Edge("c", "association", "", points),
        Edge("d", "sequenceFlow", "", points, frozenset({"conditional"})),
    )
    assert words(Diagram("", (), lines)) == [
        "条件に当てはまるときに進む",
        "ほかのどれにも当てはまらないときに進む",
        "ほかの組織への連絡",
        "使う帳票や注記とのつながり",
    ]


@samples.needs_models
def test_the_signs_of_the_models_are_drawn_without_style_or_id() -> None:
    pictures = [writing.picture(reading.read(model.read_bytes())) for model in samples.MODELS]
    signs = key(pictures)
    assert len(signs) > 30
    for sign in signs:
        for element in etree.fromstring(sign.svg).iter(etree.Element):
            assert not {"style", "id"} & set(element.attrib)
