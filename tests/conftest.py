"""Fixtures of the whole suite: a database of each kind, the cast, a client that can sign in."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from registry import audit, frozen, migrate, transaction
from registry.accounts import service as accounts
from registry.accounts import signin
from registry.accounts.models import Account
from registry.app import create_app
from registry.config import Config
from registry.db import Base, Database
from registry.web.downloads import XLSX
from tests import world as cast
from tests.browser import browser as browser
from tests.postgresql import Cluster, running_cluster

AUDIT_KEY = "audit key of the tests, 32 characters"


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    yield from running_cluster(tmp_path_factory.mktemp("pg"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "kaizu.db"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_url(cluster: Cluster) -> str:
    """A migrated PostgreSQL database that the tests of this process use in turn."""
    url = cluster.create_database()
    database = Database(url)
    migrate.upgrade(database)
    database.dispose()
    return url


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty database; a test that takes it runs on both engines."""
    if request.param == "sqlite":
        path = tmp_path / "kaizu.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        made = Database(f"sqlite:///{path}", pool_size=4)
    else:
        made = Database(request.getfixturevalue("postgresql_url"), pool_size=4)
        _wipe(made)
    yield made
    made.dispose()


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
)
def bare_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of its own with nothing in it, not even tables."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'bare.db'}", pool_size=4)
        yield made
        made.dispose()
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    made = Database(cluster.create_database(), pool_size=4)
    yield made
    made.dispose()
    cluster.drop_database(str(made.url.database))


def _wipe(database: Database) -> None:
    """Empty every table and start the ids anew; making a database for each test takes longer."""
    deletes = "; ".join(f"DELETE FROM {name}" for name in Base.metadata.tables)
    with database.engine.begin() as connection:
        # A replica's role leaves foreign keys and the freezing triggers out.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql(deletes)
        connection.exec_driver_sql(
            "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"
        )
        if frozen.missing(connection):  # a test has taken them away
            for table in frozen.FROZEN:
                frozen.thaw(connection, table)
                frozen.freeze(connection, table)


@pytest.fixture
def world(database: Database) -> cast.World:
    """The cast, committed."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        return cast.build(session)


@pytest.fixture
def session(database: Database, world: cast.World) -> Iterator[Session]:
    """An open writing session after the cast was committed; rolled back at the end."""
    with database.writing() as opened:
        audit.use_key(opened, AUDIT_KEY, "test")
        yield opened
        opened.rollback()


@pytest.fixture
def config(database: Database, tmp_path: Path) -> Config:
    return Config(
        database_url=database.url.render_as_string(hide_password=False),
        secret_key="a secret key of the tests, long enough",
        audit_key=AUDIT_KEY,
        insecure_http=True,
        data_dir=tmp_path,
        testing=True,
    )


@pytest.fixture
def app(config: Config, database: Database, world: cast.World) -> Flask:
    return create_app(config, database)


class Client(FlaskClient):
    """A browser without JavaScript: fills forms with the hidden fields their page gave."""

    def hidden(self, path: str, action: str | None = None) -> dict[str, str]:
        """The hidden fields of the form on `path` whose action is `action` (default: `path`)."""
        page = self.get(path)
        assert page.status_code == 200, f"GET {path}: {page.status_code}"
        return hidden_fields(page.get_data(as_text=True), action or path)

    def csrf(self) -> str:
        """The token of this session, from the smallest page that has one."""
        page = self.get("/password").get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        if not found:
            page = self.get("/sign-in").get_data(as_text=True)
            found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found
        return found[1]

    def send(self, path: str, /, **fields: Any) -> TestResponse:
        """POST a form with the session's token, as its page would."""
        return self.post(path, data={"csrf_token": self.csrf(), **fields})


def hidden_fields(page: str, action: str) -> dict[str, str]:
    for form in re.findall(r"<form\b.*?</form>", page, flags=re.S):
        if re.search(rf'action="{re.escape(action)}"', form):
            return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    raise AssertionError(f"no form with action {action}")


@pytest.fixture
def client(app: Flask) -> Client:
    app.test_client_class = Client
    made = app.test_client()
    assert isinstance(made, Client)
    return made


@pytest.fixture
def signed_in(app: Flask, database: Database, world: cast.World) -> Callable[[str], Client]:
    """`signed_in("editor@072028.example")`: a client with that person's cookie.

    The sign-in is opened through the service; the sign-in page has its own tests.
    """
    app.test_client_class = Client

    def sign_in(email: str) -> Client:
        with transaction.writing(database, audit_key=AUDIT_KEY) as session:
            token = accounts.sign_in(
                session, session.get_one(Account, world.accounts[email].id), hours=1
            )
        client = app.test_client()
        assert isinstance(client, Client)
        with app.test_request_context():
            name = signin.cookie_name(app.extensions["kaizu"].config)
            value = signin._serializer().dumps([token, int(time.time())])
        client.set_cookie(name, str(value))
        return client

    return sign_in


class ApiClient:
    """A program with one person's bearer token; `call` sends and reads JSON."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self.token = token

    def call(self, method: str, path: str, json: Any = None, **headers: str) -> TestResponse:
        """`call("PUT", "/goals/G-1", {...}, If_Match=tag)` below /api/v1."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Authorization"] = f"Bearer {self.token}"
        return self.client.open(f"/api/v1{path}", method=method, json=json, headers=sent)

    def get(self, path: str) -> TestResponse:
        return self.call("GET", path)

    def take(self, path: str) -> list[list[Any]]:
        """The rows of the workbook that a POST answers with, below its head."""
        answer = self.call("POST", path)
        assert (answer.status_code, answer.mimetype) == (200, XLSX), answer.get_data(as_text=True)
        sheet = openpyxl.load_workbook(BytesIO(answer.data)).worksheets[0]
        return [list(row) for row in sheet.iter_rows(min_row=2, values_only=True)]


@pytest.fixture
def api(app: Flask, database: Database, world: cast.World) -> Callable[[str], ApiClient]:
    """`api("editor@072028.example")`: a program with that person's token."""

    def with_token(email: str) -> ApiClient:
        with transaction.writing(database, audit_key=AUDIT_KEY) as session:
            account = session.get_one(Account, world.accounts[email].id)
            token = accounts.create_token(session, world.actors[email], account)
        return ApiClient(app.test_client(), token)

    return with_token
