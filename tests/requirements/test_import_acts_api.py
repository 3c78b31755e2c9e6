"""What is done with an import by programs."""

from __future__ import annotations

import pytest
from flask import Flask

from registry import transaction
from registry.db import Database
from registry.jobs import Job, JobState
from tests.conftest import AUDIT_KEY
from tests.programs import COORDINATOR, EDITOR, NEIGHBOUR, Api, json_of
from tests.requirements.sent import HERE, LEGEND, ROWS


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


def test_acts_on_an_import_are_the_own_town_s_affair(api: Api) -> None:
    program = api(EDITOR)
    made = program.call("POST", f"{HERE}/imports/tables", {"name": "一覧", "rows": ROWS})
    place, tag = made.headers["Location"].removeprefix("/api/v1"), made.headers["ETag"]
    for email, status in (
        (NEIGHBOUR, 403),
        ("contributor@072028.example", 403),
        (COORDINATOR, 403),
        ("editor@134210.example", 404),
    ):
        other = api(email)
        for act in ("start", "cancel", "undo", "reopen"):
            answer = other.call("POST", f"{place}/{act}", If_Match=tag)
            assert answer.status_code == status, (email, act)
        answer = other.call("PUT", f"{place}/legend", LEGEND, If_Match=tag)
        assert answer.status_code == status, email
    assert program.get(place).headers["ETag"] == tag


@pytest.mark.parametrize("act", ["start", "cancel", "undo"])
def test_an_act_names_the_version_that_was_read(api: Api, act: str) -> None:
    program = api(EDITOR)
    sent = {"name": "一覧", "rows": ROWS}
    made = program.call("POST", f"{HERE}/imports/tables", sent)
    place, tag = made.headers["Location"].removeprefix("/api/v1"), made.headers["ETag"]
    program.call("PUT", f"{place}/legend", LEGEND, If_Match=tag)
    assert program.call("POST", f"{place}/{act}").status_code == 428
    assert program.call("POST", f"{place}/{act}", If_Match=tag).status_code == 412
