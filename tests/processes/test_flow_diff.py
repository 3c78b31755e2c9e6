from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.processes.comparing.contents import Field
from registry.processes.flow import Branch, Flow, Lane, Step, StepKind
from registry.processes.flow_diff import FlowDiff, compare
from tests.processes import sample_flows as samples

ONE, TWO, TO_BE = (samples.flow(name) for name in ("town_one", "town_two", "to_be"))


def disguised(flow: Flow, seed: int) -> Flow:
    """The same flow with other IDs, in another order."""
    rng = random.Random(seed)
    every = [*flow.by_id, *(lane.id for lane in flow.lanes)]
    fresh = [f"x{number}" for number in range(len(every))]
    rng.shuffle(fresh)
    new = dict(zip(every, fresh, strict=True)) | {"": ""}
    lanes = [replace(lane, id=new[lane.id]) for lane in flow.lanes]
    steps = [
        replace(
            step,
            id=new[step.id],
            lane=new[step.lane],
            parent=new[step.parent],
            attached=new[step.attached],
        )
        for step in flow.steps
    ]
    branches = [
        replace(branch, id=f"y{at}", source=new[branch.source], target=new[branch.target])
        for at, branch in enumerate(flow.branches)
    ]
    for part in (lanes, steps, branches):
        rng.shuffle(part)  # type: ignore[arg-type]
    return Flow(flow.title, tuple(lanes), tuple(steps), tuple(branches))


def names(found: FlowDiff) -> dict[str, list[str]]:
    return {
        "added": [one.step.name for one in found.added],
        "removed": [one.step.name for one in found.removed],
        "moved": [one.one.name for one in found.moved],
        "changed": [one.one.name for one in found.changed],
    }


NONE: dict[str, list[str]] = {"added": [], "removed": [], "moved": [], "changed": []}


def test_the_same_process_drawn_by_two_towns_shows_no_difference() -> None:
    """Other IDs, other wording, other offices, lanes and steps written in another order."""
    for seed in range(20):
        found = compare(ONE, disguised(TWO, seed))
        assert names(found) == NONE
        assert len(found.same) == 9


@given(st.integers(), st.integers(), st.sampled_from([(ONE, TO_BE), (TWO, TO_BE), (TO_BE, ONE)]))
@settings(max_examples=40, deadline=None)
def test_ids_and_order_never_change_the_result(
    seed: int, other_seed: int, pair: tuple[Flow, Flow]
) -> None:
    one, other = pair
    expected = compare(one, other).as_json()
    assert compare(disguised(one, seed), disguised(other, other_seed)).as_json() == expected


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["確認する", "受け付ける", "確認する", "通知する", "決裁する"]),
            st.integers(0, 1),
        ),
        min_size=1,
        max_size=7,
    ),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=9),
    st.integers(),
)
@settings(max_examples=120, deadline=None)
def test_any_flow_is_the_same_as_itself_in_disguise(
    steps: list[tuple[str, int]], pairs: list[tuple[int, int]], seed: int
) -> None:
    count = len(steps)
    flow = Flow(
        "何でも",
        (Lane("l0", "窓口"), Lane("l1", "課長")),
        tuple(Step(f"s{at}", name, f"l{lane}") for at, (name, lane) in enumerate(steps)),
        tuple(
            Branch(f"b{at}", f"s{x}", f"s{y}")
            for at, (x, y) in enumerate(dict.fromkeys(pairs))
            if x < count and y < count
        ),
    )
    found = compare(flow, disguised(flow, seed))
    assert not found.added
    assert not found.removed
    assert len(found.same) + len(found.moved) + len(found.changed) == count


CHAIN = """
1|利用者|利用申請書を提出する||
2|窓口|申請書の内容を確認する||
3|窓口|空き状況を確認する||
4|課長|利用を決裁する||
5|窓口|利用許可書を交付する|終了|
"""


def test_added_and_removed() -> None:
    longer = CHAIN.replace("4|課長", "9|会計|使用料を収納する||\n4|課長")
    found = compare(samples.table(CHAIN), samples.table(longer))
    assert names(found) == NONE | {"added": ["使用料を収納する"]}
    back = compare(samples.table(longer), samples.table(CHAIN))
    assert names(back) == NONE | {"removed": ["使用料を収納する"]}


def test_moved_to_another_lane() -> None:
    other = CHAIN.replace("3|窓口|空き", "3|予約システム|空き")
    found = compare(samples.table(CHAIN), samples.table(other))
    assert names(found) == NONE | {"moved": ["空き状況を確認する"]}
    (difference,) = found.moved[0].differences
    assert (difference.field, difference.one, difference.other) == (
        Field.LANE, "窓口", "予約システム",
    )  # fmt: skip


def test_moved_in_order() -> None:
    lines = CHAIN.strip().splitlines()
    lines[1], lines[2] = lines[2], lines[1]
    found = compare(samples.table(CHAIN), samples.table("\n".join(lines)))
    assert sum(map(len, names(found).values())) == 1
    assert len(found.moved) == 1
    assert found.moved[0].differences[0].field is Field.ORDER


def test_changed_facts() -> None:
    def with_step(flow: Flow, name: str, **changes: object) -> Flow:
        steps = tuple(
            replace(step, **changes) if step.name == name else step  # type: ignore[arg-type]
            for step in flow.steps
        )
        return replace(flow, steps=steps)

    name = "減免を決裁する"
    assert names(compare(ONE, with_step(ONE, name, minutes=5))) == NONE | {"changed": [name]}
    assert names(compare(ONE, with_step(ONE, name, minutes=None))) == NONE
    assert names(compare(ONE, with_step(ONE, name, work=None))) == NONE
    form = "使用料を収納する"
    assert names(compare(ONE, with_step(ONE, form, forms=("納付書", "領収書")))) == NONE | {
        "changed": [form]
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("7日前までに申請する", "14日前までに申請する"),
    ],
)
def test_a_changed_value_is_a_change_of_one_step(before: str, after: str) -> None:
    one = f"1|利用者|{before}||\n2|窓口|利用を許可する|終了|"
    found = compare(samples.table(one), samples.table(one.replace(before, after)))
    assert names(found) == NONE | {"changed": [before]}
    assert found.changed[0].differences[0].field is Field.NAME


def test_the_opposite_is_never_the_same_step() -> None:
    one = "1|課長|利用を許可する||\n2|窓口|通知する|終了|"
    found = compare(samples.table(one), samples.table(one.replace("許可する", "許可しない")))
    assert [pair.one.name for pair in found.same] == ["通知する"]


def test_swapped_conditions_are_a_change() -> None:
    one = "1|窓口|空きを確認する|2、3|あり／なし\n2|窓口|受け付ける|終了|\n3|窓口|断る|終了|"
    found = compare(samples.table(one), samples.table(one.replace("あり／なし", "なし／あり")))
    assert names(found) == NONE | {"changed": ["空きを確認する"]}
    assert {each.field for each in found.changed[0].differences} == {Field.CONDITION}


def test_another_next_step_is_a_change() -> None:
    found = compare(
        samples.table(CHAIN),
        samples.table(CHAIN.replace("確認する||\n4", "確認する|4、5|あり／なし\n4")),
    )
    assert names(found) == NONE | {"changed": ["空き状況を確認する"]}
    assert found.changed[0].differences[0].field is Field.NEXT


def test_a_gateway_one_town_left_out_is_no_difference() -> None:
    plain = samples.table(
        "1|窓口|確認する|2、3|あり／なし\n2|窓口|受け付ける|終了|\n3|窓口|断る|終了|"
    )
    drawn = samples.table(
        "1|窓口|確認する|4||\n4|窓口|空きはあるか|2、3|あり／なし|分岐\n"
        "2|窓口|受け付ける|5||\n3|窓口|断る|5||\n5|窓口||終了||分岐"
    )
    assert names(compare(plain, drawn)) == NONE


def test_steps_of_one_name_are_told_apart_by_their_place() -> None:
    text = "1|窓口|確認する||\n2|窓口|受け付ける||\n3|課長|確認する||\n4|窓口|交付する|終了|"
    flow = samples.table(text)
    found = compare(flow, disguised(flow, 5))
    assert names(found) == NONE
    assert all(pair.lane == pair.other_lane for pair in found.same)


def test_json_shape() -> None:
    found = compare(ONE, TO_BE).as_json()
    assert set(found) == {"same", "added", "removed", "moved", "changed"}
    assert found["added"][0].keys() == {"name", "lane"}
    assert found["moved"][0]["differences"][0].keys() == {"field", "a", "b"}


def test_starts_ends_and_gateways_are_not_steps() -> None:
    flow = Flow(
        "",
        (Lane("l", "窓口"),),
        (Step("s", "開始", "l", StepKind.START), Step("e", "終わり", "l", StepKind.END)),
        (Branch("b", "s", "e"),),
    )
    assert compare(flow, flow).as_json() == {
        "same": [], "added": [], "removed": [], "moved": [], "changed": [],
    }  # fmt: skip
