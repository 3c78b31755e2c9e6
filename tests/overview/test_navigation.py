"""The menu shows a person only what that person may open."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from registry.access import Role
from registry.overview import navigation
from tests.conftest import Client
from tests.test_access import someone

SignedIn = Callable[[str], Client]
BUSINESS = "facility-reservation"


def links(answer: TestResponse) -> list[tuple[str, str, str]]:
    """(label, address, aria-current) of the sections shown on a page."""
    shown = re.search(r'<nav class="kz-sections".*?</nav>', answer.get_data(as_text=True), re.S)
    found = re.findall(
        r'<a href="([^"]*)"(?: aria-current="([^"]*)")?>([^<]*)</a>', shown[0] if shown else ""
    )
    return [(label, address, current) for address, current, label in found]


def endpoints(role: Role) -> set[str]:
    return {endpoint for _, endpoint in navigation.entries(someone(role, 1))}


def test_nobody_signed_in_has_no_menu() -> None:
    assert navigation.entries(None) == []


def test_a_vendor_sees_only_what_it_received() -> None:
    assert endpoints(Role.VENDOR) == {"overview.home", "vendors.received"}


def test_an_administrator_sees_no_content() -> None:
    assert endpoints(Role.ADMINISTRATOR) == {
        "overview.home",
        "accounts.listing",
        "overview.jobs",
        "overview.audit",
    }


def test_only_approvers_have_the_waiting_list() -> None:
    holders = {role for role in Role if "requirements.approvals" in endpoints(role)}
    assert holders == {Role.APPROVER}


def test_the_sections_of_a_business_are_for_those_who_read_content() -> None:
    for role in Role:
        found = [label for label, _ in navigation.sections(someone(role, 1))]
        readers = role not in {Role.VENDOR, Role.ADMINISTRATOR}
        assert found == (
            ["概要", "フロー", "要件", "比較", "標準要件", "仕様書の版"] if readers else []
        )
    assert navigation.sections(None) == []


@pytest.mark.parametrize("email", ["editor@072028.example", "coordinator@bureau.example"])
def test_every_page_of_a_business_leads_to_its_neighbours(signed_in: SignedIn, email: str) -> None:
    client = signed_in(email)
    first = links(client.get(f"/businesses/{BUSINESS}"))
    assert [label for label, _, _ in first] == [
        "概要",
        "フロー",
        "要件",
        "比較",
        "標準要件",
        "仕様書の版",
    ]
    for label, href, _ in first:
        answer = client.get(href)
        assert answer.status_code == 200, "the link goes there at once"
        assert [(one, address) for one, address, _ in links(answer)] == [
            (one, address) for one, address, _ in first
        ]
        assert {one: current for one, _, current in links(answer) if current} == {label: "page"}


def test_a_page_below_a_section_names_it_as_where_one_is(signed_in: SignedIn) -> None:
    client = signed_in("coordinator@bureau.example")
    shown = links(client.get(f"/compare/{BUSINESS}/unaligned"))
    assert {label: current for label, _, current in shown if current} == {"比較": "true"}
    refused = client.send(f"/businesses/{BUSINESS}/edit", version=1, name="", summary="")
    assert refused.status_code == 422
    assert {label: current for label, _, current in links(refused) if current} == {"概要": "true"}


def test_pages_of_no_business_and_refusals_show_no_sections(signed_in: SignedIn) -> None:
    reader = signed_in("editor@072028.example")
    for path in ("/", "/businesses", "/compare", "/businesses/no-such", "/compare/no-such"):
        assert links(reader.get(path)) == []
    assert links(signed_in("vendor@vendor-a.example").get(f"/compare/{BUSINESS}")) == []
