"""Jobs for programs."""

from __future__ import annotations

from collections.abc import Callable

from registry import jobs, transaction
from registry.db import Database
from tests.conftest import AUDIT_KEY, ApiClient
from tests.world import World

Api = Callable[[str], ApiClient]


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
