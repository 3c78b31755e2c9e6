"""Reading requirements: what others may see, one line and its history, the lists.

Two wordings of a line are never mixed up: the town works on the draft version, everybody else
reads the submitted one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from registry.access import Actor, Permission, Role
from registry.accounts.models import Account
from registry.errors import NotFound
from registry.goals.models import Goal
from registry.municipalities.models import Municipality
from registry.processes import queries as processes
from registry.processes.models import BusinessProcess
from registry.requirements import submissions
from registry.requirements.models import (
    Obligation,
    Requirement,
    RequirementKind,
    RequirementList,
    RequirementState,
    RequirementVersion,
)
from registry.requirements.submissions import Submitted


@dataclass(frozen=True, slots=True)
class SubmittedLine:
    """A line as other towns, the matrix and the alignments see it."""

    requirement_id: int
    municipality_id: int
    municipality_code: str
    version_id: int
    body_id: int
    section: str
    label: str
    text: str
    obligation: Obligation | None
    kind: RequirementKind
    goal_id: int | None
    state: RequirementState


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One version with its place in the line's life; who submitted it is the town's own matter."""

    version: RequirementVersion
    saved_by: str
    goal: str
    source: str
    is_draft: bool
    is_submitted: bool
    is_confirmed: bool
    submissions: Sequence[Submitted] = ()


def sees_all_detail(actor: Actor) -> bool:
    """The coordinator reads every submitted line; a town's hiding is meant for its neighbours."""
    return actor.terminal or actor.role is Role.COORDINATOR


def readable(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the submitted wording of a `requirement` row may be shown to this person."""
    if not actor.may(Permission.READ_CONTENT):
        return sa.false()
    seen = sa.and_(
        Requirement.submitted_version_id.is_not(None),
        Requirement.deleted_at.is_(None),
        Requirement.municipality_id.in_(
            sa.select(Municipality.id).where(Municipality.region_id == actor.region_id)
        ),
    )
    if sees_all_detail(actor):
        return seen
    hidden = sa.exists().where(
        BusinessProcess.municipality_id == Requirement.municipality_id,
        BusinessProcess.business_id == Requirement.business_id,
        BusinessProcess.hides_detail,
    )
    return sa.and_(seen, sa.or_(Requirement.municipality_id == actor.municipality_id, ~hidden))


def submitted_lines(session: Session, actor: Actor, business_id: int) -> list[SubmittedLine]:
    """All submitted lines of a business this person may read, by town code and list order.

    Lines of towns that hide their detail are left out for other towns, texts and ids alike;
    `processes.queries.hidden_towns` names those towns and `town_counts` counts their lines.
    """
    version = RequirementVersion
    rows = session.execute(
        sa.select(
            Requirement.id,
            Requirement.municipality_id,
            Municipality.code,
            version.id,
            version.body_id,
            version.section,
            version.label,
            version.text,
            version.obligation,
            version.kind,
            version.goal_id,
            state_seen(own=False),
        )
        .join(version, version.id == Requirement.submitted_version_id)
        .join(Municipality, Municipality.id == Requirement.municipality_id)
        .where(Requirement.business_id == business_id, readable(actor))
        .order_by(Municipality.code, Requirement.position, Requirement.id)
    )
    return [SubmittedLine(*[*list(row)[:-1], RequirementState(row[-1])]) for row in rows]


def state_seen(*, own: bool) -> sa.ColumnElement[Any]:
    """The draft's state for its town; for others only what became of the submitted version."""
    if own:
        return cast(sa.ColumnElement[Any], Requirement.__table__.c.state)
    return sa.case(
        (
            Requirement.confirmed_version_id == Requirement.submitted_version_id,
            RequirementState.CONFIRMED.value,
        ),
        else_=RequirementState.SUBMITTED.value,
    )


def municipality(session: Session, actor: Actor, code: str) -> Municipality:
    """A town of the actor's region. Raises NotFound."""
    found = session.scalar(
        sa.select(Municipality).where(
            Municipality.region_id == actor.region_id, Municipality.code == code
        )
    )
    if found is None:
        raise NotFound(f"団体コード {code} の団体は見つかりませんでした。")
    return found


def may_read(session: Session, actor: Actor, municipality_id: int, business_id: int) -> bool:
    """Whether the submitted lines of this town's business are open to the person."""
    if not actor.may(Permission.READ_CONTENT):
        return False
    if sees_all_detail(actor) or municipality_id == actor.municipality_id:
        return True
    return municipality_id not in processes.hidden_towns(session, business_id)


def in_region(actor: Actor) -> sa.ColumnElement[bool]:
    if not (actor.may(Permission.READ_CONTENT)):
        return sa.false()
    return Requirement.municipality_id.in_(
        sa.select(Municipality.id).where(Municipality.region_id == actor.region_id)
    )


def is_waiting() -> sa.ColumnElement[bool]:
    """Submitted and not judged: no confirmed version, or an older one."""
    return sa.and_(
        Requirement.submitted_version_id.is_not(None),
        sa.or_(
            Requirement.confirmed_version_id.is_(None),
            Requirement.confirmed_version_id != Requirement.submitted_version_id,
        ),
    )


def get_own(session: Session, actor: Actor, business_id: int, requirement_id: int) -> Requirement:
    """A line of the actor's own town in this business, to work on. Raises NotFound."""
    found = session.scalar(
        sa.select(Requirement).where(
            Requirement.id == requirement_id,
            Requirement.business_id == business_id,
            Requirement.municipality_id == actor.municipality_id,
            Requirement.deleted_at.is_(None),
        )
    )
    if found is None:
        raise NotFound("この要件は見つかりませんでした。削除されたか、ほかの団体の要件です。")
    return found


def get_readable(
    session: Session, actor: Actor, business_id: int, requirement_id: int
) -> tuple[Requirement, Municipality]:
    """A line of the own town, or another town's submitted one. Raises NotFound."""
    own = sa.and_(
        Requirement.municipality_id == actor.municipality_id,
        Requirement.deleted_at.is_(None),
        in_region(actor),
    )
    row = session.execute(
        sa.select(Requirement, Municipality)
        .join(Municipality, Municipality.id == Requirement.municipality_id)
        .where(
            Requirement.id == requirement_id,
            Requirement.business_id == business_id,
            sa.or_(own, readable(actor)),
        )
    ).first()
    if row is None:
        raise NotFound("この要件は見つかりませんでした。")
    return row[0], row[1]


def history(session: Session, actor: Actor, requirement: Requirement) -> list[HistoryEntry]:
    """The versions of a line, newest first; other towns get the submitted one alone."""
    version = RequirementVersion
    query = (
        sa.select(
            version,
            sa.func.coalesce(Account.name, "管理者(端末)"),
            sa.func.coalesce(Goal.code, ""),
            sa.func.coalesce(RequirementList.source_name, RequirementList.name, ""),
        )
        .outerjoin(Account, Account.id == version.account_id)
        .outerjoin(Goal, Goal.id == version.goal_id)
        .outerjoin(RequirementList, RequirementList.id == version.list_id)
        .where(version.requirement_id == requirement.id)
        .order_by(version.number.desc())
    )
    own = requirement.municipality_id == actor.municipality_id or actor.terminal
    if not own:
        query = query.where(version.id == requirement.submitted_version_id)
    submitted = submissions.of_requirement(session, requirement.id) if own else {}
    return [
        HistoryEntry(
            version=one,
            saved_by=saved_by if own else "",
            goal=goal,
            source=source if own else "",
            is_draft=own and one.id == requirement.draft_version_id,
            is_submitted=one.id == requirement.submitted_version_id,
            is_confirmed=one.id == requirement.confirmed_version_id,
            submissions=submitted.get(one.id, []),
        )
        for one, saved_by, goal, source in session.execute(query)
    ]


def lists(session: Session, actor: Actor, *, business_id: int) -> list[tuple[RequirementList, str]]:
    """The imports of the own town for a business with who made them, newest first."""
    rows = session.execute(
        sa.select(RequirementList, sa.func.coalesce(Account.name, "管理者(端末)"))
        .outerjoin(Account, Account.id == RequirementList.account_id)
        .where(
            RequirementList.municipality_id == actor.municipality_id,
            RequirementList.business_id == business_id,
            RequirementList.source_name.is_not(None),
        )
        .options(
            defer(RequirementList.table),  # a file of ten thousand rows is not for a list
            defer(RequirementList.outcome),
        )
        .order_by(RequirementList.created_at.desc(), RequirementList.id.desc())
        .limit(100)
    )
    return [(row[0], row[1]) for row in rows]


def get_list(session: Session, actor: Actor, business_id: int, list_id: int) -> RequirementList:
    """An import of the own town. Raises NotFound."""
    found = session.scalar(
        sa.select(RequirementList).where(
            RequirementList.id == list_id,
            RequirementList.business_id == business_id,
            RequirementList.municipality_id == actor.municipality_id,
            RequirementList.source_name.is_not(None),
        )
    )
    if found is None:
        raise NotFound("この取込は見つかりませんでした。")
    return found
