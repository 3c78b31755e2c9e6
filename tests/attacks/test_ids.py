"""Ids of other towns, other regions and other vendors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from registry.db import Database
from tests.attacks.people import (
    ADMINISTRATOR,
    APPROVER,
    COORDINATOR,
    EDITOR,
    VENDOR_A,
    VENDOR_B,
    Api,
    SignedIn,
    content_of,
)
from tests.journeys.stage import OWN, SLUG, Place, Stage
from tests.world import World


def pages_of(place: Place, slug: str = SLUG) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every address that names one town's own things: method, address, form."""
    base = f"/requirements/{slug}"
    for row in (place.draft, place.submitted):
        yield "GET", f"{base}/{row}/edit", {}
        yield "POST", f"{base}/{row}/edit", {"version": "1", "text": "書き換えること。"}
        yield "POST", f"{base}/{row}/delete", {"version": "1"}
    yield "GET", f"{base}/{place.draft}", {}
    for list_id in (place.preview, place.stored, place.running):
        yield "GET", f"{base}/imports/{list_id}", {}
        yield "GET", f"{base}/imports/{list_id}/progress", {}
        for act in ("legend", "start", "cancel", "reopen", "undo", "rejections"):
            yield "POST", f"{base}/imports/{list_id}/{act}", {"version": "1", "head_row": "1"}
    yield "GET", f"/jobs/{place.job}", {}
    yield "GET", f"/jobs/{place.job}/progress", {}


def bodies_of(place: Place) -> Iterator[tuple[str, dict[str, Any]]]:
    """Own addresses with the ids of somebody else in what is sent."""
    base = f"/requirements/{SLUG}"
    yield f"{base}/submit", {"selected": str(place.draft)}
    yield f"{base}/delete", {"selected": str(place.draft), f"rows-{place.draft}-version": "1"}
    yield f"{base}/goal", {"selected": str(place.draft), "bulk_goal": "G-1"}
    yield f"{base}", {f"rows-{place.draft}-version": "1", f"rows-{place.draft}-text": "書換え"}


@pytest.mark.parametrize("whose", ["neighbour", "foreign"])
def test_anothers_ids_are_not_found_and_nothing_changes(
    whose: str, stage: Stage, signed_in: SignedIn, database: Database
) -> None:
    place: Place = getattr(stage, whose)
    editor = signed_in(EDITOR)
    before = content_of(database)
    for method, address, form in pages_of(place):
        answer = editor.get(address) if method == "GET" else editor.send(address, **form)
        assert answer.status_code == 404, f"{method} {address}"
        assert "秘密" not in answer.get_data(as_text=True)
    for address, form in bodies_of(place):
        assert editor.send(address, **form).status_code in {404, 422}, address
    answer = editor.post(
        f"/requirements/{SLUG}/rows",
        json={
            "mode": "each",
            "rows": [{"id": str(place.draft), "version": 1, "fields": {"text": "書換え"}}],
        },
        headers={"X-CSRFToken": editor.csrf()},
    )
    assert answer.get_json()["rows"][0]["errors"]
    approver = signed_in(APPROVER)
    item = f"{place.submitted}-{place.submitted_version}"
    mine = f"{stage.own.submitted}-{stage.own.submitted_version}"
    for act in ("confirm", "send-back"):
        for selected in ([item], [mine, item]):
            answer = approver.send(f"/approvals/{act}", selected=selected, reason="だめ")
            assert answer.status_code in {403, 404}, f"{act} {whose}"
    assert content_of(database) == before


@pytest.mark.parametrize("whose", ["neighbour", "foreign"])
def test_anothers_ids_are_not_found_by_programs(
    whose: str, stage: Stage, api: Api, database: Database
) -> None:
    place: Place = getattr(stage, whose)
    editor, approver = api(EDITOR), api(APPROVER)
    before = content_of(database)
    for code in (OWN, place.code):
        base = f"/municipalities/{code}/businesses/{SLUG}"
        body = {"text": "書き換えること。"}
        calls = [
            ("GET", f"{base}/requirements/{place.draft}", None),
            ("PUT", f"{base}/requirements/{place.draft}", body),
            ("PUT", f"{base}/requirements/{place.submitted}", body),
            ("DELETE", f"{base}/requirements/{place.draft}", None),
            ("POST", f"{base}/submissions", {"requirement_ids": [place.draft]}),
            ("GET", f"{base}/imports/{place.preview}", None),
            ("GET", f"{base}/imports/{place.preview}/changes", None),
            ("GET", f"{base}/imports/{place.stored}/rejections", None),
            *(
                ("POST", f"{base}/imports/{place.preview}/{act}", None)
                for act in ("start", "cancel", "undo")
            ),
        ]
        for method, path, content in calls:
            for version in ("1", "2"):
                tag = f'"{place.draft}-{version}"'
                answer = editor.call(method, path, content, If_Match=tag)
                assert answer.status_code in {403, 404}, f"{method} {path} {answer.status_code}"
                assert "秘密" not in answer.get_data(as_text=True)
        items = [{"requirement_id": place.submitted, "version_id": place.submitted_version}]
        for act in ("confirmations", "returns"):
            sent = {"items": items} | ({"reason": "だめ"} if act == "returns" else {})
            answer = approver.call("POST", f"/municipalities/{code}/{act}", sent)
            assert answer.status_code in {403, 404}, f"{act} {code}"
    assert editor.get(f"/jobs/{place.job}").status_code == 404
    assert content_of(database) == before


def test_another_region_does_not_exist_for_a_coordinator(
    stage: Stage, world: World, signed_in: SignedIn, api: Api, database: Database
) -> None:
    """Both regions have a business of the same name; only ids tell them apart."""
    bureau, program = signed_in(COORDINATOR), api(COORDINATOR)
    before = content_of(database)
    foreign_goal = world.foreign_goal.id
    tries: list[tuple[str, dict[str, Any]]] = [
        ("/deliveries", {"edition_id": stage.foreign_edition, "vendor_ids": world.vendors["a"].id}),
        ("/deliveries", {"edition_id": stage.edition, "vendor_ids": stage.foreign_vendor}),
        (f"/deliveries/{stage.foreign_delivery}/withdraw", {"version": "1", "reason": "x"}),
        (
            f"/vendors/{stage.foreign_vendor}/members",
            {"account_id": world.accounts[VENDOR_A].id},
        ),
        (
            f"/vendors/{world.vendors['a'].id}/members",
            {"account_id": world.accounts["coordinator@elsewhere.example"].id},
        ),
        (
            f"/businesses/{SLUG}/terms/{stage.foreign_term}",
            {"meaning": "x", "was": "よその語の意味"},
        ),
        (f"/businesses/{SLUG}/terms/{stage.foreign_term}/remove", {"was": "よその語の意味"}),
        (
            "/goals/new",
            {
                "parent_id": foreign_goal,
                "statement": "よその下にある状態ができている",
                "viewpoint": "program",
                "horizon": "medium",
                "beneficiary": "resident",
            },
        ),
        ("/goals/G-1-2/move", {"parent_id": foreign_goal, "position": "1", "version": "1"}),
        (
            f"/compare/{SLUG}/unaligned",
            {"selected": stage.foreign.submitted, "relation": "same", "label": "x"},
        ),
        (f"/compare/{SLUG}/groups/{stage.group}/take-out", {"selected": 999}),
    ]
    for address, form in tries:
        answer = bureau.send(address, **form)
        assert answer.status_code in {404, 409, 422}, f"{address} {answer.status_code}"
    for address in (
        f"/deliveries/{stage.foreign_delivery}",
        f"/vendors/{stage.foreign_vendor}",
        f"/businesses/{SLUG}/terms/{stage.foreign_term}",
        f"/requirements/{SLUG}?municipality=134210",
        f"/requirements/{SLUG}/{stage.foreign.submitted}",
        f"/jobs/{stage.foreign.job}",
    ):
        assert bureau.get(address).status_code == 404, address
    for path in ("/municipalities/134210", f"/jobs/{stage.foreign.job}"):
        assert program.get(path).status_code == 404, path
    head = signed_in(ADMINISTRATOR)
    stranger = world.accounts["editor@134210.example"].id
    assert head.get(f"/accounts/{stranger}").status_code == 404
    for act in ("edit", "deactivate", "reactivate", "reset-link"):
        form = {"version": "1", "name": "x", "role": "vendor"}
        assert head.send(f"/accounts/{stranger}/{act}", **form).status_code == 404
    assert content_of(database) == before


def test_a_vendor_has_nothing_of_another_vendors(
    stage: Stage, signed_in: SignedIn, database: Database
) -> None:
    other, holder = signed_in(VENDOR_B), signed_in(VENDOR_A)
    before = content_of(database)
    assert other.get(f"/received/{stage.delivery}").status_code == 404
    for name in ("spec.pdf", "spec.json", "../spec.pdf", "%2e%2e"):
        address = f"/received/{stage.delivery}/files/{name}"
        assert other.send(address).status_code in {404, 405}
    for vendor in (other, holder):
        assert vendor.get(f"/received/{stage.foreign_delivery}").status_code == 404
        for address in ("/goals", f"/requirements/{SLUG}", f"/editions/{SLUG}/1.0", "/vendors"):
            assert vendor.get(address).status_code == 403, address
        assert vendor.send(f"/editions/{SLUG}/1.0/files/spec.pdf").status_code == 403
        assert (
            vendor.send(
                f"/deliveries/{stage.delivery}/withdraw", version="1", reason="x"
            ).status_code
            == 403
        )
    assert content_of(database) == before
    assert holder.get(f"/received/{stage.delivery}").status_code == 200
