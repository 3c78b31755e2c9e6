"""The second gate: outsiders learn nothing, insiders are told no."""

from __future__ import annotations

import pytest

from registry import access
from registry.access import PERMISSIONS, TOWN_ROLES, Actor, Permission, Role
from registry.errors import Forbidden, NotFound


def someone(role: Role, town: int | None = None) -> Actor:
    return Actor(
        account_id=1, name="x", email="x@x.example", role=role, region_id=1, municipality_id=town
    )


def test_every_role_has_its_row() -> None:
    assert set(PERMISSIONS) == set(Role)


def test_vendors_and_administrators_read_no_content() -> None:
    for role in (Role.VENDOR, Role.ADMINISTRATOR):
        assert Permission.READ_CONTENT not in PERMISSIONS[role]


def test_nobody_confirms_what_they_may_submit() -> None:
    for permissions in PERMISSIONS.values():
        assert not {Permission.SUBMIT_REQUIREMENTS, Permission.CONFIRM_REQUIREMENTS} <= permissions


def test_only_the_coordinator_decides_and_freezes() -> None:
    for permission in (Permission.DECIDE, Permission.FREEZE_EDITIONS, Permission.DELIVER):
        holders = {role for role, held in PERMISSIONS.items() if permission in held}
        assert holders == {Role.COORDINATOR}


@pytest.mark.parametrize("role", list(Role))
def test_another_region_does_not_exist(role: Role) -> None:
    for permission in Permission:
        with pytest.raises(NotFound):
            access.require(someone(role, 1), permission, region_id=2)


@pytest.mark.parametrize("role", sorted(TOWN_ROLES))
def test_a_town_role_acts_for_its_own_town_only(role: Role) -> None:
    permission = next(
        p
        for p in (Permission.WRITE_REQUIREMENTS, Permission.CONFIRM_REQUIREMENTS)
        if p in PERMISSIONS[role]
    )
    access.require(someone(role, 7), permission, region_id=1, municipality_id=7)
    with pytest.raises(Forbidden):
        access.require(someone(role, 7), permission, region_id=1, municipality_id=8)


def test_without_the_permission_an_insider_is_refused() -> None:
    with pytest.raises(Forbidden):
        access.require(someone(Role.EDITOR, 7), Permission.DECIDE, region_id=1)


def test_the_terminal_may_everything_in_its_region() -> None:
    actor = access.terminal_actor(1)
    for permission in Permission:
        access.require(actor, permission, region_id=1, municipality_id=9)
    with pytest.raises(NotFound):
        access.require(actor, Permission.DECIDE, region_id=2)
