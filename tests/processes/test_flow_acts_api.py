"""What programs do with a flow as a whole."""

from __future__ import annotations

from tests.processes.test_flow_api import BASE, FLOW
from tests.programs import EDITOR, NEIGHBOUR, STRANGER, Api, json_of


def test_a_copy_carries_its_credit(api: Api) -> None:
    own = json_of(api(EDITOR).call("POST", BASE, FLOW))["id"]
    neighbour = api(NEIGHBOUR)
    made = neighbour.call("POST", f"{BASE}/{own}/copy", {"title": "写し", "kind": "to_be"})
    assert made.status_code == 201
    place = f"{BASE}/{json_of(made)['id']}"
    (version,) = json_of(neighbour.get(f"{place}/versions"))["items"]
    assert version["credit"] == "会津若松市「受付」第1版"


def test_a_flow_is_withdrawn_and_brought_back(api: Api) -> None:
    program = api(EDITOR)
    made = program.call("POST", BASE, FLOW)
    place = f"{BASE}/{json_of(made)['id']}"
    tag = {"If_Match": made.headers["ETag"]}
    reason = {"reason": "二つ作ったため"}
    assert program.call("POST", f"{place}/withdrawal", reason).status_code == 428
    assert program.call("POST", f"{place}/withdrawal", {"reason": ""}, **tag).status_code == 422
    gone = program.call("POST", f"{place}/withdrawal", reason, **tag)
    assert gone.status_code == 200
    assert json_of(gone)["withdrawn_reason"] == "二つ作ったため"
    assert json_of(gone)["withdrawn_at"]
    assert json_of(gone)["withdrawn_by"]
    assert program.call("POST", f"{place}/withdrawal", reason, **tag).status_code == 412
    assert json_of(program.get(BASE))["items"] == []
    (listed,) = json_of(program.get(f"{BASE}?withdrawn=true"))["items"]
    assert listed["withdrawn_reason"] == "二つ作ったため"
    new = {"If_Match": gone.headers["ETag"]}
    assert program.call("PUT", place, FLOW, **new).status_code == 409
    assert program.call("POST", f"{place}/withdrawal", reason, **new).status_code == 409
    assert program.call("DELETE", f"{place}/withdrawal", **tag).status_code == 412
    back = program.call("DELETE", f"{place}/withdrawal", **new)
    assert back.status_code == 200
    assert json_of(back)["withdrawn_at"] is None
    assert len(json_of(program.get(BASE))["items"]) == 1


def test_nobody_else_withdraws(api: Api) -> None:
    own = json_of(api(EDITOR).call("POST", BASE, FLOW))["id"]
    sent = {"reason": "奪う"}
    for method in ("POST", "DELETE"):
        body = sent if method == "POST" else None
        place = f"{BASE}/{own}/withdrawal"
        assert api(NEIGHBOUR).call(method, place, body, If_Match="x").status_code == 403
        assert api(STRANGER).call(method, place, body, If_Match="x").status_code == 403


def test_workbooks(api: Api) -> None:
    program = api(EDITOR)
    own = json_of(program.call("POST", BASE, FLOW))["id"]
    for place in (f"{BASE}/workbook", f"{BASE}/{own}/steps-workbook"):
        assert program.call("POST", place).data.startswith(b"PK")
