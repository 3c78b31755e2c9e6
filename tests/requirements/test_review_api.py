"""Submitting lines and judging them, for programs."""

from __future__ import annotations

from registry import transaction
from registry.db import Database
from tests.conftest import AUDIT_KEY
from tests.programs import APPROVER, COORDINATOR, EDITOR, NEIGHBOUR, Api, json_of
from tests.requirements import lists
from tests.requirements.sent import HERE, LINE
from tests.world import World


def test_an_agreed_line_is_submitted_again_with_its_reason_only(
    api: Api, database: Database, world: World
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        rows = lists.agreed(session, world, ["空きを照会できること。", "抽選できること。"])
        (new,) = lists.lines(session, world, ["帳票を出せること。"])
        for row in rows:
            lists.edit(session, world.of("editor"), row, "改めること。")
        one, two, first = *(row.id for row in rows), new.id
    editor, approver = api(EDITOR), api(APPROVER)
    refused = editor.call("POST", f"{HERE}/submissions", {"requirement_ids": None})
    assert refused.status_code == 422
    assert set(json_of(refused)["errors"]) == {f"reasons.{one}", f"reasons.{two}"}
    wanted = {
        "requirement_ids": [one, two, first],
        "reasons": [{"requirement_id": two, "reason": "条例の改正。"}],
    }
    assert set(json_of(editor.call("POST", f"{HERE}/submissions", wanted))["errors"]) == {
        f"reasons.{one}"
    }
    sent = editor.call("POST", f"{HERE}/submissions", {**wanted, "reason": "様式を揃えた。"})
    assert json_of(sent) == {"count": 3}
    waiting = json_of(approver.get("/municipalities/072028/reviews"))["items"]
    assert {item["requirement_id"]: item["reason"] for item in waiting} == {
        one: "様式を揃えた。",
        two: "条例の改正。",
        first: "",
    }
    newest = json_of(editor.get(f"{HERE}/requirements/{two}"))["history"][0]
    assert [(entry["by"], entry["reason"]) for entry in newest["submissions"]] == [
        ("会津若松市 情報部門", "条例の改正。")
    ]
    theirs = json_of(api(NEIGHBOUR).get(f"{HERE}/requirements/{two}"))
    assert theirs["history"][0]["submissions"] == []


def test_lines_are_submitted_and_the_exact_wording_is_confirmed(api: Api) -> None:
    editor, approver = api(EDITOR), api(APPROVER)
    first = json_of(editor.call("POST", f"{HERE}/requirements", LINE))
    second = json_of(editor.call("POST", f"{HERE}/requirements", {**LINE, "label": "2"}))
    some = {"requirement_ids": [first["id"]]}
    assert json_of(editor.call("POST", f"{HERE}/submissions", some)) == {"count": 1}
    rest = {"requirement_ids": None}
    assert json_of(editor.call("POST", f"{HERE}/submissions", rest)) == {"count": 1}
    assert approver.call("POST", f"{HERE}/submissions", rest).status_code == 403
    town = "/municipalities/072028"
    waiting = json_of(approver.get(f"{town}/reviews?business=facility-reservation"))
    items = [
        {"requirement_id": one["requirement_id"], "version_id": one["version_id"]}
        for one in waiting["items"]
    ]
    assert [one["requirement_id"] for one in items] == [first["id"], second["id"]]
    stale = [{**items[0], "version_id": items[1]["version_id"]}]
    assert approver.call("POST", f"{town}/confirmations", {"items": stale}).status_code == 409
    done = approver.call("POST", f"{town}/confirmations", {"items": items[:1]})
    assert json_of(done) == {"count": 1}
    unfounded = {"items": items[1:], "reason": " "}
    assert approver.call("POST", f"{town}/returns", unfounded).status_code == 422
    back = {"items": items[1:], "reason": "期限を書いてください。"}
    assert json_of(approver.call("POST", f"{town}/returns", back)) == {"count": 1}
    assert json_of(approver.get(f"{town}/reviews"))["total"] == 0
    found = json_of(editor.get(f"{HERE}/requirements"))["items"]
    assert [(one["state"], one["return_reason"]) for one in found] == [
        ("confirmed", ""),
        ("returned", "期限を書いてください。"),
    ]
    unfounded = {"items": items[:1], "reason": ""}
    assert approver.call("POST", f"{town}/withdrawals", unfounded).status_code == 422
    away = {"items": items[:1], "reason": "条例を廃止した。"}
    assert json_of(approver.call("POST", f"{town}/withdrawals", away)) == {"count": 1}
    assert approver.call("POST", f"{town}/withdrawals", away).status_code == 409
    found = json_of(editor.get(f"{HERE}/requirements"))["items"]
    assert found[0]["state"] == "returned"
    assert "条例を廃止した。" in found[0]["return_reason"]
    other = api("approver@072087.example")
    assert other.call("POST", f"{town}/confirmations", {"items": items}).status_code == 403
    own = other.call("POST", "/municipalities/072087/confirmations", {"items": items})
    assert own.status_code in {403, 404}


def test_who_may(api: Api, database: Database, world: World) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        rows = lists.lines(session, world, ["提出した行であること。"])
        ((line, version),) = lists.submit(session, world, rows)
    town = "/municipalities/072028"
    item = {"items": [{"requirement_id": line, "version_id": version}]}
    for email, status in (
        (EDITOR, 403),
        ("approver@072087.example", 403),
        (COORDINATOR, 403),
        ("coordinator@elsewhere.example", 403),
    ):
        program = api(email)
        assert program.get(f"{town}/reviews").status_code == status, email
        assert program.call("POST", f"{town}/confirmations", item).status_code == status, email
        back = {**item, "reason": "短い。"}
        assert program.call("POST", f"{town}/returns", back).status_code == status, email
        assert program.call("POST", f"{town}/withdrawals", back).status_code == status, email
    nothing: dict[str, list[int]] = {"requirement_ids": []}
    assert api(APPROVER).call("POST", f"{HERE}/submissions", nothing).status_code == 403
    assert (
        api("editor@134210.example").call("POST", f"{HERE}/submissions", nothing).status_code == 404
    )
