"""What makes two sends the same; the effect is tested with the gates."""

from __future__ import annotations

from io import BytesIO

import pytest
import sqlalchemy as sa
from flask import Flask, Response, request
from sqlalchemy.orm import Session

from registry.errors import Conflict
from registry.web import idempotency
from registry.web.idempotency import StoredAnswer
from tests.world import World

BARE = Flask("bare")


def content(data: dict[str, object], path: str = "/goals/new") -> str:
    with BARE.test_request_context(path, method="POST", data=data):
        return idempotency.content_hash(request)


def test_tokens_of_the_form_do_not_count() -> None:
    first = content({"name": "a", "csrf_token": "1", "idempotency_key": "k"})
    assert first == content({"name": "a", "csrf_token": "2", "idempotency_key": "l"})
    assert first != content({"name": "b"})


def test_json_and_file_names_count() -> None:
    with BARE.test_request_context("/x", method="POST", json={"a": 1}):
        first = idempotency.content_hash(request)
    with BARE.test_request_context("/x", method="POST", json={"a": 2}):
        assert idempotency.content_hash(request) != first
    upload = {"file": (BytesIO(b"x"), "a.xlsx")}
    other = {"file": (BytesIO(b"x"), "b.xlsx")}
    assert content(dict(upload)) != content(dict(other))


def test_the_key_comes_from_header_or_form() -> None:
    with BARE.test_request_context("/x", method="POST", headers={"Idempotency-Key": " k1 "}):
        assert idempotency.key_of(request) == "k1"
    with BARE.test_request_context("/x", method="POST", data={"idempotency_key": "k2"}):
        assert idempotency.key_of(request) == "k2"
    with BARE.test_request_context("/x", method="POST"):
        assert idempotency.key_of(request) == ""


def test_an_answer_is_kept_for_one_route_and_person(session: Session, world: World) -> None:
    with BARE.test_request_context("/x", method="POST", data={"name": "a"}):
        answer = Response(status=303, headers={"Location": "/saved"})
        idempotency.keep(session, request, 1, "k", answer)
        session.flush()
        again = idempotency.find(session, request, 1, "k")
        assert again is not None
        assert (again.status_code, again.headers["Location"]) == (303, "/saved")
        assert idempotency.find(session, request, 2, "k") is None
        assert idempotency.find(session, request, 1, "other") is None
    with (
        BARE.test_request_context("/x", method="POST", data={"name": "b"}),
        pytest.raises(Conflict) as used,
    ):
        idempotency.find(session, request, 1, "k")
    assert used.value.theirs == {"saved_at": "/saved"}


def test_a_kept_answer_says_again_where_and_which_version(session: Session, world: World) -> None:
    with BARE.test_request_context("/x", method="POST", json={"name": "a"}):
        made = Response('{"id": 7}', status=201, mimetype="application/json")
        made.headers["Location"], made.headers["ETag"] = "/x/7", '"7-1"'
        idempotency.keep(session, request, 1, "k", made)
        session.flush()
        again = idempotency.find(session, request, 1, "k")
        assert again is not None
        assert (again.status_code, again.get_data()) == (201, b'{"id": 7}')
        assert (again.headers["Location"], again.headers["ETag"]) == ("/x/7", '"7-1"')


def test_files_are_not_kept(session: Session, world: World) -> None:
    with BARE.test_request_context("/x", method="POST"):
        idempotency.keep(session, request, 1, "k", Response(b"%PDF", mimetype="application/pdf"))
    session.flush()
    assert session.scalar(sa.select(sa.func.count()).select_from(StoredAnswer)) == 0
