"""A picture of a flow as SVG, for pages and for WeasyPrint.

Only presentation attributes and classes, no style, script, link or outside thing; no IDs inside, so
that two drawings can stand in one page. The same picture gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from registry.processes.drawing.diagram import AROUND, SUBPROCESSES, Box, Diagram, Shape
from registry.processes.drawing.edges import draw_edge
from registry.processes.drawing.frames import draw_category, draw_frame
from registry.processes.drawing.labelling import Label, place
from registry.processes.drawing.lettering import width
from registry.processes.drawing.nodes import draw_node, draw_subprocess, reach
from registry.processes.drawing.pen import Mark, group, halo, plain, rect, text
from registry.processes.drawing.symbols import INK, PAPER, number

FONTS: Final = "'BIZ UDPGothic','Noto Sans JP','Noto Sans CJK JP','Yu Gothic UI',Meiryo,sans-serif"
_MARGIN: Final = 14.0


def draw(diagram: Diagram, marks: Mapping[str, Mark] | None = None, *, about: str = "") -> str:
    """The SVG of a picture; `about` is its description for readers who cannot see it.

    `marks` shows differences at the shapes with these IDs.
    """
    shown = marks or {}
    labels = place(diagram)
    parts: list[str] = []
    behind = [one for one in diagram.shapes if _is_around(one)]
    behind.sort(key=lambda one: -one.box.width * one.box.height)
    pools = [one for one in behind if one.kind in AROUND]
    pools.sort(key=lambda one: one.kind != "participant")
    parts += [draw_frame(one, diagram.shapes) for one in pools]
    parts += [group(one, draw_subprocess(one)) for one in behind if one.kind not in AROUND]
    # Behind the lines, so that no arrow's head is hidden.
    parts += [halo(one, shown[one.id]) for one in diagram.shapes if one.id in shown]
    parts += [draw_edge(edge, shown.get(edge.id)) for edge in diagram.edges]
    front = [one for one in diagram.shapes if not _is_around(one) and one.kind != "group"]
    edge_events = [one.box for one in front if one.kind == "boundaryEvent"]
    for shape in sorted(front, key=lambda one: one.kind == "boundaryEvent"):
        parts.append(group(shape, draw_node(shape, reach(shape, edge_events))))
    parts += [draw_category(one) for one in diagram.shapes if one.kind == "group"]
    parts += [_label(label) for label in labels]
    boxes = {one.id: one.box for one in diagram.shapes}
    for shape in diagram.shapes:
        if shape.id in shown:
            badge, box = _badge(shape.box, shown[shape.id])
            parts.append(badge)
            boxes[f"badge {shape.id}"] = box
    return _page(diagram, boxes, labels, parts, about)


def _page(
    diagram: Diagram,
    boxes: Mapping[str, Box],
    labels: Sequence[Label],
    parts: Sequence[str],
    about: str,
) -> str:
    found = [*boxes.values(), *(label.box for label in labels)]
    found += [Box(x, y, 0, 0) for edge in diagram.edges for x, y in edge.points]
    if not found:
        found = [Box(0, 0, 240, 60)]
        parts = [text(("図に描くものがありません",), 120, 22, 12)]
    left = min(box.x for box in found) - _MARGIN
    top = min(box.y for box in found) - _MARGIN
    wide = max(box.right for box in found) + _MARGIN - left
    high = max(box.bottom for box in found) + _MARGIN - top
    title = diagram.title or "業務フロー"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="kz-flow" role="img" '
        f'viewBox="{number(left)} {number(top)} {number(wide)} {number(high)}" '
        f'width="{number(wide)}" height="{number(high)}" font-family="{FONTS}" '
        f'font-size="12" fill="{INK}">'
    )
    words = f"<title>{plain(title)}</title>"
    if about:
        words += f"<desc>{plain(about)}</desc>"
    paper = (
        f'<rect class="kz-flow-paper" x="{number(left)}" y="{number(top)}" '
        f'width="{number(wide)}" height="{number(high)}" fill="{PAPER}"/>'
    )
    return "\n".join([head + words, paper, *filter(None, parts), "</svg>\n"])


def _is_around(shape: Shape) -> bool:
    opened = shape.kind in SUBPROCESSES or shape.kind == "callActivity"
    return shape.kind in AROUND or (opened and shape.has("expanded"))


def _label(label: Label) -> str:
    words = text(label.lines, label.x, label.y, label.size)
    if not label.on_line:
        return words
    box = label.box
    paper = (
        f'<rect x="{number(box.x - 1)}" y="{number(box.y)}" width="{number(box.width + 2)}" '
        f'height="{number(box.height)}" fill="{PAPER}" fill-opacity="0.8"/>'
    )
    return paper + words


def _badge(box: Box, mark: Mark) -> tuple[str, Box]:
    said = f"{mark.sign} {mark.word}"
    wide = width(said, 11) + 10
    plate = Box(box.x - 9, box.y - 15, wide, 17)
    words = text(
        (said,), plate.centre[0], plate.y + 2, 11,
        more=f' fill="{PAPER}" font-weight="bold"',
    )  # fmt: skip
    return rect(plate, mark.colour, wide=1, round_=3, stroke=PAPER) + words, plate
