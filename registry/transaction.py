"""The edge: the only place that commits. One unit of work, its audit sealed last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from registry import audit
from registry.db import Database


@contextmanager
def writing(
    database: Database, *, audit_key: str, request_id: str | None = None
) -> Iterator[Session]:
    """A writing session: leaving the block commits, raising rolls back."""
    with database.writing() as session:
        audit.use_key(session, audit_key, request_id)
        yield session
        commit(session)


def commit(session: Session) -> None:
    """Seal the audit events and commit; the session ends here."""
    audit.seal(session)
    session.commit()
