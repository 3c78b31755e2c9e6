"""What the pages of vendors and deliveries take."""

from __future__ import annotations

from marshmallow import fields, validate

from registry import schemas


class VendorSchema(schemas.Schema):
    name = schemas.line()
    kana = schemas.line(required=False)


class MemberSchema(schemas.Schema):
    account_id = schemas.row_id(
        required=True, error_messages={"invalid": "アカウントを選んでください。"}
    )


class DeliverSchema(schemas.Schema):
    edition_id = schemas.row_id(required=True, error_messages={"invalid": "版を選んでください。"})
    vendor_ids = fields.List(
        schemas.row_id(error_messages={"invalid": "事業者を選んでください。"}),
        required=True,
        validate=validate.Length(min=1, error="事業者を 1 者以上選んでください。"),
    )


class WithdrawSchema(schemas.Schema):
    reason = schemas.text(length=1000)
