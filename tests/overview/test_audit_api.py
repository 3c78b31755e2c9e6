"""The audit record for the programs of an administrator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from registry import audit, transaction
from registry.db import Database, now
from registry.web.filters import JAPAN
from tests.conftest import AUDIT_KEY, ApiClient
from tests.world import World

Api = Callable[[str], ApiClient]
ADMINISTRATOR = "administrator@bureau.example"


@pytest.fixture
def program(api: Api, database: Database, world: World) -> ApiClient:
    """Beside what the tokens leave: a line of the region, one of the other, one of nobody."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        for actor, action, subject in (
            (world.of("editor"), "requirements.save", "requirement:7"),
            (world.stranger, "requirements.save", "requirement:8"),
            (None, "accounts.sign_in_refused", "account:"),
        ):
            audit.record(session, actor, action, subject, after={"text": "内容"})
    return api(ADMINISTRATOR)


def events(program: ApiClient, query: str = "") -> list[dict[str, Any]]:
    answer = program.get(f"/audit-events?{query}")
    assert answer.status_code == 200, query
    found: list[dict[str, Any]] = answer.get_json(force=True)["items"]
    return found


def test_the_record_is_the_region_s_newest_first(program: ApiClient) -> None:
    found = events(program)
    assert [one["sequence"] for one in found] == sorted(
        (one["sequence"] for one in found), reverse=True
    )
    subjects = {one["subject"] for one in found}
    assert {"requirement:7", "account:"} <= subjects
    assert "requirement:8" not in subjects
    first = program.get("/audit-events?page_size=1").get_json(force=True)
    assert (len(first["items"]), first["total"]) == (1, len(found))


def test_an_administrator_reads_what_happened_but_no_content(program: ApiClient) -> None:
    (line,) = events(program, "subject=requirement:7")
    assert (line["readable"], line["before"], line["after"]) == (False, None, None)
    (refused,) = events(program, "action=sign_in_refused")
    assert (refused["readable"], refused["after"]) == (True, {"text": "内容"})


def test_the_record_is_narrowed(program: ApiClient) -> None:
    today = now().astimezone(JAPAN).date()
    tomorrow = today + timedelta(days=1)
    assert {one["actor"] for one in events(program, "who=editor@")} == {"editor@072028.example"}
    assert events(program, "action=no.such") == []
    assert events(program, f"since={today}&until={today}") == events(program)
    assert events(program, f"since={tomorrow}") == []
    for query in ("since=tomorrow", "until=1800-01-01", "actor=x", "page=0"):
        assert program.get(f"/audit-events?{query}").status_code == 422, query


def test_the_chain_is_verified(program: ApiClient) -> None:
    found = program.get("/audit-events/verification").get_json(force=True)
    assert (found["broken"], found["reason"]) == (None, "")
    assert found["count"] >= 4
    assert len(found["head"]) == 64


def test_taking_the_record_away_is_recorded(program: ApiClient) -> None:
    rows = program.take("/audit-events/workbook?subject=requirement")
    assert [row[6] for row in rows] == ["requirement:7"]
    assert events(program)[0]["action"] == "audit.export"
    assert program.call("POST", "/audit-events/workbook?since=soon").status_code == 422


def test_who_may(api: Api, program: ApiClient) -> None:
    for email in ("coordinator@bureau.example", "editor@072028.example"):
        other = api(email)
        assert other.get("/audit-events").status_code == 403
        assert other.get("/audit-events/verification").status_code == 403
        assert other.call("POST", "/audit-events/workbook").status_code == 403
    stranger = api("administrator@elsewhere.example")
    assert "requirement:7" not in {one["subject"] for one in events(stranger)}
