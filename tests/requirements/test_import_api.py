"""A town's imports for programs: from preview to stored and back."""

from __future__ import annotations

from flask import Flask

from registry import worker
from tests.programs import EDITOR, NEIGHBOUR, Api, json_of
from tests.requirements.sent import HERE, LEGEND, ROWS


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
