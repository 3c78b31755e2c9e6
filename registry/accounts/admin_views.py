"""What an administrator does with the region's accounts."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from registry.access import TOWN_ROLES, Permission, Role
from registry.accounts import queries, service
from registry.accounts.models import Account
from registry.accounts.schemas import (
    AccountChangeSchema,
    AccountFilterSchema,
    AccountSchema,
    AccountState,
)
from registry.accounts.views import blueprint
from registry.db import now
from registry.errors import Conflict, Invalid
from registry.municipalities import queries as municipalities
from registry.municipalities.models import Municipality
from registry.paging import paginate
from registry.web import conflicts, downloads
from registry.web.database import actor, session
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, writes
from registry.web.paging import asked

LABELS: Final = {
    "email": "メールアドレス",
    "name": "氏名",
    "role": "役割",
    "municipality": "団体",
}
# What each role is for, in the words of the form.
DUTIES: Final = {
    Role.CONTRIBUTOR: "自団体の要件の下書きを書く",
    Role.EDITOR: "下書きに加え、取込、提出、内訳の公開・非公開",
    Role.APPROVER: "提出された要件を確定する、差し戻す",
    Role.COORDINATOR: "目標と業務、比較、標準要件、版、配布",
    Role.VENDOR: "配布された仕様書を受け取る",
    Role.ADMINISTRATOR: "アカウント、処理状況、監査記録(要件などの内容は見えません)",
}


@blueprint.get("/accounts")
@allow(Permission.MANAGE_ACCOUNTS)
def listing() -> ResponseReturnValue:
    number, size = asked()
    narrowed = _filter(request.args)
    sent = {name: value for name, value in narrowed.values.items() if value and name != "page"}
    found = paginate(
        session(),
        queries.listing(actor(), **narrowed.data),
        page=number,
        page_size=size,
        scalars=False,
    )
    return render_template(
        "accounts/listing.html",
        found=found,
        narrowed=narrowed,
        sent={name: sent[name] for name in AccountFilterSchema().fields if name in sent},
        towns=[("none", "(団体なし)"), *_towns()],
        roles=Role.choices(),
        states=AccountState.choices(),
        href=lambda page: url_for("accounts.listing", **{**sent, "page": page}),
    )


@blueprint.post("/accounts/export")
@allow(Permission.MANAGE_ACCOUNTS)
@writes
def export() -> ResponseReturnValue:
    """The accounts that fit the filter of the list."""
    content = service.export(session(), actor(), **_filter(request.form).data)
    return downloads.workbook(content, "アカウント一覧")


@blueprint.get("/accounts/new")
@allow(Permission.MANAGE_ACCOUNTS)
def new() -> ResponseReturnValue:
    return _edit_page(None, Form())


@blueprint.post("/accounts/new")
@allow(Permission.MANAGE_ACCOUNTS)
@writes
def create() -> ResponseReturnValue:
    form = bind(AccountSchema())
    if form.ok:
        with form.catching():
            made = service.create_account(session(), actor(), **with_town(form.data))
            flash(f"{made.name} のアカウントを作りました。まだサインインできません。", "success")
            return _to_page(made)
    return _edit_page(None, form), 422


@blueprint.get("/accounts/<int:account_id>")
@allow(Permission.MANAGE_ACCOUNTS)
def page(account_id: int) -> ResponseReturnValue:
    return _page(queries.get(session(), actor(), account_id))


@blueprint.get("/accounts/<int:account_id>/edit")
@allow(Permission.MANAGE_ACCOUNTS)
def edit(account_id: int) -> ResponseReturnValue:
    account = queries.get(session(), actor(), account_id)
    return _edit_page(account, shown(_values(account), account.version))


@blueprint.post("/accounts/<int:account_id>/edit")
@allow(Permission.MANAGE_ACCOUNTS)
@writes
def update(account_id: int) -> ResponseReturnValue:
    account = queries.get(session(), actor(), account_id)
    form = bind(AccountChangeSchema())
    if form.ok:
        version = form.version
        try:
            with form.catching():
                service.update_account(
                    session(), actor(), account, version=version, **with_town(form.data)
                )
                flash(f"{account.name} のアカウントを保存しました。", "success")
                return _to_page(account)
        except Conflict as refused:
            if version == account.version:  # the last administrator, not a stale form
                form.message = refused.message
                return _edit_page(account, form), 409
            labels = {name: LABELS[name] for name in _values(account)}
            words = {"role": dict(Role.choices()), "municipality": dict(_towns())}
            found = conflicts.compare(form, _values(account), account.version, labels, words)
            return _edit_page(account, form, (refused.message, found)), 409
    return _edit_page(account, form), 422


@blueprint.post("/accounts/<int:account_id>/deactivate")
@allow(Permission.MANAGE_ACCOUNTS)
@writes
def deactivate(account_id: int) -> ResponseReturnValue:
    account = queries.get(session(), actor(), account_id)
    try:
        service.deactivate(session(), actor(), account, version=_version())
    except Conflict as refused:
        return _page(account, refused=refused.message), 409
    flash(f"{account.name} のアカウントを停止しました。次の操作から使えません。", "success")
    return _to_page(account)


@blueprint.post("/accounts/<int:account_id>/reactivate")
@allow(Permission.MANAGE_ACCOUNTS)
@writes
def reactivate(account_id: int) -> ResponseReturnValue:
    account = queries.get(session(), actor(), account_id)
    try:
        service.reactivate(session(), actor(), account, version=_version())
    except Conflict as refused:
        return _page(account, refused=refused.message), 409
    flash(f"{account.name} のアカウントを再開しました。", "success")
    return _to_page(account)


@blueprint.post("/accounts/<int:account_id>/reset-link")
@allow(Permission.MANAGE_ACCOUNTS)
@writes
def create_reset(account_id: int) -> ResponseReturnValue:
    """Answers with the link itself, this once: only the hash of its token is stored."""
    account = queries.get(session(), actor(), account_id)
    try:
        token = service.create_reset(session(), actor(), account)
    except Conflict as refused:
        return _page(account, refused=refused.message), 409
    page = render_template(
        "accounts/reset_link.html",
        account=account,
        link=url_for("accounts.reset_page", token=token, _external=True),
        hours=service.RESET_HOURS,
    )
    answer = make_response(page)
    answer.cache_control.no_store = True  # nor is it kept for a repeated send
    return answer


def _filter(sent: MultiDict[str, str]) -> Form:
    narrowed = bind(AccountFilterSchema(), sent)
    if not narrowed.ok:
        raise Invalid(narrowed.message, narrowed.errors)
    return narrowed


def _page(account: Account, *, refused: str = "") -> str:
    town = (
        session().get_one(Municipality, account.municipality_id)
        if account.municipality_id
        else None
    )
    return render_template(
        "accounts/page.html",
        account=account,
        town=town,
        open_sign_ins=len(queries.open_sign_ins(session(), account.id, now())),
        last=queries.last_sign_in(session(), account.id),
        refused=refused,
    )


def _edit_page(
    account: Account | None,
    form: Form,
    conflict: tuple[str, list[conflicts.Difference]] | None = None,
) -> str:
    return render_template(
        "accounts/edit.html",
        account=account,
        form=form,
        labels=LABELS,
        roles=[(role.value, role.label, DUTIES[role]) for role in Role],
        towns=_towns(),
        town_roles="、".join(role.label for role in Role if role in TOWN_ROLES),
        conflict=conflict,
    )


def _towns() -> list[tuple[str, str]]:
    return [(town.code, town.name) for town in municipalities.all_towns(session(), actor())]


def with_town(data: dict[str, Any]) -> dict[str, Any]:
    """The form's municipality code as the municipality. Raises Invalid for a code unknown here."""
    code = data["municipality"]
    towns = {town.code: town for town in municipalities.all_towns(session(), actor())}
    if code and code not in towns:
        raise Invalid("保存していません。", {"municipality": ["団体を一覧から選んでください。"]})
    return {**data, "municipality": towns.get(code)}


def _values(account: Account) -> dict[str, Any]:
    """What the edit form shows of an account."""
    towns = {town.id: town.code for town in municipalities.all_towns(session(), actor())}
    return {
        "name": account.name,
        "role": account.role.value,
        "municipality": towns.get(account.municipality_id or 0, ""),
    }


def _version() -> int:
    return Form(values=dict(request.form)).version


def _to_page(account: Account) -> ResponseReturnValue:
    return redirect(url_for("accounts.page", account_id=account.id), 303)
