"""What happens to accounts: made, signed in, given a new password, stopped."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, audit, workbook
from registry.access import Actor, Permission, Role
from registry.accounts import passwords, queries
from registry.accounts.models import Account, ApiToken, PasswordReset, SignIn, SignInAttempt
from registry.accounts.schemas import AccountState
from registry.db import check_version, now
from registry.errors import Conflict, Invalid, NotFound
from registry.municipalities.models import Municipality
from registry.workbook import Column

TOKEN_DAYS: Final = 90
RESET_HOURS: Final = 24
REFUSAL_WINDOW: Final = timedelta(minutes=15)
MAX_REFUSALS: Final = 5
MAX_REFUSALS_PER_ADDRESS: Final = 50
_LOCK: Final = 0x7369676E  # one advisory lock for all answers to a sign-in ("sign")
COLUMNS: Final = (
    Column("団体", 16),
    Column("氏名", 28),
    Column("メールアドレス", 36),
    Column("役割", 14),
    Column("状態", 10),
    Column("パスワード", 12),
)


def create_account(
    session: Session,
    actor: Actor,
    *,
    email: str,
    name: str,
    role: Role,
    municipality: Municipality | None,
    password_hash: str | None = None,
) -> Account:
    """A new account; without a password it is opened by a reset link.

    Raises Invalid when the role and the municipality do not fit or the address is taken.
    """
    access.require(actor, Permission.MANAGE_ACCOUNTS)
    email = email.strip().lower()
    _check_municipality(actor, role, municipality)
    if queries.by_email(session, email) is not None:
        raise Invalid(
            "アカウントを作っていません。",
            {"email": ["このメールアドレスはすでに使われています。"]},
        )
    account = Account(
        region_id=actor.region_id,
        municipality_id=municipality.id if municipality else None,
        email=email,
        name=name,
        role=role,
        password_hash=password_hash,
        created_at=now(),
    )
    session.add(account)
    session.flush()  # the audit names its id
    audit.record(
        session,
        actor,
        "accounts.create",
        f"account:{account.id}",
        after={
            "email": email,
            "name": name,
            "role": role.value,
            "municipality": municipality.code if municipality else None,
        },
    )
    return account


def update_account(
    session: Session,
    actor: Actor,
    account: Account,
    *,
    version: int,
    name: str,
    role: Role,
    municipality: Municipality | None,
) -> None:
    """Change name, role or town (the April moves); open sign-ins end when rights change.

    Raises Conflict for a stale version, Invalid when role and municipality do not fit.
    """
    access.require(actor, Permission.MANAGE_ACCOUNTS, region_id=account.region_id)
    check_version(account.version, version, {"name": account.name, "role": account.role.label})
    _check_municipality(actor, role, municipality)
    _keep_an_administrator(session, actor, account, stays=role is Role.ADMINISTRATOR)
    before = {
        "name": account.name,
        "role": account.role.value,
        "municipality_id": account.municipality_id,
    }
    town_id = municipality.id if municipality else None
    rights_change = (account.role, account.municipality_id) != (role, town_id)
    account.name, account.role, account.municipality_id = name, role, town_id
    if rights_change:
        revoke_access(session, account)
    audit.record(
        session,
        actor,
        "accounts.update",
        f"account:{account.id}",
        before=before,
        after={"name": name, "role": role.value, "municipality_id": town_id},
    )


def deactivate(session: Session, actor: Actor, account: Account, *, version: int) -> None:
    """Stop an account: its next request is refused, its tokens and links are dead.

    Raises Conflict for a stale version or the last administrator.
    """
    access.require(actor, Permission.MANAGE_ACCOUNTS, region_id=account.region_id)
    check_version(account.version, version)
    _keep_an_administrator(session, actor, account, stays=False)
    account.deactivated_at = now()
    revoke_access(session, account)
    audit.record(session, actor, "accounts.deactivate", f"account:{account.id}")


def reactivate(session: Session, actor: Actor, account: Account, *, version: int) -> None:
    access.require(actor, Permission.MANAGE_ACCOUNTS, region_id=account.region_id)
    check_version(account.version, version)
    account.deactivated_at = None
    audit.record(session, actor, "accounts.reactivate", f"account:{account.id}")


def revoke_access(session: Session, account: Account) -> None:
    """End every sign-in, token and reset link of an account."""
    at = now()
    for table in (SignIn, ApiToken):
        session.execute(
            sa.update(table)
            .where(table.account_id == account.id, table.revoked_at.is_(None))
            .values(revoked_at=at)
        )
    session.execute(
        sa.update(PasswordReset)
        .where(PasswordReset.account_id == account.id, PasswordReset.used_at.is_(None))
        .values(used_at=at)
    )


def sign_in(session: Session, account: Account, *, hours: int) -> str:
    """Open a server-side session and return its token, which is not stored."""
    token, token_hash = passwords.new_token()
    at = now()
    session.add(
        SignIn(
            account_id=account.id,
            token_hash=token_hash,
            created_at=at,
            expires_at=at + timedelta(hours=hours),
        )
    )
    audit.record(
        session, queries.actor_of(session, account), "accounts.sign_in", f"account:{account.id}"
    )
    return token


def sign_out(session: Session, actor: Actor, token_hash: str) -> None:
    session.execute(
        sa.update(SignIn).where(SignIn.token_hash == token_hash).values(revoked_at=now())
    )
    audit.record(session, actor, "accounts.sign_out", f"account:{actor.account_id}")


def note_refusal(session: Session, *, email: str, address: str) -> bool:
    """Count a refused sign-in under its name and its address, and forget old ones.

    False, and nothing is counted, when others that came in meanwhile have used up the guesses:
    the caller must then not say whether this one was right.
    """
    if not may_still_guess(session, email=email, address=address):
        return False
    at = now()
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.at < at - 4 * REFUSAL_WINDOW))
    for key in _throttle_keys(email, address):
        session.add(SignInAttempt(key=key, at=at))
    audit.record(
        session, None, "accounts.sign_in_refused", "account:", after={"email": email[:200]}
    )
    return True


def may_still_guess(session: Session, *, email: str, address: str) -> bool:
    """The last look before an answer is given, one at a time: a writing session only.

    A hundred guesses sent at once all pass `is_throttled` before the first of them is counted.
    """
    if session.get_bind().dialect.name == "postgresql":
        # SQLite writers are alone already (BEGIN IMMEDIATE).
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    return not is_throttled(session, email=email, address=address)


def is_throttled(session: Session, *, email: str, address: str) -> bool:
    """Whether this name or address has been refused too often of late."""
    at = now()
    name_key, address_key = _throttle_keys(email, address)
    return (
        queries.recent_refusals(session, name_key, at, REFUSAL_WINDOW) >= MAX_REFUSALS
        or queries.recent_refusals(session, address_key, at, REFUSAL_WINDOW)
        >= MAX_REFUSALS_PER_ADDRESS
    )


def change_password(
    session: Session, actor: Actor, account: Account, *, password_hash: str
) -> None:
    """Set a new password and end all sign-ins; the caller opens a fresh one."""
    account.password_hash = password_hash
    revoke_access(session, account)
    audit.record(session, actor, "accounts.change_password", f"account:{account.id}")


def create_reset(session: Session, actor: Actor, account: Account) -> str:
    """A one-time token for a new password; older ones die. Only its hash is stored."""
    access.require(actor, Permission.MANAGE_ACCOUNTS, region_id=account.region_id)
    if account.deactivated_at is not None:
        raise Conflict("停止中のアカウントです。先に再開してください。")
    token, token_hash = passwords.new_token()
    at = now()
    session.execute(
        sa.update(PasswordReset)
        .where(PasswordReset.account_id == account.id, PasswordReset.used_at.is_(None))
        .values(used_at=at)
    )
    session.add(
        PasswordReset(
            account_id=account.id,
            token_hash=token_hash,
            created_at=at,
            expires_at=at + timedelta(hours=RESET_HOURS),
        )
    )
    audit.record(session, actor, "accounts.create_reset", f"account:{account.id}")
    return token


def use_reset(session: Session, token: str, *, password_hash: str) -> Account:
    """Set the password behind a reset link, once. Raises NotFound for a dead link."""
    reset = queries.open_reset(session, passwords.hash_token(token), now())
    if reset is None:
        raise NotFound("このリンクは使えません。期限が切れたか、すでに使われています。")
    account = session.get_one(Account, reset.account_id)
    reset.used_at = now()
    account.password_hash = password_hash
    revoke_access(session, account)
    audit.record(
        session, queries.actor_of(session, account), "accounts.use_reset", f"account:{account.id}"
    )
    return account


def create_token(session: Session, actor: Actor, account: Account) -> str:
    """An API token with the account's rights for 90 days; shown once."""
    if actor.account_id != account.id:
        access.require(actor, Permission.MANAGE_ACCOUNTS, region_id=account.region_id)
    token, token_hash = passwords.new_token()
    at = now()
    session.add(
        ApiToken(
            account_id=account.id,
            token_hash=token_hash,
            created_at=at,
            expires_at=at + timedelta(days=TOKEN_DAYS),
        )
    )
    audit.record(session, actor, "accounts.create_token", f"account:{account.id}")
    return token


def revoke_token(session: Session, actor: Actor, *, token_id: int) -> None:
    """End one of the actor's own tokens. Raises NotFound for another's or a dead one."""
    at = now()
    token = next(
        (one for one in queries.own_tokens(session, actor, at) if one.id == token_id), None
    )
    if token is None:
        raise NotFound("このトークンは見つかりませんでした。期限が切れたか、すでに無効です。")
    token.revoked_at = at
    audit.record(
        session,
        actor,
        "accounts.revoke_token",
        f"account:{actor.account_id}",
        before={"api_token_id": token.id},
    )


def end_other_sign_ins(session: Session, actor: Actor, *, keep: str) -> int:
    """End the actor's own sign-ins on other devices; `keep` is the hash of this one's token.

    Returns how many were still open.
    """
    at = now()
    others = [
        one
        for one in queries.open_sign_ins(session, actor.account_id or 0, at)
        if one.token_hash != keep
    ]
    for one in others:
        one.revoked_at = at
    audit.record(
        session,
        actor,
        "accounts.end_sign_ins",
        f"account:{actor.account_id}",
        after={"ended": len(others)},
    )
    return len(others)


def export(
    session: Session,
    actor: Actor,
    *,
    words: str = "",
    town: str = "",
    role: Role | None = None,
    state: AccountState | None = None,
) -> bytes:
    """The accounts that fit, as an xlsx file; nothing in it opens one."""
    access.require(actor, Permission.MANAGE_ACCOUNTS)
    query = queries.listing(actor, words=words, town=town, role=role, state=state)
    rows = [
        (
            town_name or "",
            account.name,
            account.email,
            account.role.label,
            (AccountState.STOPPED if account.deactivated_at else AccountState.ACTIVE).label,
            "設定済み" if account.password_hash else "未設定",
        )
        for account, town_name in session.execute(query)
    ]
    audit.record(
        session, actor, "accounts.export", f"region:{actor.region_id}", after={"rows": len(rows)}
    )
    return workbook.write_table("アカウント一覧", COLUMNS, rows)


def _check_municipality(actor: Actor, role: Role, municipality: Municipality | None) -> None:
    if (role in access.TOWN_ROLES) != (municipality is not None):
        needs = role in access.TOWN_ROLES
        raise Invalid(
            "保存していません。",
            {
                "municipality": [
                    f"{role.label}には団体を選んでください。"
                    if needs
                    else f"{role.label}には団体を付けられません。"
                ]
            },
        )
    if municipality is not None and municipality.region_id != actor.region_id:
        raise NotFound


def _keep_an_administrator(
    session: Session, actor: Actor, account: Account, *, stays: bool
) -> None:
    if stays or account.role is not Role.ADMINISTRATOR:
        return
    others = session.scalars(
        sa.select(Account.id)
        .where(
            Account.region_id == actor.region_id,
            Account.role == Role.ADMINISTRATOR,
            Account.deactivated_at.is_(None),
            Account.id != account.id,
        )
        .order_by(Account.id)
        .with_for_update()  # two administrators must not stop each other at once
    ).all()
    if not others:
        raise Conflict(
            "最後の管理者なので、停止や役割の変更はできません。先に別の管理者を作ってください。"
        )


def _throttle_keys(email: str, address: str) -> tuple[str, str]:
    name = hashlib.sha256(email.strip().lower().encode()).hexdigest()
    return f"name:{name}", f"address:{address}"
