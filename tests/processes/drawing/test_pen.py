from __future__ import annotations

from registry.processes.drawing.diagram import Box, Shape
from registry.processes.drawing.lettering import width
from registry.processes.drawing.pair import ADDED
from registry.processes.drawing.pen import centred, fit, group, halo, kebab, plain, rect, text


def test_nothing_in_a_name_is_markup() -> None:
    assert plain("<b>&\x00\x1b") == "&lt;b&gt;&amp;"
    assert "<b>" not in text(("<b>",), 0, 0, 12)


def test_a_name_gets_smaller_before_it_is_cut() -> None:
    size, lines = fit("使用料を収納する", 110, 60, 12)
    assert (size, "".join(lines)) == (12, "使用料を収納する")
    smaller, shrunk = fit("使用料を収納する", 60, 26, 12)
    assert smaller < 12
    assert "".join(shrunk) == "使用料を収納する"
    _, cut = fit("使用料を収納する" * 4, 60, 20, 12)
    assert cut[-1].endswith("…")
    assert all(width(line, 8.5) <= 60 for line in cut)
    assert fit("", 60, 20, 12) == (12, ())
    assert centred("", Box(0, 0, 60, 20), 12) == ""


def test_a_shape_carries_its_whole_name_and_its_difference() -> None:
    shape = Shape("x", "dataStoreReference", "台帳", Box(0, 0, 50, 50))
    assert group(shape, "BODY") == (
        '<g class="kz-flow-data-store-reference"><title>台帳</title>BODY</g>'
    )
    assert ADDED.colour in halo(shape, ADDED)
    assert kebab("startEvent") == "start-event"


def test_a_box_has_round_corners_only_where_asked() -> None:
    assert " rx=" not in rect(Box(0, 0, 10, 10), "none")
    assert ' rx="8"' in rect(Box(0, 0, 10, 10), "none", round_=8)
