"""From a cookie or a token to a person; whole stories are in test_views."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Flask, Response
from sqlalchemy.orm import Session

from registry.accounts import service, signin
from registry.accounts.models import Account
from tests.world import World

EMAIL = "editor@072028.example"


@pytest.fixture
def token(session: Session, world: World) -> str:
    made = service.sign_in(session, session.get_one(Account, world.accounts[EMAIL].id), hours=1)
    session.flush()
    return made


def cookie(app: Flask, token: str) -> str:
    """The cookie as the browser gets it."""
    with app.test_request_context("/"):
        response = Response()
        signin.remember(response, token)
    header = response.headers["Set-Cookie"]
    return header.partition(";")[0]


Reader = Callable[..., str | None]


@pytest.fixture
def who(app: Flask, session: Session) -> Reader:
    """`who(path, Cookie=…)`: the e-mail of the person such a request comes from."""

    def read(path: str = "/", **headers: str) -> str | None:
        with app.test_request_context(path, headers=headers):
            actor = signin.read_actor(session)
        return actor.email if actor else None

    return read


def test_the_cookie_opens_pages_and_the_token_opens_the_api(
    app: Flask, session: Session, world: World, token: str, who: Reader
) -> None:
    account = session.get_one(Account, world.accounts[EMAIL].id)
    bearer = f"Bearer {service.create_token(session, world.actors[EMAIL], account)}"
    session.flush()
    assert who("/", Cookie=cookie(app, token)) == EMAIL
    assert who("/api/v1/goals", Authorization=bearer) == EMAIL
    assert who("/api/v1/goals", Cookie=cookie(app, token)) is None
    assert who("/", Authorization=bearer) is None


@pytest.mark.parametrize("sent", ["", "kaizu-sid=", "kaizu-sid=forged", "kaizu-sid=W10.x"])
def test_a_forged_cookie_is_nobody(who: Reader, world: World, sent: str) -> None:
    assert who("/", Cookie=sent) is None


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer x", "Basic x", "bearer"])
def test_a_forged_token_is_nobody(who: Reader, world: World, sent: str) -> None:
    assert who("/api/v1/goals", Authorization=sent) is None


def test_an_idle_cookie_is_nobody(
    app: Flask, token: str, who: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = cookie(app, token)
    later = time.time() + app.extensions["kaizu"].config.idle_seconds + 1
    monkeypatch.setattr(signin.time, "time", lambda: later)
    assert who("/", Cookie=old) is None
    assert who("/", Cookie=cookie(app, token)) == EMAIL


def test_over_https_the_cookie_is_bound_to_this_host(app: Flask) -> None:
    from dataclasses import replace

    from registry.web.database import State

    state = app.extensions["kaizu"]
    app.extensions["kaizu"] = State(replace(state.config, insecure_http=False), state.database)
    with app.test_request_context("/"):
        response = Response()
        signin.remember(response, "x")
    header = response.headers["Set-Cookie"]
    assert header.startswith("__Host-kaizu-sid=")
    assert "Secure" in header
    assert "Path=/" in header
    assert "Domain" not in header
