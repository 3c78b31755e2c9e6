from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from registry.processes.flow import Branch, Flow, Lane, Step, StepKind, in_order, in_words, loops
from tests.processes import sample_flows as samples


def chain(count: int) -> Flow:
    steps = tuple(Step(f"s{at}", f"手順{at}", "l") for at in range(count))
    branches = tuple(Branch(f"b{at}", f"s{at}", f"s{at + 1}") for at in range(count - 1))
    return Flow("長い", (Lane("l", "窓口"),), steps, branches)


def test_a_step_comes_after_those_before_it_whatever_the_order_of_writing() -> None:
    flow = samples.flow("town_one")
    shuffled = list(flow.steps)
    random.Random(3).shuffle(shuffled)
    mixed = Flow(flow.title, flow.lanes, tuple(shuffled), flow.branches)
    place = {step.id: at for at, step in enumerate(in_order(mixed))}
    back = loops(mixed)
    assert len(place) == len(flow.steps)
    for branch in mixed.branches:
        if (branch.source, branch.target) not in back:
            assert place[branch.source] < place[branch.target]


def test_only_the_ways_back_are_loops() -> None:
    flow = samples.flow("town_one")
    names = {(flow.by_id[source].name, flow.by_id[target].name) for source, target in loops(flow)}
    assert names == {
        ("", "電話または窓口で空きを問い合わせる"),
        ("", "利用申請書を提出する"),
    }


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=25))
@settings(max_examples=200, deadline=None)
def test_without_its_loops_no_flow_loops(pairs: list[tuple[int, int]]) -> None:
    steps = tuple(Step(f"s{at}", "", "l") for at in range(9))
    ways = tuple(Branch(f"b{n}", f"s{x}", f"s{y}") for n, (x, y) in enumerate(pairs))
    flow = Flow("", (Lane("l", "窓口"),), steps, ways)
    order = {step.id: at for at, step in enumerate(in_order(flow))}
    assert len(order) == 9
    back = loops(flow)
    assert all(
        order[way.source] < order[way.target]
        for way in ways
        if (way.source, way.target) not in back
    )


def test_a_chain_of_thousands_is_no_deep_recursion() -> None:
    assert [step.id for step in in_order(chain(5000))][-1] == "s4999"


def test_the_text_twin_numbers_steps_and_says_where_each_leads() -> None:
    lines = {line.name: line for line in in_words(samples.flow("town_one"))}
    check = lines["空き状況を予約台帳で確認する"]
    assert (check.lane, check.step.forms, check.step.minutes) == ("窓口", ("予約台帳",), 5)
    gateway = next(line for line in in_words(samples.flow("town_one")) if line.step.is_gateway)
    said = {(one.condition, one.name) for one in gateway.nexts}
    assert said == {
        ("空きあり", "利用申請書を提出する"),
        ("空きなし", "電話または窓口で空きを問い合わせる"),
    }
    assert [one.number for one in check.nexts] == [gateway.number]


def test_steps_inside_a_lower_flow_are_numbered_under_it() -> None:
    flow = Flow(
        "入れ子",
        (Lane("l", "窓口"),),
        (
            Step("a", "受け付ける", "l"),
            Step("g", "審査する", "l", StepKind.GROUP),
            Step("x", "書類を見る", "l", parent="g"),
        ),
        (Branch("b", "a", "g"),),
    )
    assert [(line.number, line.name, line.depth) for line in in_words(flow)] == [
        ("1", "受け付ける", 0),
        ("2", "審査する", 0),
        ("2.1", "書類を見る", 1),
    ]


def test_a_lane_is_named_with_its_pool_only_where_that_is_needed() -> None:
    lanes = (Lane("1", "窓口", "A市"), Lane("2", "窓口", "B町"), Lane("3", "課長", "B町"))
    assert Flow("", lanes).lane_names == {"1": "A市 / 窓口", "2": "B町 / 窓口", "3": "課長"}
