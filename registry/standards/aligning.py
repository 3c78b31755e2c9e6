"""Making groups and saying which of the towns' lines belong to them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, audit
from registry.access import Actor, Permission
from registry.db import check_version, now
from registry.errors import Conflict, Invalid, NotFound
from registry.processes.models import Business
from registry.requirements.models import Requirement
from registry.standards import checks, codes
from registry.standards.models import Alignment, Relation, RequirementGroup


def create_group(
    session: Session,
    actor: Actor,
    *,
    business_id: int,
    label: str,
    goal_id: int | None = None,
    code: str | None = None,
) -> RequirementGroup:
    """A new, empty group. `code` is given only where codes come from outside (fixtures).

    Raises Invalid for an empty label or a strange code, Conflict for a code that exists.
    """
    business = checks.business_for(session, actor, Permission.ALIGN, business_id)
    checks.lock_codes(session, business)
    group = RequirementGroup(
        business_id=business.id,
        code=_group_code(session, business, code),
        label=checks.filled("label", label),
        goal_id=checks.allowed_goal(session, actor, goal_id),
    )
    session.add(group)
    session.flush()  # the audit names its id
    audit.record(
        session,
        actor,
        "standards.create_group",
        f"requirement_group:{group.id}",
        after={"code": group.code, "label": group.label, "goal_id": group.goal_id},
    )
    return group


def update_group(
    session: Session,
    actor: Actor,
    group: RequirementGroup,
    *,
    version: int,
    label: str,
    goal_id: int | None,
) -> None:
    """Another label or goal. Raises Conflict for a stale version, Invalid for an empty label."""
    checks.business_for(session, actor, Permission.ALIGN, group.business_id)
    session.refresh(group, with_for_update=True)
    check_version(group.version, version, {"label": group.label, "goal": group.goal_id or ""})
    before = {"label": group.label, "goal_id": group.goal_id}
    # Looked up first: a query between two changes would count the version up twice.
    goal_id = checks.allowed_goal(session, actor, goal_id, kept=group.goal_id)
    group.label = checks.filled("label", label)
    group.goal_id = goal_id
    after = {"label": group.label, "goal_id": group.goal_id}
    if after != before:
        audit.record(
            session,
            actor,
            "standards.update_group",
            f"requirement_group:{group.id}",
            before=before,
            after=after,
        )


def align(
    session: Session,
    actor: Actor,
    *,
    group: RequirementGroup,
    requirement: Requirement,
    relation: Relation,
) -> Alignment:
    """Say that the submitted wording of a line belongs to the group, or confirm it anew.

    For a line that is in the group already the relation and the version looked at are renewed, so
    that it is no longer suspect. Raises NotFound for a line of another business, Conflict for one
    that is not submitted.
    """
    checks.business_for(session, actor, Permission.ALIGN, group.business_id)
    if requirement.business_id != group.business_id:
        raise NotFound
    if requirement.deleted_at is not None or requirement.submitted_version_id is None:
        raise Conflict(
            "この行は提出されていないか、取り下げられたため、対応付けていません。"
            "団体が提出してから、もう一度対応付けてください。"
        )
    checks.touch(session, group)
    alignment = session.scalar(
        sa.select(Alignment).where(
            Alignment.group_id == group.id, Alignment.requirement_id == requirement.id
        )
    )
    before = _alignment_values(alignment) if alignment is not None else None
    if alignment is None:
        alignment = Alignment(group_id=group.id, requirement_id=requirement.id)
        session.add(alignment)
    alignment.requirement_version_id = requirement.submitted_version_id
    alignment.relation = relation
    alignment.account_id = actor.account_id
    alignment.confirmed_at = now()
    session.flush()  # the audit names its id
    audit.record(
        session,
        actor,
        "standards.align",
        f"alignment:{alignment.id}",
        before=before,
        after={"group": group.code, **_alignment_values(alignment)},
    )
    return alignment


def unalign(session: Session, actor: Actor, *, alignment: Alignment) -> None:
    """Take a line out of its group; what was said of it stays in the audit record."""
    group = _group_of(session, actor, alignment)
    checks.touch(session, group)
    session.delete(alignment)
    audit.record(
        session,
        actor,
        "standards.unalign",
        f"alignment:{alignment.id}",
        before={"group": group.code, **_alignment_values(alignment)},
    )


def move_alignment(
    session: Session, actor: Actor, *, alignment: Alignment, group: RequirementGroup
) -> Alignment:
    """Put a line into another group of the same business.

    Raises NotFound for a group of another business, Conflict when the line is there already.
    """
    source = _group_of(session, actor, alignment)
    if group.business_id != source.business_id:
        raise NotFound
    if group.id == source.id:
        return alignment
    for row in sorted((source, group), key=lambda row: row.id):  # one order, so no deadlock
        checks.touch(session, row)
    if session.scalar(
        sa.select(Alignment.id).where(
            Alignment.group_id == group.id, Alignment.requirement_id == alignment.requirement_id
        )
    ):
        raise Conflict(
            f"この行は {group.code} にもすでに入っているため、移していません。"
            f"{source.code} から外すだけでよければ「外す」を選んでください。"
        )
    alignment.group_id = group.id
    _confirmed_by(alignment, actor)
    audit.record(
        session,
        actor,
        "standards.move_alignment",
        f"alignment:{alignment.id}",
        before={"group": source.code},
        after={"group": group.code},
    )
    return alignment


def split_group(
    session: Session,
    actor: Actor,
    *,
    group: RequirementGroup,
    version: int,
    alignment_ids: Collection[int],
    label: str,
) -> RequirementGroup:
    """Move some lines of a group into a new one, which takes over its goal.

    Raises Conflict for a stale version, Invalid when no line or every line was chosen, NotFound
    for a line of another group.
    """
    checks.business_for(session, actor, Permission.ALIGN, group.business_id)
    checks.touch(session, group, version)
    lines = session.scalars(
        sa.select(Alignment).where(Alignment.group_id == group.id).order_by(Alignment.id)
    ).all()
    wanted = set(alignment_ids)
    if wanted - {line.id for line in lines}:
        raise NotFound
    if not wanted or len(wanted) == len(lines):
        raise Invalid(
            "分けていません。",
            {"alignments": ["分ける行を、少なくとも 1 行は残るように選んでください。"]},
        )
    new = create_group(
        session, actor, business_id=group.business_id, label=label, goal_id=group.goal_id
    )
    for line in lines:
        if line.id in wanted:
            line.group_id = new.id
            _confirmed_by(line, actor)
    audit.record(
        session,
        actor,
        "standards.split_group",
        f"requirement_group:{group.id}",
        after={"group": new.code, "alignments": sorted(wanted)},
    )
    return new


def _group_code(session: Session, business: Business, code: str | None) -> str:
    taken = session.scalars(
        sa.select(RequirementGroup.code)
        .where(RequirementGroup.business_id == business.id)
        .order_by(RequirementGroup.code)
    ).all()
    if code is None:
        return codes.group_code(max((codes.group_number(old) or 0 for old in taken), default=0) + 1)
    if codes.group_number(code) is None:
        raise Invalid(
            "保存していません。", {"code": ["まとまりの番号は F-001 の形にしてください。"]}
        )
    if code in taken:
        raise Conflict(f"まとまり {code} はすでにあります。何も変更していません。")
    return code


def _group_of(session: Session, actor: Actor, alignment: Alignment) -> RequirementGroup:
    access.require(actor, Permission.ALIGN)
    group = session.get_one(RequirementGroup, alignment.group_id)
    checks.business_for(session, actor, Permission.ALIGN, group.business_id)
    return group


def _alignment_values(alignment: Alignment) -> dict[str, Any]:
    return {
        "requirement_id": alignment.requirement_id,
        "requirement_version_id": alignment.requirement_version_id,
        "relation": alignment.relation.value,
    }


def _confirmed_by(alignment: Alignment, actor: Actor) -> None:
    """Moving a line says where it belongs, not that its newest wording was read."""
    alignment.account_id = actor.account_id
    alignment.confirmed_at = now()
