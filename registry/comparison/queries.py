"""Reading what is compared: always the same number of queries, however many towns and lines.

Plain columns only. Texts are read for the groups on the screen, not for the whole matrix.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from registry.access import Actor
from registry.comparison import matrix
from registry.comparison.matrix import Group, Matrix, Plain, Row, Town
from registry.comparison.models import Proposal
from registry.goals.models import Goal
from registry.jobs import Job
from registry.labels import Labelled
from registry.municipalities.models import Municipality
from registry.paging import Page
from registry.processes.models import Business, BusinessProcess
from registry.requirements.models import (
    Body,
    Obligation,
    Requirement,
    RequirementKind,
    RequirementVersion,
)
from registry.requirements.queries import readable, sees_all_detail
from registry.standards.group_queries import unreadable_towns
from registry.standards.models import (
    Alignment,
    Decision,
    Outcome,
    Relation,
    RequirementGroup,
    StandardAnswer,
    StandardRequirement,
)
from registry.text.normalise import RULES, body_digest, search_key

JOB_KIND: Final = "comparison.propose"
_JOBS_LOOKED_AT: Final = 200
_IDS_A_QUERY: Final = 5000
"""Digests sent in one query; a business has at most 9,999 standards (codes.MAX_SERIAL)."""

_SUBMITTED: Final = sa.and_(
    Requirement.submitted_version_id.is_not(None), Requirement.deleted_at.is_(None)
)


# ---- the matrix -------------------------------------------------------------------------------


def matrices(session: Session, actor: Actor, business_ids: Sequence[int]) -> dict[int, Matrix]:
    """The matrix of each business as this person may see it; ids must be of the actor's region."""
    towns = _towns(session, actor, business_ids)
    standards = _answers(session, business_ids)
    bodies = _standard_bodies(session, standards)
    groups = _groups(session, business_ids, standards)
    home = {group.id: business_id for business_id, own in groups.items() for group in own}
    lines: dict[int, list[Plain]] = {business_id: [] for business_id in business_ids}
    for line in _lines(session, business_ids):
        lines[home[line[0]]].append(line)
    return {
        business_id: matrix.build(
            towns[business_id], groups[business_id], lines[business_id], bodies
        )
        for business_id in business_ids
    }


def of_business(session: Session, actor: Actor, business: Business) -> Matrix:
    return matrices(session, actor, [business.id])[business.id]


def _towns(session: Session, actor: Actor, business_ids: Sequence[int]) -> dict[int, list[Town]]:
    counts = (
        sa.select(
            Requirement.business_id,
            Requirement.municipality_id,
            sa.func.count().label("submitted"),
        )
        .where(Requirement.business_id.in_(business_ids), _SUBMITTED)
        .group_by(Requirement.business_id, Requirement.municipality_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(
            Business.id,
            Municipality.id,
            Municipality.code,
            Municipality.name,
            sa.func.coalesce(counts.c.submitted, 0),
            sa.func.coalesce(BusinessProcess.hides_detail, sa.false()),
        )
        .join(Municipality, Municipality.region_id == Business.region_id)
        .outerjoin(
            counts,
            sa.and_(
                counts.c.business_id == Business.id, counts.c.municipality_id == Municipality.id
            ),
        )
        .outerjoin(
            BusinessProcess,
            sa.and_(
                BusinessProcess.business_id == Business.id,
                BusinessProcess.municipality_id == Municipality.id,
            ),
        )
        .where(Business.id.in_(business_ids), Business.region_id == actor.region_id)
        .order_by(Business.id, Municipality.code)
    )
    towns: dict[int, list[Town]] = {business_id: [] for business_id in business_ids}
    for business_id, id, code, name, submitted, hides in rows:
        hidden = bool(hides) and not sees_all_detail(actor) and id != actor.municipality_id
        towns[business_id].append(Town(id, code, name, submitted, hidden))
    return towns


class _Answer(NamedTuple):
    group_id: int
    code: str
    text: str


def _answers(session: Session, business_ids: Sequence[int]) -> list[_Answer]:
    rows = session.execute(
        sa.select(StandardAnswer.group_id, StandardRequirement.code, StandardRequirement.text)
        .join(StandardRequirement, StandardRequirement.id == StandardAnswer.standard_id)
        .where(StandardRequirement.business_id.in_(business_ids))
        .order_by(StandardAnswer.group_id, StandardRequirement.serial)
    )
    return [_Answer._make(row) for row in rows]


@lru_cache(maxsize=16384)
def _digest(text: str) -> str:
    """Remembered: standards change seldom, and normalising 2,000 of them takes a fifth of a second."""
    return body_digest(text)


def _standard_bodies(session: Session, answers: Iterable[_Answer]) -> dict[int, frozenset[int]]:
    """Group → bodies of its standards; one that no town wrote has no body, but still counts."""
    digests: dict[int, set[str]] = {}
    for answer in answers:
        digests.setdefault(answer.group_id, set()).add(_digest(answer.text))
    wanted = sorted(set().union(*digests.values()))
    found: dict[str, int] = {}
    for start in range(0, max(len(wanted), 1), _IDS_A_QUERY):
        rows = session.execute(
            sa.select(Body.digest, Body.id)
            .where(Body.rule == RULES, Body.digest.in_(wanted[start : start + _IDS_A_QUERY]))
            .order_by(Body.id)
        )
        found.update((digest, id) for digest, id in rows)
    return {
        group_id: frozenset(found[digest] for digest in own if digest in found)
        for group_id, own in digests.items()
    }


def _groups(
    session: Session, business_ids: Sequence[int], answers: Iterable[_Answer]
) -> dict[int, list[Group]]:
    standards: dict[int, list[_Answer]] = {}
    for answer in answers:
        standards.setdefault(answer.group_id, []).append(answer)
    groups: dict[int, list[Group]] = {business_id: [] for business_id in business_ids}
    for business_id, id, code, label, goal_id in session.execute(
        sa.select(
            RequirementGroup.business_id,
            RequirementGroup.id,
            RequirementGroup.code,
            RequirementGroup.label,
            RequirementGroup.goal_id,
        )
        .where(RequirementGroup.business_id.in_(business_ids))
        .order_by(sa.func.length(RequirementGroup.code), RequirementGroup.code)
    ):
        own = standards.get(id, [])
        codes = tuple(answer.code for answer in own)
        wording = own[0].text if own else ""
        groups[business_id].append(Group(id, code, label, goal_id, codes, wording))
    return groups


def _lines(session: Session, business_ids: Sequence[int]) -> list[Plain]:
    """Every aligned line as submitted now, in any order.

    The two vocabularies come as text and the rows as the driver gives them: turning 26,000 rows
    into objects takes longer than the query.
    """
    result = session.connection().execute(
        sa.select(
            Alignment.group_id,
            Requirement.municipality_id,
            Requirement.id,
            RequirementVersion.body_id,
            Alignment.requirement_version_id,
            RequirementVersion.id,
            sa.type_coerce(Alignment.relation, sa.String),
            sa.type_coerce(RequirementVersion.obligation, sa.String),
        )
        .join(Requirement, Requirement.id == Alignment.requirement_id)
        .join(RequirementVersion, RequirementVersion.id == Requirement.submitted_version_id)
        .where(Requirement.business_id.in_(business_ids), Requirement.deleted_at.is_(None))
        .order_by(None)
    )
    rows = cast(list[Plain], result.cursor.fetchall())
    result.close()
    return rows


def wordings(session: Session, rows: Iterable[Row]) -> dict[int, str]:
    """Group id → what its cells are compared with: the standard's text or the most frequent line."""
    found = {row.group.id: row.group.wording for row in rows if row.has_standard}
    bases = {
        row.base.version_id: row.group.id
        for row in rows
        if row.base is not None and not row.has_standard
    }
    for version_id, text in session.execute(
        sa.select(RequirementVersion.id, RequirementVersion.text)
        .where(RequirementVersion.id.in_(bases))
        .order_by(RequirementVersion.id)
    ):
        found[bases[version_id]] = text
    return found


@dataclass(frozen=True, slots=True)
class GoalChoice:
    """A goal as the filter needs it; satisfies `goals.tree.Node`."""

    id: int
    parent_id: int | None
    position: int
    code: str
    statement: str
    closed: bool


def goals(session: Session, actor: Actor) -> list[GoalChoice]:
    """The region's goals; `goals.tree` puts them into their order."""
    rows = session.execute(
        sa.select(Goal.id, Goal.parent_id, Goal.position, Goal.code, Goal.statement, Goal.closed)
        .where(Goal.region_id == actor.region_id)
        .order_by(Goal.position, Goal.id)
    )
    return [GoalChoice(*row) for row in rows]


# ---- one group --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VariantLine:
    """A line in a group as its town submits it now.

    `aligned_text` is the wording a person looked at, when it is another one. `withdrawn`: the
    town took the line back since; `text` is then the one that was looked at.
    """

    alignment_id: int
    requirement_id: int
    municipality_id: int
    section: str
    label: str
    mark: str
    text: str
    obligation: Obligation | None
    kind: RequirementKind
    relation: Relation
    body_id: int
    aligned_text: str | None
    withdrawn: bool
    also_in: tuple[str, ...]


def variant_lines(session: Session, actor: Actor, group: RequirementGroup) -> list[VariantLine]:
    """The lines of a group this person may read, by town and place in its list."""
    looked_at = aliased(RequirementVersion)
    now_sent = aliased(RequirementVersion)
    rows = session.execute(
        sa.select(
            Alignment.id,
            Alignment.relation,
            Requirement.id,
            Requirement.municipality_id,
            Requirement.deleted_at,
            looked_at,
            now_sent,
        )
        .join(Requirement, Requirement.id == Alignment.requirement_id)
        .join(Municipality, Municipality.id == Requirement.municipality_id)
        .join(looked_at, looked_at.id == Alignment.requirement_version_id)
        .outerjoin(now_sent, now_sent.id == Requirement.submitted_version_id)
        .where(Alignment.group_id == group.id, _may_be_read(actor))
        .order_by(Municipality.code, Requirement.position, Requirement.id)
    ).all()
    elsewhere: dict[int, list[str]] = {}
    other = aliased(Alignment)
    for requirement_id, code in session.execute(
        sa.select(other.requirement_id, RequirementGroup.code)
        .join(Alignment, Alignment.requirement_id == other.requirement_id)
        .join(RequirementGroup, RequirementGroup.id == other.group_id)
        .where(Alignment.group_id == group.id, other.group_id != group.id)
        .order_by(RequirementGroup.code)
    ):
        elsewhere.setdefault(requirement_id, []).append(code)
    return [_variant(*row, also_in=tuple(elsewhere.get(row[2], ()))) for row in rows]


def _may_be_read(actor: Actor) -> sa.ColumnElement[bool]:
    """As `requirements.queries.readable`, but for lines that were taken back as well."""
    if sees_all_detail(actor):
        return sa.true()
    hides = sa.exists().where(
        BusinessProcess.municipality_id == Requirement.municipality_id,
        BusinessProcess.business_id == Requirement.business_id,
        BusinessProcess.hides_detail,
    )
    gone = sa.or_(Requirement.deleted_at.is_not(None), Requirement.submitted_version_id.is_(None))
    return sa.or_(Requirement.municipality_id == actor.municipality_id, sa.and_(~hides, ~gone))


def _variant(
    alignment_id: int,
    relation: Relation,
    requirement_id: int,
    municipality_id: int,
    deleted_at: Any,
    looked_at: RequirementVersion,
    now_sent: RequirementVersion | None,
    *,
    also_in: tuple[str, ...],
) -> VariantLine:
    withdrawn = deleted_at is not None or now_sent is None
    shown = looked_at if now_sent is None else now_sent
    return VariantLine(
        alignment_id=alignment_id,
        requirement_id=requirement_id,
        municipality_id=municipality_id,
        section=shown.section,
        label=shown.label,
        mark=shown.mark,
        text=shown.text,
        obligation=shown.obligation,
        kind=shown.kind,
        relation=relation,
        body_id=shown.body_id,
        aligned_text=looked_at.text if shown.id != looked_at.id else None,
        withdrawn=withdrawn,
        also_in=also_in,
    )


@dataclass(frozen=True, slots=True)
class AnsweringStandard:
    """A standard that answers the group; `outcome` of its newest decision."""

    code: str
    title: str
    text: str
    obligation: Obligation
    outcome: Outcome | None


def answering(session: Session, group: RequirementGroup) -> list[AnsweringStandard]:
    """The standards that answer a group, in the order of their codes."""
    newer = aliased(Decision)
    newest = ~sa.exists().where(newer.supersedes_id == Decision.id)
    rows = session.execute(
        sa.select(
            StandardRequirement.code,
            StandardRequirement.title,
            StandardRequirement.text,
            StandardRequirement.obligation,
            Decision.outcome,
        )
        .join(StandardAnswer, StandardAnswer.standard_id == StandardRequirement.id)
        .outerjoin(Decision, sa.and_(Decision.standard_id == StandardRequirement.id, newest))
        .where(StandardAnswer.group_id == group.id)
        .order_by(StandardRequirement.serial)
    )
    return [AnsweringStandard(*row) for row in rows]


def group_decision(session: Session, group: RequirementGroup) -> Outcome | None:
    """What was decided on the group itself, where no standard was drafted."""
    newer = aliased(Decision)
    return session.scalar(
        sa.select(Decision.outcome)
        .where(
            Decision.group_id == group.id,
            ~sa.exists().where(newer.supersedes_id == Decision.id),
        )
        .order_by(Decision.id.desc())
        .limit(1)
    )


def neighbours(session: Session, group: RequirementGroup) -> tuple[str | None, str | None]:
    """The codes before and after this one, for going through the groups one by one."""
    length = sa.func.length(RequirementGroup.code)
    place = sa.tuple_(length, RequirementGroup.code)
    here = sa.tuple_(sa.literal(len(group.code)), sa.literal(group.code))
    own = sa.select(RequirementGroup.code).where(RequirementGroup.business_id == group.business_id)
    before = own.where(place < here).order_by(length.desc(), RequirementGroup.code.desc())
    after = own.where(place > here).order_by(length, RequirementGroup.code)
    return session.scalar(before.limit(1)), session.scalar(after.limit(1))


def group_names(session: Session, business_id: int) -> list[tuple[str, str]]:
    """(code, label) of all groups, for choosing one."""
    rows = session.execute(
        sa.select(RequirementGroup.code, RequirementGroup.label)
        .where(RequirementGroup.business_id == business_id)
        .order_by(sa.func.length(RequirementGroup.code), RequirementGroup.code)
    )
    return [(code, label) for code, label in rows]


# ---- lines in no group ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LooseLine:
    requirement_id: int
    municipality_name: str
    section: str
    label: str
    text: str
    obligation: Obligation | None


def _loose() -> sa.ColumnElement[bool]:
    return ~sa.exists().where(Alignment.requirement_id == Requirement.id)


def loose_lines(
    session: Session,
    actor: Actor,
    business_id: int,
    *,
    municipality_id: int | None = None,
    words: str = "",
    page: int = 1,
    page_size: int = 50,
) -> Page[LooseLine]:
    """Submitted lines that are in no group and that this person may read, town by town."""
    query = (
        sa.select(
            Requirement.id,
            Municipality.name,
            RequirementVersion.section,
            RequirementVersion.label,
            RequirementVersion.text,
            RequirementVersion.obligation,
        )
        .join(RequirementVersion, RequirementVersion.id == Requirement.submitted_version_id)
        .join(Municipality, Municipality.id == Requirement.municipality_id)
        .where(Requirement.business_id == business_id, readable(actor), _loose())
        .order_by(Municipality.code, Requirement.position, Requirement.id)
    )
    if municipality_id is not None:
        query = query.where(Requirement.municipality_id == municipality_id)
    if words.strip():
        query = query.join(Body, Body.id == RequirementVersion.body_id)
    for word in words.split():
        query = query.where(Body.text.contains(search_key(word), autoescape=True))
    total = session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery()))
    rows = session.execute(query.limit(page_size).offset((page - 1) * page_size))
    return Page([LooseLine(*row) for row in rows], page, page_size, total or 0)


# ---- proposals --------------------------------------------------------------------------------


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
