from __future__ import annotations

from registry.processes.bpmn import writing
from registry.processes.drawing.pair import describe, draw_pair
from registry.processes.flow_diff import compare
from tests.processes import sample_flows as samples


def test_each_side_shows_its_own_differences() -> None:
    one, other = (writing.compose(samples.flow(name)) for name in ("town_one", "to_be"))
    found = compare(one.flow, other.flow)
    left, right = draw_pair(one, other, found)
    assert left.count("－ 削除") == len(found.removed) > 0
    assert right.count("＋ 追加") == len(found.added) > 0
    assert left.count("⇄ 移動") == right.count("⇄ 移動") == len(found.moved) > 0
    assert left.count("△ 変更") == right.count("△ 変更") == len(found.changed) > 0
    assert "＋ 追加" not in left
    assert "－ 削除" not in right
    assert describe(found) in left


def test_without_differences_it_says_so() -> None:
    one, other = (writing.compose(samples.flow(name)) for name in ("town_one", "town_two"))
    found = compare(one.flow, other.flow)
    assert describe(found) == "内容の違いはありません。"
    assert all(mark not in "".join(draw_pair(one, other, found)) for mark in "＋⇄△")
