"""Reading accounts, sign-ins and tokens."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.accounts.models import Account, ApiToken, PasswordReset, SignIn, SignInAttempt
from registry.errors import NotFound
from registry.municipalities.models import Municipality


def by_email(session: Session, email: str) -> Account | None:
    return session.scalar(sa.select(Account).where(Account.email == email.strip().lower()))


def get(session: Session, actor: Actor, account_id: int) -> Account:
    """An account of the actor's region. Raises NotFound."""
    account = session.scalar(
        sa.select(Account).where(Account.id == account_id, Account.region_id == actor.region_id)
    )
    if account is None:
        raise NotFound
    return account


def listing(actor: Actor) -> sa.Select[Account, str]:
    """All accounts of the region with their municipality's name, town by town."""
    return (
        sa.select(Account, Municipality.name)
        .outerjoin(Municipality, Municipality.id == Account.municipality_id)
        .where(Account.region_id == actor.region_id)
        .order_by(Municipality.code.is_(None).desc(), Municipality.code, Account.email)
    )


def actor_of(session: Session, account: Account) -> Actor:
    town = (
        session.get_one(Municipality, account.municipality_id) if account.municipality_id else None
    )
    return Actor(
        account_id=account.id,
        name=account.name,
        email=account.email,
        role=account.role,
        region_id=account.region_id,
        municipality_id=town.id if town else None,
        municipality_code=town.code if town else None,
        municipality_name=town.name if town else None,
    )


def signed_in(session: Session, token_hash: str, at: datetime) -> tuple[Account, SignIn] | None:
    """The account behind a live sign-in; rights are read anew on every request."""
    row = session.execute(
        sa.select(Account, SignIn)
        .join(SignIn, SignIn.account_id == Account.id)
        .where(
            SignIn.token_hash == token_hash,
            SignIn.revoked_at.is_(None),
            SignIn.expires_at > at,
            Account.deactivated_at.is_(None),
        )
    ).first()
    return (row[0], row[1]) if row else None


def token_account(session: Session, token_hash: str, at: datetime) -> Account | None:
    return session.scalar(
        sa.select(Account)
        .join(ApiToken, ApiToken.account_id == Account.id)
        .where(
            ApiToken.token_hash == token_hash,
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > at,
            Account.deactivated_at.is_(None),
        )
    )


def open_reset(session: Session, token_hash: str, at: datetime) -> PasswordReset | None:
    return session.scalar(
        sa.select(PasswordReset)
        .join(Account, Account.id == PasswordReset.account_id)
        .where(
            PasswordReset.token_hash == token_hash,
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > at,
            Account.deactivated_at.is_(None),
        )
    )


def recent_refusals(session: Session, key: str, at: datetime, window: timedelta) -> int:
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(SignInAttempt)
            .where(SignInAttempt.key == key, SignInAttempt.at > at - window)
        )
        or 0
    )
