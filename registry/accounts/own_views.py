"""One's own account: who I am here, where I am signed in, and my tokens for programs."""

from __future__ import annotations

from flask import flash, g, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.accounts import passwords, queries, service
from registry.accounts.models import Account
from registry.accounts.views import blueprint
from registry.db import now
from registry.web.database import actor, session
from registry.web.gates import allow, writes


@blueprint.get("/account")
@allow(Permission.SIGNED_IN)
def own() -> ResponseReturnValue:
    at = now()
    return render_template(
        "accounts/own.html",
        sign_ins=queries.open_sign_ins(session(), actor().account_id or 0, at),
        here=passwords.hash_token(g.sign_in_token),
        tokens=queries.own_tokens(session(), actor(), at),
        token_days=service.TOKEN_DAYS,
    )


@blueprint.post("/account/sign-ins/end-others")
@allow(Permission.SIGNED_IN)
@writes
def end_other_sign_ins() -> ResponseReturnValue:
    keep = passwords.hash_token(g.sign_in_token)
    ended = service.end_other_sign_ins(session(), actor(), keep=keep)
    flash(
        f"ほかの端末のサインインを {ended} 件終了しました。"
        if ended
        else "ほかの端末で開いているサインインはありませんでした。",
        "success",
    )
    return redirect(url_for("accounts.own"), 303)


@blueprint.post("/account/tokens")
@allow(Permission.SIGNED_IN)
@writes
def create_token() -> ResponseReturnValue:
    """Answers with the token itself, this once: only its hash is stored."""
    account = session().get_one(Account, actor().account_id)
    token = service.create_token(session(), actor(), account)
    page = render_template("accounts/token.html", token=token, token_days=service.TOKEN_DAYS)
    answer = make_response(page)
    answer.cache_control.no_store = True  # nor is it kept for a repeated send
    return answer


@blueprint.post("/account/tokens/<int:token_id>/revoke")
@allow(Permission.SIGNED_IN)
@writes
def revoke_token(token_id: int) -> ResponseReturnValue:
    service.revoke_token(session(), actor(), token_id=token_id)
    flash("API トークンを無効にしました。", "success")
    return redirect(url_for("accounts.own"), 303)
