"""What the forms on businesses, terms and a town's record take."""

from __future__ import annotations

from typing import Final

from marshmallow import fields

from registry import schemas

NAME: Final = 100
SUMMARY: Final = 2000


class BusinessChangeSchema(schemas.Schema):
    name = schemas.line(length=NAME)
    summary = schemas.text(required=False, length=SUMMARY)


class BusinessSchema(BusinessChangeSchema):
    """Slug and number are checked by the service, which knows the taken ones."""

    slug = schemas.line(length=60)
    number = schemas.line(required=False, length=3)


class TermSchema(schemas.Schema):
    term = schemas.line(length=NAME)
    meaning = schemas.text(length=1000)


class TermChangeSchema(schemas.Schema):
    """`was` is the meaning the form was opened with; terms carry no version."""

    meaning = schemas.text(length=1000)
    was = fields.String(required=True)


class TermRemovalSchema(schemas.Schema):
    was = fields.String(required=True)


class RecordSchema(schemas.Schema):
    """A town's record of a business; an unticked box sends nothing."""

    division = schemas.line(required=False, length=NAME)
    hidden = fields.Boolean(load_default=False)
