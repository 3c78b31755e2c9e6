"""One base for all input: Japanese messages, no control characters, text as typed."""

from __future__ import annotations

import time
import unicodedata

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields

from registry import schemas
from registry.access import Role


class Example(schemas.Schema):
    name = schemas.line(length=10)
    text = schemas.text(required=False)
    role = schemas.choice(Role, required=False)
    number = fields.Integer()
    day = schemas.OptionalDate(allow_none=True, load_default=None)


def refuse(**values: object) -> dict[str, list[str]]:
    with pytest.raises(ma.ValidationError) as refused:
        Example().load({"name": "x", **values})
    assert isinstance(refused.value.messages, dict)
    return refused.value.messages


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"name": " \u3000 "}, "name", "入力してください"),
        ({"name": "あ" * 11}, "name", "10 文字以内"),
        ({"name": "a\nb"}, "name", "1 行"),
        ({"name": "a\x00b"}, "name", "2 文字目"),
        ({"text": "a\u202eb"}, "text", "U+202E"),
        ({"role": "king"}, "role", "原課職員、情報部門"),
        ({"number": "many"}, "number", "整数"),
        ({"day": "1 April"}, "day", "2026-10-01"),
        ({"other": 1}, "other", "知らない項目"),
        ({"name": 3}, "name", "文字で"),
    ],
)
def test_messages_are_japanese_and_name_the_mend(
    values: dict[str, object], field: str, message: str
) -> None:
    assert message in "".join(refuse(**values)[field])


def test_a_control_character_is_what_unicode_calls_one() -> None:
    refused = set()
    for number in range(0x110000):
        try:
            schemas.no_control_characters(chr(number))
        except ma.ValidationError:
            refused.add(number)
    named = {n for n in range(0x110000) if unicodedata.category(chr(n)) in {"Cc", "Cs"}}
    assert refused == named - {0x09, 0x0A} | {0x202A, 0x202B, 0x202D, 0x202E}


def test_a_text_too_long_is_refused_by_its_length_alone() -> None:
    begun = time.process_time()
    messages = refuse(name="あ\n" * 1_600_000 + "\x07", text="あ" * 3_200_000 + "\x07")
    assert messages == {
        "name": ["10 文字以内で入力してください。"],
        "text": [f"{schemas.MAX_TEXT} 文字以内で入力してください。"],
    }
    assert time.process_time() - begun < 0.3  # walking the characters takes seconds


def test_empty_choices_and_dates_are_none() -> None:
    loaded = Example().load({"name": "x", "role": "", "day": ""})
    assert (loaded["role"], loaded["day"], loaded["text"]) == (None, None, "")


@given(st.text(alphabet=st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=10))
def test_inner_text_stays_as_typed(typed: str) -> None:
    try:
        loaded = Example().load({"name": "x", "text": typed})
    except ma.ValidationError:
        assert any(character in "\u202a\u202b\u202d\u202e" for character in typed)
        return
    assert loaded["text"] == typed.strip()


def test_one_kind_of_newline() -> None:
    assert Example().load({"name": "x", "text": "a\r\nb\rc"})["text"] == "a\nb\nc"


def test_something_that_is_no_mapping_is_refused_in_japanese() -> None:
    with pytest.raises(ma.ValidationError) as refused:
        Example().load(["x"])  # type: ignore[arg-type]
    assert "項目と値" in str(refused.value.messages)
