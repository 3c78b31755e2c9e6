from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from registry.processes.bpmn import reading, writing
from registry.processes.drawing import diagram, interchange
from registry.processes.drawing.diagram import Box, Diagram, Shape
from registry.processes.drawing.layout import lay_out
from registry.processes.drawing.pair import CHANGED
from registry.processes.drawing.svg import draw
from tests.processes import sample_flows as samples

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> etree._Element:
    return etree.fromstring(svg.encode())


def pictures() -> list[tuple[str, Diagram]]:
    found = [(name, lay_out(samples.flow(name))) for name in samples.OWN]
    found += [
        (model.stem, interchange.from_document(reading.read(model.read_bytes())))
        for model in samples.MODELS
    ]
    return found


@pytest.mark.parametrize(("name", "picture"), pictures(), ids=lambda one: str(one)[:8])
def test_a_picture_holds_to_a_strict_policy_and_is_told_in_words(
    name: str, picture: Diagram
) -> None:
    del name
    svg = draw(picture, about="担当と手順の図。")
    root = parsed(svg)
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[1].text == "担当と手順の図。"
    for element in root.iter(etree.Element):
        assert "style" not in element.attrib
        assert "id" not in element.attrib
        assert not any(key.startswith("on") or "href" in key for key in element.attrib)
        assert etree.QName(element).localname in {
            "svg", "title", "desc", "rect", "g", "circle", "polygon", "polyline", "path", "text",
            "tspan",
        }  # fmt: skip
    assert "nan" not in svg
    assert re.search(r'="[^"]*\d[eE][-+]?\d', svg) is None
    assert draw(picture, about="担当と手順の図。") == svg


@pytest.mark.parametrize(("name", "picture"), pictures(), ids=lambda one: str(one)[:8])
def test_everything_drawn_lies_inside_the_frame(name: str, picture: Diagram) -> None:
    del name
    root = parsed(draw(picture))
    x, y, wide, high = (float(one) for one in str(root.get("viewBox")).split())
    for span in root.iter(f"{SVG}tspan"):
        assert x <= float(str(span.get("x"))) <= x + wide
    for shape in picture.shapes:
        assert Box(x, y, wide, high).holds(shape.box)


@pytest.mark.parametrize(("name", "picture"), pictures(), ids=lambda one: str(one)[:8])
def test_every_name_can_be_read_or_is_at_least_told(name: str, picture: Diagram) -> None:
    """Cut text is allowed only where the whole stands in the shape's title."""
    del name
    root = parsed(draw(picture))
    titles = {one.text for one in root.iter(f"{SVG}title")}
    for shape in picture.shapes:
        if shape.name:
            assert shape.name in titles, shape.name


def test_every_kind_of_shape_and_line_is_drawn() -> None:
    for kind in sorted(diagram.SHAPES):
        shape = Shape("x", kind, "名前", Box(0, 0, 100, 80))
        svg = draw(Diagram("", (shape,), ()))
        drawn = parsed(svg).findall(f"{SVG}g")
        assert len(drawn) == 1, kind
        assert len(list(drawn[0].iter(etree.Element))) > 2, kind
    for kind in sorted(diagram.LINES):
        edge = diagram.Edge("x", kind, "", ((0, 0), (50, 0)))
        assert len(parsed(draw(Diagram("", (), (edge,)))).findall(f"{SVG}g")) == 1, kind


def test_names_cannot_break_out_of_the_picture() -> None:
    name = "<script>alert(1)</script>&\"'\x00\x1b]]>"
    picture = Diagram(name, (Shape("x", "task", name, Box(0, 0, 300, 200)),), ())
    root = parsed(draw(picture, about=name))
    assert root.find(f".//{SVG}script") is None
    assert root.findtext(f"{SVG}title") == "<script>alert(1)</script>&\"']]>"


def test_a_difference_is_marked_by_sign_word_and_colour() -> None:
    picture = lay_out(samples.flow("town_one"))
    step = next(one for one in picture.shapes if one.name == "減免を決裁する")
    svg = draw(picture, {step.id: CHANGED})
    assert "△ 変更" in svg
    assert CHANGED.colour in svg
    assert svg.count("△") == 1
    assert svg.index(CHANGED.tint) < svg.index("<polyline")  # no arrow's head is hidden


def test_an_empty_flow_says_so() -> None:
    assert "図に描くものがありません" in draw(Diagram("", (), ()))


def test_weasyprint_draws_it() -> None:
    weasyprint = pytest.importorskip("weasyprint")
    svg = draw(writing.picture(writing.compose(samples.flow("town_one"))))
    pdf = weasyprint.HTML(string=f"<style>@page{{size:60cm 20cm}}</style>{svg}").write_pdf()
    assert pdf.startswith(b"%PDF")


@samples.needs_models
def test_the_largest_model_is_drawn_in_good_time() -> None:
    """The figures are printed by benchmarks/flows.py; here only a gross slip is caught."""
    import time

    data = Path(max(samples.MODELS, key=lambda path: path.stat().st_size)).read_bytes()
    started = time.process_time()
    draw(writing.picture(reading.read(data)))
    assert time.process_time() - started < 0.5
