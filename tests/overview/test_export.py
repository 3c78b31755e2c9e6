"""The overview's workbooks: one's own region, by those who may, and each is recorded."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit, jobs
from registry.access import Actor
from registry.audit import AuditEvent
from registry.errors import Forbidden
from registry.overview import export
from registry.overview.queries import AuditFilter
from tests.world import World


def cells(content: bytes) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(BytesIO(content)).worksheets[0]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_the_towns_of_one_region(session: Session, world: World) -> None:
    head, *rows = cells(export.towns(session, world.coordinator))
    assert head[:4] == ["団体コード", "団体", "入力率", "入力率の内訳"]
    assert [row[1] for row in rows] == ["会津若松市", "喜多方市", "湯川村"]
    assert rows[0][3] == "0/0"


def test_the_jobs_of_one_region(session: Session, world: World) -> None:
    jobs.enqueue(session, world.of("editor"), "requirements.import", {})
    jobs.enqueue(session, world.stranger, "specs.build_draft", {})
    _, row = cells(export.jobs(session, world.administrator))
    assert (row[1], row[3]) == ("要件の取込", world.accounts["editor@072028.example"].name)


def test_the_events_that_fit(session: Session, world: World) -> None:
    audit.record(session, world.of("editor"), "goals.create", "goal:1", after={"text": "内容"})
    audit.record(session, world.stranger, "goals.create", "goal:2")
    audit.seal(session)
    wanted = AuditFilter(action="goals.")
    _, row = cells(export.audit_events(session, world.administrator, wanted))
    assert (row[3], row[4], row[6]) == ("情報部門", "072028", "goal:1")
    assert "内容" not in str(row)


EXPORTS: dict[str, Callable[[Session, Actor], bytes]] = {
    "overview.export": export.towns,
    "jobs.export": export.jobs,
    "audit.export": lambda session, actor: export.audit_events(session, actor, AuditFilter()),
}


@pytest.mark.parametrize("action", EXPORTS)
def test_it_is_recorded_that_one_was_taken(session: Session, world: World, action: str) -> None:
    person = world.coordinator if action == "overview.export" else world.administrator
    EXPORTS[action](session, person)
    audit.seal(session)
    newest = session.scalars(
        sa.select(AuditEvent).order_by(AuditEvent.sequence.desc()).limit(1)
    ).one()
    assert (newest.action, newest.actor) == (action, person.email)


@pytest.mark.parametrize("action", EXPORTS)
def test_others_are_refused(session: Session, world: World, action: str) -> None:
    person = world.administrator if action == "overview.export" else world.coordinator
    with pytest.raises(Forbidden):
        EXPORTS[action](session, person)
    assert audit.pending(session) == 0
