"""The goal tree for programs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import ApiClient
from tests.world import World

Api = Callable[[str], ApiClient]
COORDINATOR = "coordinator@bureau.example"
GOOD = {
    "parent_id": None,
    "statement": "待たずに受付が終わっている",
    "viewpoint": "program",
    "horizon": "short",
    "beneficiary": "resident",
}


def test_the_list_is_an_envelope_in_printed_order(api: Api) -> None:
    answer = api("editor@072028.example").get("/goals?page_size=2")
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["page"], answer.json["page_size"], answer.json["total"]) == (1, 2, 4)
    assert [goal["code"] for goal in answer.json["items"]] == ["G-1", "G-1-1"]
    assert answer.json["items"][1]["parent"] == "G-1"


def test_a_goal_is_added_and_found_at_its_address(api: Api) -> None:
    program = api(COORDINATOR)
    made = program.call("POST", "/goals", GOOD)
    assert made.status_code == 201
    found = program.client.get(
        made.headers["Location"], headers={"Authorization": f"Bearer {program.token}"}
    )
    assert found.json == made.json
    assert found.headers["ETag"] == made.headers["ETag"]


def test_an_edit_needs_the_current_tag(api: Api) -> None:
    program = api(COORDINATOR)
    change = {**GOOD, "statement": "新しい文になっている"}
    del change["parent_id"]
    tag = program.get("/goals/G-1").headers["ETag"]
    assert program.call("PUT", "/goals/G-1", change).status_code == 428
    assert program.call("PUT", "/goals/G-1", change, If_Match=tag).status_code == 200
    stale = program.call("PUT", "/goals/G-1", change, If_Match=tag)
    assert stale.status_code == 412
    assert stale.mimetype == "application/problem+json"


def test_a_move_that_makes_a_circle_is_refused(api: Api, world: World) -> None:
    program = api(COORDINATOR)
    tag = program.get("/goals/G-1").headers["ETag"]
    place = {"parent_id": world.goals["G-1-1"].id, "position": 1}
    answer = program.call("PUT", "/goals/G-1/place", place, If_Match=tag)
    assert answer.status_code == 422
    problem = answer.get_json(force=True)
    assert "parent_id" in problem["errors"]


def test_a_goal_with_open_goals_below_is_not_closed(api: Api) -> None:
    program = api(COORDINATOR)
    tag = program.get("/goals/G-1-1").headers["ETag"]
    refused = program.call("POST", "/goals/G-1-1/close", If_Match=tag)
    assert refused.status_code == 422
    assert "G-1-1-1" in refused.get_json(force=True)["detail"]
    below = program.get("/goals/G-1-1-1").headers["ETag"]
    closed = program.call("POST", "/goals/G-1-1-1/close", If_Match=below)
    assert closed.status_code == 200
    assert program.call("POST", "/goals/G-1-1/close", If_Match=tag).status_code == 200
    again = program.call("POST", "/goals/G-1-1-1/reopen", If_Match=closed.headers["ETag"])
    assert again.status_code == 422
    assert "先に G-1-1" in again.get_json(force=True)["detail"]


def test_a_goal_is_closed_and_opened_again(api: Api) -> None:
    program = api(COORDINATOR)
    tag = program.get("/goals/G-1-1-1").headers["ETag"]
    assert program.call("POST", "/goals/G-1-1-1/close").status_code == 428
    closed = program.call("POST", "/goals/G-1-1-1/close", If_Match=tag)
    assert (closed.status_code, closed.json["closed"]) == (200, True)  # type: ignore[index]
    assert program.call("POST", "/goals/G-1-1-1/reopen", If_Match=tag).status_code == 412
    tag = closed.headers["ETag"]
    opened = program.call("POST", "/goals/G-1-1-1/reopen", If_Match=tag)
    assert (opened.status_code, opened.json["closed"]) == (200, False)  # type: ignore[index]
    for email, status in (("editor@072028.example", 403), ("coordinator@elsewhere.example", 404)):
        answer = api(email).call("POST", "/goals/G-1-1-1/close", If_Match=tag)
        assert answer.status_code == status


def test_the_tree_is_taken_as_a_workbook(api: Api) -> None:
    rows = api("editor@072028.example").take("/goals/workbook")
    assert [row[0] for row in rows][:2] == ["G-1", "G-1-1"]
    assert len(api("coordinator@elsewhere.example").take("/goals/workbook")) == 1
    assert api("vendor@vendor-a.example").call("POST", "/goals/workbook").status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [({"statement": ""}, "statement"), ({"horizon": "soon"}, "horizon"), ({"status": 1}, "status")],
)
def test_bad_input_names_the_field_in_japanese(
    api: Api, change: dict[str, object], field: str
) -> None:
    answer = api(COORDINATOR).call("POST", "/goals", {**GOOD, **change})
    assert answer.status_code == 422
    problem = answer.get_json(force=True)
    assert field in str(problem["errors"])


def test_who_may(api: Api) -> None:
    assert api("editor@072028.example").call("POST", "/goals", GOOD).status_code == 403
    assert api("vendor@vendor-a.example").get("/goals").status_code == 403
    assert api("coordinator@elsewhere.example").get("/goals/G-1-1").status_code == 404
    assert ApiClient(api(COORDINATOR).client, "made-up").get("/goals").status_code == 401


def test_a_repeated_send_adds_once(api: Api) -> None:
    program = api(COORDINATOR)
    first = program.call("POST", "/goals", GOOD, Idempotency_Key="k1")
    second = program.call("POST", "/goals", GOOD, Idempotency_Key="k1")
    assert first.json == second.json
    for name in ("ETag", "Location"):
        assert second.headers[name] == first.headers[name]
    assert program.get("/goals").json["total"] == 5  # type: ignore[index]
