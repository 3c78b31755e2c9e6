"""What freezing an edition asks for."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields

from registry import schemas
from registry.specs import document

NUMBER_SHAPE = "1.0 や 1.12 のように、半角の数字二つを点でつないで入力してください。"


def _edition_number(value: str) -> None:
    try:
        document.number_key(value)
    except ValueError as error:
        raise ma.ValidationError(NUMBER_SHAPE) from error


class FreezeSchema(schemas.Schema):
    number = schemas.line()
    issued_on = fields.Date(required=True)
    title = schemas.line(required=False)
    confirmed = fields.String(load_default="")

    @ma.validates("number")
    def _number(self, value: str, **_: object) -> None:
        if value:
            _edition_number(value)

    @ma.validates("confirmed")
    def _confirmed(self, value: str, **_: object) -> None:
        if value != "1":
            raise ma.ValidationError(
                "発行した版は変更も取消しもできません。内容を確かめたうえで、印を付けてください。"
            )


class ContentFilterSchema(schemas.Schema):
    """Which lines of a frozen edition a page shows."""

    chapter = schemas.line(required=False, length=20)
    q = schemas.line(required=False)
