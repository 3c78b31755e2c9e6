"""Jobs and audit events: one's own region, and no content for administrators."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from registry import audit, jobs
from registry.access import Actor
from registry.audit import AuditEvent
from registry.errors import NotFound
from registry.overview import queries
from registry.overview.queries import AuditFilter
from tests.world import World


def may_see(session: Session, actor: Actor, job_id: int) -> bool:
    try:
        queries.job(session, actor, job_id)
    except NotFound:
        return False
    return True


def test_who_sees_a_towns_job(session: Session, world: World) -> None:
    job = jobs.enqueue(session, world.of("editor"), "requirements.import", {})
    seen = {email for email, actor in world.actors.items() if may_see(session, actor, job.id)}
    assert seen == {
        "contributor@072028.example",
        "editor@072028.example",
        "approver@072028.example",
        "administrator@bureau.example",
    }


def test_who_sees_the_coordinators_job(session: Session, world: World) -> None:
    job = jobs.enqueue(session, world.coordinator, "specs.build_draft", {})
    seen = {email for email, actor in world.actors.items() if may_see(session, actor, job.id)}
    assert seen == {"coordinator@bureau.example", "administrator@bureau.example"}


def test_jobs_are_listed_by_region_and_state(session: Session, world: World) -> None:
    mine = jobs.enqueue(session, world.coordinator, "a", {})
    jobs.enqueue(session, world.stranger, "b", {})
    rows = session.execute(queries.jobs(world.administrator, None)).all()
    assert [row.Job.id for row in rows] == [mine.id]
    failed = queries.jobs(world.administrator, jobs.JobState.FAILED)
    assert session.execute(failed).all() == []


@pytest.fixture
def events(session: Session, world: World) -> None:
    audit.record(session, world.coordinator, "standards.decide", "decision:1", after={"text": "秘"})
    audit.record(session, world.administrator, "accounts.create", "account:9", after={"name": "人"})
    audit.record(session, world.stranger, "goals.create", "goal:1")
    audit.record(session, None, "accounts.sign_in_refused", "account:", after={"email": "x"})
    audit.seal(session)


@pytest.mark.usefixtures("events")
def test_events_of_the_region_and_of_nobody_newest_first(session: Session, world: World) -> None:
    found = session.scalars(queries.audit_events(world.administrator, AuditFilter())).all()
    assert [event.action for event in found] == [
        "accounts.sign_in_refused",
        "accounts.create",
        "standards.decide",
    ]


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (AuditFilter(who="coordinator"), 1),
        (AuditFilter(action="accounts."), 2),
        (AuditFilter(subject="account:9"), 1),
        (AuditFilter(subject="%"), 0),
    ],
)
def test_filters(session: Session, world: World, wanted: AuditFilter, count: int) -> None:
    found = session.scalars(queries.audit_events(world.administrator, wanted)).all()
    assert len(found) == count


@pytest.mark.usefixtures("events")
def test_administrators_see_that_but_not_what(session: Session, world: World) -> None:
    by_action = {
        event.action: queries.shown(event)
        for event in session.scalars(queries.audit_events(world.administrator, AuditFilter()))
    }
    assert by_action["standards.decide"]["after"] is None
    assert by_action["accounts.create"]["after"] == {"name": "人"}


def test_other_regions_events_are_not_there(session: Session, world: World) -> None:
    audit.record(session, world.coordinator, "goals.create", "goal:1")
    audit.seal(session)
    foreign = world.actors["administrator@elsewhere.example"]
    assert session.scalars(queries.audit_events(foreign, AuditFilter())).all() == []
    assert isinstance(session.get(AuditEvent, 1), AuditEvent)
