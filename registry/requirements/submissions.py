"""The submissions of a line's wordings, and the 変更理由 that agreed wordings are changed with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.accounts.models import Account
from registry.errors import Invalid
from registry.requirements import values
from registry.requirements.bodies import chunks
from registry.requirements.models import RequirementVersion, Submission
from registry.requirements.storage import VERSION, Stored
from registry.requirements.values import COLUMNS, Values

MAX_REASON: Final = 2000
TOO_LONG: Final = f"理由は{MAX_REASON:,}字以内で入力してください。"


@dataclass(frozen=True, slots=True)
class Submitted:
    """One submission of a wording; `reason` is its 変更理由, empty where none was needed."""

    at: datetime
    by: str
    reason: str


def record(
    session: Session,
    lines: Sequence[Stored],
    reasons: Mapping[int, str],
    *,
    account_id: int | None,
    at: datetime,
) -> None:
    """Note that the drafts of these lines are submitted; `reasons` by requirement id."""
    if lines:
        session.execute(
            sa.insert(Submission),
            [
                {
                    "requirement_version_id": line.draft_id,
                    "reason": reasons.get(line.id, ""),
                    "account_id": account_id,
                    "submitted_at": at,
                }
                for line in lines
            ],
        )


def checked_reasons(
    session: Session, lines: Sequence[Stored], own: Mapping[int, str], common: str
) -> dict[int, str]:
    """The 変更理由 of each line that has one, by requirement id.

    `own` are the reasons by requirement id; `common` stands for those lines that need one and
    have none of their own. Raises Invalid with "reasons.ID" for each line that lacks a reason.
    """
    agreed = wordings(
        session, {line.confirmed_id for line in lines if line.confirmed_id is not None}
    )
    given: dict[int, str] = {}
    faults: dict[str, list[str]] = {}
    common = common.strip()
    if len(common) > MAX_REASON:
        faults["reason"] = [TOO_LONG]
    for line in lines:
        reason = own.get(line.id, "").strip()
        needed = values.needs_reason(agreed.get(line.confirmed_id or 0), line.values)
        name = f"「{line.values.label or line.values.text[:20]}」"
        if len(reason) > MAX_REASON:
            faults[f"reasons.{line.id}"] = [f"{name}: {TOO_LONG}"]
        elif needed and not (reason or common):
            faults[f"reasons.{line.id}"] = [
                f"{name}は確定した内容から変わっています。変更理由を入力してください。"
            ]
        if reason := reason or (common if needed else ""):
            given[line.id] = reason
    if faults:
        raise Invalid("まだ提出していません。変更理由を確かめてください。", faults)
    return given


def wordings(session: Session, version_ids: Collection[int]) -> dict[int, Values]:
    """What these versions say, by version id."""
    found: dict[int, Values] = {}
    for chunk in chunks(sorted(version_ids)):
        rows = session.execute(
            sa.select(VERSION.c.id, *(VERSION.c[name] for name in COLUMNS))
            .where(VERSION.c.id.in_(chunk))
            .order_by(VERSION.c.id)
        )
        for row in rows:
            cells: list[Any] = list(row)
            found[cells[0]] = Values(**dict(zip(COLUMNS, cells[1:], strict=True)))
    return found


def of_requirement(session: Session, requirement_id: int) -> dict[int, list[Submitted]]:
    """Version id → its submissions, oldest first; a returned wording may have several."""
    rows = session.execute(
        sa.select(
            Submission.requirement_version_id,
            Submission.submitted_at,
            sa.func.coalesce(Account.name, "管理者(端末)"),
            Submission.reason,
        )
        .join(RequirementVersion, RequirementVersion.id == Submission.requirement_version_id)
        .outerjoin(Account, Account.id == Submission.account_id)
        .where(RequirementVersion.requirement_id == requirement_id)
        .order_by(Submission.id)
    )
    found: dict[int, list[Submitted]] = {}
    for version_id, at, by, reason in rows:
        found.setdefault(version_id, []).append(Submitted(at, by, reason))
    return found


def newest_reason(version_id: Any) -> sa.ColumnElement[str]:
    """The 変更理由 of a version's newest submission; empty for one from before they were kept."""
    newest = (
        sa.select(Submission.reason)
        .where(Submission.requirement_version_id == version_id)
        .order_by(Submission.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return sa.func.coalesce(newest, "")
