"""Editions for programs: frozen, and read as they were frozen."""

from __future__ import annotations

import hashlib

import pytest

from registry import transaction
from registry.db import Database
from registry.specs import queries
from tests.conftest import AUDIT_KEY
from tests.programs import COORDINATOR, EDITOR, HERE, STRANGER, Api, json_of
from tests.specs import agreed
from tests.vendors import held
from tests.world import World

ISSUE = {"number": "1.0", "issued_on": "2026-10-01"}


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
    stranger = api(STRANGER)
    assert stranger.take("/editions/workbook") == []
    assert stranger.call("POST", f"{HERE}/editions/1.0/workbook").status_code == 404


def test_who_may(api: Api, database: Database, world: World) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        held.released(session, world)
    assert api(EDITOR).call("POST", f"{HERE}/editions", ISSUE).status_code == 403
    vendor = api("vendor@vendor-a.example")
    assert vendor.get(f"{HERE}/editions/1.0").status_code == 403
    stranger = api(STRANGER)
    assert stranger.get(f"{HERE}/editions/1.0").status_code == 404
    assert json_of(stranger.get("/editions"))["total"] == 0
