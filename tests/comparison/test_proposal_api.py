"""What the machine proposes to align, for programs."""

from __future__ import annotations

from flask import Flask

from registry import worker
from tests.programs import COORDINATOR, EDITOR, HERE, STRANGER, Api, json_of


def test_proposals_are_made_by_a_job_and_judged_by_a_person(
    api: Api, app: Flask, lines: dict[str, int]
) -> None:
    program = api(COORDINATOR)
    started = program.call("POST", f"{HERE}/proposals")
    assert started.status_code == 202
    state = app.extensions["kaizu"]
    worker.drain(state.config, state.database)
    job = json_of(program.get(json_of(started)["address"].removeprefix("/api/v1")))
    assert job["state"] == "done"
    (asked,) = json_of(program.get(f"{HERE}/proposals?kind=new"))["items"]
    assert (asked["kind"], asked["group"]) == ("new", None)
    assert {one["requirement_id"] for one in asked["lines"]} == {lines["e"], lines["f"]}
    ids = [one["proposal_id"] for one in asked["lines"]]
    judged = [{"proposal_id": ids[0]}, {"proposal_id": ids[1], "relation": "related"}]
    body = {"label": "取消しの期限", "lines": judged}
    made = program.call("POST", f"{HERE}/proposals/groups", body)
    assert made.status_code == 201
    assert sorted(one["relation"] for one in json_of(made)["lines"]) == ["related", "same"]
    assert program.call("POST", f"{HERE}/proposals/groups", body).status_code == 409
    assert program.call("POST", f"{HERE}/proposals/join", {"proposal_ids": ids}).status_code in {
        404,
        409,
    }
    both = {"proposal_ids": ids, "cluster": 1}
    assert program.call("POST", f"{HERE}/proposals/dismiss", both).status_code == 422
    assert program.call("POST", f"{HERE}/proposals/dismiss", {"cluster": 99}).status_code == 409


def test_who_may(api: Api, lines: dict[str, int]) -> None:
    editor, stranger = api(EDITOR), api(STRANGER)
    assert editor.get(f"{HERE}/proposals").status_code == 200
    assert editor.call("POST", f"{HERE}/proposals").status_code == 403
    body = {"proposal_ids": [1]}
    for act in ("join", "dismiss"):
        assert editor.call("POST", f"{HERE}/proposals/{act}", body).status_code == 403
    assert json_of(stranger.get(f"{HERE}/proposals"))["total"] == 0
