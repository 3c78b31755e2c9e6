"""Vendors and their people for the programs of the bureau."""

from __future__ import annotations

from tests.programs import COORDINATOR, EDITOR, STRANGER, Api, json_of
from tests.world import World

VENDOR = "vendor@vendor-a.example"


def test_vendors_are_registered_and_get_people(api: Api, world: World) -> None:
    bureau = api(COORDINATOR)
    made = bureau.call("POST", "/vendors", {"name": "ベンダーＣ", "kana": "べんだーしー"})
    assert made.status_code == 201
    place = made.headers["Location"].removeprefix("/api/v1")
    assert bureau.get(place).json == made.json
    assert bureau.call("POST", "/vendors", {"name": "ベンダーA"}).status_code == 422
    taken = {"account_id": world.accounts[VENDOR].id}
    assert bureau.call("POST", f"{place}/members", taken).status_code == 422
    listed = json_of(bureau.get("/vendors"))
    assert listed["total"] == 3
    members = {one["name"]: [m["email"] for m in one["members"]] for one in listed["items"]}
    assert members["ベンダーA"] == [VENDOR]


def test_who_may(api: Api, world: World) -> None:
    place = f"/vendors/{world.vendors['a'].id}"
    member = {"account_id": world.accounts[VENDOR].id}
    for email in (EDITOR, VENDOR, "administrator@bureau.example"):
        assert api(email).get("/vendors").status_code == 403, email
        assert api(email).call("POST", "/vendors", {"name": "x"}).status_code == 403, email
    stranger = api(STRANGER)
    assert json_of(stranger.get("/vendors"))["total"] == 0
    assert stranger.get(place).status_code == 404
    assert stranger.call("POST", f"{place}/members", member).status_code == 404
