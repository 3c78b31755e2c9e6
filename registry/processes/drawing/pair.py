"""Two flows drawn for looking at side by side, each difference marked by sign, word and colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from registry.processes.bpmn import writing
from registry.processes.bpmn.reading import Document
from registry.processes.drawing.pen import Mark
from registry.processes.drawing.svg import draw
from registry.processes.flow_diff import FlowDiff

ADDED: Final = Mark("＋", "追加", "#0b6e2e", "#e3f3e6")
REMOVED: Final = Mark("－", "削除", "#b3261e", "#fbe6e4")
MOVED: Final = Mark("⇄", "移動", "#1b5fa8", "#e4eefb")
CHANGED: Final = Mark("△", "変更", "#8a5a00", "#fff3d6")


def draw_pair(one: Document, other: Document, found: FlowDiff) -> tuple[str, str]:
    """The SVG of both: in the first what was removed, in the second what was added, in both what
    was moved or changed."""
    return (
        draw(writing.picture(one), _marks_one(found), about=describe(found)),
        draw(writing.picture(other), _marks_other(found), about=describe(found)),
    )


def describe(found: FlowDiff) -> str:
    """The differences in one sentence."""
    if found.is_same:
        return "内容の違いはありません。"
    return (
        f"追加 {len(found.added)}、削除 {len(found.removed)}、移動 {len(found.moved)}、"
        f"変更 {len(found.changed)}、同じ手順 {len(found.same)}。"
    )


def _marks_one(found: FlowDiff) -> Mapping[str, Mark]:
    marks = {lone.step.id: REMOVED for lone in found.removed}
    marks |= {pair.one.id: MOVED for pair in found.moved}
    return marks | {pair.one.id: CHANGED for pair in found.changed}


def _marks_other(found: FlowDiff) -> Mapping[str, Mark]:
    marks = {lone.step.id: ADDED for lone in found.added}
    marks |= {pair.other.id: MOVED for pair in found.moved}
    return marks | {pair.other.id: CHANGED for pair in found.changed}
