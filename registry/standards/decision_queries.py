"""The decisions on a standard or a group: the newest, and the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from registry.access import Actor
from registry.accounts.models import Account
from registry.processes.models import Business
from registry.standards.models import (
    Decision,
    Outcome,
    RequirementGroup,
    StandardChange,
    StandardRequirement,
)


def newest() -> sa.ColumnElement[bool]:
    """Decisions nothing has superseded."""
    later = aliased(Decision)
    return ~sa.exists().where(later.supersedes_id == Decision.id)


def decided(session: Session, actor: Actor, business_id: int) -> list[Decision]:
    """The newest decision on each standard of a business, by the standard's code.

    Only those with outcome adopt or adopt_revised count for an edition; their `snapshot` is what
    is printed.
    """
    return list(
        session.scalars(
            sa.select(Decision)
            .join(StandardRequirement, StandardRequirement.id == Decision.standard_id)
            .join(Business, Business.id == Decision.business_id)
            .where(
                Decision.business_id == business_id,
                Business.region_id == actor.region_id,
                newest(),
            )
            .order_by(StandardRequirement.code)
        )
    )


def newest_decision(
    session: Session,
    *,
    standard: StandardRequirement | None = None,
    group: RequirementGroup | None = None,
) -> Decision | None:
    return session.scalar(sa.select(Decision).where(_about(standard, group), newest()))


def newest_decision_words(
    session: Session,
    *,
    standard: StandardRequirement | None = None,
    group: RequirementGroup | None = None,
) -> dict[str, object]:
    """The newest decision for a person whose own came too late."""
    newest = newest_decision(session, standard=standard, group=group)
    if newest is None:
        return {}
    return {
        "outcome": newest.outcome.label,
        "reason": newest.reason,
        "decided_on": newest.decided_on.isoformat(),
    }


@dataclass(frozen=True, slots=True)
class DecisionEntry:
    """One line of the history of decisions."""

    outcome: Outcome
    reason: str
    decided_on: date
    recorded_at: datetime
    who: str
    snapshot: Mapping[str, Any]
    subject_version: int


def history(
    session: Session,
    *,
    standard: StandardRequirement | None = None,
    group: RequirementGroup | None = None,
) -> list[DecisionEntry]:
    """Every decision on a subject, the newest first."""
    rows = session.execute(
        sa.select(Decision, Account.name)
        .join(Account, Account.id == Decision.account_id)
        .where(_about(standard, group))
        .order_by(Decision.id.desc())
    )
    return [
        DecisionEntry(
            outcome=row.outcome,
            reason=row.reason,
            decided_on=row.decided_on,
            recorded_at=row.recorded_at,
            who=who,
            snapshot=row.snapshot,
            subject_version=row.subject_version,
        )
        for row, who in rows
    ]


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """An edit of a standard after a decision on it."""

    changed_at: datetime
    who: str
    reason: str
    standard_version: int


def changes(session: Session, *, standard: StandardRequirement) -> list[ChangeEntry]:
    """Every edit of a decided standard with its 変更理由, the newest first."""
    rows = session.execute(
        sa.select(
            StandardChange.changed_at,
            sa.func.coalesce(Account.name, "管理者(端末)"),
            StandardChange.reason,
            StandardChange.standard_version,
        )
        .outerjoin(Account, Account.id == StandardChange.account_id)
        .where(StandardChange.standard_id == standard.id)
        .order_by(StandardChange.id.desc())
    )
    return [ChangeEntry(*row) for row in rows]


def _about(
    standard: StandardRequirement | None, group: RequirementGroup | None
) -> sa.ColumnElement[bool]:
    if standard is not None:
        return Decision.standard_id == standard.id
    if group is not None:
        return Decision.group_id == group.id
    raise TypeError("a decision is about a standard or a group")
