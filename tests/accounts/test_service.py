"""Accounts: made, stopped, given passwords, kept apart between regions."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit
from registry.access import Actor, Role
from registry.accounts import passwords, queries, service
from registry.accounts.models import Account, ApiToken, SignIn
from registry.db import now
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from tests.world import World


def mine(session: Session, world: World, email: str) -> Account:
    return session.get_one(Account, world.accounts[email].id)


def test_a_town_role_needs_a_town_and_others_must_not_have_one(
    session: Session, world: World
) -> None:
    admin = world.administrator
    with pytest.raises(Invalid) as wrong:
        service.create_account(
            session, admin, email="a@b.example", name="a", role=Role.EDITOR, municipality=None
        )
    assert "municipality" in wrong.value.fields
    with pytest.raises(Invalid):
        service.create_account(
            session,
            admin,
            email="a@b.example",
            name="a",
            role=Role.COORDINATOR,
            municipality=world.towns["072028"],
        )


def test_a_town_of_another_region_does_not_exist_for_me(session: Session, world: World) -> None:
    with pytest.raises(NotFound):
        service.create_account(
            session,
            world.administrator,
            email="a@b.example",
            name="a",
            role=Role.EDITOR,
            municipality=world.other_town,
        )


def test_an_address_is_used_once_whatever_its_case(session: Session, world: World) -> None:
    with pytest.raises(Invalid) as taken:
        service.create_account(
            session,
            world.administrator,
            email=" EDITOR@072028.example",
            name="a",
            role=Role.EDITOR,
            municipality=world.towns["072028"],
        )
    assert taken.value.fields == {"email": ["このメールアドレスはすでに使われています。"]}


@pytest.mark.parametrize("who", ["editor", "contributor", "approver"])
def test_only_an_administrator_manages_accounts(session: Session, world: World, who: str) -> None:
    account = mine(session, world, "editor@072087.example")
    with pytest.raises(Forbidden):
        service.deactivate(session, world.of(who), account, version=account.version)


def test_the_other_regions_administrator_finds_nothing(session: Session, world: World) -> None:
    foreign = world.actors["administrator@elsewhere.example"]
    account = mine(session, world, "editor@072087.example")
    with pytest.raises(NotFound):
        service.deactivate(session, foreign, account, version=account.version)
    with pytest.raises(NotFound):
        queries.get(session, foreign, account.id)


def test_stopping_an_account_ends_every_way_in(session: Session, world: World) -> None:
    account = mine(session, world, "editor@072028.example")
    other = mine(session, world, "editor@072087.example")
    token = service.sign_in(session, account, hours=1)
    kept = service.sign_in(session, other, hours=1)
    api = service.create_token(session, world.administrator, account)
    reset = service.create_reset(session, world.administrator, account)
    service.deactivate(session, world.administrator, account, version=account.version)
    session.flush()
    assert queries.signed_in(session, passwords.hash_token(token), now()) is None
    assert queries.token_account(session, passwords.hash_token(api), now()) is None
    assert queries.open_reset(session, passwords.hash_token(reset), now()) is None
    assert queries.signed_in(session, passwords.hash_token(kept), now()) is not None


def test_moving_to_another_town_ends_sign_ins(session: Session, world: World) -> None:
    account = mine(session, world, "editor@072028.example")
    token = service.sign_in(session, account, hours=1)
    service.update_account(
        session,
        world.administrator,
        account,
        version=account.version,
        name=account.name,
        role=Role.EDITOR,
        municipality=world.towns["072087"],
    )
    session.flush()
    assert queries.signed_in(session, passwords.hash_token(token), now()) is None
    assert queries.actor_of(session, account).municipality_code == "072087"


def test_a_stale_edit_is_refused_with_what_is_stored(session: Session, world: World) -> None:
    account = mine(session, world, "editor@072028.example")
    with pytest.raises(Conflict) as stale:
        service.update_account(
            session,
            world.administrator,
            account,
            version=account.version + 1,
            name="x",
            role=Role.EDITOR,
            municipality=world.towns["072028"],
        )
    assert stale.value.theirs["name"] == account.name


def test_the_last_administrator_stays(session: Session, world: World) -> None:
    account = mine(session, world, "administrator@bureau.example")
    with pytest.raises(Conflict):
        service.deactivate(session, world.administrator, account, version=account.version)


def test_tokens_are_stored_as_hashes_only(session: Session, world: World) -> None:
    account = mine(session, world, "editor@072028.example")
    token = service.sign_in(session, account, hours=1)
    api = service.create_token(session, world.administrator, account)
    session.flush()
    stored = session.scalars(sa.select(SignIn.token_hash).order_by(SignIn.id)).all()
    stored += session.scalars(sa.select(ApiToken.token_hash).order_by(ApiToken.id)).all()
    assert token not in stored
    assert api not in stored


def test_a_reset_works_once(session: Session, world: World) -> None:
    account = mine(session, world, "editor@072028.example")
    token = service.create_reset(session, world.administrator, account)
    service.use_reset(session, token, password_hash=passwords.hash_password("new password 2026"))
    session.flush()
    assert passwords.matches(account.password_hash, "new password 2026")
    with pytest.raises(NotFound):
        service.use_reset(session, token, password_hash="x")


def test_a_vendor_makes_a_token_only_for_itself(session: Session, world: World) -> None:
    vendor: Actor = world.vendor_actor()
    assert service.create_token(session, vendor, mine(session, world, vendor.email))
    with pytest.raises(Forbidden):
        service.create_token(session, vendor, mine(session, world, "editor@072028.example"))


def test_five_refusals_throttle_a_name_but_not_its_neighbour(
    session: Session, world: World
) -> None:
    for _ in range(service.MAX_REFUSALS):
        assert service.note_refusal(session, email="Editor@072028.example", address="10.0.0.1")
    session.flush()
    assert service.is_throttled(session, email="editor@072028.example", address="10.0.0.9")
    assert not service.is_throttled(session, email="editor@072087.example", address="10.0.0.1")


def test_a_guess_beyond_the_limit_is_neither_counted_nor_answered(
    session: Session, world: World
) -> None:
    for _ in range(service.MAX_REFUSALS):
        service.note_refusal(session, email="editor@072028.example", address="10.0.0.1")
    counted = audit.pending(session)
    assert not service.note_refusal(session, email="editor@072028.example", address="10.0.0.2")
    assert not service.may_still_guess(session, email="editor@072028.example", address="10.0.0.3")
    assert service.may_still_guess(session, email="editor@072087.example", address="10.0.0.1")
    assert audit.pending(session) == counted
