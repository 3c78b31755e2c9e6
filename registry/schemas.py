"""The base of all marshmallow schemas: Japanese messages, stripped text, no control characters.

One schema serves the form, the API and the import row; who loads it decides what happens to
unknown keys (DESIGN §4).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import marshmallow as ma
from marshmallow import fields, validate

from registry.db import MAX_ID
from registry.labels import Labelled

MAX_TEXT: Final = 10_000
MAX_LINE: Final = 200
# Unicode's categories Cc (but tab and newline) and Cs, and what turns the direction of writing.
_UNSHOWABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a\u202b\u202d\u202e]"
)

_REQUIRED: Final = "入力してください。"
_MESSAGES: Final[dict[type[fields.Field[Any]], dict[str, str]]] = {
    fields.Field: {
        "required": _REQUIRED,
        "null": _REQUIRED,
        "validator_failed": "この値は使えません。",
    },
    fields.String: {
        "invalid": "文字で入力してください。",
        "invalid_utf8": "読めない文字があります。",
    },
    fields.Integer: {
        "invalid": "整数を入力してください。",
        "too_large": "数が大きすぎます。",
    },
    fields.Float: {"invalid": "数を入力してください。", "special": "数を入力してください。"},
    fields.Boolean: {"invalid": "はい・いいえのどちらかを選んでください。"},
    fields.Date: {
        "invalid": "日付は 2026-10-01 の形で入力してください。",
        "format": "日付は 2026-10-01 の形で入力してください。",
    },
    fields.List: {"invalid": "一覧で指定してください。"},
    fields.Dict: {"invalid": "項目名と値の組で指定してください。"},
    fields.Nested: {"type": "項目の組で指定してください。"},
}


def speak_japanese() -> None:
    """Replace marshmallow's English messages, class by class."""
    for kind, messages in _MESSAGES.items():
        kind.default_error_messages = {**kind.default_error_messages, **messages}


speak_japanese()


class Schema(ma.Schema):
    """Strips text and keeps the order of definition. `unknown` is set by who loads it."""

    error_messages: dict[str, str] = {  # noqa: RUF012 - the base class asks for this
        "unknown": "知らない項目です。",
        "type": "項目と値の組で送ってください。",
    }

    @ma.pre_load
    def _strip(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        return {key: _clean(value) for key, value in data.items()}


def _clean(value: Any) -> Any:
    """Outer space away and one kind of newline; inner text stays as typed."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip()
    return value


def no_control_characters(text: str) -> None:
    """Refuse characters that break files and screens; tab and newline are fine.

    Raises marshmallow.ValidationError naming the character's place.
    """
    found = _UNSHOWABLE.search(text)
    if found:
        raise ma.ValidationError(
            f"{found.start() + 1} 文字目に、表示できない制御文字(U+{ord(found[0]):04X})があります。"
            "その文字を消してください。"
        )


def line(*, required: bool = True, length: int = MAX_LINE, **options: Any) -> fields.String:
    """A single line of text of at most `length` characters; an empty one counts as missing."""
    return _text(required, length, [_one_line], options)


def text(*, required: bool = True, length: int = MAX_TEXT, **options: Any) -> fields.String:
    """Several lines of text of at most `length` characters."""
    return _text(required, length, [], options)


def choice(kind: type[Labelled], *, required: bool = True, **options: Any) -> fields.Enum[Any]:
    """One value of an enumeration; the form sends an empty text for none."""
    names = "、".join(member.label for member in kind)
    refusal: dict[str, Any] = {"unknown": f"{names} から選んでください。"}
    if required:
        return fields.Enum(kind, by_value=True, required=True, error_messages=refusal, **options)
    return _OptionalEnum(
        kind,
        by_value=True,
        allow_none=True,
        load_default=None,
        error_messages=refusal,
        **options,
    )


class _OptionalEnum(fields.Enum[Any]):
    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return super().deserialize(None if value == "" else value, *args, **kwargs)


class OptionalDate(fields.Date):
    """A date that a form may leave empty."""

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return super().deserialize(None if value == "" else value, *args, **kwargs)


class OptionalInteger(fields.Integer):
    """A number that a form may leave empty."""

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return super().deserialize(None if value == "" else value, *args, **kwargs)


def row_id(**options: Any) -> fields.Integer:
    """The id of a stored row as a form sends it, within what an integer column holds."""
    limits = validate.Range(1, MAX_ID, error="一覧から選んでください。")
    return fields.Integer(validate=limits, **options)


def _text(required: bool, length: int, rules: list[Any], options: dict[str, Any]) -> fields.String:
    limit = validate.Length(max=length, error=f"{length} 文字以内で入力してください。")
    checks: list[Callable[[str], Any]] = [limit]
    checks += [_within(length, rule) for rule in (no_control_characters, *rules)]
    if required:
        checks.insert(0, validate.Length(min=1, error=_REQUIRED))
    else:
        options.setdefault("load_default", "")
    return fields.String(required=required, validate=checks, **options)


def _within(length: int, rule: Callable[[str], None]) -> Callable[[str], None]:
    """`rule` for a text that is not refused by its length alone: a form may bring megabytes."""

    def check(value: str) -> None:
        if len(value) <= length:
            rule(value)

    return check


def _one_line(value: str) -> None:
    if "\n" in value:
        raise ma.ValidationError("改行を入れずに、1 行で入力してください。")
