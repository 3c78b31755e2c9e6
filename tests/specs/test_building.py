"""The files of an edition: equal bytes, built once, in a child, whatever happens to the worker."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO

import openpyxl
import pikepdf
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import child, transaction
from registry.db import Database, now
from registry.errors import Invalid
from registry.jobs import Job, JobState, Runner
from registry.specs import building, document, queries, service
from registry.specs.models import EditionFile, SpecDraft
from registry.worker import HANDLERS
from tests.conftest import AUDIT_KEY
from tests.specs import agreed
from tests.world import World


def work(database: Database) -> None:
    runner = Runner(database, HANDLERS, AUDIT_KEY)
    while runner.run_one():
        pass


def freeze(database: Database, world: World) -> int:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        agreed.adopted(session, world)
        return agreed.frozen(session, world).id


def the_job(database: Database) -> Job:
    with database.read() as session:
        return session.scalars(sa.select(Job).order_by(Job.id.desc()).limit(1)).one()


@pytest.mark.slow
def test_the_job_builds_the_four_files_from_the_frozen_bytes_alone(
    database: Database, world: World
) -> None:
    edition_id = freeze(database, world)

    work(database)

    job = the_job(database)
    assert (job.state, job.error) == (JobState.DONE, None)
    with database.read() as session:
        frozen = queries.frozen_bytes(session, edition_id)
        files = {name: queries.file(session, edition_id, name) for name in queries.FILES}
        content = {name: row.content for name, row in files.items()}
    assert content["spec.json"] == frozen
    assert job.result == {name: row.sha256 for name, row in files.items()}
    assert all(
        (row.sha256, row.size) == (hashlib.sha256(row.content).hexdigest(), len(row.content))
        for row in files.values()
    )
    assert content["SHA256SUMS"].decode().splitlines() == [
        f"{hashlib.sha256(content[name]).hexdigest()}  {name}"
        for name in ("answer-sheet.xlsx", "spec.json", "spec.pdf")
    ]
    with pikepdf.open(BytesIO(content["spec.pdf"])) as pdf:
        assert list(pdf.attachments) == ["spec.json"]
        assert pdf.attachments["spec.json"].get_file().read_bytes() == frozen
    book = openpyxl.load_workbook(BytesIO(content["answer-sheet.xlsx"]))
    assert "A-0010001-01" in [cell.value for row in book.worksheets[0] for cell in row]
    assert building.build_files(frozen) == content


@pytest.mark.slow
def test_files_are_stored_once_however_often_the_job_runs(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition_id = freeze(database, world)
    drawn: list[bytes] = []

    def draw(function: str, data: bytes, **limits: object) -> bytes:
        drawn.append(data)
        return b"%PDF of " + hashlib.sha256(data).digest()

    monkeypatch.setattr(child, "run_in_child", draw)
    for _ in range(3):
        work(database)
        with transaction.writing(database, audit_key=AUDIT_KEY) as session:
            session.execute(sa.update(Job).values(state=JobState.TODO, attempt=0))

    assert len(drawn) == 1
    with database.read() as session:
        assert len(queries.files(session, edition_id)) == len(queries.FILES)


def test_a_file_that_came_out_differently_is_not_stored(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition_id = freeze(database, world)
    monkeypatch.setattr(child, "run_in_child", lambda *_, **__: b"%PDF")
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        session.add(
            EditionFile(
                edition_id=edition_id,
                name="spec.pdf",
                media_type="application/pdf",
                content=b"other",
                sha256=document.digest(b"other"),
                size=5,
                created_at=now(),
            )
        )

    work(database)

    job = the_job(database)
    assert job.state is JobState.FAILED
    assert "一致しません" in (job.error or "")
    with database.read() as session:
        assert [row.name for row in queries.files(session, edition_id)] == ["spec.pdf"]


def test_what_cannot_be_drawn_fails_with_its_reason(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition_id = freeze(database, world)

    def refuse(*_: object, **__: object) -> bytes:
        raise child.ChildFailed("memory", "必要なメモリが上限を超えたため、処理を中止しました。")

    monkeypatch.setattr(child, "run_in_child", refuse)
    work(database)

    job = the_job(database)
    assert (job.state, job.attempt) == (JobState.FAILED, 1)
    assert "メモリ" in (job.error or "")
    with database.read() as session:
        assert queries.files(session, edition_id) == []


@pytest.mark.slow
def test_a_draft_is_marked_and_replaces_the_one_before(database: Database, world: World) -> None:
    for title in ("空き状況の照会", "抽選"):
        with transaction.writing(database, audit_key=AUDIT_KEY) as session:
            agreed.drafted(session, world, title)
            service.enqueue_draft(session, world.coordinator, business_id=world.business.id)
        work(database)
        assert the_job(database).state is JobState.DONE

    with database.read() as session:
        (draft,) = session.scalars(sa.select(SpecDraft)).all()
        pdf = queries.draft_content(session, world.business.id)
        data = building.draft_bytes(session, world.coordinator, world.business)
    assert draft.sha256 == hashlib.sha256(pdf).hexdigest()
    with pikepdf.open(BytesIO(pdf)) as opened:
        attached = opened.attachments["spec.json"].get_file().read_bytes()
    assert attached == data
    titles = [row["title"] for row in _rows(data)]
    assert titles == ["【未決定】空き状況の照会", "【未決定】抽選"]


def _rows(data: bytes) -> list[dict[str, str]]:
    return [
        row
        for chapter in json.loads(data)["chapters"]
        for section in chapter["sections"]
        for row in section["requirements"]
    ]


@pytest.mark.slow
def test_a_rehearsal_refuses_what_no_font_can_print(session: Session, world: World) -> None:
    agreed.adopted(session, world, text="外字\ue000を扱えること。")
    frozen = service.preview(
        session,
        world.coordinator,
        business_id=world.business.id,
        number="1.0",
        issued_on=agreed.ISSUED,
    )

    with pytest.raises(Invalid, match="U\\+E000") as refused:
        building.rehearse(frozen)
    assert "A-0010001-01" in refused.value.fields["characters"][0]


def test_the_limits_grow_with_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, float]] = []

    def draw(
        function: str, data: bytes, *, cpu_seconds: int, wall_seconds: float, **_: object
    ) -> bytes:
        asked.append((cpu_seconds, wall_seconds))
        return b"%PDF"

    monkeypatch.setattr(child, "run_in_child", draw)
    for count in (0, 4000):
        lines = [{"code": f"A-{number}"} for number in range(count)]
        spec = {"chapters": [{"sections": [{"requirements": lines}]}]}
        building._draw("a:b", document.to_bytes(spec), None)

    assert asked == [(60, 180), (1060, 3180)]
