"""What the account forms, the API and `kaizu user` take."""

from __future__ import annotations

from marshmallow import fields, validate

from registry import schemas
from registry.access import Role
from registry.labels import Labelled


class AccountState(Labelled):
    ACTIVE = "active", "利用中"
    STOPPED = "stopped", "停止中"


class SignInSchema(schemas.Schema):
    email = schemas.line()
    # Outer spaces of a password belong to nobody: pasting one with them is a common slip.
    password = schemas.line(length=1000)
    next = fields.String(load_default="")


class PasswordSchema(schemas.Schema):
    current = schemas.line(length=1000)
    password = schemas.line(length=1000)
    repeat = schemas.line(length=1000)


class NewPasswordSchema(schemas.Schema):
    password = schemas.line(length=1000)
    repeat = schemas.line(length=1000)


class AccountSchema(schemas.Schema):
    email = fields.Email(
        required=True,
        error_messages={"invalid": "メールアドレスの形で入力してください。"},
        validate=validate.Length(max=254, error="254 文字以内で入力してください。"),
    )
    name = schemas.line()
    role = schemas.choice(Role)
    municipality = schemas.line(required=False)


class AccountChangeSchema(schemas.Schema):
    name = schemas.line()
    role = schemas.choice(Role)
    municipality = schemas.line(required=False)


class AccountFilterSchema(schemas.Schema):
    """`town` is a municipality code, or "none" for people who belong to no town."""

    words = schemas.line(required=False, length=100)
    town = schemas.line(required=False, length=6)
    role = schemas.choice(Role, required=False)
    state = schemas.choice(AccountState, required=False)
