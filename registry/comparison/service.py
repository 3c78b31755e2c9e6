"""What a person does with proposals and lines; groups and alignments themselves are standards'."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, audit
from registry.access import Actor, Permission
from registry.comparison.models import Proposal
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.goals.models import Goal
from registry.processes.models import Business
from registry.requirements.models import Requirement, RequirementVersion
from registry.standards import aligning
from registry.standards.models import Alignment, Relation, RequirementGroup

_NEW_PROPOSALS = (
    "提案が作り直されたため、何も変更していません。画面を開き直して、もう一度選んでください。"
)


def confirm_joins(
    session: Session, actor: Actor, *, business: Business, proposal_ids: Collection[int]
) -> int:
    """Put each ticked line into the group proposed for it; how many were put.

    Raises Invalid when nothing was ticked, Conflict when a line was changed or aligned since.
    """
    _require(actor, business)
    rows = _locked(session, business, proposal_ids)
    if any(row.group_id is None for row in rows):
        raise NotFound
    lines = _unchanged_lines(session, rows)
    for row in rows:
        group = session.get_one(RequirementGroup, row.group_id)
        aligning.align(
            session,
            actor,
            group=group,
            requirement=lines[row.requirement_id],
            relation=row.relation,
        )
    return len(rows)


def confirm_cluster(
    session: Session,
    actor: Actor,
    *,
    business: Business,
    proposal_ids: Collection[int],
    label: str,
    goal_id: int | None = None,
    relations: Mapping[int, Relation] | None = None,
) -> RequirementGroup:
    """Make a group of the ticked lines of one cluster; those not ticked stay proposed.

    `relations`: proposal id → relation, where the person judged otherwise than proposed. Without
    `goal_id` the group takes the goal that the lines name, if they name one only. Raises
    Invalid when nothing was ticked or the label is empty, Conflict when a line was changed or
    aligned since.
    """
    _require(actor, business)
    rows = _locked(session, business, proposal_ids)
    if rows[0].cluster is None or len({row.cluster for row in rows}) > 1:
        raise Conflict(_NEW_PROPOSALS)
    lines = _unchanged_lines(session, rows)
    if goal_id is None:
        goal_id = _common_goal(session, [row.requirement_version_id for row in rows])
    group = aligning.create_group(
        session, actor, business_id=business.id, label=label, goal_id=goal_id
    )
    judged = relations or {}
    for row in rows:
        aligning.align(
            session,
            actor,
            group=group,
            requirement=lines[row.requirement_id],
            relation=judged.get(row.id, row.relation),
        )
    return group


def dismiss(
    session: Session,
    actor: Actor,
    *,
    business: Business,
    proposal_ids: Collection[int] = (),
    cluster: int | None = None,
) -> int:
    """Say that proposals are wrong: single joins by their ids, or one whole cluster.

    They are not made again until one of their lines is submitted anew. Returns how many lines
    it concerns. Raises Invalid when nothing was ticked, Conflict when the proposals are gone.
    """
    _require(actor, business)
    if actor.account_id is None:
        raise Forbidden(
            "提案を退けるには、退けた人の名前が要ります。広域調整担当としてサインインしてください。"
        )
    if cluster is not None:
        proposal_ids = session.scalars(
            sa.select(Proposal.id)
            .where(Proposal.business_id == business.id, Proposal.cluster == cluster)
            .order_by(Proposal.id)
        ).all()
        if not proposal_ids:
            raise Conflict(_NEW_PROPOSALS)
    rows = _locked(session, business, proposal_ids)
    if cluster is None and any(row.group_id is None for row in rows):
        raise NotFound
    for row in rows:
        row.dismissed_by = actor.account_id
    audit.record(
        session,
        actor,
        "comparison.dismiss",
        f"business:{business.id}",
        after={
            "cluster": cluster,
            "lines": [
                {"requirement_version_id": row.requirement_version_id, "group_id": row.group_id}
                for row in rows
            ],
        },
    )
    return len(rows)


def put_into_group(
    session: Session,
    actor: Actor,
    *,
    group: RequirementGroup,
    requirement_ids: Collection[int],
    relation: Relation,
) -> int:
    """Put lines that a person picked by hand into a group; how many.

    Raises Invalid when none was picked, NotFound for a line of another business.
    """
    access.require(actor, Permission.ALIGN)
    lines = _lines(session, group.business_id, requirement_ids)
    for line in lines:
        aligning.align(session, actor, group=group, requirement=line, relation=relation)
    return len(lines)


def put_into_new_group(
    session: Session,
    actor: Actor,
    *,
    business: Business,
    requirement_ids: Collection[int],
    label: str,
    relation: Relation = Relation.SAME,
) -> RequirementGroup:
    """Make a group of lines that a person picked by hand. Raises as `put_into_group`."""
    _require(actor, business)
    lines = _lines(session, business.id, requirement_ids)
    versions = [line.submitted_version_id for line in lines if line.submitted_version_id]
    group = aligning.create_group(
        session,
        actor,
        business_id=business.id,
        label=label,
        goal_id=_common_goal(session, versions),
    )
    put_into_group(session, actor, group=group, requirement_ids=requirement_ids, relation=relation)
    return group


def reconfirm(
    session: Session,
    actor: Actor,
    *,
    group: RequirementGroup,
    alignment_ids: Collection[int],
    relation: Relation | None = None,
) -> int:
    """Say that lines belong to the group as they are worded now, with another relation if given.

    Raises Invalid when none was ticked, NotFound for a line of another group.
    """
    found = alignments(session, actor, group, alignment_ids)
    for alignment in found:
        aligning.align(
            session,
            actor,
            group=group,
            requirement=session.get_one(Requirement, alignment.requirement_id),
            relation=relation or alignment.relation,
        )
    return len(found)


def move(
    session: Session,
    actor: Actor,
    *,
    group: RequirementGroup,
    alignment_ids: Collection[int],
    target: RequirementGroup,
) -> int:
    """Move lines of a group into another one. Raises as `reconfirm`."""
    if target.id == group.id:
        raise Invalid(
            "移していません。", {"target": ["いまと同じまとまりです。移す先を選んでください。"]}
        )
    found = alignments(session, actor, group, alignment_ids)
    for alignment in found:
        aligning.move_alignment(session, actor, alignment=alignment, group=target)
    return len(found)


def take_out(
    session: Session, actor: Actor, *, group: RequirementGroup, alignment_ids: Collection[int]
) -> int:
    """Take lines out of a group. Raises as `reconfirm`."""
    found = alignments(session, actor, group, alignment_ids)
    for alignment in found:
        aligning.unalign(session, actor, alignment=alignment)
    return len(found)


def record_export(session: Session, actor: Actor, *, business: Business, rows: int) -> None:
    """Note that somebody took the matrix away as a file."""
    access.require(actor, Permission.READ_CONTENT, region_id=business.region_id)
    audit.record(
        session, actor, "comparison.export", f"business:{business.id}", after={"rows": rows}
    )


def alignments(
    session: Session, actor: Actor, group: RequirementGroup, alignment_ids: Collection[int]
) -> Sequence[Alignment]:
    """The ticked lines of a group in a fixed order, locked.

    Raises Invalid when none was ticked, Conflict when one is no longer there.
    """
    access.require(actor, Permission.ALIGN)
    if not alignment_ids:
        raise Invalid("何も変更していません。", {"selected": ["行を選んでください。"]})
    found = session.scalars(
        sa.select(Alignment)
        .where(Alignment.group_id == group.id, Alignment.id.in_(alignment_ids))
        .order_by(Alignment.id)
        .with_for_update()
    ).all()
    if len(found) != len(set(alignment_ids)):
        raise Conflict(
            "選んだ行のなかに、ほかの人が先に移したか外した行があるため、何も変更していません。"
            "画面を開き直して、もう一度選んでください。"
        )
    return found


def _require(actor: Actor, business: Business) -> None:
    access.require(actor, Permission.ALIGN, region_id=business.region_id)


def _locked(
    session: Session, business: Business, proposal_ids: Collection[int]
) -> Sequence[Proposal]:
    """The ticked proposals that nobody dismissed, locked so that two people do not both act."""
    if not proposal_ids:
        raise Invalid("何も変更していません。", {"selected": ["行を選んでください。"]})
    rows = session.scalars(
        sa.select(Proposal)
        .where(
            Proposal.business_id == business.id,
            Proposal.id.in_(proposal_ids),
            Proposal.dismissed_by.is_(None),
        )
        .order_by(Proposal.id)
        .with_for_update()
    ).all()
    if len(rows) != len(set(proposal_ids)):
        raise Conflict(_NEW_PROPOSALS)
    return rows


def _unchanged_lines(session: Session, rows: Sequence[Proposal]) -> dict[int, Requirement]:
    """The lines as they were when proposed. Raises Conflict naming what happened since."""
    wanted = {row.requirement_id for row in rows}
    lines = {
        line.id: line
        for line in session.scalars(
            sa.select(Requirement)
            .where(Requirement.id.in_(wanted))
            .order_by(Requirement.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    for row in rows:
        line = lines[row.requirement_id]
        if line.deleted_at is not None or line.submitted_version_id != row.requirement_version_id:
            raise Conflict(
                "選んだ行のなかに、提案の後で団体が提出し直したか取り下げた行があるため、"
                "何も変更していません。画面を開き直して、もう一度選んでください。"
            )
    if session.scalar(sa.select(Alignment.id).where(Alignment.requirement_id.in_(wanted)).limit(1)):
        raise Conflict(
            "選んだ行のなかに、ほかの人が先にまとまりに入れた行があるため、何も変更していません。"
            "画面を開き直して、もう一度選んでください。"
        )
    return lines


def _common_goal(session: Session, version_ids: Collection[int]) -> int | None:
    """The goal these wordings name, when it is one and still open."""
    goals = session.scalars(
        sa.select(RequirementVersion.goal_id)
        .join(Goal, Goal.id == RequirementVersion.goal_id)
        .where(RequirementVersion.id.in_(version_ids), Goal.closed.is_(False))
        .distinct()
        .order_by(RequirementVersion.goal_id)
    ).all()
    return goals[0] if len(goals) == 1 else None


def _lines(
    session: Session, business_id: int, requirement_ids: Collection[int]
) -> Sequence[Requirement]:
    if not requirement_ids:
        raise Invalid("何も変更していません。", {"selected": ["行を選んでください。"]})
    found = session.scalars(
        sa.select(Requirement)
        .where(Requirement.business_id == business_id, Requirement.id.in_(requirement_ids))
        .order_by(Requirement.id)
    ).all()
    if len(found) != len(set(requirement_ids)):
        raise NotFound
    return found
