"""Jobs, progress and open work for programs."""

from __future__ import annotations

from collections.abc import Callable

from registry import jobs, transaction
from registry.db import Database
from tests.conftest import AUDIT_KEY, ApiClient
from tests.requirements import lists
from tests.world import World

Api = Callable[[str], ApiClient]
ADMINISTRATOR = "administrator@bureau.example"


def test_a_job_is_shown_to_those_it_concerns(api: Api, database: Database, world: World) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        job = jobs.enqueue(session, world.of("editor"), "requirements.import", {"list_id": 1})
        jobs.enqueue(session, world.stranger, "requirements.import", {"list_id": 2})
    for email, status in (
        ("editor@072028.example", 200),
        ("approver@072028.example", 200),
        ("administrator@bureau.example", 200),
        ("editor@072087.example", 404),
        ("coordinator@bureau.example", 404),
        ("vendor@vendor-a.example", 404),
        ("administrator@elsewhere.example", 404),
    ):
        assert api(email).get(f"/jobs/{job.id}").status_code == status, email
    found = api("editor@072028.example").get(f"/jobs/{job.id}").json
    assert found is not None
    assert (found["state"], found["done"], found["result"]) == ("todo", 0, None)
    assert "payload" not in found


def test_jobs_are_listed_and_taken_away_by_who_runs_them(
    api: Api, database: Database, world: World
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        jobs.enqueue(session, world.of("editor"), "requirements.import", {})
        newest = jobs.enqueue(session, world.coordinator, "specs.build_draft", {}).id
        jobs.enqueue(session, world.stranger, "requirements.import", {})
    program = api(ADMINISTRATOR)
    listed = program.get("/jobs").json
    assert listed is not None
    assert (listed["total"], listed["items"][0]["id"]) == (2, newest)
    assert listed["items"][0]["who"] == world.accounts["coordinator@bureau.example"].name
    assert program.get("/jobs?state=failed").json["total"] == 0  # type: ignore[index]
    assert program.get("/jobs?state=lost").status_code == 422
    assert [row[1] for row in program.take("/jobs/workbook")] == ["仕様書の案の作成", "要件の取込"]
    coordinator = api("coordinator@bureau.example")
    assert coordinator.get("/jobs").status_code == 403
    assert coordinator.call("POST", "/jobs/workbook").status_code == 403


def test_everybody_who_reads_content_reads_how_far_the_towns_are(api: Api) -> None:
    program = api("editor@072028.example")
    listed = program.get("/progress").json
    assert listed is not None
    assert [town["code"] for town in listed["items"]] == ["072028", "072087", "074225"]
    assert listed["items"][0]["aligned"] == {"done": 0, "total": 0}
    assert [row[0] for row in program.take("/progress/workbook")] == ["072028", "072087", "074225"]
    assert [row[0] for row in api("coordinator@elsewhere.example").take("/progress/workbook")] == [
        "134210"
    ]
    assert api(ADMINISTRATOR).get("/progress").status_code == 403


def test_a_person_s_open_work_names_its_page(api: Api, database: Database, world: World) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        lists.lines(session, world, ["下書きの行であること。"])
    found = api("editor@072028.example").get("/me/tasks").json
    assert found is not None
    (task,) = found["items"]
    assert task["count"] == 1
    assert task["address"] == "/requirements/facility-reservation?state=draft"
    assert api("editor@072087.example").get("/me/tasks").json["total"] == 0  # type: ignore[index]
