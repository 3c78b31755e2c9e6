"""What a vendor has been given, for its programs."""

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
def number(database: Database, world: World) -> int:
    """Of the delivery of a released edition to the first vendor."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        edition = held.released(session, world)
        return held.delivered(session, world, session.get_one(Edition, edition.id)).id


def test_a_vendor_reads_and_fetches_what_it_was_given(api: Api, number: int) -> None:
    vendor, other = api(VENDOR), api(OTHER)
    (received,) = json_of(vendor.get("/received"))["items"]
    assert (received["delivery_id"], received["business"]) == (number, "facility-reservation")
    files = json_of(vendor.get(f"/received/{number}"))["files"]
    fetched = vendor.call("POST", f"/received/{number}/files/{files[0]['name']}")
    assert (fetched.status_code, fetched.data) == (200, b"spec.pdf")
    assert vendor.call("POST", f"/received/{number}/files/x.pdf").status_code == 404
    assert json_of(other.get("/received"))["total"] == 0
    assert other.get(f"/received/{number}").status_code == 404
    assert other.call("POST", f"/received/{number}/files/spec.pdf").status_code == 404


def test_who_may(api: Api, number: int) -> None:
    for email in (COORDINATOR, EDITOR, STRANGER):
        program = api(email)
        assert program.get("/received").status_code == 403, email
        assert program.get(f"/received/{number}").status_code == 403, email
        answer = program.call("POST", f"/received/{number}/files/spec.pdf")
        assert answer.status_code == 403, email
