"""The job that proposes: repeatable, polite to what was dismissed, and never an alignment."""

from __future__ import annotations

import csv
import threading
import tomllib
from itertools import product
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import jobs, transaction
from registry.comparison import grouping, proposing, service
from registry.comparison.models import Proposal
from registry.comparison.proposal_queries import JOB_KIND
from registry.db import Database
from registry.errors import Forbidden, NotFound
from registry.jobs import Job, JobState, Runner
from registry.requirements.models import Requirement
from registry.standards.models import Alignment, Relation
from registry.text.similarity import RelationKind, conflict
from tests.comparison.desk import AIZU, KITAKATA, YUGAWA, Desk
from tests.conftest import AUDIT_KEY
from tests.world import World

LISTS = Path(__file__).parents[2] / "fixtures/aizu_13/requirements/facility-reservation"

WRITTEN = (
    (AIZU, "施設の空き状況を検索できること。"),
    (KITAKATA, "施設の空き状況を検索すること"),
    (AIZU, "予約の取消しは利用日の3営業日前まで受け付けること。"),
    (KITAKATA, "予約の取消しは利用日の10日前まで受け付けること。"),
    (YUGAWA, "予約の取消しは利用日の3営業日前まで受け付けること。"),
    (AIZU, "利用者が予約を変更できること。"),
    (YUGAWA, "利用者が予約を変更できないこと。"),
)


@pytest.fixture
def desk(session: Session, world: World) -> Desk:
    return Desk(session, world.business)


def write(desk: Desk, world: World) -> list[Requirement]:
    return [desk.line(world.towns[code], text) for code, text in WRITTEN]


def compute(session: Session, world: World, desk: Desk) -> int:
    material = proposing.gather(session, world.coordinator, desk.business.id)
    return proposing.replace(session, desk.business.id, material, proposing.find(material))


def asked(session: Session) -> list[tuple[object, ...]]:
    return [
        tuple(row)
        for row in session.execute(
            sa.select(
                Proposal.cluster,
                Proposal.group_id,
                Proposal.requirement_id,
                Proposal.relation,
                Proposal.score,
                Proposal.why,
            )
            .where(Proposal.dismissed_by.is_(None))
            .order_by(Proposal.id)
        )
    ]


def test_the_same_lines_give_the_same_questions_and_no_alignment(
    session: Session, world: World, desk: Desk
) -> None:
    lines = write(desk, world)
    Desk(session, world.other_business).line(world.towns[KITAKATA], WRITTEN[0][1])
    count = compute(session, world, desk)
    first = asked(session)
    assert compute(session, world, desk) == count
    assert asked(session) == first
    assert session.scalar(sa.select(sa.func.count()).select_from(Alignment)) == 0
    clusters: dict[object, list[tuple[object, object]]] = {}
    for cluster, _, line, relation, _, _ in first:
        clusters.setdefault(cluster, []).append((line, relation))
    alike = [
        {line for line, _ in rows}
        for rows in clusters.values()
        if {relation for _, relation in rows} == {Relation.SAME}
    ]
    ids = [line.id for line in lines]
    assert {ids[0], ids[1]} in alike
    assert {ids[2], ids[4]} in alike
    assert len(alike) == 2
    near = {relation for rows in clusters.values() for _, relation in rows} - {Relation.SAME}
    assert near == {Relation.VALUE_DIFFERS, Relation.OPPOSITE}


def test_the_questions_do_not_depend_on_the_order_in_which_lines_were_stored(
    session: Session, world: World, desk: Desk
) -> None:
    for code, text in reversed(WRITTEN):
        desk.line(world.towns[code], text)
    compute(session, world, desk)
    backward = {(row[4], row[5]) for row in asked(session)}
    other = Desk(session, world.other_business)
    write(other, world)
    compute(session, world, other)
    forward = {(row[4], row[5]) for row in asked(session)}
    assert forward == backward


def test_a_line_joins_a_group_and_what_was_dismissed_stays_dismissed(
    session: Session, world: World, desk: Desk
) -> None:
    lines = write(desk, world)
    group = desk.group("F-001", "検索", lines[0])
    compute(session, world, desk)
    join = session.scalars(
        sa.select(Proposal).where(Proposal.group_id == group.id).order_by(Proposal.id)
    ).one()
    assert (join.requirement_id, join.relation, join.score) == (lines[1].id, Relation.SAME, 1.0)
    service.dismiss(session, world.coordinator, business=desk.business, proposal_ids=[join.id])
    cluster = session.scalar(
        sa.select(Proposal.cluster)
        .where(Proposal.requirement_id == lines[2].id)
        .order_by(Proposal.cluster)
    )
    service.dismiss(session, world.coordinator, business=desk.business, cluster=cluster)
    open_before = asked(session)
    assert {row[2] for row in open_before}.isdisjoint({lines[1].id})
    compute(session, world, desk)
    assert [row[2:] for row in asked(session)] == [row[2:] for row in open_before]
    kept = session.scalars(
        sa.select(Proposal.cluster)
        .where(Proposal.dismissed_by.is_not(None), Proposal.cluster.is_not(None))
        .order_by(Proposal.id)
    ).all()
    assert {row[0] for row in asked(session)}.isdisjoint(kept)

    desk.resubmit(lines[1], "施設の空きの状況を検索できること")
    compute(session, world, desk)
    assert lines[1].id in {row[2] for row in asked(session)}


def test_a_line_changed_or_aligned_while_the_job_ran_gets_no_proposal(
    session: Session, world: World, desk: Desk
) -> None:
    lines = write(desk, world)
    material = proposing.gather(session, world.coordinator, desk.business.id)
    found = proposing.find(material)
    desk.group("F-001", "検索", lines[0])
    desk.resubmit(lines[2], "予約の取消しは2日前まで受け付けること。")
    desk.withdraw(lines[5])
    proposing.replace(session, desk.business.id, material, found)
    assert {row[2] for row in asked(session)}.isdisjoint({lines[0].id, lines[2].id, lines[5].id})


def test_only_the_coordinator_asks_for_proposals(
    session: Session, world: World, desk: Desk
) -> None:
    first = proposing.enqueue(session, world.coordinator, desk.business)
    assert proposing.enqueue(session, world.coordinator, desk.business).id == first.id
    with pytest.raises(Forbidden):
        proposing.enqueue(session, world.of("editor"), desk.business)
    with pytest.raises(NotFound):
        proposing.enqueue(session, world.stranger, desk.business)


def test_the_worker_runs_the_job_and_says_how_many_questions_there_are(
    database: Database, world: World
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        write(Desk(session, world.business), world)
        job_id = proposing.enqueue(session, world.coordinator, world.business).id
        foreign = jobs.enqueue(
            session, world.stranger, JOB_KIND, {"business_id": world.business.id}
        )
        foreign_id = foreign.id
    runner = Runner(database, {JOB_KIND: proposing.run}, AUDIT_KEY)
    assert runner.run_one()
    assert runner.run_one()
    with database.read() as session:
        job = session.get_one(Job, job_id)
        assert job.state is JobState.DONE
        assert job.result is not None
        assert job.result["proposals"] == len(
            {row[0] if row[1] is None else row[1:3] for row in asked(session)}
        )
        assert session.get_one(Job, foreign_id).state is JobState.FAILED


def test_the_lease_is_renewed_while_the_comparing_takes_long(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposing, "_BEAT_SECONDS", 0.05)
    beats: list[int] = []

    class Watched:
        def progress(self, done: int, total: int, message: str = "") -> None:
            beats.append(total)
            if len(beats) > 2:
                enough.set()

    enough = threading.Event()
    with proposing._beating(Watched(), 350):  # type: ignore[arg-type]
        assert enough.wait(10)
    count = len(beats)
    assert beats == [350] * count
    assert not enough.wait(0) or len(beats) == count


def fixture_lines() -> list[grouping.Line]:
    found = []
    for path in sorted(LISTS.glob("*.tsv")):
        legend = tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))
        column = next(name for name, field in legend["columns"].items() if field == "text")
        rows = csv.DictReader(
            path.read_text(encoding="utf-8").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE
        )
        found += [
            grouping.Line(path.stem, row[column].replace("\\n", "\n"), f"{path.stem}-{at}")
            for at, row in enumerate(rows)
        ]
    return found


def test_no_cluster_of_the_worked_example_holds_a_contradiction() -> None:
    lines = {line.key: line for line in fixture_lines()}
    assert len(lines) >= 350
    found = grouping.propose(lines.values(), {})
    clusters = [proposal for proposal in found if not proposal.beside]
    assert len(clusters) > 20
    for proposal in clusters:
        assert proposal.relation is RelationKind.SAME
        for one, other in product(proposal.lines, repeat=2):
            assert conflict(lines[one].text, lines[other].text) is None
    kinds = {proposal.relation for proposal in found if proposal.beside}
    assert {RelationKind.VALUE_DIFFERS, RelationKind.OPPOSITE} <= kinds
