"""What is left when processes are killed, the database restarts and the disk is full."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from registry import audit, transaction
from registry.app import create_app
from registry.config import Config
from registry.db import Database, now
from registry.jobs import Job, JobState
from registry.processes.models import BusinessTerm
from registry.requirements import importing
from registry.requirements.models import (
    ImportState,
    Requirement,
    RequirementList,
    RequirementVersion,
)
from registry.requirements.sheet import read_table
from registry.specs.models import EditionFile
from tests.conftest import AUDIT_KEY, Client
from tests.journeys import stage
from tests.journeys.processes import (
    PATIENCE,
    Server,
    ask,
    children,
    post_json,
    running,
    serving,
    token_of,
    wait_until,
)
from tests.postgresql import Cluster
from tests.specs import agreed
from tests.world import World

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

COORDINATOR = "coordinator@bureau.example"
TERMS = f"/api/v1/businesses/{stage.SLUG}/terms"
ROWS = 4000


def job(database: Database, job_id: int) -> Job:
    with database.read() as session:
        return session.get_one(Job, job_id)


def expire_lease(database: Database, job_id: int) -> None:
    """As if its time had passed."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        session.execute(
            sa.update(Job)
            .where(Job.id == job_id)
            .values(lease_until=now() - timedelta(seconds=1), run_at=now())
        )


def count(database: Database, table: type[Any]) -> int:
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def assert_chain(database: Database) -> None:
    with database.read() as session:
        found = audit.verify(session, AUDIT_KEY)
    assert (found.broken, found.reason) == (None, "")


def waiting_import(database: Database, world: World) -> tuple[int, int]:
    """(list, job) of an import of some thousands of rows that nobody has begun."""
    rows = "".join(f"予約,{n},{n}番目の施設を予約できること。,◎,\n" for n in range(1, ROWS + 1))
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        editor = world.of("editor")
        list_ = importing.open_list(
            session,
            editor,
            municipality_id=editor.municipality_id or 0,
            business_id=world.business.id,
            name="一覧",
            sha256="0" * 64,
            table=read_table("一覧.csv", f"分類,番号,要件,区分,目標\n{rows}".encode()),
            legend=stage.LEGEND,
        )
        session.flush()
        return list_.id, importing.start(session, editor, list_, version=list_.version).id


def finish(database: Database, folder: Path, job_id: int) -> Job:
    """Another worker takes the job over once the lease is over."""
    expire_lease(database, job_id)
    with running(database, folder, "work") as worker:
        wait_until(lambda: job(database, job_id).finished, f"the second worker: {worker.log}")
        assert worker.stop() == 0, worker.written()
    return job(database, job_id)


# ---- a worker is killed -------------------------------------------------------------------------


def test_an_import_killed_while_it_stores_is_done_once_by_the_next_worker(
    database: Database, world: World, tmp_path: Path
) -> None:
    list_id, job_id = waiting_import(database, world)
    with running(database, tmp_path, "work") as worker:
        wait_until(
            lambda: job(database, job_id).done == ROWS + 1, f"the rows to be checked: {worker.log}"
        )
        worker.kill()  # between the last beat before storing and the end of the job
    assert job(database, job_id).state is JobState.DOING
    assert count(database, Requirement) == count(database, RequirementVersion) == 0

    done = finish(database, tmp_path, job_id)
    assert (done.state, done.attempt) == (JobState.DONE, 2), done.error
    assert done.result is not None
    assert done.result["new"] == ROWS
    assert count(database, Requirement) == count(database, RequirementVersion) == ROWS
    with database.read() as session:
        texts = session.scalars(sa.select(RequirementVersion.text)).all()
        assert len(set(texts)) == ROWS
        assert session.get_one(RequirementList, list_id).state is ImportState.STORED
        imports = sa.select(audit.AuditEvent).where(
            audit.AuditEvent.action == "requirements.import"
        )
        assert len(session.scalars(imports).all()) == 1
    assert_chain(database)


def test_a_killed_build_leaves_no_drawing_behind_and_is_done_once(
    database: Database, world: World, tmp_path: Path
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        for number in range(12):
            agreed.adopted(session, world, f"照会の画面その{number}")
        edition_id = agreed.frozen(session, world).id
    with database.read() as session:
        job_id = session.scalars(sa.select(Job.id)).one()
    with running(database, tmp_path, "work") as worker:
        drawing: list[int] = wait_until(lambda: children(worker.pid), f"the drawing: {worker.log}")
        worker.kill()
        wait_until(lambda: not any(alive(pid) for pid in drawing), "the orphan to end", 10)
    assert job(database, job_id).state is JobState.DOING
    assert count(database, EditionFile) == 0

    done = finish(database, tmp_path, job_id)
    assert (done.state, done.attempt) == (JobState.DONE, 2), done.error
    with database.read() as session:
        files = session.scalars(sa.select(EditionFile).order_by(EditionFile.name)).all()
        assert [(file.edition_id, file.name) for file in files] == [
            (edition_id, name)
            for name in ("SHA256SUMS", "answer-sheet.xlsx", "spec.json", "spec.pdf")
        ]
        pdf = files[3].content
        assert pdf.startswith(b"%PDF")
        assert pdf.rstrip().endswith(b"%%EOF")
        assert done.result is not None
        assert done.result["spec.pdf"] == files[3].sha256
    assert_chain(database)


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# ---- a web process is killed --------------------------------------------------------------------


def test_killed_web_processes_lose_and_double_nothing(
    database: Database, world: World, tmp_path: Path
) -> None:
    """Each client sends its write again under the same key until it has an answer."""
    token = token_of(database, world, COORDINATOR)
    wanted, done = 60, [0]
    with serving(database, tmp_path) as server:

        def write(number: int) -> None:
            content = {"term": f"用語{number:03}", "meaning": "意味"}
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end:
                try:
                    status = post_json(server.port, TERMS, token, content, f"key-{number}")
                except OSError:
                    time.sleep(0.05)
                    continue
                assert status == 201, status
                done[0] += 1
                return
            raise AssertionError(f"no answer for {number}")

        with ThreadPoolExecutor(4) as pool:
            clients = [pool.submit(write, number) for number in range(wanted)]
            for part in range(1, 3):  # each time in the middle of what four clients are writing
                wait_until(lambda part=part: done[0] >= part * wanted // 3, "some writes")  # type: ignore[misc]
                both = wait_until(
                    lambda: workers if len(workers := server.web_workers()) > 1 else None,
                    "two web processes",
                )
                os.kill(both[part % 2], signal.SIGKILL)
            for client in clients:
                client.result()
        assert server.process.stop() == 0
    with database.read() as session:
        terms = session.scalars(sa.select(BusinessTerm.term).order_by(BusinessTerm.term)).all()
        events = session.scalars(
            sa.select(audit.AuditEvent.sequence).where(
                audit.AuditEvent.action == "processes.set_term"
            )
        ).all()
    assert terms == [f"用語{number:03}" for number in range(wanted)]
    assert len(events) == wanted
    assert_chain(database)


# ---- PostgreSQL restarts ------------------------------------------------------------------------


@pytest.mark.postgresql
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_restart_of_postgresql_is_a_pause_for_server_and_worker(
    database: Database, world: World, cluster: Cluster, tmp_path: Path
) -> None:
    if not cluster.own:
        pytest.skip("the PostgreSQL of TEST_DATABASE_URL is not ours to restart")
    token = token_of(database, world, COORDINATOR)
    with (
        running(database, tmp_path, "work") as worker,
        serving(database, tmp_path) as server,
        patrol(server, token) as seen,
    ):
        web, up = server.web_workers(), []
        hows: tuple[Literal["immediate", "fast"], ...] = ("immediate", "fast")
        for how in hows:
            cluster.restart(how)
            up.append(time.monotonic())
            good = wait_until(lambda: every_kind_good(seen, up[-1]), "good answers", 30)
            assert good - up[-1] <= 5, f"{how}: good answers after {good - up[-1]:.1f} s"
        _, job_id = waiting_import(database, world)
        wait_until(lambda: job(database, job_id).finished, f"the worker: {worker.log}")
        assert worker.popen.poll() is None
        assert server.web_workers() == web, "no process had to be started anew"
    assert job(database, job_id).state is JobState.DONE
    answers = Counter(status for _, _, status, _ in seen)
    assert set(answers) <= {200, 201, 503}, answers
    for _, kind, code, said in seen:
        assert code != 503 or kind == "write" or "保存済みの内容は変わっていません" in said
    assert_chain(database)
    with database.read() as session:
        terms = session.scalars(sa.select(BusinessTerm.term)).all()
    acknowledged = {said for _, kind, code, said in seen if kind == "write" and code == 201}
    assert acknowledged <= set(terms), "an acknowledged write is there"


Seen = list[tuple[float, str, int, str]]


class patrol:  # noqa: N801 - read as a word in a with statement
    """Clients that read, look at pages and write all the while; (time, kind, status, body)."""

    def __init__(self, server: Server, token: str) -> None:
        self.server, self.token = server, token
        self.seen: Seen = []
        self.over = threading.Event()
        acts: list[Callable[[int], tuple[str, int, str]]] = [self.page, self.read, self.write]
        self.threads = [threading.Thread(target=self.go, args=(act,)) for act in acts]

    def __enter__(self) -> Seen:
        for thread in self.threads:
            thread.start()
        return self.seen

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def go(self, act: Callable[[int], tuple[str, int, str]]) -> None:
        number = 0
        while not self.over.wait(0.05):
            number += 1
            self.seen.append((time.monotonic(), *act(number)))

    def page(self, number: int) -> tuple[str, int, str]:
        status, _, body = ask(self.server.port, "GET", "/password-reset/none", timeout=30)
        # A dead link is what a reachable database answers.
        return "page", 200 if status == 404 else status, body.decode()

    def read(self, number: int) -> tuple[str, int, str]:
        status, _, body = ask(self.server.port, "GET", "/api/v1/goals", token=self.token)
        return "read", status, body.decode()

    def write(self, number: int) -> tuple[str, int, str]:
        term = f"用語{number}"
        content = {"term": term, "meaning": "意味"}
        return "write", post_json(self.server.port, TERMS, self.token, content, f"{number}"), term


def every_kind_good(seen: Seen, since: float) -> float:
    """When each kind had its first good answer after `since`; 0 while one has not."""
    first: dict[str, float] = {}
    for at, kind, status, _ in list(seen):
        if at > since and status < 400:
            first.setdefault(kind, at)
    return max(first.values()) if len(first) == 3 else 0.0


# ---- the server is asked to stop ----------------------------------------------------------------


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_request_under_way_is_finished_before_the_server_stops(
    database: Database, world: World, tmp_path: Path
) -> None:
    token = token_of(database, world, COORDINATOR)
    body = json.dumps({"term": "用語", "meaning": "意味"}).encode()
    head = (
        f"POST {TERMS} HTTP/1.1\r\nHost: kaizu.example\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    with (
        serving(database, tmp_path) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection,
    ):
        connection.sendall(head + body[:5])
        time.sleep(0.5)  # the request is being read by now
        server.process.popen.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        connection.sendall(body[5:])
        answer = connection.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 201"), answer[:200]
        assert server.process.popen.wait(timeout=30) == 0
    assert count(database, BusinessTerm) == 1


# ---- nothing can be written ---------------------------------------------------------------------


@pytest.fixture
def full(database: Database) -> Callable[[bool], None]:
    """`full(True)`: the file may not grow any more, as on a disk without space."""
    pages = 1 << 30
    with database.engine.connect() as connection:
        there = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    @event.listens_for(database.engine, "begin")
    def _limit(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def switch(on: bool) -> None:
        nonlocal pages
        pages = there if on else 1 << 30

    return switch


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_full_disk_is_told_and_reading_goes_on(
    database: Database,
    signed_in: Callable[[str], Client],
    full: Callable[[bool], None],
) -> None:
    client = signed_in(COORDINATOR)
    full(True)
    statuses = []
    for number in range(60):
        answer = client.send(
            f"/businesses/{stage.SLUG}/terms", term=f"用語{number}", meaning="意味" * 400
        )
        statuses.append(answer.status_code)
        if answer.status_code != 303:
            break
    assert statuses[-1] == 503, statuses
    assert "保存済みの内容は変わっていません" in answer.get_data(as_text=True)
    assert answer.headers["Retry-After"]
    page = client.get(f"/businesses/{stage.SLUG}")
    assert page.status_code == 200
    assert count(database, BusinessTerm) == len(statuses) - 1
    full(False)
    assert (
        client.send(f"/businesses/{stage.SLUG}/terms", term="次", meaning="意味").status_code == 303
    )
    assert_chain(database)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_database_that_cannot_be_written_is_told(
    config: Config, database: Database, world: World, signed_in: Callable[[str], Client]
) -> None:
    cookie = signed_in(COORDINATOR).get_cookie("kaizu-sid")
    assert cookie is not None
    readonly = Database(f"sqlite:///file:{database.url.database}?mode=ro&uri=true")
    try:
        app = create_app(config, readonly)
        app.test_client_class = Client
        client = app.test_client()
        assert isinstance(client, Client)
        client.set_cookie("kaizu-sid", cookie.value)
        assert client.get(f"/businesses/{stage.SLUG}").status_code == 200
        answer = client.send(f"/businesses/{stage.SLUG}/terms", term="用語", meaning="意味")
    finally:
        readonly.dispose()
    assert answer.status_code == 503
    assert "保存済みの内容は変わっていません" in answer.get_data(as_text=True)
    assert count(database, BusinessTerm) == 0
