"""Answers kept by key, so that a repeated send has one effect.

After a broken connection nobody knows whether a write was committed (RELIABILITY finding 6);
sending it again with the same key shows the first answer.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from flask import Request, Response
from sqlalchemy.orm import Mapped, Session, mapped_column
from werkzeug.datastructures import FileStorage

from registry.db import Base, UtcDateTime, now
from registry.errors import Conflict

FIELD: Final = "idempotency_key"
HEADER: Final = "Idempotency-Key"
_IGNORED: Final = frozenset({FIELD, "csrf_token"})
_MAX_BODY: Final = 64 * 1024


class StoredAnswer(Base):
    """The answer to one write of one account on one route, kept in the write's transaction."""

    __tablename__ = "stored_answer"
    __table_args__ = (sa.UniqueConstraint("account_id", "route", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int]
    route: Mapped[str]
    key: Mapped[str]
    content_hash: Mapped[str]
    status: Mapped[int]
    location: Mapped[str | None]
    etag: Mapped[str | None]
    media_type: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


def key_of(request: Request) -> str:
    """The key sent with this request, or an empty text."""
    return (request.headers.get(HEADER) or request.form.get(FIELD) or "").strip()[:200]


def find(session: Session, request: Request, account_id: int, key: str) -> Response | None:
    """The kept answer for the same content.

    Twins sent at once wait for each other here, so that the second finds the first's answer.

    Raises Conflict when the key was used for other content, naming what was saved then.
    """
    _queue_up(session, f"{account_id} {route_of(request)} {key}")
    stored = session.scalar(
        sa.select(StoredAnswer).where(
            StoredAnswer.account_id == account_id,
            StoredAnswer.route == route_of(request),
            StoredAnswer.key == key,
        )
    )
    if stored is None:
        return None
    if stored.content_hash != content_hash(request):
        raise Conflict(
            "この画面の内容は、すでに一度保存されています。あとから変えた内容はまだ保存していません。"
            "画面を開き直して、保存された内容を確かめてください。",
            {"saved_at": stored.location or stored.route},
        )
    answer = Response(stored.body, status=stored.status, mimetype=stored.media_type)
    for name, value in (("Location", stored.location), ("ETag", stored.etag)):
        if value:
            answer.headers[name] = value
    answer.headers["Idempotency-Replayed"] = "true"
    return answer


def keep(session: Session, request: Request, account_id: int, key: str, answer: Response) -> None:
    """Keep a successful answer; a file is not kept, fetching it again is harmless.

    Neither is an answer its view marked no-store: it holds a secret that is stored as a hash only.
    """
    if answer.cache_control.no_store:
        return
    body = answer.get_data(as_text=True) if answer.mimetype in _TEXTS else ""
    if answer.mimetype not in _TEXTS or len(body) > _MAX_BODY:
        return
    session.add(
        StoredAnswer(
            account_id=account_id,
            route=route_of(request),
            key=key,
            content_hash=content_hash(request),
            status=answer.status_code,
            location=answer.headers.get("Location"),
            etag=answer.headers.get("ETag"),
            media_type=answer.mimetype or "text/html",
            body=body,
            created_at=now(),
        )
    )


def _queue_up(session: Session, name: str) -> None:
    if session.get_bind().dialect.name != "postgresql":
        return  # SQLite's writers are alone already (BEGIN IMMEDIATE)
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


_TEXTS: Final = frozenset({"text/html", "application/json"})


def route_of(request: Request) -> str:
    return f"{request.method} {request.path}"


def content_hash(request: Request) -> str:
    """What was sent, without the tokens that change from page to page."""
    form: list[Any] = sorted(
        (name, value) for name, value in request.form.items(multi=True) if name not in _IGNORED
    )
    files = sorted(
        (name, file.filename or "", _digest(file)) for name, file in request.files.items(multi=True)
    )
    sent = json.dumps([form, files], ensure_ascii=False).encode()
    if not form and not files:
        sent += request.get_data(cache=True)
    return hashlib.sha256(sent).hexdigest()


def _digest(file: FileStorage) -> str:
    """Of the whole file, which may have been read already; it is left where it was."""
    at = file.stream.tell()
    file.stream.seek(0)
    digest = hashlib.file_digest(file.stream, "sha256").hexdigest()  # type: ignore[arg-type]
    file.stream.seek(at)
    return digest
