"""Filters of the overview pages."""

from __future__ import annotations

from registry import schemas
from registry.jobs import JobState


class JobFilterSchema(schemas.Schema):
    state = schemas.choice(JobState, required=False)


class AuditFilterSchema(schemas.Schema):
    who = schemas.line(required=False)
    action = schemas.line(required=False)
    subject = schemas.line(required=False)
    since = schemas.OptionalDate(allow_none=True, load_default=None)
    until = schemas.OptionalDate(allow_none=True, load_default=None)
