"""Reading accounts, sign-ins and tokens."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor, Role
from registry.accounts.models import Account, ApiToken, PasswordReset, SignIn, SignInAttempt
from registry.accounts.schemas import AccountState
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


def listing(
    actor: Actor,
    *,
    words: str = "",
    town: str = "",
    role: Role | None = None,
    state: AccountState | None = None,
) -> sa.Select[Account, str]:
    """The region's accounts with their municipality's name, town by town.

    `words` is looked for in name and address; `town` is a municipality code, or "none" for people
    who belong to no town.
    """
    query = (
        sa.select(Account, Municipality.name)
        .outerjoin(Municipality, Municipality.id == Account.municipality_id)
        .where(Account.region_id == actor.region_id)
        .order_by(Municipality.code.is_(None).desc(), Municipality.code, Account.email)
    )
    if words:
        query = query.where(
            sa.or_(
                Account.name.icontains(words, autoescape=True),
                Account.email.icontains(words, autoescape=True),
            )
        )
    if town == "none":
        query = query.where(Account.municipality_id.is_(None))
    elif town:
        query = query.where(Municipality.code == town)
    if role is not None:
        query = query.where(Account.role == role)
    if state is AccountState.ACTIVE:
        query = query.where(Account.deactivated_at.is_(None))
    elif state is AccountState.STOPPED:
        query = query.where(Account.deactivated_at.is_not(None))
    return query


def open_sign_ins(session: Session, account_id: int, at: datetime) -> list[SignIn]:
    """An account's sign-ins that still open something, the newest first."""
    return list(
        session.scalars(
            sa.select(SignIn)
            .where(
                SignIn.account_id == account_id,
                SignIn.revoked_at.is_(None),
                SignIn.expires_at > at,
            )
            .order_by(SignIn.id.desc())
        )
    )


def last_sign_in(session: Session, account_id: int) -> datetime | None:
    return session.scalar(
        sa.select(SignIn.created_at)
        .where(SignIn.account_id == account_id)
        .order_by(SignIn.id.desc())
        .limit(1)
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


def own_tokens(session: Session, actor: Actor, at: datetime) -> list[ApiToken]:
    """The actor's own tokens that still open something, the newest first."""
    return list(
        session.scalars(
            sa.select(ApiToken)
            .where(
                ApiToken.account_id == actor.account_id,
                ApiToken.revoked_at.is_(None),
                ApiToken.expires_at > at,
            )
            .order_by(ApiToken.id.desc())
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
