"""What a town agrees on: an editor submits; an approver confirms, sends back or withdraws."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, audit
from registry.access import Actor, Permission
from registry.db import now
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.municipalities.models import Municipality
from registry.requirements import storage, submissions
from registry.requirements.bodies import chunks
from registry.requirements.models import (
    RequirementState,
)
from registry.requirements.service import chosen, require_own
from registry.requirements.storage import ROW


def submit(
    session: Session,
    actor: Actor,
    *,
    municipality_id: int,
    business_id: int,
    requirement_ids: Collection[int] | None,
    reasons: Mapping[int, str] | None = None,
    reason: str = "",
) -> int:
    """Show drafts and returned lines to the other towns and ask the approver; None means all.

    A line whose confirmed wording changes needs a 変更理由: its own in `reasons` (by requirement
    id), else the common `reason`. Lines submitted already are left as they are.

    Raises NotFound for a line of somebody else, Invalid with "reasons.ID" for each line that
    lacks a reason or has one too long; nothing is submitted then.
    """
    require_own(session, actor, Permission.SUBMIT_REQUIREMENTS, municipality_id, business_id)
    if requirement_ids is None:
        found = storage.stored_lines(
            session, municipality_id=municipality_id, business_id=business_id, lock=True
        )
    else:
        found = chosen(session, municipality_id, business_id, requirement_ids)
    open_states = {RequirementState.DRAFT, RequirementState.RETURNED}
    taken = [one for one in found.values() if one.state in open_states]
    given = submissions.checked_reasons(session, taken, reasons or {}, reason)
    submissions.record(session, taken, given, account_id=actor.account_id, at=now())
    storage.point_all(
        session,
        [one.id for one in taken],
        submitted_version_id=ROW.c.draft_version_id,
        submitted_by=actor.account_id,
        state=RequirementState.SUBMITTED,
        return_reason="",
    )
    if taken:
        audit.record(
            session,
            actor,
            "requirements.submit",
            f"business:{business_id}",
            after={
                "municipality_id": municipality_id,
                "items": [[one.id, one.draft_id] for one in taken],
                **({"reasons": {str(one): given[one] for one in given}} if given else {}),
            },
        )
    return len(taken)


def confirm(session: Session, actor: Actor, *, items: Sequence[tuple[int, int]]) -> int:
    """Confirm exactly these submitted versions; `items` are (requirement id, version id).

    Lines confirmed already at that version count as done and are left. All or none.
    Raises NotFound, Forbidden for one's own submission, Conflict when another version stands there
    by now.
    """
    pending = _pending(session, actor, items)
    _point(
        session,
        pending,
        RequirementState.CONFIRMED,
        confirmed_version_id=ROW.c.submitted_version_id,
    )
    _record_reviews(session, actor, "requirements.confirm", pending)
    return len(pending)


def send_back(
    session: Session, actor: Actor, *, items: Sequence[tuple[int, int]], reason: str
) -> int:
    """Return submitted versions with a reason; others see the last confirmed version again.

    Raises Invalid without a reason, else as `confirm`.
    """
    reason = _given(reason, "差戻し", "まだ差し戻していません。")
    pending = _pending(session, actor, items)
    _point(
        session,
        pending,
        RequirementState.RETURNED,
        submitted_version_id=ROW.c.confirmed_version_id,
        submitted_by=None,
        return_reason=reason,
    )
    _record_reviews(session, actor, "requirements.send_back", pending, reason=reason)
    return len(pending)


def withdraw(
    session: Session, actor: Actor, *, items: Sequence[tuple[int, int]], reason: str
) -> int:
    """Take confirmed wordings back: the others see the line no more, the town has it returned.

    `items` are (requirement id, confirmed version id); all or none. What was compared and decided
    with it stays as it was, and says that the line was taken back. Raises Invalid without a
    reason, NotFound, Forbidden, Conflict when another wording is confirmed by now
    or a newer one waits for its approver.
    """
    reason = _given(reason, "取下げ", "まだ取り下げていません。")
    wanted = dict(items)
    rows = _locked(session, actor, wanted)
    if any(row.confirmed_version_id != wanted[row.id] for row in rows):
        raise Conflict(
            "この画面を開いたあとに、別の文が確定されたか、すでに取り下げられています。"
            "何も変更していません。画面を開き直して、いまの内容を確かめてください。"
        )
    if any(row.submitted_version_id != row.confirmed_version_id for row in rows):
        raise Conflict(
            "新しい文が提出されて、確定を待っています。何も変更していません。"
            "先に、確定待ちの画面で確定するか差し戻してください。"
        )
    _point(
        session,
        rows,
        RequirementState.RETURNED,
        submitted_version_id=None,
        confirmed_version_id=None,
        submitted_by=None,
        return_reason=f"確定を取り下げました。{reason}",
    )
    for row in rows:
        audit.record(
            session,
            actor,
            "requirements.withdraw",
            f"requirement:{row.id}",
            before={"confirmed_version_id": row.confirmed_version_id},
            after={"confirmed_version_id": None, "reason": reason},
        )
    return len(rows)


def _point(
    session: Session, rows: Sequence[sa.Row[Any]], state: RequirementState, **pointers: Any
) -> None:
    """Set the pointers of these lines; `state` too where the draft is what was submitted.

    Elsewhere the town is already at its next wording, of which the state goes on speaking.
    """
    here = [one.id for one in rows if one.draft_version_id == one.submitted_version_id]
    beyond = [one.id for one in rows if one.draft_version_id != one.submitted_version_id]
    storage.point_all(session, here, state=state, **pointers)
    storage.point_all(session, beyond, **pointers)


def _given(reason: str, act: str, kept: str) -> str:
    """The reason as it is stored. Raises Invalid for none and for one too long."""
    reason = reason.strip()
    if not reason:
        raise Invalid(kept, {"reason": [f"{act}の理由を入力してください。直す人が読みます。"]})
    if len(reason) > submissions.MAX_REASON:
        raise Invalid(kept, {"reason": [submissions.TOO_LONG]})
    return reason


def _pending(session: Session, actor: Actor, items: Sequence[tuple[int, int]]) -> list[sa.Row[Any]]:
    """The rows behind the items that still wait at exactly that version, locked."""
    wanted = dict(items)
    rows = _locked(session, actor, wanted)
    pending = [row for row in rows if row.confirmed_version_id != wanted[row.id]]
    if any(row.submitted_version_id != wanted[row.id] for row in pending):
        raise Conflict(
            "この画面を開いたあとに、提出し直されたか差し戻された要件があります。何も変更していません。"
            "画面を開き直して、いまの内容を確かめてください。"
        )
    if any(row.submitted_by == actor.account_id for row in pending):
        raise Forbidden(
            "自分で提出した要件は、自分では確定や差戻しができません。ほかの承認者に頼んでください。"
        )
    return pending


def _locked(session: Session, actor: Actor, ids: Collection[int]) -> list[sa.Row[Any]]:
    """The rows of these lines of the own town. Raises Invalid for none, NotFound, Forbidden."""
    access.require(actor, Permission.CONFIRM_REQUIREMENTS)
    if not ids:
        raise Invalid("要件が選ばれていません。左端の欄で選んでください。何も変更していません。")
    rows: list[sa.Row[Any]] = []
    for chunk in chunks(sorted(ids)):
        rows += session.execute(
            sa.select(
                ROW.c.id,
                ROW.c.municipality_id,
                Municipality.region_id,
                ROW.c.draft_version_id,
                ROW.c.submitted_version_id,
                ROW.c.confirmed_version_id,
                ROW.c.submitted_by,
            )
            .join(Municipality, Municipality.id == ROW.c.municipality_id)
            .where(ROW.c.id.in_(chunk), ROW.c.deleted_at.is_(None))
            .order_by(ROW.c.id)
            .with_for_update(of=ROW)
        ).all()
    if len(rows) != len(ids):
        raise NotFound
    for row in rows:
        access.require(
            actor,
            Permission.CONFIRM_REQUIREMENTS,
            region_id=row.region_id,
            municipality_id=row.municipality_id,
        )
    return rows


def _record_reviews(
    session: Session,
    actor: Actor,
    action: str,
    rows: Sequence[sa.Row[Any]],
    **more: str,
) -> None:
    for row in rows:
        audit.record(
            session,
            actor,
            action,
            f"requirement:{row.id}",
            before={"confirmed_version_id": row.confirmed_version_id},
            after={"requirement_version_id": row.submitted_version_id, **more},
        )
