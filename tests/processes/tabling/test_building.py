from __future__ import annotations

from dataclasses import replace

import pytest

from registry.errors import Invalid
from registry.processes.flow import Branch, Flow, Lane, Step, StepKind, Work
from registry.processes.tabling.building import MAX_ROWS, to_flow
from registry.processes.tabling.rows import Row, to_rows
from tests.processes import sample_flows as samples


def test_what_people_type() -> None:
    flow = to_flow(
        [
            Row(number="1.", lane="窓口", name="確認する", nexts="２,３", conditions="あり、なし"),
            Row(number="2", name="受け付ける", nexts="終了", minutes="1時間30分", work="判断"),
            Row(number="3", name="断る", nexts="終わり", minutes="５分", forms="台帳,控え"),
            Row(),
        ],
        title="試し",
    )
    work = {step.name: step for step in flow.steps if step.name}
    assert work["受け付ける"].minutes == 90
    assert work["受け付ける"].work is Work.JUDGEMENT
    assert work["断る"].minutes == 5
    assert work["断る"].forms == ("台帳", "控え")
    assert {step.lane for step in flow.steps} == {flow.lanes[0].id}
    gateway = next(step for step in flow.steps if step.kind is StepKind.CHOICE)
    assert [way.condition for way in flow.leaving(gateway.id)] == ["あり", "なし"]
    assert [step.kind for step in flow.steps].count(StepKind.END) == 1


def test_parallel_otherwise_and_the_next_row() -> None:
    flow = samples.table(
        "1|窓口|受ける|2、3|並行／並行\n2|窓口|通知する||\n3|会計|記入する|4、5|あり／それ以外\n"
        "4|窓口|直す|なし|\n5|窓口|終える||"
    )
    kinds = [step.kind for step in flow.steps]
    assert kinds.count(StepKind.PARALLEL) == 1
    named = {step.name: step for step in flow.steps if step.name}
    assert [way.target for way in flow.leaving(named["通知する"].id)] == [named["記入する"].id]
    assert flow.leaving(named["直す"].id) == ()
    assert [way.otherwise for way in flow.branches if way.condition] == [False, True]
    assert flow.by_id[flow.leaving(named["終える"].id)[0].target].kind is StepKind.END


@pytest.mark.parametrize(
    ("row", "field", "message"),
    [
        (Row(name="受ける"), "rows-1-lane", "担当を入力"),
        (Row(lane="窓口"), "rows-1-name", "手順を入力"),
        (Row(lane="窓口", name="受ける", nexts="7"), "rows-1-nexts", "「7」の行がありません"),
        (
            Row(lane="窓口", name="受ける", nexts="1、終了", conditions="あり／なし／他"),
            "rows-1-conditions",
            "合いません",
        ),
        (Row(lane="窓口", name="受ける", minutes="少し"), "rows-1-minutes", "数字"),
        (Row(lane="窓口", name="受ける", minutes="999999"), "rows-1-minutes", "大きすぎ"),
        (Row(lane="窓口", name="受ける", work="たぶん"), "rows-1-work", "定型"),
        (Row(lane="窓口", name="受ける", kind="謎"), "rows-1-kind", "使えません"),
        (Row(lane="窓口", name="待つ", kind="出来事(8の途中)"), "rows-1-kind", "番号 8"),
    ],
)
def test_faults_are_told_by_cell(row: Row, field: str, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        to_flow([row], title="x")
    assert any(message in text for text in refused.value.fields[field])


def test_a_number_given_twice_and_an_empty_table() -> None:
    with pytest.raises(Invalid) as refused:
        to_flow([Row("1", "窓口", "甲"), Row("1", "窓口", "乙")], title="x")
    assert "rows-2-number" in refused.value.fields
    with pytest.raises(Invalid) as refused:
        to_flow([Row(), Row(number="2")], title="x")
    assert "rows" in refused.value.fields
    many = [Row(lane="窓口", name="x")] * (MAX_ROWS + 1)
    with pytest.raises(Invalid):
        to_flow(many, title="x")


def test_what_the_table_does_not_show_is_taken_over() -> None:
    base = Flow(
        "元",
        (Lane("l", "窓口"), Lane("q", "住民", "住民", closed=True)),
        (
            Step("s", "", "l", StepKind.START, element="startEvent"),
            Step("a", "受ける", "l", element="userTask"),
            Step("g", "審査する", "l", StepKind.GROUP, element="subProcess"),
            Step("i", "見る", "l", parent="g"),
            Step("b", "期限切れ", "l", StepKind.EVENT, attached="g", element="boundaryEvent"),
            Step("e", "", "l", StepKind.END, element="endEvent"),
        ),
        (
            Branch("1", "s", "a"), Branch("2", "a", "g"), Branch("3", "g", "e"),
            Branch("4", "b", "e"), Branch("5", "g", "q", "お知らせ", message=True),
        ),
    )  # fmt: skip
    rows = [
        replace(row, name="受け付ける") if row.name == "受ける" else row for row in to_rows(base)
    ]
    assert {row.kind for row in rows} == {"", "下位フロー", "出来事(2の途中)"}
    after = to_flow(rows, title="元", base=base)
    assert after.by_id["a"] == replace(base.by_id["a"], name="受け付ける")
    assert {step.id for step in after.steps} == set(base.by_id)
    assert set(after.branches) == set(base.branches)
    assert set(after.lanes) == set(base.lanes)


def test_a_row_between_two_others_is_joined_in() -> None:
    base = samples.table("1|窓口|受ける|2|\n2|窓口|渡す|終了|")
    rows = list(to_rows(base))
    rows[0] = replace(rows[0], nexts="9")
    rows.insert(1, Row(number="9", lane="課長", name="決裁する", nexts="2"))
    after = to_flow(rows, title="試し", base=base)
    names = {step.id: step.name for step in after.steps}
    ways = {(names[way.source], names[way.target]) for way in after.branches}
    assert ways == {("", "受ける"), ("受ける", "決裁する"), ("決裁する", "渡す"), ("渡す", "")}
    assert set(base.by_id) <= set(after.by_id)
