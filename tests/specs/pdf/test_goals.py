from __future__ import annotations

from typing import Any

from registry.specs.pdf import goals

Goal = dict[str, Any]


def _goal(code: str, parent: str | None, statement: str = "どの団体でも予約できている") -> Goal:
    return {
        "code": code,
        "parent": parent,
        "level": code.count("-"),
        "statement": statement,
        "viewpoint": "program",
        "horizon": "medium",
        "beneficiary": "resident",
        "indicator": None,
    }


def _codes(figure: goals.Figure) -> list[str]:
    return [box.head.partition("　")[0] for box in figure.boxes]


def _inside(figure: goals.Figure) -> bool:
    return all(
        box.x >= 0
        and box.y >= 0
        and box.x + box.width <= goals.WIDTH
        and box.y + box.height <= figure.height
        for box in figure.boxes
    )


def _apart(figure: goals.Figure) -> bool:
    boxes = figure.boxes
    return not any(
        a is not b
        and a.x < b.x + b.width
        and b.x < a.x + a.width
        and a.y < b.y + b.height
        and b.y < a.y + a.height
        for a in boxes
        for b in boxes
    )


def test_no_goals_make_no_picture() -> None:
    assert goals.figures([]) == []


def test_a_small_tree_is_one_picture_with_its_links() -> None:
    tree = [_goal("G-1", None), _goal("G-1-1", "G-1"), _goal("G-1-2", "G-1"), _goal("G-2", None)]

    (figure,) = goals.figures(tree)

    assert sorted(_codes(figure)) == ["G-1", "G-1-1", "G-1-2", "G-2"]
    assert len(figure.links) == 2
    assert _inside(figure)
    assert _apart(figure)
    assert figure.caption == "図1　目標ツリー（G-1、G-2）"
    assert "G-1の下位目標はG-1-1、G-1-2" in figure.description


def test_a_wide_tree_is_split_by_branch_and_shows_every_goal() -> None:
    tree = [_goal("G-1", None)]
    for first in range(1, 7):
        tree.append(_goal(f"G-1-{first}", "G-1"))
        tree += [
            _goal(f"G-1-{first}-{second}", f"G-1-{first}", "長い目標の文" * 8)
            for second in range(1, 13)
        ]

    figures = goals.figures(tree)

    assert len(figures) > 1
    assert {code for figure in figures for code in _codes(figure)} == {g["code"] for g in tree}
    assert all(figure.height <= goals.HEIGHT + 1 for figure in figures)
    assert all(_inside(figure) and _apart(figure) for figure in figures)
    # The overview says of each branch that it is drawn elsewhere.
    assert sum(box.more for box in figures[0].boxes) == 6


def test_more_children_than_a_page_holds_repeat_their_parent() -> None:
    tree = [_goal("G-1", None), *(_goal(f"G-1-{n}", "G-1") for n in range(1, 101))]

    figures = goals.figures(tree)

    assert {code for figure in figures for code in _codes(figure)} == {g["code"] for g in tree}
    assert all("G-1" in _codes(figure) for figure in figures)
    assert all(figure.height <= goals.HEIGHT + 1 for figure in figures)


def test_a_deep_tree_goes_on_in_the_next_picture() -> None:
    codes = ["G-1" + "-1" * depth for depth in range(9)]
    tree = [_goal(code, codes[i - 1] if i else None) for i, code in enumerate(codes)]

    figures = goals.figures(tree)

    assert {code for figure in figures for code in _codes(figure)} == set(codes)
    assert all(_inside(figure) for figure in figures)


def test_a_goal_whose_parent_is_missing_is_drawn_as_a_root() -> None:
    (figure,) = goals.figures([_goal("G-9-1", "G-9")])

    assert _codes(figure) == ["G-9-1"]


def test_lines_fit_their_box_and_do_not_begin_with_a_comma() -> None:
    lines = goals.wrapped("住民が、来庁せずに、予約と、支払いを、終えられている。" * 2, 30)

    assert len(lines) > 2
    assert not any(line.startswith(("、", "。")) for line in lines)
    assert all(sum(goals.advance(char) for char in line[:-1]) * goals.TEXT <= 30 for line in lines)


def test_a_statement_that_is_too_long_is_cut_visibly() -> None:
    lines = goals.wrapped("長" * 500, 30)

    assert len(lines) == goals.MOST_LINES
    assert lines[-1].endswith("…")


def test_variation_selectors_take_no_room() -> None:
    assert goals.advance("\U000e0100") == 0
