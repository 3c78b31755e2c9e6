"""Drafting a standard from groups, and editing it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from registry import audit
from registry.access import Actor, Permission
from registry.db import check_version, now
from registry.errors import Conflict, Invalid, NotFound
from registry.processes.models import Business
from registry.requirements.models import Obligation, RequirementKind
from registry.standards import applying, checks, codes, decision_queries, queries
from registry.standards.models import (
    Phase,
    RequirementGroup,
    StandardAnswer,
    StandardChange,
    StandardRequirement,
)


def draft_standard(
    session: Session,
    actor: Actor,
    *,
    business_id: int,
    group_ids: Collection[int],
    title: str,
    text: str,
    obligation: Obligation,
    reason: str,
    goal_id: int | None,
    kind: RequirementKind,
    phase: Phase | None,
    target_edition: str = "",
    code: str | None = None,
) -> StandardRequirement:
    """A new standard that answers the groups, with a proposed application for every town.

    `code` is given only where codes come from outside (fixtures). Raises Invalid for empty texts,
    a strange code or a closed goal, NotFound for groups or goals out of reach, Conflict for a code
    that exists.
    """
    business = checks.business_for(session, actor, Permission.DRAFT_STANDARDS, business_id)
    groups = _groups(session, business.id, group_ids)
    checks.lock_codes(session, business)
    serial = _serial(session, business, code)
    standard = StandardRequirement(
        business_id=business.id,
        serial=serial,
        code=codes.standard_code(business.number, serial),
        title=checks.filled("title", title),
        text=checks.filled("text", text),
        obligation=obligation,
        kind=kind,
        reason=reason.strip(),
        phase=phase,
        goal_id=checks.allowed_goal(session, actor, goal_id),
        target_edition=target_edition.strip(),
    )
    session.add(standard)
    session.flush()  # the answers and applications point to it
    session.add_all(StandardAnswer(standard_id=standard.id, group_id=group.id) for group in groups)
    session.flush()
    applying.write_proposals(session, standard)
    audit.record(
        session,
        actor,
        "standards.draft_standard",
        f"standard_requirement:{standard.id}",
        after=_standard_values(standard, groups),
    )
    return standard


def update_standard(
    session: Session,
    actor: Actor,
    standard: StandardRequirement,
    *,
    version: int,
    group_ids: Collection[int],
    title: str,
    text: str,
    obligation: Obligation,
    reason: str,
    goal_id: int | None,
    kind: RequirementKind,
    phase: Phase | None,
    target_edition: str = "",
    change_reason: str = "",
) -> None:
    """Save an edit. After a decision it is a proposal until it is decided again, and is saved
    with its 変更理由 only; before the first decision none is asked for, nor kept.

    Applications nobody has confirmed are proposed anew; saving what is stored already changes
    nothing. Raises Conflict for a stale version, Invalid without a `change_reason` where one is
    needed, otherwise as `draft_standard`.
    """
    checks.business_for(session, actor, Permission.DRAFT_STANDARDS, standard.business_id)
    session.refresh(standard, with_for_update=True)
    check_version(standard.version, version, queries.shown_values(session, standard))
    old_groups = queries.answered_groups(session, standard.id)
    groups = _groups(session, standard.business_id, group_ids)
    before = _standard_values(standard, old_groups)
    # Looked up first: a query between two changes would count the version up twice.
    goal_id = checks.allowed_goal(session, actor, goal_id, kept=standard.goal_id)
    decided = decision_queries.newest_decision(session, standard=standard) is not None
    standard.title = checks.filled("title", title)
    standard.text = checks.filled("text", text)
    standard.obligation = obligation
    standard.kind = kind
    standard.reason = reason.strip()
    standard.phase = phase
    standard.goal_id = goal_id
    standard.target_edition = target_edition.strip()
    after = _standard_values(standard, groups)
    if after == before:
        return
    why = _keep_reason(session, actor, standard, change_reason) if decided else {}
    if before["groups"] != after["groups"]:
        flag_modified(standard, "title")  # the groups are part of what is decided
        _answer(session, standard, groups)
    session.flush()  # the proposals read the new answers
    applying.write_proposals(session, standard)
    changed = [key for key in after if after[key] != before[key]]
    audit.record(
        session,
        actor,
        "standards.update_standard",
        f"standard_requirement:{standard.id}",
        before={key: before[key] for key in changed},
        after={key: after[key] for key in changed} | why,
    )


def _keep_reason(
    session: Session, actor: Actor, standard: StandardRequirement, reason: str
) -> dict[str, str]:
    """Keep the 変更理由 of an edit of a decided standard; what the audit says of it.

    Raises Invalid without one; what has been changed of the standard is forgotten then.
    """
    reason = reason.strip()
    if not reason:
        session.expire(standard)
        raise Invalid(
            "保存していません。",
            {"change_reason": ["採否を決めたあとの変更です。変更理由を入力してください。"]},
        )
    session.add(
        StandardChange(
            standard_id=standard.id,
            standard_version=standard.version,
            reason=reason,
            account_id=actor.account_id,
            changed_at=now(),
        )
    )
    return {"change_reason": reason}


def _serial(session: Session, business: Business, code: str | None) -> int:
    own = StandardRequirement.business_id == business.id
    if code is None:
        serial = (
            session.scalar(sa.select(sa.func.max(StandardRequirement.serial)).where(own)) or 0
        ) + 1
        if serial > codes.MAX_SERIAL:
            raise Conflict(
                f"この業務の標準要件は {codes.MAX_SERIAL} 件に達しているため、追加できません。"
                "業務を分けてください。"
            )
        return serial
    given = codes.standard_serial(code, business.number)
    if given is None:
        example = codes.standard_code(business.number, 1)
        raise Invalid(
            "保存していません。", {"code": [f"この業務の要件 ID は {example} の形にしてください。"]}
        )
    if session.scalar(
        sa.select(StandardRequirement.id).where(own, StandardRequirement.serial == given)
    ):
        raise Conflict(f"標準要件 {code} はすでにあります。何も変更していません。")
    return given


def _groups(
    session: Session, business_id: int, group_ids: Collection[int]
) -> list[RequirementGroup]:
    """The groups in the order of their codes. Raises NotFound for one of another business."""
    wanted = set(group_ids)
    groups = list(
        session.scalars(
            sa.select(RequirementGroup)
            .where(RequirementGroup.business_id == business_id, RequirementGroup.id.in_(wanted))
            .order_by(RequirementGroup.code)
        )
    )
    if len(groups) != len(wanted):
        raise NotFound
    return groups


def _answer(
    session: Session, standard: StandardRequirement, groups: Sequence[RequirementGroup]
) -> None:
    session.execute(sa.delete(StandardAnswer).where(StandardAnswer.standard_id == standard.id))
    session.add_all(StandardAnswer(standard_id=standard.id, group_id=group.id) for group in groups)


def _standard_values(
    standard: StandardRequirement, groups: Sequence[RequirementGroup]
) -> dict[str, Any]:
    return {
        "code": standard.code,
        "title": standard.title,
        "text": standard.text,
        "obligation": standard.obligation.value,
        "kind": standard.kind.value,
        "reason": standard.reason,
        "phase": standard.phase.value if standard.phase is not None else None,
        "goal_id": standard.goal_id,
        "target_edition": standard.target_edition,
        "groups": [group.code for group in groups],
    }
