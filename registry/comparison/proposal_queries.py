"""Reading the proposals that wait for a person's answer, and the job that makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.comparison.models import Proposal
from registry.jobs import Job
from registry.labels import Labelled
from registry.municipalities.models import Municipality
from registry.requirements.models import (
    Obligation,
    Requirement,
    RequirementVersion,
)
from registry.requirements.queries import readable
from registry.standards.group_queries import unreadable_towns
from registry.standards.models import (
    Alignment,
    Relation,
)

JOB_KIND: Final = "comparison.propose"
_JOBS_LOOKED_AT: Final = 200


class Kind(Labelled):
    """What a proposal asks: put a line into a group, make a group, or look at near lines."""

    JOIN = "join", "いまあるまとまりに加える"
    NEW = "new", "新しいまとまりを作る"
    BESIDE = "beside", "似ているが違う点がある"


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """One line of a proposal. `relation` is to the group or to the other lines of its cluster."""

    proposal_id: int
    requirement_id: int
    municipality_id: int
    municipality_name: str
    section: str
    label: str
    text: str
    obligation: Obligation | None
    relation: Relation


@dataclass(frozen=True, slots=True)
class Question:
    """One proposal as it is put to a person.

    `group_id` for a join, `cluster` for the others. The reasons quote wordings, so they are empty
    for people from whom some town hides its own.
    """

    kind: Kind
    group_id: int | None
    cluster: int | None
    score: float
    shared: tuple[str, ...]
    differing: tuple[str, ...]
    why: str
    lines: tuple[ProposedLine, ...]


_FRESH: Final = sa.and_(
    Proposal.dismissed_by.is_(None),
    Requirement.submitted_version_id == Proposal.requirement_version_id,
    Requirement.deleted_at.is_(None),
    ~sa.exists().where(Alignment.requirement_id == Proposal.requirement_id),
)
"""Still a question: not dismissed, the line neither changed nor put into a group since."""


class Open(NamedTuple):
    """The open proposals of a business: ids of single joins, numbers of clusters, in order."""

    joins: list[int]
    news: list[int]
    besides: list[int]

    def of(self, kind: Kind) -> list[int]:
        return {Kind.JOIN: self.joins, Kind.NEW: self.news, Kind.BESIDE: self.besides}[kind]


def open_proposals(session: Session, actor: Actor, business_id: int) -> Open:
    """What is still to be asked, as far as this person may read the lines.

    A cluster whose lines have all but one found a group is no question any more, nor is one of
    near lines of which only one side is left.
    """
    fresh = sa.and_(_FRESH, readable(actor))
    joins = session.scalars(
        sa.select(Proposal.id)
        .join(Requirement, Requirement.id == Proposal.requirement_id)
        .where(Proposal.business_id == business_id, Proposal.group_id.is_not(None), fresh)
        .order_by(Proposal.id)
    ).all()
    near = Proposal.relation != Relation.SAME
    clusters = session.execute(
        sa.select(
            Proposal.cluster,
            sa.func.sum(sa.case((near, 1), else_=0)),
            sa.func.sum(sa.case((sa.and_(fresh, near), 1), else_=0)),
            sa.func.sum(sa.case((sa.and_(fresh, ~near), 1), else_=0)),
        )
        .join(Requirement, Requirement.id == Proposal.requirement_id)
        .where(Proposal.business_id == business_id, Proposal.cluster.is_not(None))
        .group_by(Proposal.cluster)
        .order_by(Proposal.cluster)
    ).all()
    news = [cluster for cluster, near, _, same in clusters if not near and same > 1]
    besides = [cluster for cluster, near, left, same in clusters if near and left and same]
    return Open(list(joins), news, besides)


def questions(
    session: Session, actor: Actor, business_id: int, kind: Kind, chosen: Sequence[int]
) -> list[Question]:
    """The proposals of `chosen`, ids or cluster numbers as `open_proposals` gave them, in order."""
    column = Proposal.id if kind is Kind.JOIN else Proposal.cluster
    rows = session.execute(
        sa.select(
            column,
            Proposal.group_id,
            Proposal.cluster,
            Proposal.score,
            Proposal.shared,
            Proposal.differing,
            Proposal.why,
            Proposal.id,
            Requirement.id,
            Municipality.id,
            Municipality.name,
            RequirementVersion.section,
            RequirementVersion.label,
            RequirementVersion.text,
            RequirementVersion.obligation,
            Proposal.relation,
        )
        .join(Requirement, Requirement.id == Proposal.requirement_id)
        .join(RequirementVersion, RequirementVersion.id == Proposal.requirement_version_id)
        .join(Municipality, Municipality.id == Requirement.municipality_id)
        .where(Proposal.business_id == business_id, column.in_(chosen), _FRESH, readable(actor))
        # What the others are compared with comes first.
        .order_by(
            sa.case((Proposal.relation == Relation.SAME, 0), else_=1),
            Municipality.code,
            Proposal.id,
        )
    ).all()
    quiet = bool(unreadable_towns(session, actor, business_id))
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return [_question(kind, found[key], quiet=quiet) for key in chosen if key in found]


def _question(kind: Kind, rows: Sequence[Any], *, quiet: bool) -> Question:
    _, group_id, cluster, score, shared, differing, why = rows[0][:7]
    return Question(
        kind=kind,
        group_id=group_id,
        cluster=cluster,
        score=score,
        shared=() if quiet else tuple(shared),
        differing=() if quiet else tuple(differing),
        why="" if quiet else why,
        lines=tuple(ProposedLine(*row[7:]) for row in rows),
    )


def latest_job(session: Session, actor: Actor, business_id: int) -> Job | None:
    """The last run, or the running one, of the job that makes this business's proposals."""
    jobs = session.scalars(
        sa.select(Job)
        .where(Job.kind == JOB_KIND, Job.region_id == actor.region_id)
        .order_by(Job.id.desc())
        .limit(_JOBS_LOOKED_AT)
    )
    return next((job for job in jobs if job.payload.get("business_id") == business_id), None)
