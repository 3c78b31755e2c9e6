"""The comparison for programs: the matrix, groups and their lines, proposals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from registry import transaction, worker
from registry.comparison import commands
from registry.db import Database
from tests.comparison.desk import Desk
from tests.conftest import AUDIT_KEY, ApiClient
from tests.world import World

Api = Callable[[str], ApiClient]
COORDINATOR = "coordinator@bureau.example"
EDITOR = "editor@072028.example"
NEIGHBOUR = "editor@072087.example"
AIZU, KITAKATA, YUGAWA = "072028", "072087", "074225"
HERE = "/businesses/facility-reservation"


def json_of(answer: Any) -> Any:
    return answer.get_json(force=True)


@pytest.fixture
def lines(database: Database, world: World) -> dict[str, int]:
    """F-001 with three towns' lines, F-002 with one, two lines in no group, and a draft."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        desk = Desk(session, world.business)
        towns = world.towns
        made = {
            "a": desk.line(towns[AIZU], "空きを検索できること。"),
            "b": desk.line(towns[KITAKATA], "空きを検索できること。"),
            "c": desk.line(towns[YUGAWA], "空きを3か月先まで検索できること。"),
            "d": desk.line(towns[AIZU], "抽選ができること。"),
            "e": desk.line(towns[AIZU], "予約の取消しは3営業日前まで受け付けること。"),
            "f": desk.line(towns[KITAKATA], "予約の取消しは3営業日前まで受け付けること。"),
            "draft": desk.line(towns[AIZU], "まだ見せない行であること。", submitted=False),
        }
        desk.group("F-001", "空きの検索", made["a"], made["b"], made["c"])
        desk.group("F-002", "抽選", made["d"], goal_id=world.goals["G-1-1"].id)
        return {name: line.id for name, line in made.items()}


def test_the_matrix_is_the_one_of_the_command_line_in_pages(
    api: Api, database: Database, world: World, lines: dict[str, int]
) -> None:
    program = api(COORDINATOR)
    with database.read() as session:
        whole = commands.compare(session, world.coordinator, "facility-reservation")
    first = json_of(program.get(f"{HERE}/matrix?page_size=1"))
    second = json_of(program.get(f"{HERE}/matrix?page_size=1&page=2"))
    assert first["total"] == 2
    assert first["municipalities"] == whole["municipalities"]
    rows = [{**row} for row in first["rows"] + second["rows"]]
    assert [row.pop("label") for row in rows] == ["空きの検索", "抽選"]
    assert rows == whole["rows"]
    assert first["rows"][0]["cells"][YUGAWA] == {
        "state": "differs",
        "requirement_ids": [lines["c"]],
    }


def test_the_matrix_is_narrowed(api: Api, lines: dict[str, int]) -> None:
    program = api(COORDINATOR)

    def groups(query: str) -> list[str]:
        return [row["group"] for row in json_of(program.get(f"{HERE}/matrix?{query}"))["rows"]]

    assert groups("show=differences") == ["F-001"]
    assert groups("goal=G-1") == ["F-002"]
    assert groups(f"show=absent&municipality={KITAKATA}") == ["F-002"]
    for query in ("show=all-of-it", "goal=G-9", "municipality=134210", "town=072028"):
        answer = program.get(f"{HERE}/matrix?{query}")
        assert answer.status_code == 422, query


def test_the_matrix_is_taken_as_a_workbook(api: Api, lines: dict[str, int]) -> None:
    program = api(COORDINATOR)
    assert [row[0] for row in program.take(f"{HERE}/matrix/workbook")] == ["F-001", "F-002"]
    narrowed = program.take(f"{HERE}/matrix/workbook?show=differences")
    assert [row[0] for row in narrowed] == ["F-001"]
    wrong = program.call("POST", f"{HERE}/matrix/workbook?goal=G-9")
    assert "goal" in json_of(wrong)["errors"]
    assert program.call("POST", f"{HERE}/matrix/workbook?town=072028").status_code == 422
    stranger = api("coordinator@elsewhere.example")
    assert stranger.take(f"{HERE}/matrix/workbook") == []  # its own business of that name
    vendor = api("vendor@vendor-a.example")
    assert vendor.call("POST", f"{HERE}/matrix/workbook").status_code == 403


def test_a_hiding_town_has_no_text_and_no_ids(
    api: Api, database: Database, world: World, lines: dict[str, int]
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        Desk(session, world.business).hide(world.towns[YUGAWA])
    for email, sees in ((NEIGHBOUR, False), (COORDINATOR, True), ("editor@074225.example", True)):
        program = api(email)
        cell = json_of(program.get(f"{HERE}/matrix"))["rows"][0]["cells"][YUGAWA]
        assert (cell["state"] != "hidden", bool(cell["requirement_ids"])) == (sees, sees), email
        group = json_of(program.get(f"{HERE}/groups/F-001"))
        assert (YUGAWA in {line["municipality"] for line in group["lines"]}) == sees
        assert ("3か月先" in str(group)) == sees
    assert lines["draft"] not in {
        one["requirement_id"] for one in json_of(api(COORDINATOR).get(f"{HERE}/unaligned"))["items"]
    }


def test_groups_are_made_named_and_split(api: Api, lines: dict[str, int]) -> None:
    program = api(COORDINATOR)
    made = program.call("POST", f"{HERE}/groups", {"label": "取消し", "goal": "G-1-1"})
    assert made.status_code == 201
    place, tag = f"{HERE}/groups/F-003", made.headers["ETag"]
    assert made.headers["Location"] == f"/api/v1{place}"
    change = {"label": "予約の取消し", "goal": ""}
    assert program.call("PUT", place, change).status_code == 428
    changed = program.call("PUT", place, change, If_Match=tag)
    assert (json_of(changed)["label"], json_of(changed)["goal"]) == ("予約の取消し", None)
    assert program.call("PUT", place, change, If_Match=tag).status_code == 412
    wrong = {"label": "x", "goal": "G-9"}
    assert program.call("POST", f"{HERE}/groups", wrong).status_code == 422
    first = program.get(f"{HERE}/groups/F-001")
    odd = [one["alignment_id"] for one in json_of(first)["lines"] if one["municipality"] == YUGAWA]
    part = {"alignment_ids": odd, "label": "期間を決めた検索"}
    path = f"{HERE}/groups/F-001/split"
    split = program.call("POST", path, part, If_Match=first.headers["ETag"])
    assert split.status_code == 201
    assert [one["municipality"] for one in json_of(split)["lines"]] == [YUGAWA]
    assert program.call("POST", path, part, If_Match=first.headers["ETag"]).status_code == 412
    listed = json_of(program.get(f"{HERE}/groups"))["items"]
    assert [(one["code"], one["lines"]) for one in listed] == [
        ("F-001", 2),
        ("F-002", 1),
        ("F-003", 0),
        ("F-004", 1),
    ]


def test_lines_are_aligned_moved_confirmed_and_taken_out(
    api: Api, database: Database, world: World, lines: dict[str, int]
) -> None:
    program = api(COORDINATOR)
    put = {"requirement_ids": [lines["e"], lines["f"]], "relation": "related"}
    done = program.call("POST", f"{HERE}/groups/F-002/alignments", put)
    assert (done.status_code, json_of(done)) == (201, {"count": 2})
    draft = {"requirement_ids": [lines["draft"]], "relation": "same"}
    assert program.call("POST", f"{HERE}/groups/F-002/alignments", draft).status_code == 409
    group = json_of(program.get(f"{HERE}/groups/F-002"))
    ids = [one["alignment_id"] for one in group["lines"] if one["relation"] == "related"]
    again = {"alignment_ids": ids, "relation": "same"}
    base = f"{HERE}/groups/F-002/alignments"
    assert json_of(program.call("POST", f"{base}/confirm", again)) == {"count": 2}
    away = {"alignment_ids": ids[:1], "target": "F-001"}
    assert json_of(program.call("POST", f"{base}/move", away)) == {"count": 1}
    nowhere = program.call("POST", f"{base}/move", {**away, "target": "F-404"})
    assert "target" in json_of(nowhere)["errors"]
    assert program.call("POST", f"{base}/move", away).status_code == 409  # gone from here
    assert program.call("DELETE", f"{base}/{ids[1]}").status_code == 204
    assert program.call("DELETE", f"{base}/{ids[1]}").status_code == 404
    loose = json_of(program.get(f"{HERE}/unaligned?municipality={KITAKATA}"))
    assert [one["requirement_id"] for one in loose["items"]] == [lines["f"]]


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
    group = {"label": "x"}
    assert api(EDITOR).call("POST", f"{HERE}/groups", group).status_code == 403
    assert api("vendor@vendor-a.example").get(f"{HERE}/matrix").status_code == 403
    stranger = api("coordinator@elsewhere.example")
    assert json_of(stranger.get(f"{HERE}/matrix"))["rows"] == []  # its own business of that name
    assert stranger.get(f"{HERE}/groups/F-001").status_code == 404
    put = {"requirement_ids": [lines["e"]], "relation": "same"}
    made = stranger.call("POST", f"{HERE}/groups", group)
    theirs = json_of(made)["code"]
    answer = stranger.call("POST", f"{HERE}/groups/{theirs}/alignments", put)
    assert answer.status_code == 404
