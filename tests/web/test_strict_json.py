"""What is refused as JSON beyond what Python's reader refuses."""

from __future__ import annotations

import json

import pytest

from registry.web import strict_json


@pytest.mark.parametrize(
    "text",
    [
        "{",
        b"\xff",
        "[" * 100_000 + "]" * 100_000,
        '{"a": %s}' % ("9" * 5000),
        r'{"a": "\ud800"}',
        r'{"\udfff": 1}',
    ],
    ids=["broken", "no text", "deep", "endless number", "half a character", "half a name"],
)
def test_what_nothing_later_could_hold_is_no_json(text: str | bytes) -> None:
    with pytest.raises(json.JSONDecodeError):
        strict_json.loads(text)


def test_the_rest_is_read_as_it_is() -> None:
    assert strict_json.loads(r'{"字": ["\ud83d\ude00", 1.5, null]}'.encode()) == {
        "字": ["😀", 1.5, None]
    }
