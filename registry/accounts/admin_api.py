"""The region's accounts for the programs of its administrator."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, make_response, url_for
from marshmallow import fields

from registry import schemas
from registry.access import Permission, Role
from registry.accounts import passwords, queries, service
from registry.accounts.admin_views import with_town
from registry.accounts.api import blueprint
from registry.accounts.models import Account
from registry.accounts.schemas import AccountChangeSchema, AccountSchema, AccountState
from registry.db import now
from registry.municipalities import queries as municipalities
from registry.paging import paginate
from registry.web import api, downloads
from registry.web.database import actor, session
from registry.web.gates import allow, writes

ACCOUNT: Final = "/accounts/<int:account_id>"


class AccountNarrowSchema(schemas.Schema):
    """`q` is looked for in name and address; `municipality` is a code, or "none"."""

    q = schemas.line(required=False, length=100)
    municipality = schemas.line(required=False, length=6)
    role = schemas.choice(Role, required=False)
    state = schemas.choice(AccountState, required=False)


class AccountQuerySchema(api.PageQuery, AccountNarrowSchema):
    """One page of the accounts that fit."""


class NewAccountSchema(AccountSchema):
    """`municipality` is a code for the roles of a town, null for the others."""

    municipality = schemas.line(required=False, allow_none=True)


class ChangedAccountSchema(AccountChangeSchema):
    """As a new account; the address never changes."""

    municipality = schemas.line(required=False, allow_none=True)


class AccountAnswerSchema(schemas.Schema):
    """An account; nothing in it opens one."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    email = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.Enum(Role, by_value=True, required=True)
    municipality = fields.String(required=True, allow_none=True)
    state = fields.Enum(AccountState, by_value=True, required=True)
    has_password = fields.Boolean(required=True)
    created_at = fields.DateTime(required=True)
    deactivated_at = fields.DateTime(required=True, allow_none=True)


class AccountWithSignInsSchema(AccountAnswerSchema):
    """`open_sign_ins` counts the browsers the person is signed in with now."""

    open_sign_ins = fields.Integer(required=True)
    last_sign_in = fields.DateTime(required=True, allow_none=True)


class ResetLinkSchema(schemas.Schema):
    """The address under which the person sets a password, once; it is shown this once."""

    address = fields.String(required=True)
    expires_at = fields.DateTime(required=True)


AccountPageSchema = api.envelope(AccountAnswerSchema)


@blueprint.route("/accounts", methods=["GET"])
@blueprint.arguments(AccountQuerySchema, location="query")
@blueprint.response(200, AccountPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.MANAGE_ACCOUNTS)
def accounts(query: dict[str, Any]) -> dict[str, Any]:
    """The region's accounts, town by town."""
    page, size = query.pop("page"), query.pop("page_size")
    wanted = queries.listing(actor(), **_narrowed(query))
    found = paginate(session(), wanted, page=page, page_size=size, scalars=False)
    codes = _codes()
    return api.listed(found) | {"items": [_account(one, codes) for one, _ in found.items]}


@blueprint.route("/accounts/workbook", methods=["POST"])
@blueprint.arguments(AccountNarrowSchema, location="query")
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.MANAGE_ACCOUNTS)
@writes
def take_accounts(query: dict[str, Any]) -> Response:
    """The accounts that fit as a workbook; that it was taken is recorded."""
    content = service.export(session(), actor(), **_narrowed(query))
    return downloads.workbook(content, "アカウント一覧")


@blueprint.route("/accounts", methods=["POST"])
@blueprint.arguments(NewAccountSchema)
@blueprint.response(201, AccountWithSignInsSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.MANAGE_ACCOUNTS)
@writes
def add_account(values: dict[str, Any]) -> Any:
    """A new account; a reset link lets the person in."""
    made = service.create_account(session(), actor(), **with_town(values))
    address = url_for("api_accounts.account", account_id=made.id)
    return api.created(_whole(made), address, api.etag(made))


@blueprint.route(ACCOUNT, methods=["GET"])
@blueprint.response(200, AccountWithSignInsSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.MANAGE_ACCOUNTS)
def account(account_id: int) -> Any:
    """One account; its ETag is what every act on it sends back."""
    return _shown(queries.get(session(), actor(), account_id))


@blueprint.route(ACCOUNT, methods=["PUT"])
@blueprint.arguments(ChangedAccountSchema)
@blueprint.response(200, AccountWithSignInsSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.MANAGE_ACCOUNTS)
@writes
def change_account(values: dict[str, Any], account_id: int) -> Any:
    """Replace name, role and town; with other rights all sign-ins, tokens and links end."""
    found = queries.get(session(), actor(), account_id)
    version = api.sent_version(found)
    service.update_account(session(), actor(), found, version=version, **with_town(values))
    return _saved(found)


@blueprint.route(f"{ACCOUNT}/deactivate", methods=["POST"])
@blueprint.response(200, AccountWithSignInsSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.MANAGE_ACCOUNTS)
@writes
def deactivate_account(account_id: int) -> Any:
    """Stop an account: all its sign-ins, tokens and links end. The last administrator stays."""
    found = queries.get(session(), actor(), account_id)
    service.deactivate(session(), actor(), found, version=api.sent_version(found))
    return _saved(found)


@blueprint.route(f"{ACCOUNT}/reactivate", methods=["POST"])
@blueprint.response(200, AccountWithSignInsSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.MANAGE_ACCOUNTS)
@writes
def reactivate_account(account_id: int) -> Any:
    """Let a stopped account in again."""
    found = queries.get(session(), actor(), account_id)
    service.reactivate(session(), actor(), found, version=api.sent_version(found))
    return _saved(found)


@blueprint.route(f"{ACCOUNT}/reset-link", methods=["POST"])
@blueprint.response(201, ResetLinkSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.MANAGE_ACCOUNTS)
@writes
def add_reset_link(account_id: int) -> Any:
    """A link to a new password; older ones end. Sent twice with one idempotency key it makes two."""
    found = queries.get(session(), actor(), account_id)
    token = service.create_reset(session(), actor(), found)
    session().flush()  # the answer names when it ends
    made = queries.open_reset(session(), passwords.hash_token(token), now())
    link = {
        "address": url_for("accounts.reset_page", token=token, _external=True),
        "expires_at": made.expires_at if made else None,
    }
    answer = make_response(ResetLinkSchema().dump(link), 201)
    answer.cache_control.no_store = True  # nor is it kept for a repeated send
    return answer


def _narrowed(query: dict[str, Any]) -> dict[str, Any]:
    """The filter in the words of `queries.listing`."""
    return {
        "words": query["q"],
        "town": query["municipality"],
        "role": query["role"],
        "state": query["state"],
    }


def _codes() -> dict[int, str]:
    return {town.id: town.code for town in municipalities.all_towns(session(), actor())}


def _account(found: Account, codes: dict[int, str]) -> dict[str, Any]:
    names = ("id", "version", "email", "name", "role", "created_at", "deactivated_at")
    return {name: getattr(found, name) for name in names} | {
        "municipality": codes.get(found.municipality_id or 0),
        "state": AccountState.STOPPED if found.deactivated_at else AccountState.ACTIVE,
        "has_password": found.password_hash is not None,
    }


def _saved(found: Account) -> Any:
    session().flush()  # the answer names the new version
    return _shown(found)


def _shown(found: Account) -> Any:
    return api.with_etag(_whole(found), found)


def _whole(found: Account) -> dict[str, Any]:
    return _account(found, _codes()) | {
        "open_sign_ins": len(queries.open_sign_ins(session(), found.id, now())),
        "last_sign_in": queries.last_sign_in(session(), found.id),
    }
