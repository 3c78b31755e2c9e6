"""Flows for programs."""

from __future__ import annotations

from tests.processes import sample_flows as samples
from tests.programs import COORDINATOR, EDITOR, HERE, NEIGHBOUR, STRANGER, Api, json_of

BASE = f"{HERE}/flows"
ROWS = [{"lane": "窓口", "name": "受ける"}, {"name": "渡す", "nexts": "終了", "minutes": "5"}]
FLOW = {"title": "受付", "kind": "as_is", "rows": ROWS}


def test_a_flow_is_made_read_changed_and_its_versions_listed(api: Api) -> None:
    program = api(EDITOR)
    made = program.call("POST", BASE, FLOW)
    assert made.status_code == 201
    found = json_of(made)
    assert [step["name"] for step in found["steps"]] == ["", "受ける", "渡す", ""]
    assert found["bpmn"].startswith("<?xml")
    place = f"{BASE}/{found['id']}"
    read = program.get(place)
    assert json_of(read) == found
    assert read.headers["ETag"] == made.headers["ETag"]
    tag = {"If_Match": read.headers["ETag"]}
    rows = [*ROWS[:1], {"lane": "課長", "name": "決裁する", "nexts": "終了"}]
    assert program.call("PUT", place, {**FLOW, "rows": rows}).status_code == 428
    changed = program.call("PUT", place, {**FLOW, "rows": rows, "note": "直した"}, **tag)
    assert changed.status_code == 200
    assert json_of(changed)["number"] == 2
    assert program.call("PUT", place, FLOW, **tag).status_code == 412
    versions = json_of(program.get(f"{place}/versions"))
    assert [(one["number"], one["note"]) for one in versions["items"]] == [(2, "直した"), (1, "")]
    listed = json_of(api(COORDINATOR).get(BASE))["items"]
    assert [(one["municipality"], one["title"], one["number"]) for one in listed] == [
        ("072028", "受付", 2)
    ]


def test_annotations_are_told_at_their_step(api: Api) -> None:
    body = (
        '<textAnnotation id="n"><text>電話でもよい</text></textAnnotation>'
        '<association id="a" sourceRef="t" targetRef="n"/>'
        '<textAnnotation id="m"><text>令和8年の様子</text></textAnnotation>'
    )
    source = samples.process(samples.LINE + body).decode()
    made = api(EDITOR).call("POST", BASE, {"title": "注記", "kind": "as_is", "bpmn": source})
    found = json_of(made)
    assert [step["notes"] for step in found["steps"]] == [[], ["電話でもよい"], []]
    assert found["notes"] == [{"text": "令和8年の様子", "about": ""}]


def test_source_or_rows_but_not_both(api: Api) -> None:
    program = api(EDITOR)
    source = samples.process(samples.LINE).decode()
    drawn = {"title": "持ち込み", "kind": "as_is", "bpmn": source}
    assert program.call("POST", BASE, drawn).status_code == 201
    for bad in ({"bpmn": source}, {"rows": None}):
        assert program.call("POST", BASE, {**FLOW, **bad}).status_code == 422
    refused = program.call("POST", BASE, {**drawn, "title": "別", "bpmn": "<!DOCTYPE x><x/>"})
    assert refused.status_code == 422
    assert "DOCTYPE" in str(json_of(refused))


def test_two_flows_are_compared_and_one_is_copied(api: Api) -> None:
    one = json_of(api(EDITOR).call("POST", BASE, FLOW))["id"]
    neighbour = api(NEIGHBOUR)
    longer = {**FLOW, "rows": [{"lane": "窓口", "name": "確認する"}, *ROWS]}
    other = json_of(neighbour.call("POST", BASE, longer))["id"]
    found = json_of(neighbour.get(f"{HERE}/flow-comparison?one={one}&other={other}"))
    assert [step["name"] for step in found["added"]] == ["確認する"]
    assert len(found["same"]) == 2
    copied = neighbour.call("POST", f"{BASE}/{one}/copy", {"title": "写し", "kind": "to_be"})
    assert copied.status_code == 201
    place = f"{BASE}/{json_of(copied)['id']}"
    assert json_of(neighbour.get(f"{place}/versions"))["items"][0]["credit"] == (
        "会津若松市「受付」第1版"
    )
    assert neighbour.call("PUT", f"{BASE}/{one}", FLOW, If_Match="x").status_code == 403
    assert neighbour.get(f"{HERE}/flow-comparison?one={one}").status_code == 422
    assert api(STRANGER).get(f"{BASE}/{one}").status_code == 404
