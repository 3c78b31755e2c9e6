"""The audit record: one event a change, chained by keyed hashes.

Services call `record`, which only collects. The edge (`registry.transaction`) calls `seal` last
before its commit: there the events get their place in the chain under one lock, so that the
chain has no gaps and no forks even with parallel writers.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from registry.access import Actor
from registry.db import Base, JsonDoc, UtcDateTime, now

GENESIS: Final = "0" * 64
_PENDING: Final = "kaizu.audit"
_KEY: Final = "kaizu.audit_key"
_LOCK: Final = 0x6B61697A  # one advisory lock for the whole chain ("kaiz")


class AuditEvent(Base):
    """One sealed event; a trigger refuses every update and delete."""

    __tablename__ = "audit_event"

    sequence: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    region_id: Mapped[int | None]
    actor_id: Mapped[int | None] = mapped_column(index=True)
    actor: Mapped[str]
    role: Mapped[str]
    municipality_code: Mapped[str | None]
    action: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str] = mapped_column(index=True)
    before: Mapped[Any | None] = mapped_column(JsonDoc)
    after: Mapped[Any | None] = mapped_column(JsonDoc)
    request_id: Mapped[str | None]
    previous_hash: Mapped[str]
    key_id: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)


@dataclass(frozen=True)
class Verification:
    """`count` events read; `broken` is the sequence of the first bad one and `reason` says why."""

    count: int
    head: str
    broken: int | None = None
    reason: str = ""


def record(
    session: Session,
    actor: Actor | None,
    action: str,
    subject: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Note what a service just did; written at the end of the transaction.

    `action` is `feature.verb`, `subject` is `table:id`. `before`/`after` hold only what changed,
    as plain JSON values, never secrets. Without an actor the event is the system's own or an
    outsider's (a refused sign-in).
    """
    event = {
        "region_id": actor.region_id if actor else None,
        "actor_id": actor.account_id if actor else None,
        "actor": (actor.email or actor.name) if actor else "(未認証)",
        "role": ("terminal" if actor.terminal else actor.role.value) if actor else "",
        "municipality_code": actor.municipality_code if actor else None,
        "action": action,
        "subject": subject,
        "before": _plain(before),
        "after": _plain(after),
    }
    session.info.setdefault(_PENDING, []).append(event)


def use_key(session: Session, key: str, request_id: str | None = None) -> None:
    """Tell the session with which key and under which request its events are sealed."""
    session.info[_KEY] = (key, request_id)


def pending(session: Session) -> int:
    return len(session.info.get(_PENDING, ()))


def seal(session: Session) -> None:
    """Chain the collected events; nothing may be recorded in this transaction afterwards."""
    events: list[dict[str, Any]] = session.info.pop(_PENDING, [])
    if not events:
        return
    key, request_id = session.info[_KEY]
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        # SQLite writers are alone already (BEGIN IMMEDIATE).
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    last = session.execute(
        sa.select(AuditEvent.sequence, AuditEvent.hash)
        .order_by(AuditEvent.sequence.desc())
        .limit(1)
    ).first()
    sequence, previous = (last.sequence, last.hash) if last else (0, GENESIS)
    at = now()
    for event in events:
        sequence += 1
        row = AuditEvent(
            sequence=sequence,
            at=at,
            request_id=request_id,
            previous_hash=previous,
            key_id=key_id(key),
            **event,
        )
        row.hash = previous = digest(row, key)
        session.add(row)
    session.flush()


def digest(event: AuditEvent, key: str) -> str:
    """HMAC-SHA256 over the canonical JSON of everything but the hash itself."""
    content = {
        "sequence": event.sequence,
        "at": event.at.isoformat(timespec="microseconds"),
        "region_id": event.region_id,
        "actor_id": event.actor_id,
        "actor": event.actor,
        "role": event.role,
        "municipality_code": event.municipality_code,
        "action": event.action,
        "subject": event.subject,
        "before": event.before,
        "after": event.after,
        "request_id": event.request_id,
        "previous_hash": event.previous_hash,
        "key_id": event.key_id,
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def key_id(key: str) -> str:
    """A short name of the key, so that a wrong key is not mistaken for a forged record."""
    return hashlib.sha256(b"kaizu audit key:" + key.encode()).hexdigest()[:12]


def verify(session: Session, key: str) -> Verification:
    """Walk the whole chain and stop at the first event that does not fit."""
    count, previous = 0, GENESIS
    with _in_order(session) as events:
        for event in events:
            count += 1
            reason = _fault(event, count, previous, key)
            if reason:
                return Verification(count, previous, broken=event.sequence, reason=reason)
            previous = event.hash
    return Verification(count, previous)


@contextmanager
def _in_order(session: Session) -> Iterator[Iterator[AuditEvent]]:
    """All events, a thousand at a time; the cursor is closed even when the walk stops early."""
    query = sa.select(AuditEvent).order_by(AuditEvent.sequence)
    rows = session.scalars(query.execution_options(yield_per=1000))
    try:
        yield _one_by_one(session, rows)
    finally:
        rows.close()


def _one_by_one(session: Session, rows: Iterable[AuditEvent]) -> Iterator[AuditEvent]:
    for event in rows:
        yield event
        session.expunge(event)  # a long chain must not fill the memory


def _fault(event: AuditEvent, expected: int, previous: str, key: str) -> str:
    if event.sequence != expected:
        return f"{expected} 番の記録がありません。"
    if event.previous_hash != previous:
        return "前の記録とつながっていません。"
    if event.key_id != key_id(key):
        return "別の鍵で作られた記録です。KAIZU_AUDIT_KEY を確かめてください。"
    if not hmac.compare_digest(event.hash, digest(event, key)):
        return "記録の内容が書き換えられています。"
    return ""


def _plain(values: Mapping[str, Any] | None) -> Any:
    """As JSON reads it back, so that a hash made now fits the row read later."""
    if values is None:
        return None
    return json.loads(json.dumps(values, ensure_ascii=False, default=str))
