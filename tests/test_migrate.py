"""The migrations run both ways on both engines and leave what the models say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from registry import app as _every_table  # noqa: F401
from registry import db, frozen, migrate, transaction
from registry.db import Base, Database
from registry.processes.models import FlowKind, FlowRecord, FlowVersion
from registry.requirements import queries, review_queries
from registry.requirements.models import Requirement
from tests import world as cast
from tests.conftest import AUDIT_KEY
from tests.requirements.lists import agreed


def test_up_down_and_up_again(bare_database: Database) -> None:
    database = bare_database
    migrate.upgrade(database)
    migrate.downgrade(database)
    with database.engine.connect() as connection:
        left = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
    assert left == set()
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        assert frozen.missing(connection) == []


def test_what_towns_wrote_outlives_a_step_down_and_up(bare_database: Database) -> None:
    database = bare_database
    migrate.upgrade(database)
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        world = cast.build(session)
        (row,) = agreed(session, world, ["照会できること。"])
        row_id = row.id
    for revision in ("0002", "0001"):
        migrate.downgrade(database, revision)
        assert migrate.current(database) == revision
    migrate.upgrade(database)
    with database.read() as session:
        assert frozen.missing(session.connection()) == []
        (entry,) = queries.history(
            session, world.of("editor"), session.get_one(Requirement, row_id)
        )
        assert (entry.version.text, entry.is_confirmed) == ("照会できること。", True)
        assert entry.submissions == []  # reasons go with the step down, wordings do not
        assert review_queries.waiting(session, world.of("approver")).items == []


def test_a_withdrawn_flow_outlives_a_step_down_and_up(bare_database: Database) -> None:
    database = bare_database
    migrate.upgrade(database)
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        world = cast.build(session)
        flow = FlowRecord(
            municipality_id=world.towns["072028"].id,
            business_id=world.business.id,
            kind=FlowKind.AS_IS,
            title="受付",
            withdrawn_at=db.now(),
            withdrawn_by=world.accounts["editor@072028.example"].id,
            withdrawn_reason="二つ作ったため",
        )
        session.add(flow)
        session.flush()
        session.add(FlowVersion(flow_id=flow.id, number=1, bpmn="<x/>", saved_at=db.now(), note=""))
        flow_id = flow.id
    migrate.downgrade(database, "0005")
    migrate.upgrade(database)
    with database.read() as session:
        found = session.get_one(FlowRecord, flow_id)
        assert (found.title, found.withdrawn_at, found.withdrawn_reason) == ("受付", None, "")
        version = session.scalars(sa.select(FlowVersion).order_by(FlowVersion.id)).one()
        assert version.flow_id == flow_id


def test_models_and_migrations_agree(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "render_as_batch": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_head_file_names_the_newest_revision() -> None:
    scripts = ScriptDirectory.from_config(migrate.alembic_config())
    assert scripts.get_heads() == [migrate.newest()]


def test_the_revision_is_the_one_alembic_reads(bare_database: Database) -> None:
    def as_alembic_reads() -> str | None:
        with bare_database.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    assert migrate.current(bare_database) is as_alembic_reads() is None
    migrate.upgrade(bare_database)
    assert migrate.current(bare_database) == as_alembic_reads() == migrate.newest()
    migrate.downgrade(bare_database, "0001")
    assert migrate.current(bare_database) == as_alembic_reads() == "0001"
    migrate.downgrade(bare_database)
    assert migrate.current(bare_database) is as_alembic_reads() is None


def test_a_server_does_not_load_what_only_migrating_needs() -> None:
    asked = "import sys, registry.cli.data, registry.app; print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_an_sqlite_file_in_a_new_folder_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new' / 'kaizu.db'}")
    migrate.upgrade(database)
    assert migrate.current(database) == migrate.newest()
    database.dispose()
