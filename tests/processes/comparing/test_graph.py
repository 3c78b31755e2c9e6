from __future__ import annotations

from registry.processes.comparing.graph import END, START, Graph
from tests.processes import sample_flows as samples


def ways(text: str) -> dict[tuple[str, str], frozenset[str]]:
    graph = Graph(samples.table(text))
    return {(graph.title(x), graph.title(y)): said for (x, y), said in graph.ways.items()}


def test_gateways_are_the_conditions_of_the_way() -> None:
    found = ways(
        "1|窓口|見る|4||\n4|窓口|空きは|2、3|あり／なし|分岐\n2|窓口|受ける|終了|\n3|窓口|断る|終了|"
    )
    assert found == {
        (START, "見る"): frozenset({""}),
        ("見る", "受ける"): frozenset({"あり"}),
        ("見る", "断る"): frozenset({"なし"}),
        ("受ける", END): frozenset({""}),
        ("断る", END): frozenset({""}),
    }


def test_two_gateways_in_a_row_join_their_conditions() -> None:
    found = ways(
        "1|窓口|見る|2、終了|あり／なし\n2|窓口||3、終了|早い／遅い|分岐\n3|窓口|受ける|終了|"
    )
    assert found["見る", "受ける"] == {"あり・早い"}


def test_the_order_does_not_depend_on_ids() -> None:
    graph = Graph(samples.table("1|窓口|甲|2|\n2|窓口|乙|3|\n3|窓口|丙|終了|"))
    ranked = sorted(graph.steps, key=graph.rank)
    assert [graph.title(one) for one in ranked] == ["甲", "乙", "丙"]
    assert graph.lane(ranked[0]) == "窓口"
