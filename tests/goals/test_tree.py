"""The tree as plain structure: order, ancestors, branches, moves."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.goals import tree


@dataclass(frozen=True)
class Node:
    id: int
    parent_id: int | None
    position: int


@st.composite
def forests(draw: st.DrawFn, most: int = 40) -> list[Node]:
    """Goals in any order; a parent may have been made after its child, as after a move."""
    names = draw(st.lists(st.integers(1, 999), unique=True, min_size=1, max_size=most))
    nodes = [
        Node(
            name,
            draw(st.sampled_from([None, *names[:index]])),
            draw(st.integers(1, 5)),
        )
        for index, name in enumerate(names)
    ]
    return draw(st.permutations(nodes))


def by_id(nodes: list[Node]) -> dict[int, Node]:
    return {node.id: node for node in nodes}


@given(forests())
def test_every_goal_is_printed_once_after_its_parent(nodes: list[Node]) -> None:
    printed = tree.printed_order(nodes)
    assert sorted(node.id for node in printed) == sorted(node.id for node in nodes)
    places = {node.id: place for place, node in enumerate(printed)}
    assert all(places[node.parent_id] < places[node.id] for node in nodes if node.parent_id)


@given(forests())
def test_a_branch_is_printed_in_one_piece(nodes: list[Node]) -> None:
    printed = [node.id for node in tree.printed_order(nodes)]
    for node in nodes:
        below = tree.branch(nodes, node.id)
        start = printed.index(node.id)
        assert set(printed[start : start + len(below)]) == below


@given(forests())
def test_siblings_stand_by_position_then_by_age(nodes: list[Node]) -> None:
    for placed in tree.walk(tree.grow(nodes)):
        keys = [(child.goal.position, child.goal.id) for child in placed.children]
        assert keys == sorted(keys)


@given(forests(), st.randoms())
def test_the_order_read_from_the_database_does_not_matter(
    nodes: list[Node], chance: Random
) -> None:
    shuffled = list(nodes)
    chance.shuffle(shuffled)
    assert tree.printed_order(shuffled) == tree.printed_order(nodes)


@given(forests())
def test_the_chain_of_reasons_leads_from_the_top_to_the_goal(nodes: list[Node]) -> None:
    levels = {placed.goal.id: placed.level for placed in tree.walk(tree.grow(nodes))}
    for node in nodes:
        chain = tree.ancestors(by_id(nodes), node.id)
        assert chain[0].parent_id is None
        assert chain[-1] == node
        assert all(below.parent_id == above.id for above, below in pairwise(chain))
        assert len(chain) == levels[node.id]


@given(forests(), st.data())
def test_a_move_makes_a_cycle_exactly_when_the_parent_lies_below(
    nodes: list[Node], data: st.DataObject
) -> None:
    moved = data.draw(st.sampled_from(nodes))
    parent = data.draw(st.sampled_from(nodes))
    after = [
        Node(node.id, parent.id if node is moved else node.parent_id, node.position)
        for node in nodes
    ]
    reachable = {placed.goal.id for placed in tree.walk(tree.grow(after))}
    assert tree.would_cycle(nodes, moved.id, parent.id) == (len(reachable) < len(nodes))
    assert not tree.would_cycle(nodes, moved.id, None)


@given(forests(), st.data())
def test_a_cut_is_the_wanted_goals_with_all_that_stands_above(
    nodes: list[Node], data: st.DataObject
) -> None:
    wanted = set(data.draw(st.lists(st.sampled_from([node.id for node in nodes]))))
    kept = tree.cut(nodes, wanted)
    ids = {node.id for node in kept}
    assert wanted <= ids
    assert all(node.parent_id is None or node.parent_id in ids for node in kept)
    assert all(tree.branch(kept, one) & wanted for one in ids)
    assert kept == [node for node in tree.printed_order(nodes) if node.id in ids]


@given(forests(), st.data())
def test_the_lowest_level_is_what_the_tree_has_after_the_move(
    nodes: list[Node], data: st.DataObject
) -> None:
    moved = data.draw(st.sampled_from(nodes))
    below = tree.branch(nodes, moved.id)
    parent = data.draw(st.sampled_from([None, *(n.id for n in nodes if n.id not in below)]))
    after = [
        Node(node.id, parent if node is moved else node.parent_id, node.position) for node in nodes
    ]
    levels = {placed.goal.id: placed.level for placed in tree.walk(tree.grow(after))}
    assert tree.lowest_level(nodes, moved.id, parent) == max(levels[one] for one in below)


@pytest.mark.parametrize("goals", [[], [Node(1, None, 1)]])
def test_nothing_and_one_goal_are_trees(goals: list[Node]) -> None:
    assert tree.printed_order(goals) == goals
    assert tree.cut(goals, set()) == []
