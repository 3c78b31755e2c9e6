"""A town's requirements for programs: written, submitted, judged, imported and taken back."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from registry import transaction, worker
from registry.db import Database
from registry.jobs import Job, JobState
from registry.processes import service as processes
from registry.requirements import service
from tests.conftest import AUDIT_KEY, ApiClient
from tests.requirements import lists
from tests.world import World

Api = Callable[[str], ApiClient]
EDITOR = "editor@072028.example"
APPROVER = "approver@072028.example"
NEIGHBOUR = "editor@072087.example"
COORDINATOR = "coordinator@bureau.example"
HERE = "/municipalities/072028/businesses/facility-reservation"
LINE = {
    "section": "予約",
    "label": "1",
    "text": "窓口で予約を取り消せること。",
    "obligation": "mandatory",
    "goal": "G-1-1",
}


def json_of(answer: Any) -> Any:
    return answer.get_json(force=True)


# ---- lines ------------------------------------------------------------------------------------


def test_a_line_is_written_changed_and_taken_away(api: Api) -> None:
    program = api(EDITOR)
    made = program.call("POST", f"{HERE}/requirements", LINE)
    assert made.status_code == 201
    place = made.headers["Location"].removeprefix("/api/v1")
    found = program.get(place)
    assert found.json == made.json
    line = json_of(found)
    assert (line["state"], line["kind"], line["goal"]) == ("draft", "functional", "G-1-1")
    tag = found.headers["ETag"]
    change = {**LINE, "text": "窓口でも家からでも予約を取り消せること。"}
    assert program.call("PUT", place, change).status_code == 428
    changed = program.call("PUT", place, change, If_Match=tag)
    assert changed.status_code == 200
    assert [one["number"] for one in json_of(changed)["history"]] == [2, 1]
    assert program.call("PUT", place, change, If_Match=tag).status_code == 412
    assert program.call("DELETE", place, If_Match=tag).status_code == 412
    assert program.call("DELETE", place, If_Match=changed.headers["ETag"]).status_code == 204
    assert program.get(place).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "※"}, "text"),
        ({"goal": "G-9"}, "goal"),
        ({"obligation": "must"}, "obligation"),
        ({"mark": "◎"}, "mark"),
    ],
)
def test_bad_lines_name_the_field(api: Api, change: dict[str, str], field: str) -> None:
    answer = api(EDITOR).call("POST", f"{HERE}/requirements", {**LINE, **change})
    assert answer.status_code == 422
    assert field in json_of(answer)["errors"].get("json", json_of(answer)["errors"])


def test_the_list_is_narrowed_and_sorted(api: Api) -> None:
    program = api(EDITOR)
    for number, (text, goal) in enumerate(
        [
            ("空きを探せること。", "G-1-1"),
            ("使用料を納められること。", ""),
            ("空きを知らせること。", ""),
        ],
        start=1,
    ):
        line = {**LINE, "label": str(number), "text": text, "goal": goal}
        assert program.call("POST", f"{HERE}/requirements", line).status_code == 201

    def labels(query: str) -> list[str]:
        answer = json_of(program.get(f"{HERE}/requirements?{query}"))
        return [one["label"] for one in answer["items"]]

    assert labels("") == ["1", "2", "3"]
    assert labels("q=空き") == ["1", "3"]
    assert labels("goal=-&descending=true") == ["3", "2"]
    assert labels("state=confirmed") == []
    assert labels("page=2&page_size=2") == ["3"]
    assert program.get(f"{HERE}/requirements?state=open").status_code == 422
    assert program.get(f"{HERE}/requirements?stat=draft").status_code == 422


def test_others_read_what_was_submitted_and_nothing_else(
    api: Api, database: Database, world: World
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        sent, kept = lists.lines(
            session, world, ["提出した行であること。", "下書きの行であること。"]
        )
        service.submit(
            session,
            world.of("editor"),
            municipality_id=world.towns["072028"].id,
            business_id=world.business.id,
            requirement_ids=[sent.id],
        )
        sent_id, kept_id = sent.id, kept.id
    mine, theirs = api(EDITOR), api(NEIGHBOUR)
    place = f"{HERE}/requirements/{sent_id}"
    tag = mine.get(place).headers["ETag"]
    edited = {**LINE, "text": "書きかけの直しであること。"}
    before = theirs.get(place)
    assert mine.call("PUT", place, edited, If_Match=tag).status_code == 200
    after = theirs.get(place)
    assert after.json == before.json
    assert after.headers["ETag"] == before.headers["ETag"]
    assert len(json_of(after)["history"]) == 1
    listed = json_of(theirs.get(f"{HERE}/requirements"))
    assert [one["text"] for one in listed["items"]] == ["提出した行であること。"]
    assert listed["items"][0]["version"] is None
    assert theirs.get(f"{HERE}/requirements/{kept_id}").status_code == 404
    assert theirs.call("PUT", place, edited, If_Match=tag).status_code == 403
    wrong_town = place.replace("072028", "074225")
    assert theirs.get(wrong_town).status_code == 404
    wrong_business = place.replace("facility-reservation", "snow-removal")
    assert theirs.get(wrong_business).status_code == 404
    stranger = api("coordinator@elsewhere.example")
    assert stranger.get(place).status_code == 404
    assert stranger.get(f"{HERE}/requirements").status_code == 404


def test_a_hiding_town_is_counted_and_not_read(api: Api, database: Database, world: World) -> None:
    owner = {"municipality_id": world.towns["072028"].id, "business_id": world.business.id}
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        (line,) = lists.lines(session, world, ["隠した文であること。"])
        line_id = line.id
        service.submit(session, world.of("editor"), **owner, requirement_ids=None)
        processes.hide_detail(session, world.of("editor"), **owner, hidden=True)
    for email, status in ((NEIGHBOUR, 403), (COORDINATOR, 200), (APPROVER, 200)):
        assert api(email).get(f"{HERE}/requirements").status_code == status
    assert api(NEIGHBOUR).get(f"{HERE}/requirements/{line_id}").status_code == 404
    counts = api(NEIGHBOUR).get("/businesses/facility-reservation/town-counts")
    assert json_of(counts)["items"][0] == {
        "code": "072028",
        "name": "会津若松市",
        "submitted": 1,
        "confirmed": 0,
        "has_draft": False,
        "hides_detail": True,
        "readable": False,
    }


# ---- 変更理由 ---------------------------------------------------------------------------------


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


# ---- submitting and judging -------------------------------------------------------------------


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
    other = api("approver@072087.example")
    assert other.call("POST", f"{town}/confirmations", {"items": items}).status_code == 403
    own = other.call("POST", "/municipalities/072087/confirmations", {"items": items})
    assert own.status_code in {403, 404}


# ---- imports ----------------------------------------------------------------------------------

ROWS = [
    ["番号", "機能要件", "区分"],
    ["1", "空きを探せること。", "◎"],
    ["2", "予約を取り消せること。", "△"],
    ["3", "", "◎"],
]
LEGEND: dict[str, Any] = {
    "columns": {"番号": "number", "機能要件": "text", "区分": "mark"},
    "marks": {
        "◎": {"axis": "obligation", "value": "mandatory"},
        "△": {"axis": "cost", "value": "別料金"},
    },
}


def work(app: Flask) -> None:
    """Run the jobs that wait."""
    state = app.extensions["kaizu"]
    worker.drain(state.config, state.database)


def test_a_list_goes_from_preview_to_stored_and_back(api: Api, app: Flask) -> None:
    program = api(EDITOR)
    made = program.call("POST", f"{HERE}/imports/tables", {"name": "令和八年", "rows": ROWS})
    assert made.status_code == 201
    place = made.headers["Location"].removeprefix("/api/v1")
    seen = json_of(made)
    assert (seen["state"], seen["counts"]["rejected"]) == ("preview", 3)  # nobody explained ◎ and △
    tag = made.headers["ETag"]
    assert program.call("PUT", f"{place}/legend", LEGEND).status_code == 428
    read = program.call("PUT", f"{place}/legend", LEGEND, If_Match=tag)
    assert json_of(read)["legend"]["marks"]["◎"] == LEGEND["marks"]["◎"]
    assert json_of(read)["counts"] == {
        "new": 2,
        "changed": 0,
        "unchanged": 0,
        "rejected": 1,
        "missing": 0,
    }
    refused = json_of(program.get(f"{place}/rejections"))["items"]
    assert [(one["row"], one["column"]) for one in refused] == [(4, "機能要件")]
    wanted = json_of(program.get(f"{place}/changes"))["items"]
    assert [(one["what"], one["row"]) for one in wanted] == [("new", 2), ("new", 3)]
    assert program.call("POST", f"{place}/start", If_Match=tag).status_code == 412
    started = program.call("POST", f"{place}/start", If_Match=read.headers["ETag"])
    assert started.status_code == 202
    address = json_of(started)["address"]
    assert started.headers["Location"] == address
    job = address.removeprefix("/api/v1")
    assert json_of(program.get(job))["state"] == "todo"
    work(app)
    done = json_of(program.get(job))
    assert (done["state"], done["result"]["new"]) == ("done", 2)
    assert api(NEIGHBOUR).get(job).status_code == 404
    stored = program.get(place)
    assert json_of(stored)["counts"]["new"] == 2
    assert json_of(program.get(f"{HERE}/imports"))["items"][0]["state"] == "stored"
    assert program.get(f"{place}/changes").status_code == 409
    line = json_of(program.get(f"{HERE}/requirements"))["items"][0]
    touched = {"label": "1", "text": "空きを月ごとに探せること。"}
    put = program.call(
        "PUT",
        f"{HERE}/requirements/{line['id']}",
        touched,
        If_Match=f'"{line["id"]}-{line["version"]}"',
    )
    assert put.status_code == 200
    undone = program.call("POST", f"{place}/undo", If_Match=stored.headers["ETag"])
    assert undone.status_code == 200
    assert json_of(undone)["undone"]["removed"] == 1
    assert [one["text"] for one in json_of(undone)["undone"]["kept"]] == [touched["text"]]


def test_a_failed_import_goes_back_to_its_preview(api: Api, app: Flask, database: Database) -> None:
    program = api(EDITOR)
    sent = {"name": "一覧", "rows": ROWS, "legend": LEGEND}
    made = program.call("POST", f"{HERE}/imports/tables", sent)
    place = made.headers["Location"].removeprefix("/api/v1")
    tag = made.headers["ETag"]
    assert program.call("POST", f"{place}/reopen", If_Match=tag).status_code == 409  # never begun
    job_id = json_of(program.call("POST", f"{place}/start", If_Match=tag))["job_id"]
    tag = program.get(place).headers["ETag"]
    assert program.call("POST", f"{place}/reopen", If_Match=tag).status_code == 409  # it may work
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        session.get_one(Job, job_id).state = JobState.FAILED
    assert program.call("POST", f"{place}/reopen").status_code == 428
    neighbour = api(NEIGHBOUR).call("POST", f"{place}/reopen", If_Match=tag)
    assert neighbour.status_code == 403
    again = program.call("POST", f"{place}/reopen", If_Match=tag)
    assert (again.status_code, json_of(again)["state"]) == (200, "preview")
    assert program.call("POST", f"{place}/reopen", If_Match=tag).status_code == 412
    started = program.call("POST", f"{place}/start", If_Match=again.headers["ETag"])
    assert started.status_code == 202


def test_refused_rows_are_taken_as_a_workbook(api: Api) -> None:
    program = api(EDITOR)
    sent = {"name": "一覧", "rows": ROWS, "legend": LEGEND}
    made = program.call("POST", f"{HERE}/imports/tables", sent)
    path = made.headers["Location"].removeprefix("/api/v1") + "/rejections"
    listed = json_of(program.get(path))["items"]
    assert listed
    assert [row[:2] for row in program.take(f"{path}/workbook")] == [
        [one["row"], one["column"]] for one in listed
    ]
    assert api(NEIGHBOUR).call("POST", f"{path}/workbook").status_code == 403
    assert api("editor@134210.example").call("POST", f"{path}/workbook").status_code == 404


def send(program: ApiClient, content: bytes, **fields: str) -> Any:
    return program.client.post(
        f"/api/v1{HERE}/imports",
        data={**fields, "file": (BytesIO(content), "list.csv")},
        headers={"Authorization": f"Bearer {program.token}"},
    )


def test_a_file_is_sent_and_put_aside(api: Api) -> None:
    program = api(EDITOR)
    legend = '[columns]\n"番号" = "number"\n"要件" = "text"\n'
    made = send(program, "番号,要件\n1,探せること。\n".encode("cp932"), name="一覧", legend=legend)
    assert made.status_code == 201
    assert (json_of(made)["name"], json_of(made)["counts"]["new"]) == ("一覧", 1)
    place = made.headers["Location"].removeprefix("/api/v1")
    tag = made.headers["ETag"]
    put_aside = program.call("POST", f"{place}/cancel", If_Match=tag)
    assert json_of(put_aside)["state"] == "cancelled"
    start = program.call("POST", f"{place}/start", If_Match=put_aside.headers["ETag"])
    assert start.status_code == 409
    assert json_of(program.get(f"{HERE}/requirements"))["total"] == 0


@pytest.mark.parametrize(
    ("content", "fields", "field"),
    [
        (b"<html><body>x</body></html>", {}, None),
        (b"", {}, None),
        (b"a,b\n1,2\n", {"legend": "["}, None),
        (b"a,b\n1,2\n", {"legends": "x"}, "legends"),
    ],
)
def test_bad_files_are_refused_with_nothing_stored(
    api: Api, content: bytes, fields: dict[str, str], field: str | None
) -> None:
    program = api(EDITOR)
    answer = send(program, content, **fields)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert field is None or field in json_of(answer)["errors"]
    assert json_of(program.get(f"{HERE}/imports"))["total"] == 0


def test_a_request_without_a_file_says_so(api: Api) -> None:
    answer = api(EDITOR).call("POST", f"{HERE}/imports")
    assert answer.status_code == 422
    assert "file" in json_of(answer)["errors"]


@pytest.mark.parametrize(
    "rows", [[], [[""]], [["a"] * 101], [["要件", 5]], [["要件", "要件"], ["探せること。", "x"]]]
)
def test_bad_tables_are_refused(api: Api, rows: list[list[object]]) -> None:
    program = api(EDITOR)
    answer = program.call("POST", f"{HERE}/imports/tables", {"name": "x", "rows": rows})
    assert answer.status_code == 422
    assert json_of(program.get(f"{HERE}/imports"))["total"] == 0


def test_imports_are_the_own_town_s_affair(api: Api) -> None:
    program = api(EDITOR)
    made = program.call("POST", f"{HERE}/imports/tables", {"name": "一覧", "rows": ROWS})
    place = made.headers["Location"].removeprefix("/api/v1")
    neighbour = api(NEIGHBOUR)
    assert neighbour.get(place).status_code == 403
    assert neighbour.get(place.replace("072028", "072087")).status_code == 404
    tag = made.headers["ETag"]
    assert neighbour.call("POST", f"{place}/start", If_Match=tag).status_code == 403
    assert api("contributor@072028.example").get(place).status_code == 403
    assert api("editor@134210.example").get(place).status_code == 404
