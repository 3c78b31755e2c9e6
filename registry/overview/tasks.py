"""「あなたの作業」: what waits for this person, with the page where it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor, Role
from registry.accounts.models import Account
from registry.db import now
from registry.jobs import Job, JobState
from registry.processes.models import Business
from registry.requirements import clarifications
from registry.requirements.models import Requirement, RequirementState
from registry.specs.models import Edition, EditionFile
from registry.standards.models import (
    Alignment,
    Application,
    Decision,
    StandardRequirement,
)
from registry.vendors.models import Delivery, VendorMember


@dataclass(frozen=True)
class Task:
    """`count` things to do at `endpoint` (with `arguments`)."""

    text: str
    count: int
    endpoint: str
    arguments: dict[str, Any]
    note: str = ""


def of(session: Session, actor: Actor) -> list[Task]:
    """The person's open work, most urgent first; nothing that is done already."""
    return [task for task in _BY_ROLE[actor.role](session, actor) if task.count]


def _writer(session: Session, actor: Actor) -> list[Task]:
    """Drafts and returned lines of one's own town, business by business."""
    rows = session.execute(
        sa.select(Business.slug, Business.name, Requirement.state, sa.func.count().label("lines"))
        .join(Requirement, Requirement.business_id == Business.id)
        .where(
            Requirement.municipality_id == actor.municipality_id,
            Requirement.deleted_at.is_(None),
            Requirement.state.in_([RequirementState.RETURNED, RequirementState.DRAFT]),
        )
        .group_by(Business.slug, Business.name, Business.number, Requirement.state)
        .order_by(Requirement.state.desc(), Business.number)
    )
    words = {
        RequirementState.RETURNED: "差し戻された要件を直す",
        RequirementState.DRAFT: "下書きの要件を仕上げて提出する"
        if actor.role is Role.EDITOR
        else "下書きの要件を仕上げる",
    }
    asked = [
        Task(
            f"{one.business_name}: 要件についての質問に答える",
            one.count,
            "requirements.detail",
            {"slug": one.business_slug, "requirement_id": one.requirement_id},
        )
        for one in clarifications.unanswered(session, actor.municipality_id or 0)
    ]
    return asked + [
        Task(
            f"{row.name}: {words[row.state]}",
            row.lines,
            "requirements.table",
            {"slug": row.slug, "state": row.state.value},
        )
        for row in rows
    ]


def _approver(session: Session, actor: Actor) -> list[Task]:
    """What another person of the town has submitted and nobody has confirmed."""
    waiting = session.scalar(
        sa.select(sa.func.count())
        .select_from(Requirement)
        .where(
            Requirement.municipality_id == actor.municipality_id,
            Requirement.deleted_at.is_(None),
            Requirement.submitted_version_id.is_not(None),
            sa.or_(
                Requirement.confirmed_version_id.is_(None),
                Requirement.confirmed_version_id != Requirement.submitted_version_id,
            ),
        )
    )
    return [
        Task(
            "提出された要件を確かめ、確定するか差し戻す", waiting or 0, "requirements.approvals", {}
        )
    ]


def _coordinator(session: Session, actor: Actor) -> list[Task]:
    """What is stuck on the way from lines to an edition, business by business."""
    tasks: list[Task] = []
    businesses = session.execute(
        sa.select(Business.id, Business.slug, Business.name)
        .where(Business.region_id == actor.region_id)
        .order_by(Business.number)
    ).all()
    counts = [
        (_per_business(session, query), text, endpoint) for query, text, endpoint in _stations()
    ]
    for business in businesses:
        for found, text, endpoint in counts:
            tasks.append(
                Task(
                    f"{business.name}: {text}",
                    found.get(business.id, 0),
                    endpoint,
                    {"slug": business.slug},
                )
            )
    return tasks


def _stations() -> list[tuple[sa.Select[int, int], str, str]]:
    """(count by business, what to do, where), in the order of the work."""
    submitted = sa.and_(
        Requirement.submitted_version_id.is_not(None), Requirement.deleted_at.is_(None)
    )
    newer = sa.orm.aliased(Decision)
    newest = (
        sa.select(Decision.standard_id, Decision.subject_version)
        .where(
            Decision.standard_id.is_not(None),
            ~sa.exists().where(newer.supersedes_id == Decision.id),
        )
        .order_by(Decision.id)
        .subquery()
    )
    count = sa.func.count()
    return [
        (
            sa.select(Requirement.business_id, count)
            .where(submitted, ~sa.exists().where(Alignment.requirement_id == Requirement.id))
            .group_by(Requirement.business_id),
            "まだまとまりに入っていない行を対応付ける",
            "comparison.proposals",
        ),
        (
            sa.select(Requirement.business_id, count)
            .join(Alignment, Alignment.requirement_id == Requirement.id)
            .where(submitted, Alignment.requirement_version_id != Requirement.submitted_version_id)
            .group_by(Requirement.business_id),
            "団体が書き直した行の対応付けを確かめる",
            "comparison.business",
        ),
        (
            sa.select(StandardRequirement.business_id, count)
            .outerjoin(newest, newest.c.standard_id == StandardRequirement.id)
            .where(newest.c.standard_id.is_(None))
            .group_by(StandardRequirement.business_id),
            "標準要件の案を決める",
            "standards.of_business",
        ),
        (
            sa.select(StandardRequirement.business_id, count)
            .join(newest, newest.c.standard_id == StandardRequirement.id)
            .where(newest.c.subject_version != StandardRequirement.version)
            .group_by(StandardRequirement.business_id),
            "決定のあとに直した標準要件を決め直す",
            "standards.of_business",
        ),
        (
            sa.select(
                StandardRequirement.business_id, sa.func.count(sa.distinct(StandardRequirement.id))
            )
            .join(Application, Application.standard_id == StandardRequirement.id)
            .where(Application.confirmed_at.is_(None))
            .group_by(StandardRequirement.business_id),
            "団体別の適用を確かめる",
            "standards.of_business",
        ),
        (
            sa.select(Edition.business_id, count)
            .where(~sa.exists().where(EditionFile.edition_id == Edition.id))
            .group_by(Edition.business_id),
            "作成中の仕様書を確かめる",
            "specs.of_business",
        ),
    ]


def _per_business(session: Session, query: sa.Select[int, int]) -> dict[int, int]:
    return {row[0]: row[1] for row in session.execute(query)}


def _vendor(session: Session, actor: Actor) -> list[Task]:
    """Deliveries to the vendor that nobody has opened yet."""
    unopened = session.scalar(
        sa.select(sa.func.count())
        .select_from(Delivery)
        .join(VendorMember, VendorMember.vendor_id == Delivery.vendor_id)
        .where(
            VendorMember.account_id == actor.account_id,
            Delivery.withdrawn_at.is_(None),
            Delivery.opened_at.is_(None),
        )
    )
    return [Task("新しく届いた仕様書を受け取る", unopened or 0, "vendors.received", {})]


def _administrator(session: Session, actor: Actor) -> list[Task]:
    """Jobs that failed, jobs that nobody runs, accounts nobody can enter."""
    failed = session.scalar(
        sa.select(sa.func.count())
        .select_from(Job)
        .where(Job.region_id == actor.region_id, Job.state == JobState.FAILED)
    )
    waiting = session.scalar(
        sa.select(sa.func.count())
        .select_from(Job)
        .where(
            Job.region_id == actor.region_id,
            Job.state == JobState.TODO,
            Job.run_at <= now() - _PATIENCE,
        )
    )
    closed = session.scalar(
        sa.select(sa.func.count())
        .select_from(Account)
        .where(
            Account.region_id == actor.region_id,
            Account.deactivated_at.is_(None),
            Account.password_hash.is_(None),
        )
    )
    return [
        Task("失敗した処理を確かめる", failed or 0, "overview.jobs", {"state": "failed"}),
        Task(
            "1 分以上始まらない処理がある",
            waiting or 0,
            "overview.jobs",
            {"state": "todo"},
            "ワーカー(kaizu work)が動いているか確かめてください。",
        ),
        Task(
            "パスワードがまだ設定されていないアカウントに再設定リンクを渡す",
            closed or 0,
            "accounts.listing",
            {},
        ),
    ]


_PATIENCE: Final = timedelta(minutes=1)

_BY_ROLE: Final[dict[Role, Callable[[Session, Actor], list[Task]]]] = {
    Role.CONTRIBUTOR: _writer,
    Role.EDITOR: _writer,
    Role.APPROVER: _approver,
    Role.COORDINATOR: _coordinator,
    Role.VENDOR: _vendor,
    Role.ADMINISTRATOR: _administrator,
}
