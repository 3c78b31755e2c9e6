"""The menu shows a person only what that person may open."""

from __future__ import annotations

from registry.access import Role
from registry.overview import navigation
from tests.test_access import someone


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
