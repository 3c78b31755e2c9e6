"""What waits for whom."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.orm import Session

from registry.overview import tasks
from registry.requirements import reviewing
from registry.requirements import service as requirements
from registry.requirements.values import Values
from tests.world import World


def open_line(session: Session, world: World, code: str = "072028") -> None:
    editor = world.of("editor", code)
    lines = requirements.create_list(
        session,
        editor,
        municipality_id=world.towns[code].id,
        business_id=world.business.id,
        name="一覧",
    )
    requirements.save_new(
        session, editor, requirement_list=lines, values=Values(text="予約できること")
    )
    session.flush()


def submit(session: Session, world: World, code: str = "072028") -> None:
    reviewing.submit(
        session,
        world.of("editor", code),
        municipality_id=world.towns[code].id,
        business_id=world.business.id,
        requirement_ids=None,
    )
    session.flush()


def test_nobody_has_work_in_an_empty_registry(session: Session, world: World) -> None:
    for actor in world.actors.values():
        assert tasks.of(session, actor) == []


def test_a_draft_waits_for_its_own_towns_writers_only(session: Session, world: World) -> None:
    open_line(session, world)
    assert [task.count for task in tasks.of(session, world.of("editor"))] == [1]
    assert "提出" not in tasks.of(session, world.of("contributor"))[0].text
    assert tasks.of(session, world.of("editor", "072087")) == []
    assert tasks.of(session, world.coordinator) == []


def test_a_submitted_line_waits_for_approver_and_coordinator(
    session: Session, world: World
) -> None:
    open_line(session, world)
    submit(session, world)
    assert [task.endpoint for task in tasks.of(session, world.of("approver"))] == [
        "requirements.approvals"
    ]
    assert tasks.of(session, world.of("approver", "072087")) == []
    assert [task.endpoint for task in tasks.of(session, world.coordinator)] == [
        "comparison.proposals"
    ]
    assert tasks.of(session, world.stranger) == []


def test_every_task_leads_to_a_page(app: Flask) -> None:
    for _, _, endpoint in tasks._stations():
        assert endpoint in app.view_functions
    for endpoint in (
        "requirements.table",
        "requirements.approvals",
        "vendors.received",
        "overview.jobs",
        "accounts.listing",
    ):
        assert endpoint in app.view_functions
