"""The wired application: health, headers, default deny."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import request

from registry import app
from registry.app import create_app
from registry.config import ROOT, Config
from registry.db import Database
from tests.conftest import Client
from tests.world import World


def test_health(client: Client) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_ready_when_migrated(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["missing"] == []


def test_every_answer_carries_the_security_headers(client: Client) -> None:
    for path in ("/sign-in", "/no-such-page", "/api/v1/no-such"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_home_asks_for_a_sign_in(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 303
    assert "/sign-in?next=" in answer.headers["Location"]


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/", "ホーム"),
        ("/goals", "目標"),
        ("/businesses/facility-reservation", "業務"),
        ("/compare/facility-reservation", "比較"),
        ("/standards", "標準要件"),
        ("/national", "国標準"),
    ],
)
def test_the_menu_marks_where_one_is(
    signed_in: Callable[[str], Client], path: str, entry: str
) -> None:
    page = signed_in("coordinator@bureau.example").get(path).get_data(as_text=True)
    menu = page.partition('aria-label="主なメニュー"')[2].partition("</nav>")[0]
    current = re.findall(r'<a href="[^"]+" aria-current="page">([^<]+)</a>', menu)
    assert current == [entry]


def test_every_module_of_pages_is_wired_and_shares_its_features_blueprint() -> None:
    wired = {module.__name__: views for views, *others in app.VIEWS for module in (views, *others)}
    found = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "registry").glob("*/*views.py")
    }
    assert set(wired) == found
    for name, views in wired.items():
        assert views.__name__.rpartition(".")[0] == name.rpartition(".")[0]
    for views, *others in app.VIEWS:
        for module in others:
            assert module.blueprint is views.blueprint, module.__name__


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "203.0.113.7")])
def test_a_forwarded_address_is_believed_only_from_our_own_proxies(
    config: Config, database: Database, world: World, proxies: int, address: str
) -> None:
    app = create_app(replace(config, proxies=proxies), database)
    seen: list[str | None] = []
    app.before_request(lambda: seen.append(request.remote_addr))
    app.test_client().get("/healthz", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})
    assert seen == [address]
