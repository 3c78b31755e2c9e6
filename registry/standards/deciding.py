"""Deciding on a standard, on a group alone, or on all lines of a national standard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit
from registry.access import Actor, Permission
from registry.db import now
from registry.errors import Conflict, Forbidden, Invalid
from registry.goals.models import Goal
from registry.standards import checks, decision_queries, group_queries, queries
from registry.standards.models import Decision, Outcome, RequirementGroup, StandardRequirement

ADOPTED: Final = frozenset({Outcome.ADOPT, Outcome.ADOPT_REVISED})


def decide(
    session: Session,
    actor: Actor,
    *,
    standard: StandardRequirement | None = None,
    group: RequirementGroup | None = None,
    version: int,
    outcome: Outcome,
    reason: str,
    decided_on: date,
) -> Decision:
    """Record a decision on a standard, or on a group no standard was drafted for.

    Decisions are only added; a new one supersedes the former. Each moves its subject to the next
    version, so that of two people who decide on the same page the second is refused.

    Raises Conflict for a stale version or a group with a standard, Invalid without a reason or
    for adopting a bare group, Forbidden for 管理者(端末): a decision has a person's name.
    """
    subject = standard if standard is not None else group
    if subject is None or (standard is not None and group is not None):
        raise TypeError("a decision is about one standard or one group")
    checks.business_for(session, actor, Permission.DECIDE, subject.business_id)
    account_id = _decider(actor)
    reason = checks.filled("reason", reason)
    if group is not None:
        _check_bare_group(session, group, outcome)
    theirs = decision_queries.newest_decision_words(session, standard=standard, group=group)
    checks.touch(session, subject, version, theirs)
    session.flush()  # the version that is decided
    former = decision_queries.newest_decision(session, standard=standard, group=group)
    decision = Decision(
        business_id=subject.business_id,
        standard_id=standard.id if standard is not None else None,
        group_id=group.id if group is not None else None,
        subject_version=subject.version,
        outcome=outcome,
        reason=reason,
        snapshot=_snapshot(session, subject),
        decided_on=decided_on,
        account_id=account_id,
        recorded_at=now(),
        supersedes_id=former.id if former is not None else None,
    )
    session.add(decision)
    session.flush()  # the audit names its id
    audit.record(
        session,
        actor,
        "standards.decide",
        f"decision:{decision.id}",
        before={"outcome": former.outcome.value} if former is not None else None,
        after={
            "subject": subject.code,
            "outcome": outcome.value,
            "reason": reason,
            "decided_on": decided_on.isoformat(),
        },
    )
    return decision


def adopt_national(
    session: Session, actor: Actor, *, business_id: int, reason: str, decided_on: date
) -> int:
    """Adopt at once every line of a national standard nobody has decided on; how many.

    Lines that were decided, or edited after that, are left for a person to look at. Raises
    Invalid without a reason, Conflict when nothing is open, Forbidden for 管理者(端末).
    """
    business = checks.business_for(session, actor, Permission.DECIDE, business_id)
    account_id = _decider(actor)
    reason = checks.filled("reason", reason)
    checks.lock_codes(session, business)
    national = sa.and_(
        StandardRequirement.business_id == business.id,
        StandardRequirement.national_item_id.is_not(None),
    )
    # Whoever is deciding on one of them goes first; what follows sees that decision.
    session.execute(
        sa.select(StandardRequirement.id)
        .where(national)
        .order_by(StandardRequirement.id)
        .with_for_update()
    )
    undecided = sa.and_(
        national, ~sa.exists().where(Decision.standard_id == StandardRequirement.id)
    )
    session.execute(
        sa.update(StandardRequirement)
        .where(undecided)
        .values(version=StandardRequirement.version + 1)
    )
    rows = session.execute(
        sa.select(StandardRequirement, Goal.code)
        .outerjoin(Goal, Goal.id == StandardRequirement.goal_id)
        .where(undecided)
        .order_by(StandardRequirement.serial)
        .execution_options(populate_existing=True)
    ).all()
    if not rows:
        raise Conflict("採否の決まっていない国標準の行はありません。何も変更していません。")
    groups = queries.answered_codes(session, business.id)
    at = now()
    session.execute(
        sa.insert(Decision),
        [
            {
                "business_id": business.id,
                "standard_id": standard.id,
                "subject_version": standard.version,
                "outcome": Outcome.ADOPT,
                "reason": reason,
                "snapshot": _standard_snapshot(standard, goal, groups.get(standard.id, [])),
                "decided_on": decided_on,
                "account_id": account_id,
                "recorded_at": at,
            }
            for standard, goal in rows
        ],
    )
    audit.record(
        session,
        actor,
        "standards.adopt_national",
        f"business:{business.id}",
        after={
            "outcome": Outcome.ADOPT.value,
            "reason": reason,
            "decided_on": decided_on.isoformat(),
            "count": len(rows),
            "codes": [standard.code for standard, _ in rows],
        },
    )
    return len(rows)


def _decider(actor: Actor) -> int:
    if actor.account_id is None:
        raise Forbidden(
            "採否の決定には、決めた人の名前が要ります。広域調整担当としてサインインするか、"
            "--as で決めた人を指定してください。"
        )
    return actor.account_id


def _check_bare_group(session: Session, group: RequirementGroup, outcome: Outcome) -> None:
    if outcome in ADOPTED:
        raise Invalid(
            "決定を保存していません。",
            {"outcome": ["採用するには、このまとまりから標準要件の案を作ってください。"]},
        )
    answering = group_queries.standards_answering(session, group.id)
    if answering:
        raise Conflict(
            f"このまとまりには標準要件の案({'、'.join(answering)})があるため、決定を保存していません。"
            "採否は標準要件の画面で決めてください。"
        )


def _snapshot(session: Session, subject: StandardRequirement | RequirementGroup) -> dict[str, Any]:
    goal = session.get(Goal, subject.goal_id) if subject.goal_id is not None else None
    goal_code = goal.code if goal is not None else None
    if isinstance(subject, RequirementGroup):
        return {"code": subject.code, "label": subject.label, "goal": goal_code}
    groups = [group.code for group in queries.answered_groups(session, subject.id)]
    return _standard_snapshot(subject, goal_code, groups)


def _standard_snapshot(
    standard: StandardRequirement, goal_code: str | None, group_codes: Sequence[str]
) -> dict[str, Any]:
    """Everything a spec prints of a standard; editions are drawn from this alone."""
    return {
        "code": standard.code,
        "title": standard.title,
        "text": standard.text,
        "obligation": standard.obligation.value,
        "kind": standard.kind.value,
        "reason": standard.reason,
        "phase": standard.phase.value if standard.phase is not None else None,
        "goal": goal_code,
        "groups": list(group_codes),
        "national_item_id": standard.national_item_id,
    }
