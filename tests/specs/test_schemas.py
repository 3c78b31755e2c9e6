"""What freezing asks for, and how it says no."""

from __future__ import annotations

import marshmallow as ma
import pytest

from registry.specs.schemas import ContentFilterSchema, FreezeSchema

GOOD = {"number": "1.12", "issued_on": "2026-10-01", "confirmed": "1"}


def test_a_number_a_day_and_a_mark_are_enough() -> None:
    loaded = FreezeSchema().load(GOOD)
    assert (loaded["number"], loaded["title"]) == ("1.12", "")


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"number": ""}, "number", "入力してください"),
        ({"number": "1"}, "number", "点でつないで"),
        ({"number": "１.０"}, "number", "半角"),
        ({"number": "1.0.0"}, "number", "点でつないで"),
        ({"issued_on": "令和8年"}, "issued_on", "2026-10-01"),
        ({"confirmed": ""}, "confirmed", "取消しもできません"),
    ],
)
def test_what_is_missing_is_named(change: dict[str, str], field: str, said: str) -> None:
    with pytest.raises(ma.ValidationError) as refused:
        FreezeSchema().load({**GOOD, **change})
    assert isinstance(refused.value.messages, dict)
    assert said in "".join(refused.value.messages[field])


def test_a_filter_may_be_empty() -> None:
    assert ContentFilterSchema().load({}) == {"chapter": "", "q": ""}
