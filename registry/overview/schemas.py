"""Filters of the overview pages."""

from __future__ import annotations

from datetime import date
from typing import Final

from marshmallow import validate

from registry import schemas
from registry.jobs import JobState

_DAY: Final = "1900 年から 2999 年までの日付を入力してください。"


class JobFilterSchema(schemas.Schema):
    state = schemas.choice(JobState, required=False)


def _day() -> schemas.OptionalDate:
    """A day whose beginning and end both have a time in UTC."""
    limits = validate.Range(date(1900, 1, 1), date(2999, 12, 31), error=_DAY)
    return schemas.OptionalDate(allow_none=True, load_default=None, validate=limits)


class AuditFilterSchema(schemas.Schema):
    who = schemas.line(required=False)
    action = schemas.line(required=False)
    subject = schemas.line(required=False)
    since = _day()
    until = _day()
