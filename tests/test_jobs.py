"""Jobs survive their workers, run to one effect, and tell how far they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import jobs, transaction
from registry.db import Database, now
from registry.errors import Invalid
from registry.jobs import Context, Handler, Job, JobState, Runner
from registry.vendors.models import Vendor
from tests.conftest import AUDIT_KEY
from tests.world import World


@contextmanager
def writing(database: Database) -> Iterator[Session]:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        yield session


def add(database: Database, world: World, kind: str = "test", dedup: str | None = None) -> int:
    with writing(database) as session:
        return jobs.enqueue(session, world.coordinator, kind, {"n": 1}, dedup=dedup).id


def runner(database: Database, handler: Handler, lease_seconds: int = 60) -> Runner:
    return Runner(database, {"test": handler}, AUDIT_KEY, lease_seconds)


def read(database: Database, job_id: int) -> Job:
    with database.read() as session:
        return session.get_one(Job, job_id)


def make_vendor(context: Context) -> None:
    with context.complete({"made": 1}) as session:
        session.add(Vendor(region_id=context.region_id, name=f"job {context.job_id}", kana=""))


def test_a_job_runs_and_leaves_its_result(database: Database, world: World) -> None:
    job_id = add(database, world)
    one = runner(database, make_vendor)
    assert one.run_one()
    assert not one.run_one()
    job = read(database, job_id)
    assert (job.state, job.result, job.attempt) == (JobState.DONE, {"made": 1}, 1)


def test_a_rolled_back_caller_leaves_no_job(database: Database, world: World) -> None:
    def interrupted() -> None:
        with writing(database) as session:
            jobs.enqueue(session, world.coordinator, "test", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    assert not runner(database, make_vendor).run_one()


def test_a_kind_without_handler_waits(database: Database, world: World) -> None:
    job_id = add(database, world, "other")
    assert not runner(database, make_vendor).run_one()
    assert read(database, job_id).state is JobState.TODO


def test_a_dead_workers_job_runs_again_and_its_late_end_does_not_count(
    database: Database, world: World
) -> None:
    job_id = add(database, world)
    stopped: list[Context] = []
    runner(database, lambda context: stopped.append(context) or die()).run_one()
    with writing(database) as session:  # as if the process had been killed in the middle
        session.execute(
            sa.update(Job)
            .where(Job.id == job_id)
            .values(
                state=JobState.DOING,
                lease_token=stopped[0].token,
                lease_until=now() - timedelta(seconds=1),
            )
        )
    assert runner(database, make_vendor).run_one()
    assert read(database, job_id).attempt == 2
    with pytest.raises(jobs.LeaseLost):
        make_vendor(stopped[0])
    with database.read() as session:
        made = session.scalars(
            sa.select(Vendor).where(Vendor.name.like("job %")).order_by(Vendor.id)
        ).all()
    assert len(made) == 1


def die() -> None:
    raise MemoryError


def test_a_crashing_job_fails_after_three_tries(database: Database, world: World) -> None:
    job_id = add(database, world)
    one = runner(database, lambda _: die())
    for _ in range(jobs.MAX_ATTEMPTS):
        with writing(database) as session:
            session.execute(sa.update(Job).where(Job.id == job_id).values(run_at=now()))
        assert one.run_one()
    job = read(database, job_id)
    assert job.state is JobState.FAILED
    assert "3 回" in (job.error or "")


def exhaust(database: Database, *job_ids: int) -> None:
    """As if every worker that took these jobs had been killed."""
    with writing(database) as session:
        session.execute(
            sa.update(Job)
            .where(Job.id.in_(job_ids))
            .values(
                state=JobState.DOING,
                attempt=jobs.MAX_ATTEMPTS,
                lease_token="gone",
                lease_until=now() - timedelta(seconds=1),
            )
        )


def test_a_job_whose_worker_always_dies_fails_too(database: Database, world: World) -> None:
    job_id = add(database, world)
    exhaust(database, job_id)
    assert not runner(database, make_vendor).run_one()
    assert read(database, job_id).state is JobState.FAILED


def test_jobs_out_of_tries_do_not_hide_the_one_that_waits(database: Database, world: World) -> None:
    dead, dead_too, waiting = (add(database, world) for _ in range(3))
    exhaust(database, dead, dead_too)
    assert runner(database, make_vendor).run_one()
    states = [read(database, one).state for one in (dead, dead_too, waiting)]
    assert states == [JobState.FAILED, JobState.FAILED, JobState.DONE]


def test_a_refusal_is_final_and_says_why(database: Database, world: World) -> None:
    job_id = add(database, world)

    def refuse(_: Context) -> None:
        raise Invalid("この表は読めません。")

    runner(database, refuse).run_one()
    job = read(database, job_id)
    assert (job.state, job.error) == (JobState.FAILED, "この表は読めません。")


def test_progress_is_seen_while_it_runs(database: Database, world: World) -> None:
    job_id = add(database, world)
    seen: list[tuple[int, int, str]] = []

    def count(context: Context) -> None:
        context.progress(5, 10, "5 行")
        job = read(database, job_id)
        seen.append((job.done, job.total, job.message))

    runner(database, count).run_one()
    assert seen == [(5, 10, "5 行")]
    assert read(database, job_id).state is JobState.DONE


def test_an_open_job_of_the_same_name_is_not_doubled(database: Database, world: World) -> None:
    first = add(database, world, dedup="spec:1")
    assert add(database, world, dedup="spec:1") == first
    runner(database, make_vendor).run_one()
    assert add(database, world, dedup="spec:1") != first
