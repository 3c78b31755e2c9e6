"""What the signs of one picture mean, in plain words, for people who never saw BPMN.

Only signs that are in the picture are explained, each once, drawn by the same hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from registry.processes.drawing.diagram import (
    AROUND,
    EVENTS,
    GATEWAYS,
    SUBPROCESSES,
    TASKS,
    Box,
    Diagram,
    Edge,
    Shape,
)
from registry.processes.drawing.edges import draw_edge
from registry.processes.drawing.frames import draw_category, draw_frame
from registry.processes.drawing.nodes import draw_node, draw_subprocess
from registry.processes.drawing.symbols import INK, number

SHAPES: Final[Mapping[str, str]] = {
    "participant": "組織",
    "lane": "担当(帯の中が、その担当の手順)",
    "startEvent": "始まり",
    "task": "手順",
    "userTask": "人がシステムを使って行う手順",
    "manualTask": "人が手で行う手順",
    "serviceTask": "システムが行う手順",
    "scriptTask": "システムが決まったとおりに行う手順",
    "businessRuleTask": "規則に照らして判断する手順",
    "sendTask": "連絡を送る手順",
    "receiveTask": "連絡を待つ手順",
    "callActivity": "ほかで定めた手順を使う",
    "subProcess": "下位フロー(いくつかの手順のまとまり)",
    "transaction": "全部できるか、全部やめるかの下位フロー",
    "adHocSubProcess": "順序を決めない下位フロー",
    "exclusiveGateway": "どれか一つへ進む",
    "parallelGateway": "全部へ同時に進む、または全部がそろうのを待つ",
    "inclusiveGateway": "当てはまるもの全部へ進む",
    "complexGateway": "こみ入った条件で分かれる",
    "eventBasedGateway": "先に起きた出来事のほうへ進む",
    "intermediateCatchEvent": "出来事を待つ",
    "intermediateThrowEvent": "出来事を起こす",
    "implicitThrowEvent": "出来事を起こす",
    "boundaryEvent": "手順の途中で起きる出来事",
    "endEvent": "終わり",
    "dataObjectReference": "帳票・書類",
    "dataObject": "帳票・書類",
    "dataInput": "受け取る書類",
    "dataOutput": "渡す書類",
    "dataStoreReference": "台帳・データベース",
    "dataStore": "台帳・データベース",
    "message": "連絡の中身",
    "textAnnotation": "注記",
    "group": "関係のある手順の囲み",
}
"""In the order in which they are explained."""
SIGNS: Final[Mapping[str, str]] = {
    "message": "連絡",
    "timer": "時刻・期限",
    "error": "誤り",
    "escalation": "上への引上げ",
    "cancel": "取消し",
    "compensate": "後始末",
    "conditional": "条件がそろったとき",
    "link": "図の別の所へ続く",
    "signal": "広く知らせる合図",
    "terminate": "全体を打ち切る",
    "multiple": "どれかが起きたとき",
    "parallel-multiple": "全部が起きたとき",
}
"""What an event is about."""
FEET: Final[Mapping[str, str]] = {
    "loop": "繰り返す",
    "parallel-instances": "件数の分だけ同時に行う",
    "sequential-instances": "件数の分だけ一つずつ行う",
    "compensation": "後始末として行う",
}
"""What stands at the foot of a step."""
_SIZES: Final[Mapping[str, tuple[float, float]]] = {
    "dataStoreReference": (30, 26), "dataStore": (30, 26), "message": (30, 20),
    "textAnnotation": (24, 26), "dataObjectReference": (20, 26), "dataObject": (20, 26),
    "dataInput": (22, 28), "dataOutput": (22, 28),
}  # fmt: skip
_LINE: Final = ((2.0, 14.0), (46.0, 14.0))


@dataclass(frozen=True, slots=True)
class Sign:
    """A small drawing (SVG) and what it means."""

    svg: str
    words: str


def key(pictures: Iterable[Diagram]) -> tuple[Sign, ...]:
    """The signs of some pictures: frames, steps, data and notes, then lines."""
    every = tuple(pictures)
    order = list(SHAPES)
    shapes = [shape for picture in every for shape in picture.shapes if shape.kind in SHAPES]
    shapes.sort(key=lambda shape: (order.index(shape.kind), sorted(shape.marks)))
    found: dict[str, Sign] = {}
    for shape in shapes:
        for sign in _of_shape(shape):
            found.setdefault(sign.words, sign)
    for picture in every:
        for edge in sorted(picture.edges, key=lambda edge: _LINES.index(_line(edge))):
            words = _line(edge)
            if words not in found:
                sample = Edge("", edge.kind, "", _LINE, edge.marks & _LINE_MARKS)
                found[words] = Sign(_svg(draw_edge(sample, None), 48, 28), words)
    return tuple(found.values())


def _of_shape(shape: Shape) -> Iterator[Sign]:
    wide, high = _SIZES.get(shape.kind, (44.0, 30.0))
    if shape.kind in EVENTS | GATEWAYS:
        wide, high = (28.0, 28.0)
    box = Box(2, 2, wide, high)
    words = SHAPES[shape.kind]
    if shape.kind in EVENTS:
        sign = next((name for name in SIGNS if shape.has(name)), "")
        if sign:
            words = f"{words}({SIGNS[sign]})"
        if shape.has("non-interrupting"):
            words = f"{words}。手順は止めない"
    if shape.kind == "callActivity" and shape.has("collapsed"):
        words = "ほかで定めた下位フローを使う"
    drawn = Shape("", shape.kind, "", box, shape.marks - set(FEET) - {"expanded"})
    yield Sign(_svg(_drawn(drawn), wide + 4, high + 4), words)
    if shape.kind in TASKS | SUBPROCESSES | {"callActivity"}:
        for name, said in FEET.items():
            if shape.has(name):
                task = Shape("", "task", "", box, frozenset({name}))
                yield Sign(_svg(draw_node(task), wide + 4, high + 4), said)


def _drawn(shape: Shape) -> str:
    if shape.kind in AROUND:
        return draw_frame(shape, (shape, Shape("", "task", "", shape.box)))
    if shape.kind == "group":
        return draw_category(shape)
    return draw_subprocess(shape) if shape.kind in SUBPROCESSES else draw_node(shape)


_LINES: Final = (
    "次に行う手順へ",
    "条件に当てはまるときに進む",
    "ほかのどれにも当てはまらないときに進む",
    "ほかの組織への連絡",
    "使う帳票や注記とのつながり",
)
_LINE_MARKS: Final = frozenset({"default", "conditional", "one", "both"})


def _line(edge: Edge) -> str:
    if edge.kind == "messageFlow":
        return _LINES[3]
    if edge.kind != "sequenceFlow":
        return _LINES[4]
    if edge.has("conditional"):
        return _LINES[1]
    return _LINES[2] if edge.has("default") else _LINES[0]


def _svg(body: str, wide: float, high: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="kz-flow-sign" aria-hidden="true" '
        f'viewBox="0 0 {number(wide)} {number(high)}" width="{number(wide)}" '
        f'height="{number(high)}" fill="{INK}">{body}</svg>'
    )
