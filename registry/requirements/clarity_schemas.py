"""What the forms and the API around the clarity check take."""

from __future__ import annotations

from marshmallow import fields

from registry import schemas
from registry.requirements.models import JudgementOutcome


class JudgementSchema(schemas.Schema):
    """A finding, named by its rule and phrase, that is let stand for a reason."""

    rule = schemas.line(length=100)
    phrase = schemas.text()
    outcome = schemas.choice(JudgementOutcome)
    reason = schemas.text()


class QuestionSchema(schemas.Schema):
    """A question to the town about a phrase of its submitted wording."""

    rule = schemas.line(length=100)
    phrase = schemas.text()
    question = schemas.text()


class AnswerSchema(schemas.Schema):
    answer = schemas.text()


class SettingsSchema(schemas.Schema):
    """The region's settings as the form sends them: words one a line.

    `whole` says that the boxes were there, so that a form cut short switches nothing off.
    """

    whole = schemas.line(length=1)
    allowed = schemas.text(required=False)


class StoredSettingsSchema(schemas.Schema):
    """The region's settings: rules switched off, words added by rule, words that are let be."""

    off = fields.List(fields.String(), required=True)
    words = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)
    allowed = fields.List(fields.String(), required=True)
