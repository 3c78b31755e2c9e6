"""Signing in and out, and one's own password."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from registry import transaction
from registry.access import Permission
from registry.accounts import passwords, queries, service, signin
from registry.accounts.models import Account
from registry.accounts.schemas import NewPasswordSchema, PasswordSchema, SignInSchema
from registry.db import now
from registry.errors import Invalid, NotFound
from registry.web import errors
from registry.web.database import actor, session, state
from registry.web.forms import Form, bind
from registry.web.gates import allow, prepares, writes

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/sign-in")
@allow(Permission.PUBLIC)
def sign_in_page() -> ResponseReturnValue:
    if g.actor is not None:
        return redirect(url_for("overview.home"), 303)
    return render_template(
        "accounts/sign_in.html", form=Form(values={"next": request.args.get("next", "")})
    )


def _judge() -> tuple[Form, int | None, bool]:
    """(form, account id when the password fits, throttled), worked out before any lock."""
    form = bind(SignInSchema())
    if not form.ok:
        return form, None, False
    email, address = form.data["email"], request.remote_addr or ""
    with state().database.read() as reading:
        if service.is_throttled(reading, email=email, address=address):
            return form, None, True
        account = queries.by_email(reading, email)
        usable = account if account is not None and account.deactivated_at is None else None
    if passwords.matches(usable.password_hash if usable else None, form.data["password"]):
        return form, usable.id if usable else None, False
    return form, None, not _counted(email)


def _counted(email: str) -> bool:
    """Count a wrong password; False when others that came in meanwhile used up the guesses."""
    with transaction.writing(
        state().database, audit_key=state().config.audit_key, request_id=g.get("request_id")
    ) as writing:
        return service.note_refusal(writing, email=email, address=request.remote_addr or "")


@blueprint.post("/sign-in")
@allow(Permission.PUBLIC)
@writes
@prepares(_judge)
def sign_in(prepared: tuple[Form, int | None, bool]) -> ResponseReturnValue:
    form, account_id, throttled = prepared
    form.values.pop("password", None)
    if account_id is not None:
        throttled = not service.may_still_guess(
            session(), email=form.data["email"], address=request.remote_addr or ""
        )
    if throttled:
        return _too_many("サインイン")
    account = session().get(Account, account_id) if account_id is not None else None
    if account is None or account.deactivated_at is not None:
        if form.ok:
            form.message = "メールアドレスかパスワードが違います。"
        return render_template("accounts/sign_in.html", form=form), 422
    hours = state().config.absolute_seconds // 3600
    token = service.sign_in(session(), account, hours=hours)
    response = redirect(_local(form.data["next"]), 303)
    signin.remember(response, token)
    return response


def _too_many(act: str) -> ResponseReturnValue:
    return errors.answer(
        429,
        f"続けて何度も{act}に失敗したため、しばらく受け付けません。15 分ほど待ってから"
        "やり直してください。パスワードを忘れたときは管理者に再設定を頼んでください。",
    )


@blueprint.post("/sign-out")
@allow(Permission.SIGNED_IN)
@writes
def sign_out() -> ResponseReturnValue:
    service.sign_out(session(), actor(), passwords.hash_token(g.sign_in_token))
    g.sign_in_token = None
    response = redirect(url_for("accounts.sign_in_page"), 303)
    signin.forget(response)
    return response


@blueprint.get("/password")
@allow(Permission.SIGNED_IN)
def password_page() -> ResponseReturnValue:
    return render_template("accounts/password.html", form=Form())


def _check_change() -> tuple[Form, str | None, bool]:
    """(form, hash of the new password when everything fits, throttled).

    An open screen that somebody else finds must not let that person guess: wrong passwords count
    as at sign-in.
    """
    form = bind(PasswordSchema())
    person = actor()
    if form.ok:
        with state().database.read() as reading:
            if service.is_throttled(reading, email=person.email, address=request.remote_addr or ""):
                return form, None, True
            stored = reading.get_one(Account, person.account_id).password_hash
        if not passwords.matches(stored, form.data["current"]):
            if not _counted(person.email):
                return form, None, True
            form.message = "パスワードを変更していません。"
            form.errors = {"current": ["いまのパスワードが違います。"]}
    return form, _new_hash(form, person.email), False


@blueprint.post("/password")
@allow(Permission.SIGNED_IN)
@writes
@prepares(_check_change)
def change_password(prepared: tuple[Form, str | None, bool]) -> ResponseReturnValue:
    form, password_hash, throttled = prepared
    form.values = {}
    if password_hash is not None:
        throttled = not service.may_still_guess(
            session(), email=actor().email, address=request.remote_addr or ""
        )
    if throttled:
        return _too_many("いまのパスワードの確認")
    if password_hash is None:
        return render_template("accounts/password.html", form=form), 422
    account = session().get_one(Account, actor().account_id)
    service.change_password(session(), actor(), account, password_hash=password_hash)
    token = service.sign_in(session(), account, hours=state().config.absolute_seconds // 3600)
    flash("パスワードを変更しました。ほかの端末のサインインは終了しました。", "success")
    response = redirect(url_for("overview.home"), 303)
    signin.remember(response, token)
    return response


@blueprint.get("/password-reset/<string:token>")
@allow(Permission.PUBLIC)
def reset_page(token: str) -> ResponseReturnValue:
    _reset_account(token)
    return render_template("accounts/reset.html", form=Form(), token=token)


def _check_reset(token: str) -> tuple[Form, str | None]:
    account = _reset_account(token)
    form = bind(NewPasswordSchema())
    return form, _new_hash(form, account.email)


@blueprint.post("/password-reset/<string:token>")
@allow(Permission.PUBLIC)
@writes
@prepares(_check_reset)
def reset(token: str, prepared: tuple[Form, str | None]) -> ResponseReturnValue:
    form, password_hash = prepared
    form.values = {}
    if password_hash is None:
        return render_template("accounts/reset.html", form=form, token=token), 422
    service.use_reset(session(), token, password_hash=password_hash)
    flash("パスワードを設定しました。新しいパスワードでサインインしてください。", "success")
    return redirect(url_for("accounts.sign_in_page"), 303)


def _reset_account(token: str) -> Account:
    with state().database.read() as reading:
        found = queries.open_reset(reading, passwords.hash_token(token), now())
        if found is None:
            raise NotFound("このリンクは使えません。期限が切れたか、すでに使われています。")
        return reading.get_one(Account, found.account_id)


def _new_hash(form: Form, email: str) -> str | None:
    """The hash of the new password, or None with the reasons in the form."""
    if not form.ok:
        return None
    if form.data["password"] != form.data["repeat"]:
        form.message = "パスワードを変更していません。"
        form.errors = {"repeat": ["2 つのパスワードが同じではありません。"]}
        return None
    try:
        passwords.check(form.data["password"], email=email)
    except Invalid as error:
        form.message, form.errors = error.message, error.fields
        return None
    return passwords.hash_password(form.data["password"])


def _local(target: str) -> str:
    """Where to go after signing in: only a path of this site.

    Browsers read a backslash as a slash and leave tabs and line ends out, so neither may be there.
    """
    odd = "\\" in target or not target.isprintable()
    if odd or not target.startswith("/") or target.startswith("//"):
        return url_for("overview.home")
    return target
