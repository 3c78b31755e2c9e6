"""The way from a cookie or bearer token to an Actor."""

from __future__ import annotations

import time
from typing import Final

from flask import Response as FlaskResponse
from flask import current_app, g, request
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from registry.access import Actor
from registry.accounts import passwords, queries
from registry.config import Config
from registry.db import now
from registry.web.database import state

_SALT: Final = "kaizu sign-in"


def cookie_name(config: Config) -> str:
    return "kaizu-sid" if config.insecure_http else "__Host-kaizu-sid"


def read_actor(session: Session) -> Actor | None:
    """Who sends this request: a bearer token under /api/, the cookie elsewhere."""
    if request.path.startswith("/api/"):
        return _bearer(session)
    token = current_token()
    if token is None:
        return None
    found = queries.signed_in(session, passwords.hash_token(token), now())
    if found is None:
        return None
    g.sign_in_token = token
    return queries.actor_of(session, found[0])


def current_token() -> str | None:
    """The cookie's token while it is not idle for too long.

    The time of last use travels signed in the cookie, so that a GET need not write.
    """
    config = state().config
    try:
        token, used = _serializer().loads(request.cookies.get(cookie_name(config), ""))
    except (BadData, ValueError, TypeError):
        return None
    if not isinstance(token, str) or time.time() - float(used) > config.idle_seconds:
        return None
    return token


def remember(response: Response, token: str) -> None:
    """Put the token, marked as used now, into the cookie."""
    config = state().config
    response.set_cookie(
        cookie_name(config),
        str(_serializer().dumps([token, int(time.time())])),
        max_age=config.absolute_seconds,
        secure=not config.insecure_http,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def forget(response: Response) -> None:
    config = state().config
    response.delete_cookie(
        cookie_name(config),
        secure=not config.insecure_http,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def refresh(response: FlaskResponse) -> FlaskResponse:
    """After each request of a signed-in person the idle time starts anew."""
    token = g.get("sign_in_token")
    if token is not None and "Set-Cookie" not in response.headers:
        remember(response, token)
    return response


def bearer_token() -> str | None:
    """The token a program sent with this request."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None


def _bearer(session: Session) -> Actor | None:
    token = bearer_token()
    if token is None:
        return None
    account = queries.token_account(session, passwords.hash_token(token), now())
    return queries.actor_of(session, account) if account else None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=_SALT)
