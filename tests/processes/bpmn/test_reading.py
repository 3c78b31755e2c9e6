from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from registry.errors import Invalid
from registry.processes.bpmn import reading, writing
from registry.processes.flow import StepKind, Work
from tests.processes import sample_flows as samples

NOTED = (
    '<task id="t" name=" 減免を&#10;決める "><extensionElements>'
    '<k:step xmlns:k="urn:kaizu:flow:1" minutes="20" work="judgement"/>'
    '<v:colour xmlns:v="urn:vendor" value="red"/></extensionElements></task>'
)


@samples.needs_models
@samples.each_model
def test_a_file_comes_back_as_it_was(model: Path) -> None:
    data = model.read_bytes()
    document = reading.read(data)
    assert samples.canonical(document.to_bytes()) == samples.canonical(data)
    assert reading.read(document.to_bytes()).flow == document.flow


@samples.needs_models
@samples.each_model
def test_after_a_rename_only_the_name_differs(model: Path) -> None:
    data = model.read_bytes()
    document = reading.read(data)
    step = next(step for step in document.flow.steps if step.is_work and step.name)
    renamed = replace(step, name="名前を変えた手順")
    flow = replace(
        document.flow,
        steps=tuple(renamed if one is step else one for one in document.flow.steps),
    )
    after = samples.canonical(writing.apply(document, flow).to_bytes()).decode()
    assert after.count("名前を変えた手順") == 1
    old = document.by_id[step.id].get("name", "")
    written = old.replace("&", "&amp;").replace("\n", "&#xA;").replace('"', "&quot;")
    assert after.replace("名前を変えた手順", written) == samples.canonical(data).decode()


def test_our_own_facts_are_read_and_foreign_ones_kept() -> None:
    document = reading.read(samples.process(NOTED))
    step = document.flow.steps[0]
    assert (step.name, step.minutes, step.work) == ("減免を 決める", 20, Work.JUDGEMENT)
    assert b"urn:vendor" in document.to_bytes()


@pytest.mark.parametrize("written", ["-5", "1e9", "9999999", "二十", ""])
def test_minutes_that_are_none_are_left_out(written: str) -> None:
    data = NOTED.replace('minutes="20"', f'minutes="{written}"')
    assert reading.read(samples.process(data)).flow.steps[0].minutes is None


def test_a_process_without_lanes_is_one_lane() -> None:
    flow = reading.read(samples.process(samples.LINE)).flow
    assert [lane.name for lane in flow.lanes] == ["窓口"]
    assert {step.lane for step in flow.steps} == {"P"}
    assert [step.kind for step in flow.steps] == [StepKind.START, StepKind.TASK, StepKind.END]


def test_conditions_defaults_forms_and_messages() -> None:
    body = (
        '<exclusiveGateway id="g" default="f2"/><task id="a" name="甲">'
        "<dataInputAssociation><sourceRef>r</sourceRef><targetRef>x</targetRef>"
        '</dataInputAssociation></task><task id="b" name="乙"/>'
        '<dataObject id="d" name="申請書"/><dataObjectReference id="r" dataObjectRef="d"/>'
        '<dataStoreReference id="s" name="台帳"/>'
        '<sequenceFlow id="f1" sourceRef="g" targetRef="a">'
        "<conditionExpression> 空き \n あり </conditionExpression></sequenceFlow>"
        '<sequenceFlow id="f2" sourceRef="g" targetRef="b"/>'
        '<association id="n" sourceRef="s" targetRef="b"/>'
    )
    tail = (
        '<collaboration id="c"><participant id="p" name="町" processRef="P"/>'
        '<participant id="q" name="住民"/>'
        '<messageFlow id="m" sourceRef="b" targetRef="q"/></collaboration>'
    )
    flow = reading.read(samples.process(body, tail=tail)).flow
    ways = {branch.id: branch for branch in flow.branches}
    assert (ways["f1"].condition, ways["f1"].otherwise) == ("空き あり", False)
    assert (ways["f2"].condition, ways["f2"].otherwise) == ("", True)
    assert ways["m"].message
    assert [(lane.title, lane.closed) for lane in flow.lanes] == [("町", False), ("住民", True)]
    assert (flow.by_id["a"].forms, flow.by_id["b"].forms) == (("申請書",), ("台帳",))


def test_events_at_an_edge_and_steps_inside_belong_to_their_step() -> None:
    body = (
        '<subProcess id="g" name="審査"><task id="x" name="見る"/></subProcess>'
        '<boundaryEvent id="b" attachedToRef="g"/>'
    )
    flow = reading.read(samples.process(body)).flow
    assert flow.by_id["x"].parent == "g"
    assert flow.by_id["b"].attached == "g"
    assert {step.lane for step in flow.steps} == {"P"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('<task id="a"/><task id="a"/>', "同じ ID"),
        ('<task name="受け付ける"/>', "ID のない要素"),
        ("".join(f'<task id="t{n}"/>' for n in range(2_001)), "手順が 2,001"),
    ],
)
def test_a_damaged_model_is_refused(body: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        reading.read(samples.process(body))


def test_lines_to_nowhere_are_read_and_left_for_the_check() -> None:
    flow = reading.read(
        samples.process('<task id="a"/><sequenceFlow id="f" sourceRef="a" targetRef="gone"/>')
    ).flow
    assert flow.branches[0].target == "gone"


@pytest.mark.parametrize("declared", ["UTF-8", "Shift_JIS", "UTF-16", "EBCDIC-CP-US"])
def test_a_text_is_read_whatever_encoding_its_head_names(declared: str) -> None:
    source = "\ufeff" + samples.process(samples.LINE).decode().replace("UTF-8", declared)
    assert reading.read_text(source).flow.by_id["t"].name == "申請書を受け付ける"
