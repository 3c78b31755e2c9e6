"""The picture of the tree: readable lines, boxes beside each other, always the same."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.goals import drawing, tree
from registry.goals.drawing import Box, Drawing


@dataclass(frozen=True)
class Node:
    id: int
    parent_id: int | None
    position: int
    code: str
    statement: str


JAPANESE = st.text(
    st.sampled_from("住民が役場に行かずに、手続を。「」ーっャ(A4)ABC 123%"), max_size=90
)


@st.composite
def forests(draw: st.DrawFn) -> list[Node]:
    count = draw(st.integers(1, 30))
    return [
        Node(
            number,
            draw(st.sampled_from([None, *range(1, number)])),
            draw(st.integers(1, 3)),
            f"G-{number}",
            draw(JAPANESE),
        )
        for number in range(1, count + 1)
    ]


def drawn(nodes: list[Node], budget: int = drawing.BUDGET) -> Drawing:
    return drawing.draw(tree.grow(nodes), budget=budget)


def apart(one: Box, other: Box) -> bool:
    return (
        one.x + one.width <= other.x
        or other.x + other.width <= one.x
        or one.y + one.height <= other.y
        or other.y + other.height <= one.y
    )


@given(forests(), st.sampled_from([300, drawing.BUDGET, 4000]))
def test_no_two_goals_overlap_and_none_leaves_the_picture(nodes: list[Node], budget: int) -> None:
    picture = drawn(nodes, budget)
    assert [box.goal_id for box in picture.boxes] == [node.id for node in tree.printed_order(nodes)]
    for index, box in enumerate(picture.boxes):
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= picture.width
        assert box.y + box.height <= picture.height
        assert all(apart(box, other) for other in picture.boxes[index + 1 :])


@given(forests())
def test_each_level_is_a_column_and_each_edge_joins_parent_and_child(nodes: list[Node]) -> None:
    picture = drawn(nodes)
    boxes = {box.goal_id: box for box in picture.boxes}
    assert len({box.x for box in picture.boxes}) == max(box.level for box in picture.boxes)
    expected = {
        (
            boxes[node.parent_id].x + boxes[node.parent_id].width,
            boxes[node.parent_id].port,
            boxes[node.id].x,
            boxes[node.id].port,
        )
        for node in nodes
        if node.parent_id is not None
    }
    assert set(picture.edges) == expected
    assert len(picture.edges) == len(expected)


@given(forests())
def test_the_same_tree_gives_the_same_picture(nodes: list[Node]) -> None:
    assert drawn(nodes) == drawn(nodes[::-1])


@given(forests())
def test_a_goal_stands_beside_its_first_child(nodes: list[Node]) -> None:
    tops = {box.goal_id: box.y for box in drawn(nodes).boxes}
    for placed in tree.walk(tree.grow(nodes)):
        if placed.children:
            assert tops[placed.goal.id] == tops[placed.children[0].goal.id]


@given(forests())
def test_the_whole_statement_is_drawn_inside_its_box(nodes: list[Node]) -> None:
    statements = {node.id: node.statement for node in nodes}
    for box in drawn(nodes).boxes:
        assert "".join(box.lines) == statements[box.goal_id]
        assert all(drawing.measure(one) <= box.width - 2 * drawing.PADDING for one in box.lines)


def test_four_levels_fit_the_screen_and_ten_stay_readable() -> None:
    def chain(length: int) -> list[Node]:
        return [
            Node(n, n - 1 or None, 1, f"G-{n}", "予約ができている") for n in range(1, length + 1)
        ]

    assert drawn(chain(4)).width <= drawing.BUDGET
    assert drawn(chain(10)).boxes[0].width == drawing.NARROWEST
    assert drawn(chain(1)).boxes[0].width == drawing.WIDEST


def test_no_goal_no_picture() -> None:
    assert drawn([]) == Drawing((), (), 0, 0)


@given(JAPANESE, st.integers(48, 200))
def test_lines_are_short_enough_and_nothing_is_lost(text: str, limit: int) -> None:
    lines = drawing.wrap(text, limit)
    assert "".join(lines) == text
    assert all(drawing.measure(line) <= limit for line in lines)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("あいうえおかき。く", ["あいうえおか", "き。く"]),
        ("あいうえお「かき」", ["あいうえお", "「かき」"]),
        ("予約はWeb公開で", ["予約はWeb公", "開で"]),
        ("予約のWebsiteで", ["予約の", "Websiteで"]),
        ("葛󠄀城の葛󠄀城の葛󠄀城の", ["葛󠄀城の葛󠄀城の", "葛󠄀城の"]),
        ("", [""]),
        ("ーーーーーーーーー", ["ーーーーーー", "ーーー"]),
    ],
)
def test_lines_break_as_japanese_does(text: str, lines: list[str]) -> None:
    """Six full-width characters and a half to a line."""
    assert drawing.wrap(text, 6 * drawing.FULL + 6) == lines
