from __future__ import annotations

from registry.processes.comparing.graph import Graph
from registry.processes.comparing.matching import match
from registry.processes.comparing.moving import Places, moves
from tests.processes import sample_flows as samples

CHAIN = "{}|窓口|受け付ける||\n{}|窓口|審査する||\n{}|窓口|通知する||\n{}|窓口|記録する|終了|"


def found(one: str, other: str) -> tuple[Graph, Places]:
    a, b = Graph(samples.table(one)), Graph(samples.table(other))
    return a, moves(a, b, match(a, b))


def test_the_fewest_steps_have_moved() -> None:
    lines = CHAIN.format(1, 2, 3, 4).split("\n")
    last = lines[3].replace("|終了|", "||")
    graph, places = found(
        "\n".join(lines), "\n".join([lines[0], last, *lines[1:2], "9|窓口|通知する|終了|"])
    )
    assert [graph.title(one) for one in places.moved] == ["記録する"]
    assert not places.only_a
    assert not places.only_b


def test_a_step_only_one_has_moves_nobody() -> None:
    longer = CHAIN.format(1, 2, 3, 4).replace("3|", "7|課長|決裁する||\n3|")
    _, places = found(CHAIN.format(1, 2, 3, 4), longer)
    assert places == Places(frozenset(), frozenset(), frozenset())


def test_a_way_only_one_has_is_told() -> None:
    shortcut = CHAIN.format(1, 2, 3, 4).replace("受け付ける||", "受け付ける|2、4|要／不要")
    graph, places = found(CHAIN.format(1, 2, 3, 4), shortcut)
    assert not places.moved
    assert [(graph.title(x), graph.title(y)) for x, y in places.only_b] == [
        ("受け付ける", "記録する")
    ]
