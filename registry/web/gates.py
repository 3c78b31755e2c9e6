"""The first gate and the life of a request: who may, which session, one commit.

`@allow` and `@writes` only mark an endpoint; `guard_all` wraps every endpoint once at start-up
and refuses to start when one carries no `@allow` (default deny).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Flask, Response, g, make_response, request
from sqlalchemy.orm import Session

from registry import audit, transaction
from registry.access import Actor, Permission
from registry.errors import Forbidden
from registry.web import idempotency
from registry.web.database import state

View = TypeVar("View", bound=Callable[..., Any])
Prepare = Callable[..., Any]
SignIn = Callable[[Session], Actor | None]

_PERMISSION: Final = "kaizu_permission"
_WRITES: Final = "kaizu_writes"
_PREPARE: Final = "kaizu_prepare"
OPEN_ENDPOINTS: Final = frozenset({"static"})


class SignInRequired(Exception):
    """Nobody is signed in; mapped to the sign-in page or 401."""


def allow(permission: Permission) -> Callable[[View], View]:
    """Mark who may call this endpoint."""

    def mark(view: View) -> View:
        setattr(view, _PERMISSION, permission)
        return view

    return mark


def writes(view: View) -> View:
    """Mark an endpoint that changes something: it runs in one writing transaction."""
    setattr(view, _WRITES, True)
    return view


def prepares(prepare: Prepare) -> Callable[[View], View]:
    """Do slow work (argon2, reading an upload) before the write lock is taken.

    `prepare` gets the view's arguments; what it returns reaches the view as `prepared=`.
    """

    def mark(view: View) -> View:
        setattr(view, _PREPARE, prepare)
        return view

    return mark


def permission_of(view: Callable[..., Any]) -> Permission | None:
    return getattr(view, _PERMISSION, None)


def is_writer(view: Callable[..., Any]) -> bool:
    return getattr(view, _WRITES, False)


def guard_all(app: Flask, sign_in: SignIn) -> None:
    """Wrap every endpoint. Raises RuntimeError for one without `@allow`."""
    for endpoint, view in list(app.view_functions.items()):
        if endpoint in OPEN_ENDPOINTS:
            continue
        permission = permission_of(view)
        if permission is None:
            raise RuntimeError(f"endpoint {endpoint} has no @allow")
        app.view_functions[endpoint] = _guarded(view, permission, sign_in)


def _guarded(
    view: Callable[..., Any], permission: Permission, sign_in: SignIn
) -> Callable[..., Any]:
    run = _write if is_writer(view) else _read
    prepare: Prepare | None = getattr(view, _PREPARE, None)

    @functools.wraps(view)
    def guarded(**arguments: Any) -> Response:
        if prepare is not None:
            with state().database.read() as session:
                _enter(session, permission, sign_in)
            arguments["prepared"] = prepare(
                **{k: v for k, v in arguments.items() if k != "prepared"}
            )
        return run(functools.partial(view, **arguments), permission, sign_in)

    return guarded


def _enter(session: Session, permission: Permission, sign_in: SignIn) -> None:
    """Read who this is inside the given session, and refuse who may not."""
    g.session = session
    g.actor = sign_in(session)
    if permission is Permission.PUBLIC:
        return
    if g.actor is None:
        raise SignInRequired
    if permission is not Permission.SIGNED_IN and not g.actor.may(permission):
        raise Forbidden


def _read(call: Callable[[], Any], permission: Permission, sign_in: SignIn) -> Response:
    with state().database.read() as session:
        _enter(session, permission, sign_in)
        return make_response(call())


def _write(call: Callable[[], Any], permission: Permission, sign_in: SignIn) -> Response:
    """One unit of work: a good answer commits, an error or a 4xx page rolls back."""
    key = idempotency.key_of(request)
    current = state()
    with current.database.writing() as session:
        audit.use_key(session, current.config.audit_key, g.get("request_id"))
        _enter(session, permission, sign_in)
        account_id = g.actor.account_id if g.actor else None
        if key and account_id is not None:
            kept = idempotency.find(session, request, account_id, key)
            if kept is not None:
                return kept
        answer = make_response(call())
        if answer.status_code >= 400:
            session.rollback()
            return answer
        if key and account_id is not None:
            idempotency.keep(session, request, account_id, key, answer)
        transaction.commit(session)
        return answer
