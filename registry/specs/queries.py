"""Reading editions, their files, drafts and jobs."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, undefer

from registry.access import Actor, Permission, require
from registry.errors import NotFound
from registry.jobs import Job
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.specs import document
from registry.specs.models import Edition, EditionFile, SpecDraft
from registry.standards.models import (
    Application,
    Decision,
    Outcome,
    StandardRequirement,
)

BUILD_EDITION: Final = "specs.build_edition"
BUILD_DRAFT: Final = "specs.build_draft"
ADOPTED: Final = frozenset({Outcome.ADOPT, Outcome.ADOPT_REVISED})
# What deliveries need: an edition with fewer files is not built yet.
FILES: Final = ("spec.pdf", "answer-sheet.xlsx", "spec.json", "SHA256SUMS")


# ---- editions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EditionRow:
    """An edition in a list; `built` says that all its files are stored."""

    id: int
    slug: str
    business: str
    number: str
    title: str
    issued_on: date
    sha256: str
    created_at: datetime
    built: bool


def editions(session: Session, actor: Actor, business_id: int | None = None) -> list[EditionRow]:
    """The region's editions (of one business), by business and then the newest first."""
    require(actor, Permission.READ_CONTENT)
    files = (
        sa.select(sa.func.count(EditionFile.id))
        .where(EditionFile.edition_id == Edition.id)
        .scalar_subquery()
    )
    query = (
        sa.select(Edition, Business, files)
        .join(Business, Business.id == Edition.business_id)
        .where(Business.region_id == actor.region_id)
        .order_by(Business.number, Edition.id.desc())
    )
    if business_id is not None:
        query = query.where(Business.id == business_id)
    # Numbers only ever grow (see service.freeze_edition), so the ids order them.
    return [
        EditionRow(
            id=row.id,
            slug=business.slug,
            business=business.name,
            number=row.number,
            title=row.title,
            issued_on=row.issued_on,
            sha256=row.sha256,
            created_at=row.created_at,
            built=count == len(FILES),
        )
        for row, business, count in session.execute(query)
    ]


def edition(session: Session, actor: Actor, business_id: int, number: str) -> Edition:
    """Raises NotFound, also for another region's."""
    found = session.scalar(
        sa.select(Edition)
        .join(Business, Business.id == Edition.business_id)
        .where(
            Business.region_id == actor.region_id,
            Edition.business_id == business_id,
            Edition.number == number,
        )
    )
    if found is None:
        raise NotFound(f"第{number}版は見つかりませんでした。")
    return found


def newest(session: Session, business_id: int) -> Edition | None:
    """The edition that the next one follows."""
    return session.scalar(
        sa.select(Edition)
        .where(Edition.business_id == business_id)
        .order_by(Edition.id.desc())
        .limit(1)
    )


def frozen_bytes(session: Session, edition_id: int) -> bytes:
    """spec.json as it was frozen."""
    return session.execute(sa.select(Edition.frozen).where(Edition.id == edition_id)).scalar_one()


def frozen_spec(session: Session, edition_id: int) -> document.Spec:
    spec: document.Spec = json.loads(frozen_bytes(session, edition_id))
    return spec


@dataclass(frozen=True, slots=True)
class FileRow:
    id: int
    name: str
    media_type: str
    sha256: str
    size: int


def files(session: Session, edition_id: int) -> list[FileRow]:
    """The built files of an edition without their content, the PDF first."""
    rows = session.scalars(
        sa.select(EditionFile)
        .where(EditionFile.edition_id == edition_id)
        .order_by(EditionFile.name)
    )
    found = [FileRow(row.id, row.name, row.media_type, row.sha256, row.size) for row in rows]
    return sorted(found, key=lambda row: FILES.index(row.name) if row.name in FILES else len(FILES))


def file(session: Session, edition_id: int, name: str) -> EditionFile:
    """One built file with its content. Raises NotFound."""
    found = session.scalar(
        sa.select(EditionFile)
        .options(undefer(EditionFile.content))
        .where(EditionFile.edition_id == edition_id, EditionFile.name == name)
    )
    if found is None:
        raise NotFound(f"ファイル {name} は見つかりませんでした。")
    return found


def draft(session: Session, business_id: int) -> SpecDraft | None:
    """The newest draft PDF without its content."""
    return session.get(SpecDraft, business_id)


def draft_content(session: Session, business_id: int) -> bytes:
    """Raises NotFound when no draft was built."""
    found = session.scalar(sa.select(SpecDraft.content).where(SpecDraft.business_id == business_id))
    if found is None:
        raise NotFound("案の PDF はまだありません。先に「案の PDF を作る」を押してください。")
    return found


# ---- jobs -------------------------------------------------------------------------------------


def edition_job(session: Session, actor: Actor, edition_id: int) -> Job | None:
    """The newest job that builds this edition's files."""
    return _job(session, actor, BUILD_EDITION, "edition_id", edition_id)


def draft_job(session: Session, actor: Actor, business_id: int) -> Job | None:
    """The newest job that builds this business's draft."""
    return _job(session, actor, BUILD_DRAFT, "business_id", business_id)


def _job(session: Session, actor: Actor, kind: str, key: str, value: int) -> Job | None:
    jobs = session.scalars(
        sa.select(Job)
        .where(Job.kind == kind, Job.region_id == actor.region_id)
        .order_by(Job.id.desc())
        .limit(200)
    )
    # JSON is asked for differently by the two engines; only the newest jobs matter here.
    return next((job for job in jobs if job.payload.get(key) == value), None)


# ---- overview ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BusinessRow:
    """A business with its newest edition and what is open.

    `adopted` lines would be in the next edition, `unconfirmed` of them block it; `open` are the
    standards nobody has decided on and those put off.
    """

    slug: str
    number: str
    name: str
    edition: EditionRow | None
    editions: int
    draft_at: datetime | None
    adopted: int
    unconfirmed: int
    open: int


def overview(session: Session, actor: Actor) -> list[BusinessRow]:
    """Every business of the region by number; the same number of queries however many there are."""
    by_slug: dict[str, list[EditionRow]] = defaultdict(list)
    for row in editions(session, actor):
        by_slug[row.slug].append(row)
    drafts = {
        row[0]: row[1]
        for row in session.execute(
            sa.select(SpecDraft.business_id, SpecDraft.created_at)
            .join(Business, Business.id == SpecDraft.business_id)
            .where(Business.region_id == actor.region_id)
            .order_by(SpecDraft.business_id)
        )
    }
    counts = _counts(session, actor)
    return [
        BusinessRow(
            slug=business.slug,
            number=business.number,
            name=business.name,
            edition=by_slug[business.slug][0] if by_slug[business.slug] else None,
            editions=len(by_slug[business.slug]),
            draft_at=drafts.get(business.id),
            adopted=counts[business.id]["adopted"],
            unconfirmed=counts[business.id]["unconfirmed"],
            open=counts[business.id]["open"],
        )
        for business in processes.businesses(session, actor)
    ]


def _counts(session: Session, actor: Actor) -> dict[int, Counter[str]]:
    later = aliased(Decision)
    unconfirmed = sa.exists().where(
        Application.standard_id == StandardRequirement.id, Application.confirmed_at.is_(None)
    )
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for business_id, outcome, waiting, count in session.execute(
        sa.select(
            StandardRequirement.business_id,
            Decision.outcome,
            unconfirmed,
            sa.func.count(StandardRequirement.id),
        )
        .join(Business, Business.id == StandardRequirement.business_id)
        .outerjoin(
            Decision,
            sa.and_(
                Decision.standard_id == StandardRequirement.id,
                ~sa.exists().where(later.supersedes_id == Decision.id),
            ),
        )
        .where(Business.region_id == actor.region_id)
        .group_by(StandardRequirement.business_id, Decision.outcome, unconfirmed)
        .order_by(StandardRequirement.business_id)
    ):
        if outcome in ADOPTED:
            found[business_id]["adopted"] += count
            found[business_id]["unconfirmed"] += count if waiting else 0
        elif outcome is not Outcome.REJECT:  # put off, or none at all
            found[business_id]["open"] += count
    return found
