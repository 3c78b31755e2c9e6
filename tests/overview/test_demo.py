"""The main job on the worked example: applied by its people, once, as the fixture says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from registry import audit, migrate, transaction
from registry.accounts.models import Account
from registry.audit import AuditEvent
from registry.comparison.proposal_queries import JOB_KIND
from registry.config import ROOT
from registry.db import Base, Database
from registry.jobs import Job
from registry.overview import demo, lists, loading
from registry.overview.loading import Folder
from registry.processes.models import Business
from registry.requirements.models import Requirement, RequirementState
from registry.specs import building
from registry.specs import queries as specs
from registry.standards.models import Alignment, Decision, StandardRequirement
from registry.vendors.models import Delivery
from tests.conftest import AUDIT_KEY

FOLDER = Folder(ROOT / "fixtures" / "aizu_13")


def run(database: Database) -> None:
    """What `kaizu demo` does, without drawing the files."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        actor = loading.load(session, FOLDER)
        wanted = demo.plan(FOLDER)
    for file in lists.list_files(FOLDER):
        with transaction.writing(database, audit_key=AUDIT_KEY) as session:
            lists.load(session, actor, FOLDER, file)
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        demo.open_accounts(session, FOLDER)
        if demo.edition_of(session, actor, wanted) is not None:
            return
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        demo.align(session, FOLDER, wanted)
        demo.decide(session, FOLDER, wanted)
    demo.freeze(database, AUDIT_KEY, FOLDER, wanted)
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        demo.open_work(session, FOLDER, wanted)
        demo.ask_for_proposals(session, FOLDER)


@pytest.fixture(scope="module")
def rehearsed() -> list[bytes]:
    """What was tried for printing while the database was filled."""
    return []


@pytest.fixture(scope="module")
def database(
    tmp_path_factory: pytest.TempPathFactory, rehearsed: list[bytes]
) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('demo') / 'kaizu.db'}")
    migrate.upgrade(made)
    rehearse = building.rehearse

    def noted(frozen: bytes) -> None:
        rehearsed.append(frozen)
        rehearse(frozen)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "rehearse", noted)
        run(made)
    yield made
    made.dispose()


def count(database: Database, query: sa.Select[int]) -> int:
    with database.read() as session:
        return session.scalar(query) or 0


def rows(name: str, **wanted: str) -> list[dict[str, str]]:
    return [
        row for row in FOLDER.rows(name) if all(row[key] == value for key, value in wanted.items())
    ]


def test_every_line_of_every_town_is_there(database: Database) -> None:
    lines = sum(len(file.content.decode().splitlines()) - 1 for file in lists.list_files(FOLDER))
    assert count(database, sa.select(sa.func.count(Requirement.id))) == lines >= 350


def test_the_unsubmitted_and_the_unconfirmed_town_wait(database: Database) -> None:
    with database.read() as session:
        states = {
            code: {
                state
                for (state,) in session.execute(
                    sa.text(
                        "SELECT DISTINCT state FROM requirement r JOIN municipality m"
                        " ON m.id = r.municipality_id WHERE m.code = :code"
                    ),
                    {"code": code},
                )
            }
            for code in ("074462", "074454", "072028")
        }
    assert states == {
        "074462": {RequirementState.DRAFT.value},
        "074454": {RequirementState.SUBMITTED.value},
        "072028": {RequirementState.CONFIRMED.value},
    }


def test_the_alignments_are_those_of_the_fixture(database: Database) -> None:
    assert count(database, sa.select(sa.func.count(Alignment.id))) == len(rows("alignments.tsv"))


def test_the_frozen_edition_holds_what_was_adopted_and_nothing_else(database: Database) -> None:
    adopted = {
        row["code"]: row["text"]
        for row in rows("decisions.tsv", edition="1.0")
        if row["outcome"].startswith("adopt")
    }
    with database.read() as session:
        actor = demo._coordinator(session, FOLDER)
        edition = demo.edition_of(session, actor, demo.plan(FOLDER))
        assert edition is not None
        spec = specs.frozen_spec(session, edition.id)
    frozen = {
        line["code"]: line["text"]
        for chapter in spec["chapters"]
        for section in chapter["sections"]
        for line in section["requirements"]
    }
    assert frozen == adopted
    assert "example" not in str(spec)


def test_the_edition_is_rehearsed_before_it_is_frozen(
    database: Database, rehearsed: list[bytes]
) -> None:
    with database.read() as session:
        actor = demo._coordinator(session, FOLDER)
        edition = demo.edition_of(session, actor, demo.plan(FOLDER))
        assert edition is not None
        spec = specs.frozen_spec(session, edition.id)
    assert [json.loads(content) for content in rehearsed] == [spec]


def test_the_next_edition_is_open_work(database: Database) -> None:
    later = {row["code"] for row in rows("decisions.tsv", edition="1.1") if row["code"]}
    with database.read() as session:
        drafted = set(
            session.scalars(
                sa.select(StandardRequirement.code)
                .where(StandardRequirement.target_edition == "1.1")
                .order_by(StandardRequirement.code)
            )
        )
    assert drafted == later


def test_what_nobody_has_aligned_waits_for_proposals(database: Database) -> None:
    with database.read() as session:
        jobs = session.scalars(sa.select(Job).where(Job.kind == JOB_KIND)).all()
        asked = {session.get_one(Business, job.payload["business_id"]).slug for job in jobs}
    assert asked == {"snow-removal"}


def test_decisions_bear_their_persons_names_and_days(database: Database) -> None:
    with database.read() as session:
        people = set(
            session.scalars(
                sa.select(Account.email)
                .join(Decision, Decision.account_id == Account.id)
                .order_by(Account.email)
            )
        )
        events = session.scalars(
            sa.select(AuditEvent.actor)
            .where(AuditEvent.action == "standards.decide")
            .order_by(AuditEvent.sequence)
        ).all()
        assert audit.verify(session, AUDIT_KEY).broken is None
    assert people == set(events) == {"coordinator@bureau.example"}


def test_a_second_run_changes_nothing(database: Database) -> None:
    def everything() -> dict[str, int]:
        return {
            name: count(database, sa.select(sa.func.count()).select_from(table))
            for name, table in Base.metadata.tables.items()
        }

    before = everything()
    run(database)
    assert everything() == before


def test_delivering_needs_the_built_files(database: Database, tmp_path: Path) -> None:
    """`kaizu demo` builds first; without files nothing is handed over."""
    from registry.errors import DomainError

    with (
        pytest.raises(DomainError),
        transaction.writing(database, audit_key=AUDIT_KEY) as session,
    ):
        demo.deliver(session, FOLDER, demo.plan(FOLDER))
    assert count(database, sa.select(sa.func.count(Delivery.id))) == 0


def test_the_shared_password_is_noticed(database: Database) -> None:
    with database.read() as session:
        assert demo.accounts_with_demo_password(session) == len(rows("accounts.tsv"))
