"""Editions for programs: frozen, read as they were frozen, their files fetched."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from registry import transaction
from registry.db import Database
from registry.specs import queries
from tests.conftest import AUDIT_KEY, ApiClient
from tests.specs import agreed
from tests.vendors import held
from tests.world import World

Api = Callable[[str], ApiClient]
COORDINATOR = "coordinator@bureau.example"
EDITOR = "editor@072028.example"
HERE = "/businesses/facility-reservation"
ISSUE = {"number": "1.0", "issued_on": "2026-10-01"}


def json_of(answer: Any) -> Any:
    return answer.get_json(force=True)


def test_what_is_decided_is_frozen_for_ever(api: Api, database: Database, world: World) -> None:
    program = api(COORDINATOR)
    before = program.call("POST", f"{HERE}/editions", ISSUE)
    assert before.status_code == 422  # nothing is decided
    assert json_of(program.get(f"{HERE}/readiness"))["problems"]
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        agreed.adopted(session, world)
    assert json_of(program.get(f"{HERE}/readiness"))["problems"] == []
    made = program.call("POST", f"{HERE}/editions", ISSUE)
    assert made.status_code == 201
    answer = json_of(made)
    assert (answer["number"], answer["built"]) == ("1.0", False)
    job = json_of(program.get(answer["job"]["address"].removeprefix("/api/v1")))
    assert (job["kind"], job["state"]) == ("specs.build_edition", "todo")
    place = made.headers["Location"].removeprefix("/api/v1")
    found = program.get(place)
    assert found.mimetype == "application/json"
    assert hashlib.sha256(found.data).hexdigest() == answer["sha256"]
    assert json_of(found)["format"] == "kaizu-spec/1"
    assert program.call("POST", f"{HERE}/editions", ISSUE).status_code == 422  # the number is taken
    assert json_of(program.get(f"{place}/files"))["total"] == 0
    assert program.call("POST", f"{place}/files/spec.pdf").status_code == 404
    build = program.call("POST", f"{place}/build")
    assert (build.status_code, json_of(build)["job_id"]) == (202, answer["job"]["job_id"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "1"}, "number"),
        ({"number": "９.０"}, "number"),
        ({"issued_on": "soon"}, "issued_on"),
        ({"confirmed": "1"}, "confirmed"),
    ],
)
def test_bad_issues_name_the_field(api: Api, change: dict[str, str], field: str) -> None:
    answer = api(COORDINATOR).call("POST", f"{HERE}/editions", {**ISSUE, **change})
    assert answer.status_code == 422
    assert field in str(json_of(answer)["errors"])


def test_files_are_listed_and_each_fetch_is_recorded(
    api: Api, database: Database, world: World
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        edition_id = held.released(session, world).id
    program = api(EDITOR)
    (listed,) = json_of(program.get("/editions?business=facility-reservation"))["items"]
    assert (listed["number"], listed["built"]) == ("1.0", True)
    files = json_of(program.get(f"{HERE}/editions/1.0/files"))["items"]
    assert [one["name"] for one in files] == list(queries.FILES)
    for file in files:
        fetched = program.call("POST", f"{HERE}/editions/1.0/files/{file['name']}")
        assert fetched.status_code == 200
        assert fetched.mimetype == file["media_type"]
        assert hashlib.sha256(fetched.data).hexdigest() == file["sha256"]
    with database.read() as session:
        rows = session.connection().exec_driver_sql(
            "SELECT count(*) FROM audit_event WHERE action = 'specs.download'"
            f" AND subject = 'edition:{edition_id}'"
        )
        assert rows.scalar_one() == len(files)
    assert api(COORDINATOR).call("POST", f"{HERE}/editions/1.0/build").status_code == 409


def test_editions_and_their_lines_are_taken_as_workbooks(
    api: Api, database: Database, world: World
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        edition = held.released(session, world)
        lines = [
            line["code"]
            for chapter in queries.frozen_spec(session, edition.id)["chapters"]
            for section in chapter["sections"]
            for line in section["requirements"]
        ]
    program = api(EDITOR)
    assert len(program.take("/editions/workbook")) == 1
    rows = program.take(f"{HERE}/editions/1.0/workbook")
    assert lines
    assert [row[1] for row in rows] == lines
    assert program.call("POST", f"{HERE}/editions/9.9/workbook").status_code == 404
    stranger = api("coordinator@elsewhere.example")
    assert stranger.take("/editions/workbook") == []
    assert stranger.call("POST", f"{HERE}/editions/1.0/workbook").status_code == 404


def test_a_draft_is_drawn_by_a_job(api: Api, database: Database, world: World) -> None:
    program = api(COORDINATOR)
    assert program.call("POST", f"{HERE}/draft").status_code == 422  # nothing to draw
    assert program.call("POST", f"{HERE}/draft/file").status_code == 404
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        agreed.drafted(session, world)
    started = program.call("POST", f"{HERE}/draft")
    assert started.status_code == 202
    assert program.get(json_of(started)["address"].removeprefix("/api/v1")).status_code == 200


def test_who_may(api: Api, database: Database, world: World) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        held.released(session, world)
    assert api(EDITOR).call("POST", f"{HERE}/editions", ISSUE).status_code == 403
    assert api(EDITOR).call("POST", f"{HERE}/draft/file").status_code == 403
    vendor = api("vendor@vendor-a.example")
    assert vendor.get(f"{HERE}/editions/1.0").status_code == 403
    assert vendor.call("POST", f"{HERE}/editions/1.0/files/spec.pdf").status_code == 403
    stranger = api("coordinator@elsewhere.example")
    assert stranger.get(f"{HERE}/editions/1.0").status_code == 404
    assert json_of(stranger.get("/editions"))["total"] == 0
