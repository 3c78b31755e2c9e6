"""One's own account: sign-ins elsewhere and tokens that are shown once."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from registry.accounts.models import ApiToken
from registry.db import Database
from registry.web.idempotency import StoredAnswer
from tests.conftest import Client
from tests.counting import statements
from tests.world import World

SignedIn = Callable[[str], Client]
EDITOR = "editor@072028.example"


def text(answer: TestResponse) -> str:
    page = unescape(re.sub(r"<[^>]*>", " ", answer.get_data(as_text=True)))
    return " ".join(page.split())


def token_in(answer: TestResponse) -> str:
    found = re.search(r'<textarea[^>]*id="token"[^>]*>([^<]+)<', answer.get_data(as_text=True))
    assert found
    return unescape(found[1])


@pytest.mark.parametrize(
    ("email", "role"),
    [
        (EDITOR, "情報部門"),
        ("vendor@vendor-a.example", "事業者"),
        ("administrator@bureau.example", "管理者"),
    ],
)
def test_everybody_sees_the_own_account(signed_in: SignedIn, email: str, role: str) -> None:
    client = signed_in(email)
    page = text(client.get("/account"))
    assert email in page
    assert f"役割 {role}" in page
    assert "この端末" in page
    assert "ほかの端末" not in page.replace("ほかの端末を終了してから", "")
    assert 'href="/account"' in client.get("/account").get_data(as_text=True)


def test_nobody_without_signing_in(client: Client) -> None:
    answer = client.get("/account")
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/sign-in")
    assert client.send("/account/tokens").status_code == 401


def test_other_devices_are_ended_and_this_one_stays(signed_in: SignedIn) -> None:
    here, elsewhere, neighbour = (
        signed_in(EDITOR),
        signed_in(EDITOR),
        signed_in("editor@072087.example"),
    )
    assert "ほかの端末を終了する" in text(here.get("/account"))
    assert here.send("/account/sign-ins/end-others").status_code == 303
    page = text(here.get("/account"))
    assert "1 件終了しました" in page
    assert "ほかの端末を終了する" not in page
    assert elsewhere.get("/account").status_code == 303
    assert neighbour.get("/account").status_code == 200


def test_a_token_is_shown_once_and_stored_nowhere(signed_in: SignedIn, database: Database) -> None:
    client = signed_in(EDITOR)
    answer = client.send("/account/tokens", idempotency_key="once")
    assert answer.status_code == 200
    token = token_in(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert token not in client.get("/account").get_data(as_text=True)
    again = token_in(client.send("/account/tokens", idempotency_key="once"))
    assert again != token
    with database.read() as session:
        hashes = session.scalars(sa.select(ApiToken.token_hash).order_by(ApiToken.id)).all()
        kept = session.scalars(sa.select(StoredAnswer.body).order_by(StoredAnswer.id)).all()
    assert token not in hashes
    assert len(hashes) == 2
    assert not any(token in body for body in kept)


def test_a_token_opens_the_api_until_it_is_revoked(
    signed_in: SignedIn, app: Flask, database: Database
) -> None:
    client = signed_in(EDITOR)
    bearer = {"Authorization": f"Bearer {token_in(client.send('/account/tokens'))}"}
    assert app.test_client().get("/api/v1/me", headers=bearer).status_code == 200
    with database.read() as session:
        token_id = session.scalar(sa.select(ApiToken.id))
    path = f"/account/tokens/{token_id}/revoke"
    assert signed_in("editor@072087.example").send(path).status_code == 404
    assert signed_in("editor@134210.example").send(path).status_code == 404
    assert client.send(path).status_code == 303
    assert "使えるトークンはありません" in text(client.get("/account"))
    assert app.test_client().get("/api/v1/me", headers=bearer).status_code == 401
    assert client.send(path).status_code == 404


def test_more_sign_ins_and_tokens_need_no_more_queries(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    client = signed_in(EDITOR)
    with statements(database) as few:
        client.get("/account")
    for _ in range(5):
        signed_in(EDITOR)
        client.send("/account/tokens")
    with statements(database) as many:
        client.get("/account")
    assert len(many) == len(few)
