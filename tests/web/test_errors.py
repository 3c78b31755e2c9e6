"""Every fault becomes one clear answer: a page for people, problem+json for programs."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.web import errors
from tests.conftest import Client
from tests.world import World


def boom(app: Flask, error: Exception) -> None:
    def view() -> str:
        raise error

    app.add_url_rule("/boom", "boom", view)
    app.add_url_rule("/api/v1/boom", "api_boom", view)


CASES = [
    (NotFound(), 404),
    (Forbidden(), 403),
    (Invalid("だめです", {"name": ["使えません"]}), 422),
    (Conflict("先に保存されました", {"name": "相手の値"}), 409),
    (errors.SignInRequired(), 401),
    (sa.orm.exc.StaleDataError("x"), 409),
    (sa.exc.IntegrityError("x", {}, Exception("unique")), 409),
    (sa.exc.OperationalError("x", {}, Exception("gone")), 503),
    (sa.exc.TimeoutError("pool"), 503),
    (ZeroDivisionError("secret detail"), 500),
]


@pytest.mark.parametrize(("error", "status"), CASES, ids=lambda x: type(x).__name__)
def test_programs_get_problem_json(
    app: Flask, client: Client, error: Exception, status: int
) -> None:
    boom(app, error)
    app.testing = False
    answer = client.get("/api/v1/boom")
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json(force=True)
    assert problem["status"] == status
    assert problem["detail"]
    assert "secret detail" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(("error", "status"), CASES, ids=lambda x: type(x).__name__)
def test_people_get_a_page(app: Flask, client: Client, error: Exception, status: int) -> None:
    boom(app, error)
    app.testing = False
    answer = client.get("/boom")
    expected = 303 if isinstance(error, errors.SignInRequired) else status
    assert answer.status_code == expected
    page = answer.get_data(as_text=True)
    if expected != 303:
        assert "<h1" in page
        assert 'lang="ja"' in page
    assert "secret detail" not in page


def test_a_conflict_shows_the_other_side(app: Flask, client: Client) -> None:
    boom(app, Conflict("先に保存されました", {"名前": "相手の値"}))
    assert "相手の値" in client.get("/boom").get_data(as_text=True)


def test_a_wrong_method_names_the_right_one(client: Client) -> None:
    answer = client.put("/healthz")
    assert answer.status_code in {400, 405}


def test_an_unknown_page_says_what_to_do(client: Client, world: World) -> None:
    answer = client.get("/no-such-page")
    assert answer.status_code == 404
    assert "見つかりません" in answer.get_data(as_text=True)


def test_busy_says_when_to_come_back(app: Flask, client: Client) -> None:
    boom(app, sa.exc.TimeoutError("pool"))
    assert client.get("/boom").headers["Retry-After"] == "30"
