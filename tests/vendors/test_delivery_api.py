"""Deliveries for the programs of the bureau: handed out, watched, taken back."""

from __future__ import annotations

import pytest

from registry import transaction
from registry.db import Database
from registry.specs.models import Edition
from tests.conftest import AUDIT_KEY
from tests.programs import COORDINATOR, EDITOR, STRANGER, Api, json_of
from tests.vendors import held
from tests.world import World

VENDOR = "vendor@vendor-a.example"
OTHER = "vendor@vendor-b.example"


@pytest.fixture
def edition_id(database: Database, world: World) -> int:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        return held.released(session, world).id


def test_an_edition_goes_out_is_fetched_and_taken_back(
    api: Api, world: World, edition_id: int
) -> None:
    bureau, vendor, other = api(COORDINATOR), api(VENDOR), api(OTHER)
    assert json_of(vendor.get("/received"))["total"] == 0
    body = {"edition_id": edition_id, "vendor_id": world.vendors["a"].id}
    made = bureau.call("POST", "/deliveries", body)
    assert made.status_code == 201
    assert bureau.call("POST", "/deliveries", body).status_code == 422  # it holds it already
    place = made.headers["Location"].removeprefix("/api/v1")
    number = json_of(made)["id"]
    (received,) = json_of(vendor.get("/received"))["items"]
    assert (received["delivery_id"], received["business"]) == (number, "facility-reservation")
    files = json_of(vendor.get(f"/received/{number}"))["files"]
    fetched = vendor.call("POST", f"/received/{number}/files/{files[0]['name']}")
    assert (fetched.status_code, fetched.data) == (200, b"spec.pdf")
    assert other.get(f"/received/{number}").status_code == 404
    assert other.call("POST", f"/received/{number}/files/spec.pdf").status_code == 404
    seen = bureau.get(place)
    assert (json_of(seen)["downloads"], json_of(seen)["opened_at"] is None) == (1, False)
    (download,) = json_of(bureau.get(f"{place}/downloads"))["items"]
    assert (download["name"], download["email"]) == ("spec.pdf", VENDOR)
    (taken,) = bureau.take("/deliveries/workbook")
    assert (taken[0], taken[2]) == (json_of(seen)["vendor"], "1.0")
    assert vendor.call("POST", "/deliveries/workbook").status_code == 403
    assert api("coordinator@elsewhere.example").take("/deliveries/workbook") == []
    tag = seen.headers["ETag"]
    why = {"reason": "誤って配布した。"}
    assert bureau.call("POST", f"{place}/withdrawal", why).status_code == 428
    assert (
        bureau.call("POST", f"{place}/withdrawal", {"reason": ""}, If_Match=tag).status_code == 422
    )
    back = bureau.call("POST", f"{place}/withdrawal", why, If_Match=tag)
    assert json_of(back)["withdrawn_reason"] == why["reason"]
    assert bureau.call("POST", f"{place}/withdrawal", why, If_Match=tag).status_code == 412
    gone = vendor.call("POST", f"/received/{number}/files/spec.pdf")
    assert gone.status_code == 404
    assert "取り下げ" in json_of(gone)["detail"]
    assert json_of(vendor.get("/received"))["total"] == 0
    assert json_of(bureau.get("/deliveries"))["total"] == 1


def test_who_may(api: Api, database: Database, world: World, edition_id: int) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        number = held.delivered(session, world, session.get_one(Edition, edition_id)).id
    body = {"edition_id": edition_id, "vendor_id": world.vendors["b"].id}
    for email in (EDITOR, VENDOR, "administrator@bureau.example"):
        assert api(email).call("POST", "/deliveries", body).status_code == 403, email
        assert api(email).get(f"/deliveries/{number}").status_code == 403, email
    tag = api(COORDINATOR).get(f"/deliveries/{number}").headers["ETag"]
    stranger, why = api(STRANGER), {"reason": "x"}
    assert json_of(stranger.get("/deliveries"))["total"] == 0
    assert stranger.call("POST", "/deliveries", body).status_code == 404
    assert stranger.get(f"/deliveries/{number}").status_code == 404
    answer = stranger.call("POST", f"/deliveries/{number}/withdrawal", why, If_Match=tag)
    assert answer.status_code == 404
