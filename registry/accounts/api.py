"""Who a program acts for, that person's tokens and sign-ins."""

from __future__ import annotations

from typing import Any

from flask import make_response
from marshmallow import fields

from registry import schemas
from registry.access import PERMISSIONS, Actor, Permission, Role
from registry.accounts import passwords, queries, service, signin
from registry.accounts.models import Account, ApiToken
from registry.db import now
from registry.paging import cut
from registry.web import api
from registry.web.database import actor, session
from registry.web.gates import allow, writes

blueprint = api.blueprint("accounts", "アカウント")


class MeSchema(schemas.Schema):
    """`municipality` is a code; null for people who belong to none."""

    email = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.Enum(Role, by_value=True, required=True)
    municipality = fields.String(required=True, allow_none=True)
    permissions = fields.List(fields.String(), required=True)


class TokenAnswerSchema(schemas.Schema):
    """`current` is the token this request was sent with."""

    id = fields.Integer(required=True)
    created_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    current = fields.Boolean(required=True)


class NewTokenSchema(TokenAnswerSchema):
    """`token` is shown this once; only its hash is stored."""

    token = fields.String(required=True)


class SignInAnswerSchema(schemas.Schema):
    """A browser somebody is signed in with."""

    id = fields.Integer(required=True)
    created_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)


TokenPageSchema = api.envelope(TokenAnswerSchema)
SignInPageSchema = api.envelope(SignInAnswerSchema)


@blueprint.route("/me", methods=["GET"])
@blueprint.response(200, MeSchema)
@api.problems(blueprint, 401)
@allow(Permission.SIGNED_IN)
def me() -> dict[str, Any]:
    """The person this token belongs to, with what they may do."""
    return _person(actor())


@blueprint.route("/me/tokens", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, TokenPageSchema)
@api.problems(blueprint, 401, 422)
@allow(Permission.SIGNED_IN)
def tokens(query: dict[str, int]) -> dict[str, Any]:
    """One's own tokens that are valid, the newest first."""
    found = queries.own_tokens(session(), actor(), now())
    return api.listed(cut([_token(one) for one in found], **query))


@blueprint.route("/me/tokens", methods=["POST"])
@blueprint.response(201, NewTokenSchema)
@api.problems(blueprint, 401, 409)
@allow(Permission.SIGNED_IN)
@writes
def add_token() -> Any:
    """A new token for oneself. Sent twice with one idempotency key it makes two."""
    account = session().get_one(Account, actor().account_id)
    secret = service.create_token(session(), actor(), account)
    session().flush()  # the answer names its id
    made = queries.own_tokens(session(), actor(), now())[0]
    answer = make_response(NewTokenSchema().dump({**_token(made), "token": secret}), 201)
    answer.cache_control.no_store = True
    return answer


@blueprint.route("/me/tokens/<int:token_id>", methods=["DELETE"])
@blueprint.response(204)
@api.problems(blueprint, 401, 404, 409)
@allow(Permission.SIGNED_IN)
@writes
def revoke_token(token_id: int) -> None:
    """End one of one's own tokens."""
    service.revoke_token(session(), actor(), token_id=token_id)


@blueprint.route("/me/sign-ins", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, SignInPageSchema)
@api.problems(blueprint, 401, 422)
@allow(Permission.SIGNED_IN)
def sign_ins(query: dict[str, int]) -> dict[str, Any]:
    """The browsers one is signed in with, the newest first."""
    found = queries.open_sign_ins(session(), actor().account_id or 0, now())
    return api.listed(cut(found, **query))


@blueprint.route("/me/sign-ins/end", methods=["POST"])
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, 401, 409)
@allow(Permission.SIGNED_IN)
@writes
def end_sign_ins() -> dict[str, int]:
    """End one's sign-ins in every browser; tokens stay."""
    return {"count": service.end_other_sign_ins(session(), actor(), keep="")}


def _person(person: Actor) -> dict[str, Any]:
    return {
        "email": person.email,
        "name": person.name,
        "role": person.role,
        "municipality": person.municipality_code,
        "permissions": sorted(permission.value for permission in PERMISSIONS[person.role]),
    }


def _token(token: ApiToken) -> dict[str, Any]:
    sent = signin.bearer_token()
    return {
        "id": token.id,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "current": sent is not None and token.token_hash == passwords.hash_token(sent),
    }
