"""Signing in and out and passwords, as a browser without JavaScript sees them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask

from registry import transaction
from registry.accounts import passwords, service
from registry.accounts.models import Account, SignInAttempt
from registry.db import Database
from tests.conftest import AUDIT_KEY, Client
from tests.world import PASSWORD, World

SignedIn = Callable[[str], Client]
EDITOR = "editor@072028.example"


def enter(client: Client, email: str = EDITOR, password: str = PASSWORD, **more: str) -> int:
    return client.send("/sign-in", email=email, password=password, **more).status_code


def test_the_right_password_opens_the_home_page(client: Client) -> None:
    answer = client.send("/sign-in", email=EDITOR, password=PASSWORD, next="/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    page = client.get("/").get_data(as_text=True)
    assert "会津若松市" in page


def test_the_cookie_is_for_this_site_and_not_for_scripts(client: Client) -> None:
    answer = client.send("/sign-in", email=EDITOR, password=PASSWORD)
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if "kaizu-sid" in c)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    ("email", "password"),
    [(EDITOR, "wrong password here"), ("nobody@072028.example", PASSWORD), (EDITOR, "")],
)
def test_a_wrong_one_says_so_and_keeps_the_address(
    client: Client, email: str, password: str
) -> None:
    answer = client.send("/sign-in", email=email, password=password)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'value="{email}"' in page
    assert password == "" or password not in page


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:x"]
)
def test_signing_in_never_leads_to_another_site(client: Client, target: str) -> None:
    answer = client.send("/sign-in", email=EDITOR, password=PASSWORD, next=target)
    assert answer.headers["Location"] == "/"


def test_after_five_wrong_ones_even_the_right_one_waits(client: Client, database: Database) -> None:
    for _ in range(service.MAX_REFUSALS):
        assert enter(client, password="wrong password here") == 422
    assert enter(client) == 429
    assert enter(client, email="editor@072087.example") == 303
    with database.read() as session:
        count = session.scalar(sa.select(sa.func.count()).select_from(SignInAttempt))
    assert count == 2 * service.MAX_REFUSALS


def guess_at_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch, guesses: Sequence[str], *, last: str | None = None
) -> Counter[int]:
    """Answers to guesses that all pass the first look before any of them is counted.

    The guess `last` is compared only when the others have their answers.
    """
    app.test_client_class = Client
    clients = [app.test_client() for _ in guesses]
    tokens = [client.csrf() for client in clients if isinstance(client, Client)]
    together = threading.Barrier(len(guesses), timeout=30)
    others = threading.Semaphore(0)
    compare = passwords.matches

    def matches(stored: str | None, password: str) -> bool:
        together.wait()
        if password == last:
            for _ in guesses[1:]:
                assert others.acquire(timeout=30)
        return compare(stored, password)

    monkeypatch.setattr(passwords, "matches", matches)

    def guess(number: int) -> int:
        sent = {"csrf_token": tokens[number], "email": EDITOR, "password": guesses[number]}
        answer = clients[number].post("/sign-in", data=sent)
        others.release()
        return answer.status_code

    with ThreadPoolExecutor(len(guesses)) as pool:
        return Counter(pool.map(guess, range(len(guesses))))


def test_guesses_sent_at_once_are_not_more_than_five(
    app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = [f"wrong password number {number}" for number in range(12)]
    answers = guess_at_once(app, monkeypatch, wrong)
    assert answers == {422: service.MAX_REFUSALS, 429: 12 - service.MAX_REFUSALS}
    with database.read() as session:
        count = session.scalar(sa.select(sa.func.count()).select_from(SignInAttempt))
    assert count == 2 * service.MAX_REFUSALS


def test_the_right_one_among_guesses_sent_at_once_opens_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    guesses = [PASSWORD, *(f"wrong password number {number}" for number in range(7))]
    answers = guess_at_once(app, monkeypatch, guesses, last=PASSWORD)
    assert answers == {422: service.MAX_REFUSALS, 429: 8 - service.MAX_REFUSALS}


def test_a_copied_cookie_is_dead_after_signing_out(
    client: Client, app: Flask, world: World
) -> None:
    enter(client)
    cookie = client.get_cookie("kaizu-sid")
    assert cookie is not None
    assert client.send("/sign-out").status_code == 303
    thief = app.test_client()
    thief.set_cookie("kaizu-sid", cookie.value)
    assert thief.get("/").status_code == 303


def test_an_idle_cookie_is_dead(
    client: Client, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    enter(client)
    assert client.get("/").status_code == 200
    import time

    later = time.time() + app.extensions["kaizu"].config.idle_seconds + 1
    monkeypatch.setattr("registry.accounts.signin.time.time", lambda: later)
    assert client.get("/").status_code == 303


def test_a_stopped_account_is_refused_at_its_next_request(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    client = signed_in(EDITOR)
    assert client.get("/").status_code == 200
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        account = session.get_one(Account, world.accounts[EDITOR].id)
        service.deactivate(session, world.administrator, account, version=account.version)
    assert client.get("/").status_code == 303
    assert enter(client) == 422


def test_changing_the_password_needs_the_old_one_and_ends_other_sign_ins(
    signed_in: SignedIn, client: Client
) -> None:
    here, elsewhere = signed_in(EDITOR), signed_in(EDITOR)
    new = "kitsune no yomeiri 8"
    wrong = here.send("/password", current="not it at all", password=new, repeat=new)
    assert wrong.status_code == 422
    assert "いまのパスワードが違います" in wrong.get_data(as_text=True)
    different = here.send("/password", current=PASSWORD, password=new, repeat=new + "x")
    assert "同じではありません" in different.get_data(as_text=True)
    weak = here.send("/password", current=PASSWORD, password="short", repeat="short")
    assert "15 文字以上" in weak.get_data(as_text=True)
    assert here.send("/password", current=PASSWORD, password=new, repeat=new).status_code == 303
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 303
    assert enter(client) == 422
    assert enter(client, password=new) == 303


def test_an_open_screen_does_not_let_a_passer_by_guess_the_password(
    signed_in: SignedIn, client: Client
) -> None:
    screen, neighbour = signed_in(EDITOR), signed_in("editor@072087.example")
    new = "kitsune no yomeiri 8"

    def change(who: Client, current: str) -> int:
        return who.send("/password", current=current, password=new, repeat=new).status_code

    guesses = [change(screen, f"wrong password number {number}") for number in range(7)]
    assert guesses == [422] * service.MAX_REFUSALS + [429] * (7 - service.MAX_REFUSALS)
    assert change(screen, PASSWORD) == 429
    assert "何度もいまのパスワードの確認に失敗" in screen.send(
        "/password", current=PASSWORD, password=new, repeat=new
    ).get_data(as_text=True)
    assert change(neighbour, PASSWORD) == 303
    assert enter(client, password=new) == 429


def test_a_reset_link_sets_a_password_once(
    client: Client, database: Database, world: World
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        account = session.get_one(Account, world.accounts[EDITOR].id)
        token = service.create_reset(session, world.administrator, account)
    new = "kitsune no yomeiri 8"
    path = f"/password-reset/{token}"
    assert client.get(path).status_code == 200
    assert client.send(path, password="short", repeat="short").status_code == 422
    assert client.send(path, password=new, repeat=new).status_code == 303
    assert client.get(path).status_code == 404
    assert client.send(path, password=new, repeat=new).status_code == 404
    assert enter(client, password=new) == 303


def test_a_made_up_reset_link_opens_nothing(client: Client) -> None:
    assert client.get("/password-reset/made-up").status_code == 404
