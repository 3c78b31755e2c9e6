"""The first gate and the life of a request."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask, request
from flask.typing import ResponseReturnValue

from registry import audit
from registry.access import Permission
from registry.accounts import signin
from registry.app import create_app
from registry.audit import AuditEvent
from registry.config import Config
from registry.db import Database
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.vendors.models import Vendor
from registry.web import gates
from registry.web.database import actor, session
from tests.conftest import Client
from tests.world import World

ERRORS = {
    "not-found": NotFound(),
    "forbidden": Forbidden(),
    "conflict": Conflict("ちがう"),
    "invalid": Invalid("だめ"),
}


@pytest.fixture
def app(config: Config, database: Database, world: World) -> Flask:
    """The application with three endpoints of its own beside the real ones."""
    made = create_app(config, database)

    @gates.allow(Permission.EDIT_GOALS)
    @gates.writes
    def add() -> ResponseReturnValue:
        name = request.form["name"]
        session().add(Vendor(region_id=actor().region_id, name=name, kana=""))
        audit.record(session(), actor(), "test.add", "vendor:")
        if name in ERRORS:
            raise ERRORS[name]
        return (name, 422) if name == "refused" else ({"made": name}, 200)

    @gates.allow(Permission.READ_CONTENT)
    def careless() -> ResponseReturnValue:
        session().add(Vendor(region_id=actor().region_id, name="by GET", kana=""))
        session().flush()
        return "wrote"

    for rule, view, method in (("/test/add", add, "POST"), ("/test/careless", careless, "GET")):
        made.add_url_rule(rule, view.__name__, view, methods=[method])
        made.view_functions[view.__name__] = gates._guarded(
            view, gates.permission_of(view) or Permission.PUBLIC, signin.read_actor
        )
    return made


def names(database: Database) -> set[str]:
    with database.read() as reading:
        return set(reading.scalars(sa.select(Vendor.name).order_by(Vendor.name)))


def events(database: Database) -> int:
    with database.read() as reading:
        query = sa.select(sa.func.count()).where(AuditEvent.action == "test.add")
        return reading.scalar(query) or 0


SignedIn = Callable[[str], Client]
COORDINATOR = "coordinator@bureau.example"


def test_a_good_answer_commits_with_its_audit(signed_in: SignedIn, database: Database) -> None:
    assert signed_in(COORDINATOR).send("/test/add", name="new").status_code == 200
    assert "new" in names(database)
    assert events(database) == 1


@pytest.mark.parametrize(
    ("name", "status"),
    [("refused", 422), ("not-found", 404), ("forbidden", 403), ("conflict", 409), ("invalid", 422)],
)
def test_an_error_rolls_back(
    signed_in: SignedIn, database: Database, name: str, status: int
) -> None:
    assert signed_in(COORDINATOR).send("/test/add", name=name).status_code == status
    assert name not in names(database)
    assert events(database) == 0


def test_a_get_cannot_write(signed_in: SignedIn, database: Database) -> None:
    assert signed_in(COORDINATOR).get("/test/careless").status_code in {500, 503}
    assert "by GET" not in names(database)


def test_without_the_right_403_and_without_a_sign_in_401(
    client: Client, signed_in: SignedIn, database: Database
) -> None:
    assert signed_in("editor@072028.example").send("/test/add", name="a").status_code == 403
    assert client.send("/test/add", name="a").status_code == 401
    assert "a" not in names(database)


def test_without_the_token_of_the_form_nothing_happens(
    signed_in: SignedIn, database: Database, app: Flask
) -> None:
    answer = signed_in(COORDINATOR).post("/test/add", data={"name": "forged"})
    assert answer.status_code == 400
    assert "forged" not in names(database)


def test_the_same_key_has_one_effect(signed_in: SignedIn, database: Database) -> None:
    client = signed_in(COORDINATOR)
    first = client.send("/test/add", name="once", idempotency_key="k1")
    second = client.send("/test/add", name="once", idempotency_key="k1")
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.get_data() == first.get_data()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert events(database) == 1


def test_the_same_key_with_other_content_is_a_conflict(
    signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    client.send("/test/add", name="once", idempotency_key="k1")
    assert client.send("/test/add", name="other", idempotency_key="k1").status_code == 409
    assert "other" not in names(database)


def test_a_refused_answer_is_not_kept(signed_in: SignedIn, database: Database) -> None:
    client = signed_in(COORDINATOR)
    client.send("/test/add", name="refused", idempotency_key="k1")
    assert client.send("/test/add", name="better", idempotency_key="k1").status_code == 200


def test_another_person_may_use_the_same_key(signed_in: SignedIn, database: Database) -> None:
    signed_in(COORDINATOR).send("/test/add", name="mine", idempotency_key="k1")
    other = signed_in("coordinator@elsewhere.example")
    assert other.send("/test/add", name="theirs", idempotency_key="k1").status_code == 200
    assert {"mine", "theirs"} <= names(database)


def test_twins_sent_at_once_have_one_effect(
    signed_in: SignedIn, database: Database, app: Flask
) -> None:
    clients = [signed_in(COORDINATOR) for _ in range(4)]
    tokens = [client.csrf() for client in clients]
    answers: list[int] = []

    def send(client: Client, token: str) -> None:
        data = {"csrf_token": token, "name": "twin", "idempotency_key": "k9"}
        answers.append(client.post("/test/add", data=data).status_code)

    threads = [
        threading.Thread(target=send, args=pair) for pair in zip(clients, tokens, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) == {200}
    assert events(database) == 1


def test_an_endpoint_without_a_mark_stops_the_start(config: Config, database: Database) -> None:
    app = Flask("bare")
    app.add_url_rule("/open", "open", lambda: "x")
    with pytest.raises(RuntimeError, match="open"):
        gates.guard_all(app, signin.read_actor)
