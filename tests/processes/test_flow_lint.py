from __future__ import annotations

from dataclasses import replace

import pytest

from registry.processes.flow import Branch, Flow, Lane, Step, StepKind
from registry.processes.flow_lint import Fault, check
from registry.text.severity import Severity
from tests.processes import sample_flows as samples

LANE = (Lane("l", "窓口"),)


def faults(flow: Flow) -> set[Fault]:
    return {finding.fault for finding in check(flow)}


def flow(kinds: str, ways: str) -> Flow:
    """Steps by letter (S start, E end, X choice, + parallel, T task) and ways like 01 12 or 12:あり."""
    of = {
        "S": StepKind.START, "E": StepKind.END, "X": StepKind.CHOICE, "+": StepKind.PARALLEL,
        "T": StepKind.TASK,
    }  # fmt: skip
    steps = tuple(
        Step(str(at), f"手順{at}" if letter == "T" else "", "l", of[letter], minutes=5)
        for at, letter in enumerate(kinds)
    )
    branches = []
    for at, way in enumerate(ways.split()):
        ends, _, condition = way.partition(":")
        branches.append(Branch(f"b{at}", ends[0], ends[1], condition))
    return Flow("試し", LANE, steps, tuple(branches))


GOOD = flow("STXTTE", "01 12 23:あり 24:なし 35 45")

CASES: dict[Fault, tuple[Flow, Flow]] = {
    # what shows the fault, and the nearest thing that does not
    Fault.NO_START: (flow("TE", "01"), flow("STE", "01 12")),
    Fault.NO_END: (flow("ST", "01"), flow("STE", "01 12")),
    Fault.TWO_STARTS: (
        flow("SSTE", "02 12 23"),
        replace(
            flow("SSTE", "02 12 23"),
            steps=tuple(
                replace(step, name=f"きっかけ{step.id}") if step.kind is StepKind.START else step
                for step in flow("SSTE", "02 12 23").steps
            ),
        ),
    ),
    Fault.UNREACHABLE: (flow("STET", "01 12 32"), GOOD),
    Fault.DEAD_END: (flow("STXTTE", "01 12 23:あり 24:なし 35"), GOOD),
    Fault.ENDLESS: (flow("STETT", "01 12 34 43 13"), GOOD),
    Fault.BROKEN_LINE: (flow("STE", "01 12 19"), GOOD),
    Fault.INTO_START: (flow("STE", "01 12 10"), GOOD),
    Fault.OUT_OF_END: (flow("STET", "01 12 23"), GOOD),
    Fault.NO_CONDITION: (flow("STXTTE", "01 12 23:あり 24 35 45"), GOOD),
    Fault.SAME_CONDITION: (flow("STXTTE", "01 12 23:あり 24:あり 35 45"), GOOD),
    Fault.NEEDLESS_GATEWAY: (flow("STXTE", "01 12 23 34"), GOOD),
    Fault.JOIN_AND_SPLIT: (
        flow("STXTTE", "01 12 23:あり 24:なし 35 42"),
        flow("STXTTE", "01 12 23:あり 24:なし 35 41"),
    ),
    Fault.WAITS_FOREVER: (
        flow("SXTT+E", "01 12:あり 13:なし 24 34 45"),
        flow("S+TT+E", "01 12 13 24 34 45"),
    ),
    Fault.RUNS_TWICE: (
        flow("S+TTTE", "01 12 13 24 34 45"),
        flow("SXTTTE", "01 12:あり 13:なし 24 34 45"),
    ),
    Fault.EMPTY_LANE: (replace(GOOD, lanes=(*LANE, Lane("m", "課長"))), GOOD),
    Fault.NO_LANE_NAME: (replace(GOOD, lanes=(Lane("l", ""),)), GOOD),
    Fault.NO_NAME: (
        replace(
            GOOD,
            steps=tuple(replace(step, name="") if step.id == "1" else step for step in GOOD.steps),
        ),
        GOOD,
    ),
    Fault.NO_MINUTES: (
        replace(
            GOOD,
            steps=tuple(
                replace(step, minutes=None) if step.id == "1" else step for step in GOOD.steps
            ),
        ),
        GOOD,
    ),
    Fault.NOTHING: (Flow("空", LANE), GOOD),
}


@pytest.mark.parametrize("fault", CASES, ids=lambda fault: fault.value)
def test_each_fault_is_found_and_its_counter_example_is_not(fault: Fault) -> None:
    bad, good = CASES[fault]
    assert fault in faults(bad)
    assert fault not in faults(good)


def test_pools() -> None:
    lanes = (Lane("a", "窓口", "役場"), Lane("b", "住民", "住民"))
    steps = (
        Step("0", "", "a", StepKind.START), Step("1", "通知する", "a"),
        Step("2", "受け取る", "b"), Step("3", "", "b", StepKind.END),
    )  # fmt: skip
    ways = (Branch("x", "0", "1"), Branch("y", "1", "2"), Branch("z", "2", "3"))
    assert Fault.CROSSES_POOL in faults(Flow("", lanes, steps, ways))
    message = (ways[0], replace(ways[1], message=True), ways[2])
    assert Fault.CROSSES_POOL not in faults(Flow("", lanes, steps, message))
    one = tuple(replace(step, lane="a") for step in steps)
    assert Fault.MESSAGE_INSIDE in faults(Flow("", lanes[:1], one, message))


def test_every_fault_has_a_case() -> None:
    assert set(Fault) - set(CASES) == {Fault.CROSSES_POOL, Fault.MESSAGE_INSIDE}


def test_a_finding_says_where_and_what_to_do() -> None:
    text = "1|窓口|受け付ける|2、3||\n2|窓口|通知する|終了||\n3|課長|決裁する|なし||"
    found = [one for one in check(samples.table(text)) if one.severity is Severity.ERROR]
    assert [one.fault for one in found] == [Fault.NO_CONDITION, Fault.DEAD_END]
    assert found[0].place == "担当「窓口」の分岐 3"
    assert found[1].place.startswith("担当「課長」の手順")
    assert "「決裁する」" in found[1].place
    for one in found:
        assert one.message.endswith("。")


@pytest.mark.parametrize("name", samples.OWN)
def test_sound_flows_have_only_advice(name: str) -> None:
    assert {one.severity for one in check(samples.flow(name))} <= {Severity.ADVICE}


def test_grave_findings_come_first() -> None:
    ranks = [list(Severity).index(one.severity) for one in check(CASES[Fault.ENDLESS][0])]
    assert ranks == sorted(ranks)


def test_missing_minutes_everywhere_are_one_piece_of_advice() -> None:
    bare = replace(GOOD, steps=tuple(replace(step, minutes=None) for step in GOOD.steps))
    found = [one for one in check(bare) if one.fault is Fault.NO_MINUTES]
    assert [(one.place, one.severity) for one in found] == [("フロー全体", Severity.ADVICE)]
