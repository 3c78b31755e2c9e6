"""Slow work as rows: enqueued in the caller's transaction, claimed with a lease.

A worker that dies loses its lease and the job runs again, at most MAX_ATTEMPTS times. Handlers
are idempotent and end through `Context.complete`, which writes their effect and the job's end in
one transaction and refuses when the lease has gone to somebody else (fencing).
"""

from __future__ import annotations

import secrets
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapped, Session, mapped_column

from registry import transaction
from registry.access import Actor
from registry.db import Base, Database, JsonDoc, UtcDateTime, enum_column, now
from registry.errors import DomainError
from registry.labels import Labelled

log = structlog.get_logger()

MAX_ATTEMPTS: Final = 3


class JobState(Labelled):
    TODO = "todo", "順番待ち"
    DOING = "doing", "実行中"
    DONE = "done", "完了"
    FAILED = "failed", "失敗"


class Job(Base):
    """One piece of slow work. `failed` is final: either refused with a reason or out of tries."""

    __tablename__ = "job"
    __table_args__ = (sa.Index("ix_job_claim", "state", "run_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payload: Mapped[Any] = mapped_column(JsonDoc)
    state: Mapped[JobState] = mapped_column(enum_column(JobState, "state"), default=JobState.TODO)
    region_id: Mapped[int]
    municipality_id: Mapped[int | None]
    account_id: Mapped[int | None]
    dedup: Mapped[str | None] = mapped_column(unique=True)
    attempt: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None]
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(default="")
    result: Mapped[Any | None] = mapped_column(JsonDoc)
    error: Mapped[str | None]

    @property
    def finished(self) -> bool:
        return self.state in {JobState.DONE, JobState.FAILED}


class LeaseLost(Exception):
    """Another worker has taken the job over; whatever this one did must not count."""


def enqueue(
    session: Session,
    actor: Actor,
    kind: str,
    payload: Mapping[str, Any],
    *,
    dedup: str | None = None,
) -> Job:
    """Add a job to the caller's transaction; rolled back with it.

    `dedup` names the effect: while a job of that name waits or runs, that one is returned.
    """
    if dedup is not None:
        open_job = session.scalar(sa.select(Job).where(Job.dedup == dedup))
        if open_job is not None:
            return open_job
    at = now()
    job = Job(
        kind=kind,
        payload=dict(payload),
        region_id=actor.region_id,
        municipality_id=actor.municipality_id,
        account_id=actor.account_id,
        dedup=dedup,
        run_at=at,
        created_at=at,
    )
    session.add(job)
    session.flush()  # the caller shows the job's address
    return job


@dataclass
class Context:
    """What a handler gets: its job, progress, and the transaction that ends it."""

    database: Database
    audit_key: str
    lease_seconds: int
    job_id: int
    token: str
    kind: str
    payload: Mapping[str, Any]
    account_id: int | None
    region_id: int
    completed: bool = False
    _last_beat: float = field(default=0.0, repr=False)

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Tell how far it is and renew the lease; at most twice a second reaches the database."""
        if done < total and time.monotonic() - self._last_beat < 0.5:
            return
        self._last_beat = time.monotonic()
        with transaction.writing(self.database, audit_key=self.audit_key) as session:
            self._hold(session, done=done, total=total, message=message)

    @contextmanager
    def complete(self, result: dict[str, Any]) -> Iterator[Session]:
        """The transaction with the handler's effect; `result` may be filled inside the block.

        Raises LeaseLost when the job belongs to another worker by now.
        """
        with transaction.writing(self.database, audit_key=self.audit_key) as session:
            self._hold(session)
            yield session
            _finish(session, self.job_id, JobState.DONE, result=result)
        self.completed = True

    def _hold(self, session: Session, **values: Any) -> None:
        held = session.execute(
            sa.update(Job)
            .where(
                Job.id == self.job_id, Job.lease_token == self.token, Job.state == JobState.DOING
            )
            .values(lease_until=now() + timedelta(seconds=self.lease_seconds), **values)
            .returning(Job.id)
        ).first()
        if held is None:
            raise LeaseLost(self.job_id)


Handler = Callable[[Context], None]


@dataclass(frozen=True)
class Runner:
    """Runs jobs of the kinds in `handlers` against one database."""

    database: Database
    handlers: Mapping[str, Handler]
    audit_key: str
    lease_seconds: int = 60

    def run_one(self) -> bool:
        """Claim and run one job; False when there is none to claim."""
        context = self._claim()
        if context is None:
            return False
        log.info("job.started", job=context.job_id, kind=context.kind)
        try:
            self.handlers[context.kind](context)
            if not context.completed:
                with context.complete({}):
                    pass
        except LeaseLost:
            log.warning("job.lease_lost", job=context.job_id)
        except DomainError as error:
            self._fail(context, error.message)
        except Exception:  # noqa: BLE001 - no fault of a handler may take the worker down
            log.error("job.crashed", job=context.job_id, trace=traceback.format_exc())
            self._retry(context)
        return True

    def _claim(self) -> Context | None:
        at = now()
        with transaction.writing(self.database, audit_key=self.audit_key) as session:
            ready = sa.or_(
                sa.and_(Job.state == JobState.TODO, Job.run_at <= at),
                sa.and_(Job.state == JobState.DOING, Job.lease_until < at),
            )
            query = (
                sa.select(Job)
                .where(ready, Job.kind.in_(self.handlers))
                .order_by(Job.run_at, Job.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            job = session.scalar(query)
            # One that is out of tries must not hide those that wait behind it.
            while job is not None and job.attempt >= MAX_ATTEMPTS:
                _finish(session, job.id, JobState.FAILED, error=OUT_OF_TRIES)
                job = session.scalar(query)
            if job is None:
                return None
            job.state = JobState.DOING
            job.attempt += 1
            job.lease_token = secrets.token_hex(16)
            job.lease_until = at + timedelta(seconds=self.lease_seconds)
            return Context(
                database=self.database,
                audit_key=self.audit_key,
                lease_seconds=self.lease_seconds,
                job_id=job.id,
                token=job.lease_token,
                kind=job.kind,
                payload=job.payload,
                account_id=job.account_id,
                region_id=job.region_id,
            )

    def _fail(self, context: Context, message: str) -> None:
        with self._own(context) as session:
            _finish(session, context.job_id, JobState.FAILED, error=message)

    def _retry(self, context: Context) -> None:
        with self._own(context) as session:
            job = session.get_one(Job, context.job_id)
            if job.attempt >= MAX_ATTEMPTS:
                _finish(session, job.id, JobState.FAILED, error=OUT_OF_TRIES)
                return
            job.state = JobState.TODO
            job.run_at = now() + timedelta(seconds=2**job.attempt)
            job.lease_token = job.lease_until = None

    @contextmanager
    def _own(self, context: Context) -> Iterator[Session]:
        try:
            with transaction.writing(self.database, audit_key=self.audit_key) as session:
                context._hold(session)
                yield session
        except LeaseLost:
            log.warning("job.lease_lost", job=context.job_id)


OUT_OF_TRIES: Final = (
    "処理が途中で止まり、3 回試しても終わりませんでした。保存済みの内容は変わっていません。"
    "もう一度実行しても同じときは、管理者に連絡してください。"
)


def _finish(
    session: Session,
    job_id: int,
    state: JobState,
    *,
    result: Mapping[str, Any] | None = None,
    error: str | None = None,
) -> None:
    session.execute(
        sa.update(Job)
        .where(Job.id == job_id)
        .values(
            state=state,
            result=None if result is None else dict(result),
            error=error,
            finished_at=now(),
            lease_token=None,
            lease_until=None,
            dedup=None,  # the name is free again
        )
    )
