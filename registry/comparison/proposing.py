"""The job that asks which lines belong together. It only writes questions, never alignments."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, jobs
from registry.access import Actor, Permission, terminal_actor
from registry.comparison.grouping import Line, propose
from registry.comparison.grouping import Proposal as Found
from registry.comparison.models import Proposal
from registry.comparison.proposal_queries import JOB_KIND
from registry.db import now
from registry.errors import NotFound
from registry.jobs import Context, Job
from registry.processes.models import Business
from registry.requirements.models import Requirement
from registry.requirements.queries import SubmittedLine, submitted_lines
from registry.standards.models import Alignment, Relation, RequirementGroup
from registry.text.similarity import Index, RelationKind

_BEAT_SECONDS: Final = 5.0
_LONGEST: Final = 1800.0
"""A run that takes longer than half an hour is given up: its lease then runs out."""


@dataclass(frozen=True, slots=True)
class Material:
    """What proposals are made from: lines by id, group code → ids of its lines, all readable."""

    lines: Mapping[int, SubmittedLine]
    groups: Mapping[str, Sequence[int]]
    group_ids: Mapping[str, int]

    @property
    def loose(self) -> list[int]:
        grouped = {id for members in self.groups.values() for id in members}
        return [id for id in self.lines if id not in grouped]


def gather(session: Session, actor: Actor, business_id: int) -> Material:
    """The lines this person may read, and the groups they are in."""
    lines = {line.requirement_id: line for line in submitted_lines(session, actor, business_id)}
    groups: dict[str, list[int]] = {}
    group_ids: dict[str, int] = {}
    for group_id, code, requirement_id in session.execute(
        sa.select(RequirementGroup.id, RequirementGroup.code, Alignment.requirement_id)
        .join(Alignment, Alignment.group_id == RequirementGroup.id)
        .where(RequirementGroup.business_id == business_id)
        .order_by(RequirementGroup.code, Alignment.requirement_id)
    ):
        group_ids[code] = group_id
        if requirement_id in lines:
            groups.setdefault(code, []).append(requirement_id)
    return Material(lines, groups, group_ids)


def find(material: Material, index: type[Index] = Index) -> list[Found]:
    """The proposals; the same lines give the same ones whatever their order.

    `index` finds which lines are compared (see `semantic.engine`).
    """

    def line(id: int) -> Line:
        found = material.lines[id]
        return Line(found.municipality_code, found.text, str(id))

    return propose(
        [line(id) for id in material.loose],
        {code: [line(id) for id in ids] for code, ids in material.groups.items()},
        index,
    )


def enqueue(session: Session, actor: Actor, business: Business) -> Job:
    """Ask for new proposals; while a run waits or works, that one is given back."""
    access.require(actor, Permission.ALIGN, region_id=business.region_id)
    return jobs.enqueue(
        session,
        actor,
        JOB_KIND,
        {"business_id": business.id},
        dedup=f"{JOB_KIND}:{business.id}",
    )


def run(context: Context) -> None:
    """Handler of "comparison.propose": replaces the open proposals of a business.

    What a person dismissed stays dismissed until one of its lines is submitted anew. A line that
    was changed or aligned while the work went on gets no proposal.
    """
    business_id = int(context.payload["business_id"])
    actor = terminal_actor(context.region_id)
    with context.database.read() as session:
        business = session.get(Business, business_id)
        if business is None or business.region_id != context.region_id:
            raise NotFound("この業務は見つかりませんでした。")
        material = gather(session, actor, business_id)
    total = len(material.lines)
    context.progress(0, max(total, 1), f"{total:,} 行を比べています。")
    with _beating(context, total):
        found = find(material)
    result: dict[str, Any] = {}
    with context.complete(result) as session:
        result["proposals"] = replace(session, business_id, material, found)


def replace(session: Session, business_id: int, material: Material, found: Sequence[Found]) -> int:
    """Store the proposals in place of those nobody dismissed; how many questions there are."""
    dismissed, last_cluster = _dismissed(session, business_id)
    session.execute(
        sa.delete(Proposal).where(
            Proposal.business_id == business_id, Proposal.dismissed_by.is_(None)
        )
    )
    usable = _unchanged(session, business_id, material)
    numbers = count(last_cluster + 1)
    rows: list[dict[str, Any]] = []
    asked = 0
    at = now()
    for proposal in found:
        ids = [int(key) for key in (*proposal.lines, *proposal.beside)]
        if not usable.issuperset(ids):
            continue
        group_id = material.group_ids[proposal.group] if proposal.group is not None else None
        versions = frozenset(material.lines[id].version_id for id in ids)
        if (group_id, bool(proposal.beside), versions) in dismissed:
            continue
        asked += 1
        cluster = next(numbers) if group_id is None else None
        near = {int(key) for key in proposal.lines} if proposal.beside or group_id else set()
        rows += [
            {
                "business_id": business_id,
                "requirement_id": id,
                "requirement_version_id": material.lines[id].version_id,
                "group_id": group_id,
                "cluster": cluster,
                "score": proposal.score,
                "relation": _judged(proposal) if id in near else Relation.SAME,
                "shared": list(proposal.shared),
                "differing": list(proposal.differing),
                "why": proposal.why,
                "created_at": at,
            }
            for id in ids
        ]
    if rows:
        session.execute(sa.insert(Proposal), rows)
    return asked


def _judged(proposal: Found) -> Relation:
    """The relation of the lines asked about.

    Two clusters that stand beside each other although a pair of their lines says the same are
    kept apart by a contradiction elsewhere in them; the whole is then at most related.
    """
    if proposal.beside and proposal.relation is RelationKind.SAME:
        return Relation.RELATED
    return Relation(proposal.relation.value)


_Key = tuple[int | None, bool, frozenset[int]]


def _dismissed(session: Session, business_id: int) -> tuple[set[_Key], int]:
    """What was dismissed: target group, whether of near lines, versions; and the last cluster."""
    joins: set[_Key] = set()
    clusters: dict[int, tuple[bool, set[int]]] = {}
    for group_id, cluster, version_id, relation in session.execute(
        sa.select(
            Proposal.group_id,
            Proposal.cluster,
            Proposal.requirement_version_id,
            Proposal.relation,
        )
        .where(Proposal.business_id == business_id, Proposal.dismissed_by.is_not(None))
        .order_by(Proposal.id)
    ):
        if cluster is None:
            joins.add((group_id, False, frozenset((version_id,))))
            continue
        near, versions = clusters.get(cluster, (False, set()))
        clusters[cluster] = near or relation is not Relation.SAME, versions | {version_id}
    keys = joins | {(None, near, frozenset(versions)) for near, versions in clusters.values()}
    return keys, max(clusters, default=0)


def _unchanged(session: Session, business_id: int, material: Material) -> set[int]:
    """Ids of the lines that are still as they were read, and still in no group."""
    rows = session.execute(
        sa.select(Requirement.id, Requirement.submitted_version_id)
        .where(
            Requirement.business_id == business_id,
            Requirement.deleted_at.is_(None),
            ~sa.exists().where(Alignment.requirement_id == Requirement.id),
        )
        .order_by(Requirement.id)
    )
    return {
        id
        for id, version_id in rows
        if id in material.lines and material.lines[id].version_id == version_id
    }


@contextmanager
def _beating(context: Context, total: int) -> Iterator[None]:
    """Renew the lease while one long computation runs."""
    stop = threading.Event()

    def beat() -> None:
        waited = 0.0
        while not stop.wait(_BEAT_SECONDS) and waited < _LONGEST:
            waited += _BEAT_SECONDS
            context.progress(0, max(total, 1), f"{total:,} 行を比べています。")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
