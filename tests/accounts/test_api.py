"""Who a program acts for, and that person's tokens."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from registry.db import Database
from tests.conftest import ApiClient, Client

Api = Callable[[str], ApiClient]
EDITOR = "editor@072028.example"


def test_me_says_who_and_what_i_may(api: Api) -> None:
    found = api(EDITOR).get("/me").json
    assert found is not None
    assert (found["email"], found["role"], found["municipality"]) == (EDITOR, "editor", "072028")
    assert "import_requirements" in found["permissions"]
    assert "decide" not in found["permissions"]
    assert api("coordinator@bureau.example").get("/me").json["municipality"] is None  # type: ignore[index]


def test_a_new_token_works_until_it_is_revoked(api: Api) -> None:
    program = api(EDITOR)
    made = program.call("POST", "/me/tokens")
    assert made.status_code == 201
    assert made.json is not None
    other = ApiClient(program.client, made.json["token"])
    listed = other.get("/me/tokens").json
    assert listed is not None
    assert [(one["id"], one["current"]) for one in listed["items"]] == [
        (made.json["id"], True),
        (listed["items"][1]["id"], False),
    ]
    assert "token" not in listed["items"][0]
    assert program.call("DELETE", f"/me/tokens/{made.json['id']}").status_code == 204
    assert other.get("/me").status_code == 401
    assert program.call("DELETE", f"/me/tokens/{made.json['id']}").status_code == 404


def test_another_person_s_token_is_not_there(api: Api) -> None:
    theirs = api("approver@072028.example").call("POST", "/me/tokens").json
    assert theirs is not None
    assert api(EDITOR).call("DELETE", f"/me/tokens/{theirs['id']}").status_code == 404
    assert ApiClient(api(EDITOR).client, theirs["token"]).get("/me").status_code == 200


def test_a_token_is_never_kept_for_a_repeated_send(api: Api, database: Database) -> None:
    program = api(EDITOR)
    first = program.call("POST", "/me/tokens", Idempotency_Key="once")
    second = program.call("POST", "/me/tokens", Idempotency_Key="once")
    assert first.json["token"] != second.json["token"]  # type: ignore[index]
    with database.read() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM stored_answer")) == 0


def test_one_s_sign_ins_are_listed_and_ended_from_outside(
    api: Api, signed_in: Callable[[str], Client]
) -> None:
    browser, other = signed_in(EDITOR), signed_in("approver@072028.example")
    program = api(EDITOR)
    assert program.get("/me/sign-ins").json["total"] == 1  # type: ignore[index]
    ended = program.call("POST", "/me/sign-ins/end")
    assert (ended.status_code, ended.json) == (200, {"count": 1})
    assert program.get("/me/sign-ins").json["total"] == 0  # type: ignore[index]
    assert browser.get("/account").status_code == 303  # to the sign-in page
    assert other.get("/account").status_code == 200


def test_nobody_without_a_token(api: Api) -> None:
    nobody = ApiClient(api(EDITOR).client, "made-up")
    for method, path in (("GET", "/me"), ("GET", "/me/tokens"), ("POST", "/me/tokens")):
        answer = nobody.call(method, path)
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
