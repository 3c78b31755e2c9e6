from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, jobs, transaction
from registry.access import Actor
from registry.accounts import service as accounts
from registry.accounts.models import Account
from registry.db import Database
from registry.errors import Conflict, Forbidden, NotFound
from registry.requirements import export, importing, line_queries, queries, reviewing, service
from registry.requirements.legend import Axis, Field, Legend, Mark
from registry.requirements.line_queries import Filter
from registry.requirements.models import (
    ImportState,
    Obligation,
    Requirement,
    RequirementList,
    RequirementState,
)
from registry.requirements.sheet import read_table
from tests.conftest import AUDIT_KEY
from tests.requirements.lists import edit, lines, submit
from tests.world import World

LEGEND = Legend(
    columns={
        "分類": Field.SECTION,
        "番号": Field.NUMBER,
        "要件": Field.TEXT,
        "区分": Field.MARK,
        "備考": Field.NOTE,
    },
    marks={
        "◎": Mark(Axis.OBLIGATION, "mandatory"),
        "○": Mark(Axis.OBLIGATION, "optional"),
        "△": None,
    },
)
FIRST = """分類,番号,要件,区分,備考
照会,1,空きを照会できること。,◎,
照会,2,空きを検索できること。,○,条例
予約,1,予約できること。,◎,
"""
SECOND = """分類,番号,要件,区分,備考
照会,1,空きを照会できること。,◎,
照会,2,空きを絞り込んで検索できること。,◎,条例
予約,2,予約を取り消せること。,○,
予約,3,通知できること。,△,
"""


def opened(
    session: Session,
    world: World,
    csv: str,
    code: str = "072028",
    legend: Legend | None = LEGEND,
    actor: Actor | None = None,
) -> RequirementList:
    return importing.open_list(
        session,
        actor or world.of("editor", code),
        municipality_id=world.towns[code].id,
        business_id=world.business.id,
        name="",
        sha256="0" * 64,
        table=read_table("一覧.csv", csv.encode()),
        legend=legend,
    )


def stored(session: Session, world: World, csv: str, code: str = "072028") -> RequirementList:
    list_ = opened(session, world, csv, code)
    found = importing.preview(session, world.of("editor", code), list_)
    importing.store(session, world.of("editor", code), list_, found.checked)
    session.flush()
    return list_


def table(session: Session, world: World, code: str = "072028") -> list[line_queries.Line]:
    return line_queries.lines(
        session,
        world.of("editor", code),
        municipality_id=world.towns[code].id,
        business_id=world.business.id,
        narrowed=Filter(),
    ).items


def rows(session: Session, world: World) -> dict[str, Requirement]:
    """Own rows by section and number."""
    return {
        f"{line.section}{line.label}": session.get_one(Requirement, line.id)
        for line in table(session, world)
    }


# ── preview and store ──


def test_a_preview_stores_nothing(session: Session, world: World) -> None:
    list_ = opened(session, world, FIRST)
    found = importing.preview(session, world.of("editor"), list_)
    assert found.counts() == {
        "new": 3,
        "changed": 0,
        "unchanged": 0,
        "rejected": 0,
        "missing": 0,
    }
    assert table(session, world) == []
    assert list_.state == ImportState.PREVIEW


def test_what_the_preview_says_is_what_is_stored(session: Session, world: World) -> None:
    stored(session, world, FIRST)
    lines(session, world, ["隣の町の行"], "072087")
    list_ = opened(session, world, SECOND)
    found = importing.preview(session, world.of("editor"), list_)
    assert found.counts() == {
        "new": 1,
        "changed": 1,
        "unchanged": 1,
        "rejected": 1,
        "missing": 1,
    }
    (refused,) = found.plan.rejections
    assert (refused.row, refused.column, refused.value) == (5, "区分", "△")
    assert importing.store(session, world.of("editor"), list_, found.checked) == found.counts()
    assert [(line.text, line.obligation) for line in table(session, world)] == [
        ("空きを照会できること。", Obligation.MANDATORY),
        ("空きを絞り込んで検索できること。", Obligation.MANDATORY),
        ("予約を取り消せること。", Obligation.OPTIONAL),
        ("予約できること。", Obligation.MANDATORY),
    ]
    assert importing.rejections_of(list_) == [refused]
    assert list_.state == ImportState.STORED
    assert [line.text for line in table(session, world, "072087")] == ["隣の町の行"]


def test_the_same_file_again_changes_nothing(session: Session, world: World) -> None:
    stored(session, world, FIRST)
    before = table(session, world)
    again = stored(session, world, FIRST)
    assert again.outcome["counts"]["unchanged"] == 3
    assert table(session, world) == before


def test_versions_name_the_list_they_came_from(session: Session, world: World) -> None:
    list_ = stored(session, world, FIRST)
    row = rows(session, world)["照会1"]
    (entry,) = queries.history(session, world.of("editor"), row)
    assert (entry.version.list_id, entry.source) == (list_.id, "一覧.csv")
    assert entry.version.mark == "◎"
    assert entry.version.meaning == {"axis": "obligation", "value": "mandatory"}


def test_submitted_wordings_stay_visible_after_an_import(session: Session, world: World) -> None:
    stored(session, world, FIRST)
    submit(session, world, list(rows(session, world).values()))
    stored(session, world, SECOND)
    row = rows(session, world)["照会2"]
    assert row.state == RequirementState.DRAFT
    assert row.submitted_version is not None
    assert row.submitted_version.text == "空きを検索できること。"


def test_our_own_excel_file_comes_back_unchanged(session: Session, world: World) -> None:
    stored(session, world, FIRST)
    row = rows(session, world)["照会1"]
    edit(session, world.of("editor"), row, "画面で直した要件")
    before = table(session, world)
    content = export.own_workbook("要件", before)
    list_ = importing.open_list(
        session,
        world.of("editor"),
        municipality_id=world.towns["072028"].id,
        business_id=world.business.id,
        name="",
        sha256="1" * 64,
        table=read_table("要件.xlsx", content),
    )
    found = importing.preview(session, world.of("editor"), list_)
    assert found.error == ""
    assert found.counts() == {
        "new": 0,
        "changed": 0,
        "unchanged": 3,
        "rejected": 0,
        "missing": 0,
    }
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.active
    assert sheet is not None
    heads = [cell.value for cell in sheet[1]]
    sheet.cell(3, heads.index("実装区分") + 1).value = "必須"
    sheet.cell(4, heads.index("要件") + 1).value = "Excelで直した要件"
    buffer = io.BytesIO()
    book.save(buffer)
    edited = importing.open_list(
        session,
        world.of("editor"),
        municipality_id=world.towns["072028"].id,
        business_id=world.business.id,
        name="",
        sha256="2" * 64,
        table=read_table("要件.xlsx", buffer.getvalue()),
    )
    plan = importing.preview(session, world.of("editor"), edited).plan
    assert [(one.values.text, one.values.mark) for one in plan.changed] == [
        ("空きを検索できること。", "◎"),
        ("Excelで直した要件", "◎"),
    ]


def test_our_own_file_may_be_imported_again_after_its_undo(session: Session, world: World) -> None:
    """Only another wording makes a file stale; showing or taking back the same one does not."""
    stored(session, world, FIRST)
    editor = world.of("editor")
    content = export.own_workbook("要件", table(session, world))
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.active
    assert sheet is not None
    heads = [cell.value for cell in sheet[1]]
    sheet.cell(2, heads.index("要件") + 1).value = "Excelで直した要件"
    buffer = io.BytesIO()
    book.save(buffer)

    def upload() -> RequirementList:
        return importing.open_list(
            session,
            editor,
            municipality_id=world.towns["072028"].id,
            business_id=world.business.id,
            name="",
            sha256="4" * 64,
            table=read_table("要件.xlsx", buffer.getvalue()),
        )

    submit(session, world, [rows(session, world)["照会1"]])
    list_ = upload()
    found = importing.preview(session, editor, list_)
    assert found.plan.rejections == ()
    importing.store(session, editor, list_, found.checked)
    session.flush()
    importing.undo(session, editor, list_, version=list_.version)
    session.flush()
    again = importing.preview(session, editor, upload())
    assert again.plan.rejections == ()
    assert [one.values.text for one in again.plan.changed] == ["Excelで直した要件"]
    edit(session, editor, rows(session, world)["照会1"], "画面で直した要件")
    (refused,) = importing.preview(session, editor, upload()).plan.rejections
    assert (refused.row, "画面で変更" in refused.reason) == (2, True)


def test_the_legend_of_the_last_import_is_remembered(session: Session, world: World) -> None:
    stored(session, world, FIRST)
    again = opened(session, world, SECOND, legend=None)
    marks = Legend.from_data(again.legend).marks
    assert marks["◎"] == Mark(Axis.OBLIGATION, "mandatory")
    assert marks["△"] is None
    other = opened(session, world, "No,機能,評価\n1,照会,◎\n", legend=None)
    assert "◎" in other.legend["marks"]
    assert other.legend["marks"]["◎"] is None
    neighbour = opened(session, world, SECOND, "072087", legend=None)
    assert neighbour.legend["marks"]["◎"] is None


def test_columns_are_left_out_only_where_somebody_saw_them(session: Session, world: World) -> None:
    narrow = opened(session, world, "番号,要件,備考\n1,照会,急ぐ\n", legend=None)
    importing.set_legend(
        session,
        world.of("editor"),
        narrow,
        version=narrow.version,
        legend=Legend(columns={"番号": Field.NUMBER, "要件": Field.TEXT}),
    )
    session.flush()
    wider = "分類,番号,要件,備考,必須/任意\n照会,1,空き,急ぐ,◎\n,2,予約,,◎\n"
    legend = Legend.from_data(opened(session, world, wider, legend=None).legend)
    assert legend.columns == {
        "番号": Field.NUMBER,
        "要件": Field.TEXT,
        "分類": Field.SECTION,
        "必須/任意": Field.MARK,
    }
    assert legend.marks == {"◎": None}
    assert legend.carry_down


def test_a_legend_is_remembered_from_the_preview_and_past_other_lists(
    session: Session, world: World
) -> None:
    """A file is often mended and sent again before anything of it is imported."""
    looked_at = opened(session, world, SECOND)
    opened(session, world, "No,機能,評価\n1,照会,◎\n", legend=None)
    again = opened(session, world, SECOND, legend=None)
    assert again.legend["marks"]["◎"] == {"axis": "obligation", "value": "mandatory"}
    for list_ in (again, looked_at):
        importing.cancel(session, world.of("editor"), list_, version=list_.version)
    session.flush()
    assert opened(session, world, SECOND, legend=None).legend["marks"]["◎"] is None


def test_a_legend_that_does_not_fit_is_said(session: Session, world: World) -> None:
    list_ = opened(session, world, FIRST, legend=Legend(columns={"本文": Field.TEXT}))
    found = importing.preview(session, world.of("editor"), list_)
    assert "本文" in found.error
    importing.set_legend(session, world.of("editor"), list_, version=list_.version, legend=LEGEND)
    assert importing.preview(session, world.of("editor"), list_).counts()["new"] == 3


# ── who may, and when ──


def test_only_the_towns_editor_imports(session: Session, world: World) -> None:
    list_ = opened(session, world, FIRST)
    for who in (
        world.of("contributor"),
        world.of("approver"),
        world.of("editor", "072087"),
        world.coordinator,
        world.administrator,
    ):
        with pytest.raises(Forbidden):
            opened(session, world, FIRST, actor=who)
        with pytest.raises(Forbidden):
            importing.start(session, who, list_, version=list_.version)
        with pytest.raises(Forbidden):
            importing.undo(session, who, list_, version=list_.version)
    for stranger in (world.stranger, world.actors["editor@134210.example"]):
        with pytest.raises(NotFound):
            importing.cancel(session, stranger, list_, version=list_.version)
    with pytest.raises(NotFound):
        queries.get_list(session, world.of("editor", "072087"), world.business.id, list_.id)
    with pytest.raises(NotFound):
        queries.get_list(session, world.of("editor"), world.other_business.id, list_.id)


def test_a_stale_or_finished_list_is_refused(session: Session, world: World) -> None:
    editor = world.of("editor")
    list_ = opened(session, world, FIRST)
    with pytest.raises(Conflict):
        importing.start(session, editor, list_, version=list_.version + 1)
    done = stored(session, world, FIRST)
    for act in (importing.start, importing.cancel, importing.reopen):
        with pytest.raises(Conflict):
            act(session, editor, done, version=done.version)
    with pytest.raises(Conflict):
        importing.undo(session, editor, list_, version=list_.version)


def test_a_cancelled_import_drops_the_file(session: Session, world: World) -> None:
    list_ = opened(session, world, FIRST)
    importing.cancel(session, world.of("editor"), list_, version=list_.version)
    session.flush()
    session.refresh(list_)
    assert (list_.state, list_.table) == (ImportState.CANCELLED, None)
    with pytest.raises(NotFound):
        importing.preview(session, world.of("editor"), list_)


# ── the job ──


def runner(database: Database, lease_seconds: int = 60) -> jobs.Runner:
    return jobs.Runner(database, {importing.JOB: importing.run}, AUDIT_KEY, lease_seconds)


def started(database: Database, world: World, csv: str = FIRST) -> tuple[int, int]:
    """(list id, job id) of an import that waits for a worker."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        list_ = opened(session, world, csv)
        job = importing.start(session, world.of("editor"), list_, version=list_.version)
        return list_.id, job.id


def outcome(database: Database, list_id: int, job_id: int) -> tuple[Any, Any, int | None]:
    with database.read() as session:
        return (
            session.get_one(RequirementList, list_id).state,
            session.get_one(jobs.Job, job_id),
            session.scalar(sa.select(sa.func.count()).select_from(Requirement)),
        )


def test_the_job_stores_once(database: Database, world: World) -> None:
    list_id, job_id = started(database, world)
    assert runner(database).run_one()
    state, job, count = outcome(database, list_id, job_id)
    assert (state, job.state, count) == (ImportState.STORED, jobs.JobState.DONE, 3)
    assert job.result["new"] == 3
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        jobs.enqueue(session, world.of("editor"), importing.JOB, {"list_id": list_id})
    assert runner(database).run_one()
    assert outcome(database, list_id, job_id)[2] == 3


def test_a_worker_that_lost_its_lease_stores_nothing(database: Database, world: World) -> None:
    list_id, job_id = started(database, world)
    first = runner(database)
    context = first._claim()
    assert context is not None
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        session.get_one(jobs.Job, job_id).lease_token = "somebody else"
    with pytest.raises(jobs.LeaseLost):
        importing.run(context)
    assert outcome(database, list_id, job_id)[2] == 0


KILLED = """
import os, sys
from registry.config import read
from registry.db import Database
from registry.requirements import importing, service
from registry import jobs, transaction

url, key, where = sys.argv[1:]
database = Database(url)
stop = lambda *args, **more: os.kill(os.getpid(), 9)
if where == "in the middle":
    inner = service.save_many
    def save_many(*args, **more):
        inner(*args, **more)
        stop()
    service.save_many = save_many
else:
    inner = transaction.commit
    def commit(session):
        found = session.info.get("kaizu.audit", [])
        inner(session)
        if any(event["action"] == "requirements.import" for event in found):
            stop()
    transaction.commit = commit
jobs.Runner(database, {importing.JOB: importing.run}, key, 1).run_one()
"""


@pytest.mark.faults
@pytest.mark.parametrize("where", ["in the middle", "after the commit"])
def test_a_worker_killed_at_any_moment_leaves_no_double(
    database: Database, world: World, where: str
) -> None:
    list_id, job_id = started(database, world)
    url = database.url.render_as_string(hide_password=False)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, url, AUDIT_KEY, where],
        env=os.environ | {"PYTHONPATH": "."},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    expected = 0 if where == "in the middle" else 3
    assert outcome(database, list_id, job_id)[2] == expected
    threading.Event().wait(1.2)  # the dead worker's lease runs out
    runner(database).run_one()
    state, job, count = outcome(database, list_id, job_id)
    assert (state, job.state, count) == (ImportState.STORED, jobs.JobState.DONE, 3)


def test_a_stopped_account_imports_nothing_and_the_list_can_be_reopened(
    database: Database, world: World
) -> None:
    list_id, job_id = started(database, world)
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        editor = session.get_one(Account, world.of("editor").account_id)
        accounts.deactivate(session, world.administrator, editor, version=editor.version)
    runner(database).run_one()
    state, job, count = outcome(database, list_id, job_id)
    assert (state, job.state, count) == (ImportState.RUNNING, jobs.JobState.FAILED, 0)
    assert "停止された" in job.error
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        list_ = session.get_one(RequirementList, list_id)
        terminal = access.terminal_actor(world.region.id)
        importing.reopen(session, terminal, list_, version=list_.version)
    assert outcome(database, list_id, job_id)[0] == ImportState.PREVIEW


# ── undo ──


def undone(session: Session, world: World, list_: RequirementList, **more: Any) -> importing.Undone:
    return importing.undo(session, world.of("editor"), list_, version=list_.version, **more)


def test_an_undone_import_leaves_no_trace_in_the_table(session: Session, world: World) -> None:
    stored(session, world, FIRST)
    before = {line.id: (line.text, line.obligation, line.mark) for line in table(session, world)}
    second = stored(session, world, SECOND)
    found = undone(session, world, second)
    assert (found.removed, found.restored, found.kept) == (1, 1, ())
    assert before == {
        line.id: (line.text, line.obligation, line.mark) for line in table(session, world)
    }
    assert second.state == ImportState.UNDONE
    with pytest.raises(Conflict):
        undone(session, world, second)


def test_the_former_state_comes_back_with_the_wording(session: Session, world: World) -> None:
    stored(session, world, FIRST)
    one = rows(session, world)["照会2"]
    reviewing.confirm(session, world.of("approver"), items=submit(session, world, [one]))
    second = stored(session, world, SECOND)
    assert one.state == RequirementState.DRAFT
    undone(session, world, second)
    assert one.state == RequirementState.CONFIRMED
    assert one.draft_version_id == one.submitted_version_id == one.confirmed_version_id
    edit(session, world.of("editor"), one, "そのあとの文")
    numbers = [entry.version.number for entry in queries.history(session, world.of("editor"), one)]
    assert numbers == [3, 2, 1]


def test_a_submission_judged_meanwhile_counts(session: Session, world: World) -> None:
    stored(session, world, FIRST)
    one, other = (rows(session, world)[name] for name in ("照会2", "照会1"))
    items = submit(session, world, [one])
    second = stored(session, world, SECOND)
    reviewing.send_back(session, world.of("approver"), items=items, reason="単位がない")
    undone(session, world, second)
    assert (one.state, one.return_reason) == (RequirementState.RETURNED, "単位がない")
    assert other.state == RequirementState.DRAFT


def test_what_was_touched_since_stays_and_is_named(session: Session, world: World) -> None:
    list_ = stored(session, world, FIRST)
    found = rows(session, world)
    edit(session, world.of("editor"), found["照会1"], "手で直した文")
    submit(session, world, [found["照会2"]])
    result = undone(session, world, list_)
    assert result.removed == 1
    assert {(one.text, one.why) for one in result.kept} == {
        ("手で直した文", "取込のあとに編集されています"),
        ("空きを検索できること。", "提出されています"),
    }
    assert [line.text for line in table(session, world)] == [
        "手で直した文",
        "空きを検索できること。",
    ]
    assert len(list_.outcome["kept"]) == 2


def test_lines_that_others_build_upon_stay(session: Session, world: World) -> None:
    list_ = stored(session, world, FIRST)
    aligned = rows(session, world)["予約1"]

    def used(_: Session, versions: Sequence[int]) -> Mapping[int, str]:
        assert aligned.draft_version_id in versions
        return {aligned.draft_version_id or 0: "F-001に対応付けられています"}

    result = undone(session, world, list_, used=used)
    assert [(one.text, one.why) for one in result.kept] == [
        ("予約できること。", "F-001に対応付けられています")
    ]
    assert result.removed == 2


def test_lines_deleted_since_do_not_come_back(session: Session, world: World) -> None:
    list_ = stored(session, world, FIRST)
    gone = rows(session, world)["照会1"]
    service.delete(session, world.of("editor"), gone, version=gone.version)
    assert undone(session, world, list_).removed == 2
    assert table(session, world) == []


def test_a_hand_kept_list_cannot_be_undone(session: Session, world: World) -> None:
    (row,) = lines(session, world, ["照会できること。"])
    list_ = session.get_one(RequirementList, row.list_id)
    with pytest.raises(Conflict):
        undone(session, world, list_)
    assert table(session, world)[0].text == "照会できること。"
