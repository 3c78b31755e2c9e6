"""What happens to editions: frozen, drawn as a draft, their files handed out."""

from __future__ import annotations

from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, audit, jobs
from registry.access import Actor, Permission
from registry.db import now
from registry.errors import Conflict, Invalid, NotFound
from registry.jobs import Job
from registry.processes.models import Business
from registry.specs import content_queries, document, queries, readiness_queries
from registry.specs.models import Edition, EditionFile
from registry.specs.schemas import NUMBER_SHAPE
from registry.specs.words import TEMPLATE_VERSION

NOT_FROZEN: Final = "版を発行していません。"


def freeze_edition(
    session: Session,
    actor: Actor,
    *,
    business_id: int,
    number: str,
    issued_on: date,
    title: str | None = None,
) -> Edition:
    """Freeze what is decided now as an edition for ever, and have its files built.

    Raises NotFound for a business of another region, Invalid for a number that is malformed,
    taken or not above the newest, for a date before the newest edition's, and when nothing is
    decided, applications of towns are unconfirmed or a hidden wording would get out.
    """
    business = _business(session, actor, business_id)
    # Two people freezing at once must not both follow the same predecessor.
    session.execute(sa.select(Business.id).where(Business.id == business.id).with_for_update())
    before = queries.newest(session, business.id)
    _check_issue(before, number, issued_on)
    ready = readiness_queries.readiness(session, actor, business)
    if ready.problems:
        raise Invalid(NOT_FROZEN, {"number": ready.problems})
    spec = document.freeze(
        content_queries.content(session, actor, business),
        document.Issue(
            number=number,
            title=title or content_queries.spec_title(business.name),
            issued_on=issued_on,
            predecessor=queries.frozen_spec(session, before.id) if before else None,
        ),
    )
    frozen = document.to_bytes(spec)
    edition = Edition(
        business_id=business.id,
        number=number,
        title=spec["edition"]["title"],
        issued_on=issued_on,
        frozen=frozen,
        sha256=document.digest(frozen),
        template_version=TEMPLATE_VERSION,
        predecessor_id=before.id if before else None,
        account_id=actor.account_id,
        created_at=now(),
    )
    session.add(edition)
    session.flush()  # the job and the audit name its id
    audit.record(
        session,
        actor,
        "specs.freeze",
        f"edition:{edition.id}",
        after={
            "business": business.slug,
            "number": number,
            "issued_on": issued_on.isoformat(),
            "lines": ready.decided,
            "sha256": edition.sha256,
        },
    )
    _enqueue_build(session, actor, edition)
    return edition


def preview(
    session: Session,
    actor: Actor,
    *,
    business_id: int,
    number: str,
    issued_on: date,
    title: str | None = None,
) -> bytes:
    """The bytes `freeze_edition` would freeze now, for a rehearsal; nothing is checked or kept."""
    business = _business(session, actor, business_id)
    before = queries.newest(session, business.id)
    issue = document.Issue(
        number=number,
        title=title or content_queries.spec_title(business.name),
        issued_on=issued_on,
        predecessor=queries.frozen_spec(session, before.id) if before else None,
    )
    return document.to_bytes(
        document.freeze(content_queries.content(session, actor, business), issue)
    )


def enqueue_build(session: Session, actor: Actor, edition: Edition) -> Job:
    """Have the files of an edition built again after its job failed.

    Raises Conflict when they are all there.
    """
    _business(session, actor, edition.business_id)
    if len(queries.files(session, edition.id)) == len(queries.FILES):
        raise Conflict("この版のファイルはすでにできています。何も変更していません。")
    job = _enqueue_build(session, actor, edition)
    audit.record(session, actor, "specs.build", f"edition:{edition.id}", after={"job": job.id})
    return job


def enqueue_draft(session: Session, actor: Actor, *, business_id: int) -> Job:
    """Have the draft PDF 「案」 drawn: what is decided, and what is drafted marked as undecided.

    Raises Invalid when there is nothing to draw.
    """
    business = _business(session, actor, business_id)
    content = content_queries.content(session, actor, business, undecided=True)
    if not content.standards:
        raise Invalid(
            "案の PDF を作っていません。この業務には標準要件がまだありません。"
            "先に標準要件の案を作ってください。"
        )
    job = jobs.enqueue(
        session,
        actor,
        queries.BUILD_DRAFT,
        {"business_id": business.id},
        dedup=f"{queries.BUILD_DRAFT}:{business.id}",
    )
    audit.record(
        session, actor, "specs.build_draft", f"business:{business.id}", after={"job": job.id}
    )
    return job


def fetch_file(session: Session, actor: Actor, *, edition: Edition, name: str) -> EditionFile:
    """A built file for somebody of the region; who fetched what is recorded.

    Raises NotFound.
    """
    access.require(actor, Permission.READ_CONTENT)
    found = queries.file(session, edition.id, name)
    audit.record(
        session,
        actor,
        "specs.download",
        f"edition:{edition.id}",
        after={"number": edition.number, "file": name, "sha256": found.sha256},
    )
    return found


def fetch_draft(session: Session, actor: Actor, *, business: Business) -> bytes:
    """The newest draft PDF. Raises NotFound when there is none."""
    access.require(actor, Permission.FREEZE_EDITIONS, region_id=business.region_id)
    found = queries.draft_content(session, business.id)
    audit.record(session, actor, "specs.download_draft", f"business:{business.id}")
    return found


def record_export(session: Session, actor: Actor, *, subject: str, rows: int) -> None:
    """Note that a list left the system as a workbook."""
    access.require(actor, Permission.READ_CONTENT)
    audit.record(session, actor, "specs.export", subject, after={"rows": rows})


def _business(session: Session, actor: Actor, business_id: int) -> Business:
    access.require(actor, Permission.FREEZE_EDITIONS)
    business = session.get(Business, business_id)
    if business is None or business.region_id != actor.region_id:
        raise NotFound
    return business


def _check_issue(before: Edition | None, number: str, issued_on: date) -> None:
    try:
        key = document.number_key(number)
    except ValueError as error:
        raise Invalid(NOT_FROZEN, {"number": [NUMBER_SHAPE]}) from error
    if before is None:
        return
    if key <= document.number_key(before.number):
        raise Invalid(
            NOT_FROZEN,
            {"number": [f"前の第{before.number}版より大きい番号を入力してください。"]},
        )
    if issued_on < before.issued_on:
        day = before.issued_on.isoformat()
        message = f"前の第{before.number}版の発行日({day})以後の日付を入力してください。"
        raise Invalid(NOT_FROZEN, {"issued_on": [message]})


def _enqueue_build(session: Session, actor: Actor, edition: Edition) -> Job:
    return jobs.enqueue(
        session,
        actor,
        queries.BUILD_EDITION,
        {"edition_id": edition.id},
        dedup=f"{queries.BUILD_EDITION}:{edition.id}",
    )
