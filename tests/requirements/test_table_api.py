"""Many lines at once for programs, all or none."""

from __future__ import annotations

from typing import Any

import pytest

from registry import transaction
from registry.db import Database
from registry.processes import service as processes
from tests.conftest import AUDIT_KEY, ApiClient
from tests.programs import EDITOR, NEIGHBOUR, Api, json_of
from tests.requirements import lists
from tests.requirements.sent import HERE
from tests.world import World

STRANGER = "editor@134210.example"
LINES = f"{HERE}/requirements"


@pytest.fixture
def drafts(database: Database, world: World) -> list[int]:
    """Three drafts of 会津若松市, the last one submitted."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        texts = ["空きを探せること。", "予約を取り消せること。", "使用料を納められること。"]
        rows = lists.lines(session, world, texts)
        lists.submit(session, world, rows[2:])
        return [row.id for row in rows]


def stored(program: ApiClient) -> dict[int, dict[str, Any]]:
    return {one["id"]: one for one in json_of(program.get(LINES))["items"]}


# ---- rows -------------------------------------------------------------------------------------


def test_a_block_of_new_and_changed_lines_is_written_whole(api: Api, drafts: list[int]) -> None:
    program = api(EDITOR)
    version = stored(program)[drafts[0]]["version"]
    rows = [
        {"fields": {"text": "抽選に申し込めること。", "goal": "G-1-1", "obligation": "必須"}},
        {"id": drafts[0], "version": version, "fields": {"label": "1-1"}},
        {"id": drafts[1], "fields": {"label": "2"}},  # says what it said before
    ]
    answer = program.call("POST", f"{LINES}/rows", {"rows": rows})
    assert answer.status_code == 200
    new, changed, same = json_of(answer)["rows"]
    assert (new["changed"], changed["changed"], same["changed"]) == (True, True, False)
    now = stored(program)
    assert (now[new["id"]]["goal"], now[new["id"]]["obligation"]) == ("G-1-1", "mandatory")
    assert (now[drafts[0]]["label"], now[drafts[0]]["text"]) == ("1-1", "空きを探せること。")
    assert now[drafts[0]]["version"] == changed["version"] > version


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"fields": {"text": ""}}, "rows.1.text"),
        ({"fields": {"text": "取り消せること。", "goal": "G-9"}}, "rows.1.goal"),
        ({"id": 999_999, "version": 1, "fields": {"label": "9"}}, "rows.1.id"),
        ({"fields": {"mark": "◎"}}, "知らない項目です。"),
        ({"id": 0, "fields": {"label": "9"}}, "この番号は使えません。"),
    ],
)
def test_one_bad_row_keeps_the_block_out(
    api: Api, drafts: list[int], row: dict[str, object], field: str
) -> None:
    program = api(EDITOR)
    before = stored(program)
    good = {"fields": {"text": "抽選に申し込めること。"}}
    answer = program.call("POST", f"{LINES}/rows", {"rows": [good, row]})
    assert answer.status_code == 422
    assert field in str(json_of(answer)["errors"])
    assert stored(program) == before


def test_a_line_that_another_changed_keeps_the_block_out(api: Api, drafts: list[int]) -> None:
    program, other = api(EDITOR), api("contributor@072028.example")
    version = stored(program)[drafts[0]]["version"]

    def change(who: ApiClient, label: str) -> Any:
        row = {"id": drafts[0], "version": version, "fields": {"label": label}}
        return who.call("POST", f"{LINES}/rows", {"rows": [row]})

    assert change(other, "あ").status_code == 200
    stale = change(program, "い")
    assert stale.status_code == 409
    theirs = json_of(stale)["conflict"]["theirs"]["rows.0"]
    assert theirs["fields"]["label"] == "あ"
    assert stored(program)[drafts[0]]["label"] == "あ"


# ---- acts on many -----------------------------------------------------------------------------


def test_lines_are_hung_under_one_goal(api: Api, drafts: list[int]) -> None:
    program = api(EDITOR)
    body = {"requirement_ids": drafts[:2], "goal": "G-1-1"}
    done = program.call("POST", f"{LINES}/goal", body)
    assert (done.status_code, json_of(done)) == (200, {"count": 2})
    assert [stored(program)[one]["goal"] for one in drafts] == ["G-1-1", "G-1-1", ""]
    assert json_of(program.call("POST", f"{LINES}/goal", body)) == {"count": 0}
    away = program.call("POST", f"{LINES}/goal", {**body, "goal": ""})
    assert json_of(away) == {"count": 2}
    wrong = program.call("POST", f"{LINES}/goal", {**body, "goal": "G-9"})
    assert "goal" in json_of(wrong)["errors"]
    missing = {**body, "requirement_ids": [drafts[0], 999_999]}
    assert program.call("POST", f"{LINES}/goal", missing).status_code in {404, 409}


def test_drafts_are_taken_away_together(api: Api, drafts: list[int]) -> None:
    program = api(EDITOR)
    seen = stored(program)

    def delete(ids: list[int], **other: int) -> Any:
        items = [
            {"requirement_id": one, "version": other.get("version", seen[one]["version"])}
            for one in ids
        ]
        return program.call("POST", f"{LINES}/delete", {"items": items})

    assert delete(drafts[:2], version=99).status_code == 409
    assert delete(drafts).status_code == 409  # the last one is seen by others
    assert stored(program) == seen
    assert json_of(delete(drafts[:2])) == {"count": 2}
    assert list(stored(program)) == drafts[2:]
    assert program.call("POST", f"{LINES}/delete", {"items": []}).status_code == 422


# ---- the workbook -----------------------------------------------------------------------------


def test_the_lines_are_taken_as_a_workbook(
    api: Api, database: Database, world: World, drafts: list[int]
) -> None:
    own = api(EDITOR).take(f"{LINES}/workbook")
    assert [row[4] for row in own] == [
        "空きを探せること。",
        "予約を取り消せること。",
        "使用料を納められること。",
    ]
    others = api(NEIGHBOUR).take(f"{LINES}/workbook")
    assert [row[2] for row in others] == ["使用料を納められること。"]  # without the hidden columns
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        processes.hide_detail(
            session,
            world.of("editor"),
            municipality_id=world.towns["072028"].id,
            business_id=world.business.id,
            hidden=True,
        )
    assert api(NEIGHBOUR).call("POST", f"{LINES}/workbook").status_code == 403
    assert len(api(EDITOR).take(f"{LINES}/workbook")) == 3


def test_who_may(api: Api, drafts: list[int]) -> None:
    acts = {
        "rows": {"rows": [{"fields": {"text": "抽選に申し込めること。"}}]},
        "goal": {"requirement_ids": drafts[:1], "goal": "G-1-1"},
        "delete": {"items": [{"requirement_id": drafts[0], "version": 1}]},
    }
    for email, status in (
        (NEIGHBOUR, 403),
        ("approver@072028.example", 403),
        ("coordinator@bureau.example", 403),
        (STRANGER, 404),
    ):
        program = api(email)
        for name, body in acts.items():
            assert program.call("POST", f"{LINES}/{name}", body).status_code == status, email
    assert api(STRANGER).call("POST", f"{LINES}/workbook").status_code == 404
    theirs = LINES.replace("072028", "072087")
    here_not_there = api(NEIGHBOUR).call("POST", f"{theirs}/goal", acts["goal"])
    assert here_not_there.status_code in {404, 409}
