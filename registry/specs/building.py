"""Files of an edition from its frozen bytes, and the jobs that build and keep them.

PDFs are drawn in a child process with limits (`registry.child`); nothing here imports the drawing
code into the worker itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit, child
from registry.access import Actor, terminal_actor
from registry.db import now
from registry.errors import Conflict, NotFound
from registry.jobs import Context
from registry.processes.models import Business
from registry.specs import changes, content_queries, document, queries, workbook
from registry.specs.models import Edition, EditionFile, SpecDraft

MEDIA_TYPES: Final = {
    "spec.pdf": "application/pdf",
    "answer-sheet.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "spec.json": "application/json",
    "SHA256SUMS": "text/plain",
}
MEMORY_MB: Final = 1024
JAPAN: Final = timezone(timedelta(hours=9), "JST")

_DRAW: Final = "registry.specs.drawing:draw_edition"
_DRAW_DRAFT: Final = "registry.specs.drawing:draw_draft"
_CHECK: Final = "registry.specs.drawing:check"


def build_files(frozen: bytes, progress: child.Progress | None = None) -> dict[str, bytes]:
    """The four files of an edition by name; equal bytes give equal files.

    Raises Invalid when a character cannot be printed, ChildFailed when drawing hits a limit.
    """
    spec = json.loads(frozen)
    built = {
        "spec.pdf": _draw(_DRAW, frozen, progress),
        "answer-sheet.xlsx": workbook.build_answer_sheet(spec, sha256=document.digest(frozen)),
        "spec.json": frozen,
    }
    return built | {"SHA256SUMS": sums(built)}


def sums(built: Mapping[str, bytes]) -> bytes:
    """What `sha256sum --check SHA256SUMS` reads."""
    return "".join(
        f"{document.digest(content)}  {name}\n" for name, content in sorted(built.items())
    ).encode()


def rehearse(frozen: bytes) -> None:
    """Refuse what could be frozen but never printed, before its number is used up.

    Raises Invalid naming each character and its place. Takes a second or two.
    """
    child.run_in_child(
        _CHECK, frozen, memory_mb=MEMORY_MB, cpu_seconds=60, wall_seconds=120, open_files=64
    )


def build_edition(context: Context) -> None:
    """Job `specs.build_edition`: build and keep the files of one edition, once."""
    edition_id = int(context.payload["edition_id"])
    with context.database.read() as session:
        if session.get(Edition, edition_id) is None:
            raise NotFound("この版は見つかりませんでした。")
        frozen = queries.frozen_bytes(session, edition_id)
        complete = len(queries.files(session, edition_id)) == len(queries.FILES)
    built = {} if complete else build_files(frozen, _told(context))
    result: dict[str, str] = {}
    with context.complete(result) as session:
        if built:
            _keep(session, context, edition_id, built)
        result.update({row.name: row.sha256 for row in queries.files(session, edition_id)})


def build_draft(context: Context) -> None:
    """Job `specs.build_draft`: draw what stands now, marked 「案」, in place of the last draft."""
    actor = terminal_actor(context.region_id)
    with context.database.read() as session:
        business = session.get(Business, int(context.payload["business_id"]))
        if business is None or business.region_id != context.region_id:
            raise NotFound("この業務は見つかりませんでした。")
        data = draft_bytes(session, actor, business)
    pdf = _draw(_DRAW_DRAFT, data, _told(context))
    with context.complete({"sha256": document.digest(pdf)}) as session:
        session.execute(sa.delete(SpecDraft).where(SpecDraft.business_id == business.id))
        session.add(
            SpecDraft(
                business_id=business.id,
                content=pdf,
                sha256=document.digest(pdf),
                created_at=now(),
            )
        )


def draft_bytes(session: Session, actor: Actor, business: Business) -> bytes:
    """The document as it would be frozen today, with undecided standards marked as such."""
    before = queries.newest(session, business.id)
    spec = document.freeze(
        content_queries.content(session, actor, business, undecided=True),
        document.Issue(
            number=document.next_number(before.number if before else None),
            title=content_queries.spec_title(business.name),
            issued_on=datetime.now(JAPAN).date(),
            predecessor=queries.frozen_spec(session, before.id) if before else None,
        ),
    )
    return document.to_bytes(spec)


def _draw(function: str, data: bytes, progress: child.Progress | None) -> bytes:
    """A 1,000-line edition takes some 20 s of CPU in each of its processes on a slow machine."""
    lines = sum(1 for _ in changes.rows(json.loads(data)))
    cpu_seconds = 60 + lines // 4
    return child.run_in_child(
        function,
        data,
        memory_mb=MEMORY_MB,
        cpu_seconds=cpu_seconds,
        # Three processes share what may be one core.
        wall_seconds=3 * cpu_seconds,
        open_files=128,
        progress=progress,
    )


def _told(context: Context) -> child.Progress:
    def tell(done: int, total: int) -> None:
        context.progress(done, total, "PDF を描いています。")

    return tell


def _keep(session: Session, context: Context, edition_id: int, built: Mapping[str, bytes]) -> None:
    """Store the files; those already there must be the same bytes, for they are delivered."""
    stored = {row.name: row.sha256 for row in queries.files(session, edition_id)}
    for name, content in built.items():
        sha256 = document.digest(content)
        if name in stored:
            if stored[name] != sha256:
                raise Conflict(
                    f"作り直した {name} が、保存済みのものと一致しません。保存済みのものは"
                    "変わっていません。管理者に連絡してください。"
                )
            continue
        session.add(
            EditionFile(
                edition_id=edition_id,
                name=name,
                media_type=MEDIA_TYPES[name],
                content=content,
                sha256=sha256,
                size=len(content),
                created_at=now(),
            )
        )
    session.flush()  # the result is read back
    audit.record(
        session,
        terminal_actor(context.region_id),
        "specs.store_files",
        f"edition:{edition_id}",
        after={name: document.digest(content) for name, content in built.items()},
    )
