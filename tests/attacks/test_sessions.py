"""Copied cookies, missing tokens, keys in another hand, guesses, forwarded headers."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from registry import transaction
from registry.accounts import service as accounts
from registry.accounts.models import Account
from registry.app import create_app
from registry.config import Config
from registry.db import Database
from registry.requirements.models import RequirementVersion
from tests.attacks.people import (
    ADMINISTRATOR,
    APPROVER,
    EDITOR,
    VENDOR_A,
    SignedIn,
    content_of,
    on_sqlite,
    text_of,
)
from tests.conftest import AUDIT_KEY, Client, hidden_fields
from tests.journeys.stage import NEIGHBOUR, SLUG, Stage
from tests.world import PASSWORD, World


def test_every_form_wants_its_token_of_this_session(
    app: Flask, stage: Stage, signed_in: SignedIn, database: Database
) -> None:
    editor, other = signed_in(EDITOR), signed_in(EDITOR)
    foreign = other.csrf()
    editor.csrf()
    before = content_of(database)
    tried = 0
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.rule.startswith("/api/"):
            continue
        address = re.sub(r"<int:[^>]+>", "1", re.sub(r"<string:[^>]+>", SLUG, rule.rule))
        forged: list[dict[str, str]] = [{}, {"csrf_token": "x"}, {"csrf_token": foreign}]
        for form in forged:
            answer = editor.post(address, data=form, headers={"Origin": "https://evil.example"})
            assert answer.status_code == 400, f"{address} {answer.status_code}"
            tried += 1
    assert tried > 150
    assert content_of(database) == before


@on_sqlite
def test_forms_work_over_https_for_browsers_that_send_no_referer(
    config: Config, database: Database, world: World
) -> None:
    """Our own pages ask the browser to send none."""
    app = create_app(replace(config, insecure_http=False), database)
    app.test_client_class = Client
    client = app.test_client()
    assert isinstance(client, Client)
    page = client.get("/sign-in", base_url="https://kaizu.example")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    fields = hidden_fields(page.get_data(as_text=True), "/sign-in")
    answer = client.post(
        "/sign-in",
        data={**fields, "email": EDITOR, "password": PASSWORD},
        base_url="https://kaizu.example",
    )
    assert answer.status_code == 303, text_of(answer)
    cookies = answer.headers.getlist("Set-Cookie")
    session_cookie = next(one for one in cookies if one.startswith("__Host-kaizu-sid="))
    for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert word in session_cookie


def test_a_key_is_worth_nothing_in_another_hand(
    stage: Stage, world: World, signed_in: SignedIn, database: Database
) -> None:
    """The first answer leads to a draft only its town may see."""
    key = {"idempotency_key": "the same key"}
    form = {"text": "鍵を試す文面。", **key}
    first = signed_in(EDITOR).send(f"/requirements/{SLUG}/new", **form)
    again = signed_in(EDITOR).send(f"/requirements/{SLUG}/new", **form)
    neighbour = signed_in(f"editor@{NEIGHBOUR}.example").send(f"/requirements/{SLUG}/new", **form)
    assert first.status_code == again.status_code == neighbour.status_code == 303
    assert first.location == again.location
    assert again.headers["Idempotency-Replayed"] == "true"
    assert neighbour.location != first.location
    assert "Idempotency-Replayed" not in neighbour.headers
    refused = signed_in(VENDOR_A).send(f"/requirements/{SLUG}/new", **form)
    assert refused.status_code == 403
    odd = signed_in(EDITOR).send(
        f"/requirements/{SLUG}/new", text="長い鍵。", idempotency_key="k" * 100_000
    )
    assert odd.status_code == 303
    nul = signed_in(EDITOR).send(f"/requirements/{SLUG}/new", text="鍵。", idempotency_key="\x00")
    assert nul.status_code < 500
    with database.read() as session:
        made = session.scalars(
            sa.select(RequirementVersion.id).where(RequirementVersion.text == form["text"])
        ).all()
    assert len(made) == 2


def test_a_copied_cookie_dies_with_the_sign_in(
    app: Flask, world: World, signed_in: SignedIn, database: Database
) -> None:
    def copy(client: Client) -> Client:
        cookie = client.get_cookie("kaizu-sid")
        assert cookie is not None
        thief = app.test_client()
        assert isinstance(thief, Client)
        thief.set_cookie("kaizu-sid", cookie.value)
        return thief

    client = signed_in(EDITOR)
    thief = copy(client)
    assert thief.get("/goals").status_code == 200
    assert client.send("/sign-out").status_code == 303
    assert thief.get("/goals").status_code == 303
    assert thief.get("/goals", headers={"Accept": "application/json"}).status_code == 401

    client = signed_in(EDITOR)
    thief = copy(client)
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        account = session.get_one(Account, world.accounts[EDITOR].id)
        token = accounts.create_token(session, world.actors[EDITOR], account)
        accounts.deactivate(session, world.administrator, account, version=account.version)
    assert thief.get("/goals").status_code == 303
    sent = app.test_client().get("/api/v1/goals", headers={"Authorization": f"Bearer {token}"})
    assert sent.status_code == 401
    refused = app.test_client()
    assert isinstance(refused, Client)
    assert refused.send("/sign-in", email=EDITOR, password=PASSWORD).status_code == 422


@on_sqlite
@pytest.mark.parametrize(
    "cookie", ["x", "", "WyJ4IiwxXQ.x", "\xff\xfe", "a" * 3000, '["a",1]', "null"]
)
def test_a_forged_cookie_is_no_cookie(cookie: str, app: Flask, world: World) -> None:
    client = app.test_client()
    client.set_cookie("kaizu-sid", cookie)
    assert client.get("/goals").status_code == 303
    for header in ("Bearer", "Bearer  ", f"Bearer {cookie}", "Basic eDp4", f"bearer {'x' * 5000}"):
        sent = client.get(
            "/api/v1/goals",
            headers={"Authorization": header.encode("latin-1", "replace").decode("latin-1")},
        )
        assert sent.status_code == 401, header


def test_guessing_is_slowed_down_across_processes(
    app: Flask, config: Config, database: Database, world: World
) -> None:
    """The count is in the database, and no header makes a guesser somebody else."""
    other = create_app(config, database)
    other.test_client_class = app.test_client_class = Client
    statuses = []
    for number in range(8):
        client = (app, other)[number % 2].test_client()
        assert isinstance(client, Client)
        answer = client.post(
            "/sign-in",
            data={"csrf_token": client.csrf(), "email": EDITOR, "password": f"wrong {number}"},
            headers={"X-Forwarded-For": f"10.0.0.{number}", "X-Real-IP": f"10.0.1.{number}"},
        )
        statuses.append(answer.status_code)
    assert statuses == [422] * 5 + [429] * 3
    client = other.test_client()
    assert isinstance(client, Client)
    right = client.send("/sign-in", email=EDITOR.upper() + " ", password=PASSWORD)
    assert right.status_code == 429
    assert "15 分ほど待ってから" in text_of(right)
    somebody = client.send("/sign-in", email=APPROVER, password=PASSWORD)
    assert somebody.status_code == 303


@on_sqlite
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\t\\evil.example",
        "/\n//evil.example",
        " //evil.example",
        "///evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "http:evil.example",
        "/%0d%0aSet-Cookie:x=y",
        "/\r\nSet-Cookie: x=y",
    ],
)
def test_signing_in_never_leads_elsewhere(target: str, client: Client, world: World) -> None:
    answer = client.send("/sign-in", email=EDITOR, password=PASSWORD, next=target)
    assert answer.status_code == 303
    # As a browser reads it: tabs and line ends left out, a backslash is a slash.
    read = re.sub(r"[\t\r\n]", "", answer.headers["Location"]).replace("\\", "/")
    assert read.startswith("/"), read
    assert not read.startswith("//"), read
    assert "\n" not in answer.headers["Location"]
    assert not any(one.startswith("x=y") for one in answer.headers.getlist("Set-Cookie"))


@on_sqlite
def test_forwarded_headers_of_a_stranger_count_for_nothing(
    stage: Stage, world: World, signed_in: SignedIn, database: Database
) -> None:
    forged = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "444",
        "X-Forwarded-Prefix": "/evil",
        "X-Original-URL": "/accounts",
        "X-HTTP-Method-Override": "DELETE",
        "Forwarded": "for=1.2.3.4;host=evil.example;proto=https",
    }
    head = signed_in(ADMINISTRATOR)
    account = world.accounts[EDITOR].id
    answer = head.post(
        f"/accounts/{account}/reset-link", data={"csrf_token": head.csrf()}, headers=forged
    )
    assert answer.status_code == 200
    assert "evil" not in answer.get_data(as_text=True)
    assert "/password-reset/" in answer.get_data(as_text=True)
    page = signed_in(EDITOR).get("/goals", headers=forged)
    assert page.status_code == 200
    assert "evil" not in page.get_data(as_text=True)
