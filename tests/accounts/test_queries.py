"""Reading accounts, sign-ins and tokens: those of one's own region, and only live ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from registry.access import Role
from registry.accounts import passwords, queries, service
from registry.accounts.models import Account, SignIn
from registry.accounts.schemas import AccountState
from registry.db import now
from registry.errors import NotFound
from tests.world import World


def mine(session: Session, world: World, email: str) -> Account:
    return session.get_one(Account, world.accounts[email].id)


def emails(session: Session, world: World, **narrowed: Any) -> list[str]:
    query = queries.listing(world.administrator, **narrowed)
    return [account.email for account, _ in session.execute(query)]


def test_accounts_are_listed_town_by_town_without_those_of_another_region(
    session: Session, world: World
) -> None:
    found = session.execute(queries.listing(world.administrator)).all()
    assert [town for _, town in found] == [None] * 4 + ["会津若松市"] * 3 + ["喜多方市"] * 3 + [
        "湯川村"
    ] * 3
    assert [account.email for account, _ in found][:5] == [
        "administrator@bureau.example",
        "coordinator@bureau.example",
        "vendor@vendor-a.example",
        "vendor@vendor-b.example",
        "approver@072028.example",
    ]


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"town": "072087", "role": Role.EDITOR}, ["editor@072087.example"]),
        ({"town": "134210"}, []),
        (
            {"town": "none", "role": Role.VENDOR},
            ["vendor@vendor-a.example", "vendor@vendor-b.example"],
        ),
        ({"words": "EDITOR@07422"}, ["editor@074225.example"]),
        ({"words": "湯川村 団体承認者"}, ["approver@074225.example"]),
        ({"words": "%"}, []),
        ({"words": "_"}, []),
        ({"state": AccountState.STOPPED}, []),
    ],
)
def test_the_list_is_narrowed(
    session: Session, world: World, narrowed: dict[str, Any], expected: list[str]
) -> None:
    assert emails(session, world, **narrowed) == expected


def test_stopped_accounts_are_told_apart(session: Session, world: World) -> None:
    account = mine(session, world, "editor@074225.example")
    service.deactivate(session, world.administrator, account, version=account.version)
    session.flush()
    assert emails(session, world, state=AccountState.STOPPED) == ["editor@074225.example"]
    active = emails(session, world, state=AccountState.ACTIVE)
    assert len(active) == 12
    assert "editor@074225.example" not in active


def test_an_account_is_found_by_its_address_whatever_its_case(
    session: Session, world: World
) -> None:
    account = queries.by_email(session, " Editor@072028.EXAMPLE ")
    assert account is not None
    assert account.id == world.accounts["editor@072028.example"].id
    assert queries.by_email(session, "nobody@072028.example") is None


def test_another_regions_account_is_not_there(session: Session, world: World) -> None:
    own = world.accounts["editor@072028.example"]
    assert queries.get(session, world.administrator, own.id).email == own.email
    with pytest.raises(NotFound):
        queries.get(session, world.administrator, world.accounts["editor@134210.example"].id)


def test_an_actor_carries_town_and_region(session: Session, world: World) -> None:
    actor = queries.actor_of(session, mine(session, world, "editor@072087.example"))
    assert (actor.municipality_code, actor.municipality_name) == ("072087", "喜多方市")
    bureau = queries.actor_of(session, mine(session, world, "coordinator@bureau.example"))
    assert (bureau.municipality_id, bureau.region_id) == (None, world.region.id)


def test_only_live_sign_ins_open_something(session: Session, world: World) -> None:
    account = mine(session, world, "editor@072028.example")
    other = mine(session, world, "editor@072087.example")
    first = service.sign_in(session, account, hours=1)
    second = service.sign_in(session, account, hours=1)
    service.sign_in(session, other, hours=1)
    session.flush()
    at = now()
    found = queries.open_sign_ins(session, account.id, at)
    assert [one.token_hash for one in found] == [
        passwords.hash_token(second),
        passwords.hash_token(first),
    ]
    assert queries.last_sign_in(session, account.id) == found[0].created_at
    found[0].revoked_at = at
    session.flush()
    assert [one.id for one in queries.open_sign_ins(session, account.id, at)] == [found[1].id]
    later = at + timedelta(hours=2)
    assert queries.open_sign_ins(session, account.id, later) == []
    assert queries.signed_in(session, passwords.hash_token(first), later) is None
    assert queries.signed_in(session, passwords.hash_token(first), at) is not None


def test_who_never_came_has_no_last_sign_in(session: Session, world: World) -> None:
    assert queries.last_sign_in(session, world.accounts["approver@074225.example"].id) is None


def test_own_tokens_are_the_live_ones_of_this_person(session: Session, world: World) -> None:
    editor, other = world.of("editor"), world.of("editor", "072087")
    for actor in (editor, editor, other):
        service.create_token(session, actor, mine(session, world, actor.email))
        session.flush()
    first, second = queries.own_tokens(session, editor, now())
    assert first.id > second.id
    service.revoke_token(session, editor, token_id=first.id)
    session.flush()
    assert [one.id for one in queries.own_tokens(session, editor, now())] == [second.id]
    expired = now() + timedelta(days=service.TOKEN_DAYS + 1)
    assert queries.own_tokens(session, editor, expired) == []
    with pytest.raises(NotFound):
        service.revoke_token(session, other, token_id=second.id)


def test_ending_other_sign_ins_keeps_this_one_and_other_people(
    session: Session, world: World
) -> None:
    actor = world.of("editor")
    account, other = (
        mine(session, world, actor.email),
        mine(session, world, "editor@072087.example"),
    )
    here = passwords.hash_token(service.sign_in(session, account, hours=1))
    for _ in range(2):
        service.sign_in(session, account, hours=1)
    theirs = service.sign_in(session, other, hours=1)
    session.flush()
    assert service.end_other_sign_ins(session, actor, keep=here) == 2
    session.flush()
    assert [one.token_hash for one in queries.open_sign_ins(session, account.id, now())] == [here]
    assert queries.signed_in(session, passwords.hash_token(theirs), now()) is not None
    assert service.end_other_sign_ins(session, actor, keep=here) == 0
    assert session.query(SignIn).filter_by(account_id=account.id).count() == 3
