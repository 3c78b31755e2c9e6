"""The region's accounts for the programs of its administrator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from registry.db import Database, now
from tests.conftest import ApiClient, Client
from tests.world import World

Api = Callable[[str], ApiClient]
ADMINISTRATOR = "administrator@bureau.example"
EDITOR = "editor@072028.example"
NEW = {
    "email": "Saito@072028.example",
    "name": "齋藤 花子",
    "role": "contributor",
    "municipality": "072028",
}


@pytest.fixture
def program(api: Api) -> ApiClient:
    return api(ADMINISTRATOR)


@pytest.fixture
def place(world: World) -> str:
    return f"/accounts/{world.accounts[EDITOR].id}"


def json_of(answer: Any) -> Any:
    return answer.get_json(force=True)


def test_the_list_is_the_region_s_and_is_narrowed(program: ApiClient) -> None:
    def emails(query: str = "") -> list[str]:
        answer = json_of(program.get(f"/accounts?page_size=500&{query}"))
        return [one["email"] for one in answer["items"]]

    assert len(emails()) == 13
    assert not any("elsewhere" in email or "134210" in email for email in emails())
    assert emails("municipality=072087&role=editor") == ["editor@072087.example"]
    assert emails("municipality=none&q=administrator") == [ADMINISTRATOR]
    assert emails("state=stopped") == []
    for query in ("role=king", "state=x", "town=072028", "municipality=0720280"):
        assert program.get(f"/accounts?{query}").status_code == 422, query


def test_an_account_is_made_and_found_at_its_address(program: ApiClient) -> None:
    made = program.call("POST", "/accounts", NEW)
    assert made.status_code == 201
    found = program.get(made.headers["Location"].removeprefix("/api/v1"))
    assert found.json == made.json
    assert found.headers["ETag"] == made.headers["ETag"]
    account = json_of(found)
    assert (account["email"], account["municipality"]) == ("saito@072028.example", "072028")
    assert (account["state"], account["has_password"]) == ("active", False)
    assert (account["open_sign_ins"], account["last_sign_in"]) == (0, None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": EDITOR}, "email"),
        ({"email": "saito"}, "email"),
        ({"name": ""}, "name"),
        ({"role": "king"}, "role"),
        ({"municipality": None}, "municipality"),
        ({"municipality": "134210"}, "municipality"),  # a town of the other region
        ({"role": "coordinator"}, "municipality"),
        ({"password": "x"}, "password"),
    ],
)
def test_bad_accounts_name_the_field(
    program: ApiClient, change: dict[str, object], field: str
) -> None:
    answer = program.call("POST", "/accounts", {**NEW, **change})
    assert answer.status_code == 422
    assert field in str(json_of(answer)["errors"])


def test_other_rights_end_every_way_in(
    api: Api, signed_in: Callable[[str], Client], program: ApiClient, place: str
) -> None:
    browser, token = signed_in(EDITOR), api(EDITOR)
    found = program.get(place)
    tag = found.headers["ETag"]
    assert json_of(found)["open_sign_ins"] == 1
    same = {"name": "会津若松市 情報部門(新)", "role": "editor", "municipality": "072028"}
    assert program.call("PUT", place, same).status_code == 428
    renamed = program.call("PUT", place, same, If_Match=tag)
    assert (renamed.status_code, json_of(renamed)["open_sign_ins"]) == (200, 1)
    assert program.call("PUT", place, same, If_Match=tag).status_code == 412
    moved = {**same, "municipality": "072087"}
    answer = program.call("PUT", place, moved, If_Match=renamed.headers["ETag"])
    assert (json_of(answer)["municipality"], json_of(answer)["open_sign_ins"]) == ("072087", 0)
    assert browser.get("/account").status_code == 303  # to the sign-in page
    assert token.get("/me").status_code == 401


def test_an_account_is_stopped_and_let_in_again(api: Api, program: ApiClient, place: str) -> None:
    token = api(EDITOR)
    tag = program.get(place).headers["ETag"]
    assert program.call("POST", f"{place}/deactivate").status_code == 428
    stopped = program.call("POST", f"{place}/deactivate", If_Match=tag)
    assert (stopped.status_code, json_of(stopped)["state"]) == (200, "stopped")
    assert token.get("/me").status_code == 401
    assert program.call("POST", f"{place}/reset-link").status_code == 409
    assert program.call("POST", f"{place}/reactivate", If_Match=tag).status_code == 412
    again = program.call("POST", f"{place}/reactivate", If_Match=stopped.headers["ETag"])
    assert (again.status_code, json_of(again)["state"]) == (200, "active")
    assert token.get("/me").status_code == 401  # its token stays dead
    assert api(EDITOR).get("/me").status_code == 200


def test_the_last_administrator_stays(program: ApiClient, world: World) -> None:
    own = f"/accounts/{world.accounts[ADMINISTRATOR].id}"
    tag = program.get(own).headers["ETag"]
    assert program.call("POST", f"{own}/deactivate", If_Match=tag).status_code == 409
    other = {"name": "x", "role": "coordinator", "municipality": None}
    assert program.call("PUT", own, other, If_Match=tag).status_code == 409
    assert program.get(own).headers["ETag"] == tag


def test_a_reset_link_is_shown_once_and_lasts_a_day(
    program: ApiClient, place: str, database: Database, client: Client
) -> None:
    first, second = (
        program.call("POST", f"{place}/reset-link", Idempotency_Key="once") for _ in range(2)
    )
    assert first.status_code == second.status_code == 201
    link = json_of(second)
    assert now().isoformat() < link["expires_at"] < (now() + timedelta(hours=25)).isoformat()
    assert client.get(link["address"]).status_code == 200
    assert client.get(json_of(first)["address"]).status_code == 404  # the newer one replaced it
    with database.read() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM stored_answer")) == 0


def test_the_list_is_taken_as_a_workbook(program: ApiClient, database: Database) -> None:
    rows = program.take("/accounts/workbook?municipality=072087&role=editor")
    assert [row[2] for row in rows] == ["editor@072087.example"]
    with database.read() as session:
        recorded = session.scalar(
            sa.text("SELECT count(*) FROM audit_event WHERE action = 'accounts.export'")
        )
    assert recorded == 1
    assert program.call("POST", "/accounts/workbook?role=king").status_code == 422


def test_who_may(api: Api, place: str, world: World) -> None:
    for email in ("coordinator@bureau.example", EDITOR):
        assert api(email).get("/accounts").status_code == 403
        assert api(email).call("POST", "/accounts", NEW).status_code == 403
    stranger = api("administrator@elsewhere.example")
    tag = api(ADMINISTRATOR).get(place).headers["ETag"]
    change = {"name": "x", "role": "coordinator", "municipality": None}
    for method, path, body in (
        ("GET", place, None),
        ("PUT", place, change),
        ("POST", f"{place}/deactivate", None),
        ("POST", f"{place}/reactivate", None),
        ("POST", f"{place}/reset-link", None),
    ):
        answer = stranger.call(method, path, body, If_Match=tag)
        assert answer.status_code == 404, path
    assert json_of(stranger.get("/accounts"))["total"] == 3
