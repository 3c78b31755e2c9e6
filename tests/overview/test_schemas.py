"""Filters of the overview pages."""

from __future__ import annotations

from datetime import date

import marshmallow as ma
import pytest

from registry.jobs import JobState
from registry.overview.schemas import AuditFilterSchema, JobFilterSchema


def test_empty_filters_take_everything() -> None:
    assert JobFilterSchema().load({"state": ""}) == {"state": None}
    loaded = AuditFilterSchema().load({"who": "", "since": ""})
    assert (loaded["who"], loaded["since"], loaded["until"]) == ("", None, None)


def test_given_filters_are_read() -> None:
    assert JobFilterSchema().load({"state": "failed"}) == {"state": JobState.FAILED}
    assert AuditFilterSchema().load({"until": "2026-10-01"})["until"] == date(2026, 10, 1)


@pytest.mark.parametrize(
    ("schema", "values"),
    [(JobFilterSchema(), {"state": "gone"}), (AuditFilterSchema(), {"since": "tomorrow"})],
)
def test_nonsense_is_refused_in_words(schema: ma.Schema, values: dict[str, str]) -> None:
    with pytest.raises(ma.ValidationError) as refused:
        schema.load(values)
    assert "。" in str(refused.value.messages)
