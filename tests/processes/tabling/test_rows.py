from __future__ import annotations

from registry.processes.flow import Branch, Flow, Lane, Step, StepKind
from registry.processes.tabling.rows import Row, folded_gateway, to_rows
from tests.processes import sample_flows as samples

LANES = (Lane("l", "窓口"),)


def fork(
    kind: StepKind = StepKind.CHOICE, name: str = "", conditions: tuple[str, ...] = ()
) -> Flow:
    """受ける, then a gateway to 甲 and 乙."""
    one, other = conditions or ("あり", "なし")
    steps = (
        Step("a", "受ける", "l"), Step("g", name, "l", kind), Step("x", "甲", "l"), Step("y", "乙", "l"),
    )  # fmt: skip
    ways = (Branch("1", "a", "g"), Branch("2", "g", "x", one), Branch("3", "g", "y", other))
    return Flow("", LANES, steps, ways)


def test_a_nameless_gateway_stands_in_the_row_of_the_step_before() -> None:
    rows = to_rows(fork())
    assert [(row.name, row.nexts, row.conditions) for row in rows] == [
        ("受ける", "2、3", "あり／なし"), ("甲", "なし", ""), ("乙", "", ""),
    ]  # fmt: skip
    parallel = to_rows(fork(StepKind.PARALLEL, conditions=("", "")))
    assert parallel[0].conditions == "並行／並行"


def test_a_gateway_that_says_more_has_a_row_of_its_own() -> None:
    for flow in (fork(name="空きはあるか"), fork(conditions=("あり", "あり"))):
        assert folded_gateway(flow, flow.by_id["a"]) is None
        assert [row.kind for row in to_rows(flow)] == ["", "分岐", "", ""]


def test_a_condition_with_the_separator_is_written_line_by_line() -> None:
    assert to_rows(fork(conditions=("市／町", "県")))[0].conditions == "市／町\n県"


def test_nameless_starts_and_ends_need_no_row() -> None:
    assert [row.name for row in to_rows(samples.table("1|窓口|受ける|終了|"))] == ["受ける"]


def test_a_row_without_words_is_empty_even_with_a_number() -> None:
    assert Row(number="3", minutes=" ").is_empty
    assert not Row(kind="分岐").is_empty
