"""From what was typed to checked values, keeping both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import marshmallow as ma
from flask import request
from werkzeug.datastructures import MultiDict

from registry.errors import Invalid

VERSION = "version"
MISSING_VERSION = "画面が古くなっています。開き直してから、もう一度入力してください。"


@dataclass
class Form:
    """What a page needs to show a form again: `values` as typed, `errors` by field.

    `data` holds the checked values; only they may be used.
    """

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    message: str = ""

    @property
    def ok(self) -> bool:
        return not self.errors and not self.message

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Turn a service's Invalid into messages beside the fields; leave by showing the form."""
        try:
            yield
        except Invalid as error:
            self.message = error.message
            self.errors = {**self.errors, **error.fields}

    def collided(self, message: str, version: int) -> None:
        """Somebody else saved meanwhile: the next try is made in sight of their row `version`."""
        self.message = message
        self.values[VERSION] = version

    @property
    def version(self) -> int:
        """The row's version the form was opened with. Raises Invalid when it is missing."""
        sent = str(self.values.get(VERSION, ""))
        if not (sent.isdecimal() and len(sent) < 10):
            raise Invalid(MISSING_VERSION)
        return int(sent)


def bind(schema: ma.Schema, source: MultiDict[str, str] | Mapping[str, Any] | None = None) -> Form:
    """Check the request's form (or `source`) against a schema; unknown keys are dropped."""
    sent = request.form if source is None else source
    values = _values(schema, sent)
    form = Form(values=values)
    try:
        form.data = schema.load(values, unknown=ma.EXCLUDE)
    except ma.ValidationError as error:
        form.message = "入力内容を確かめてください。まだ保存していません。"
        form.errors = _flat(error.messages)
    return form


def shown(values: Mapping[str, Any], version: int | None = None) -> Form:
    """A form as first opened, filled with stored values."""
    filled = {key: "" if value is None else value for key, value in values.items()}
    return Form(values=filled | ({VERSION: version} if version is not None else {}))


def _values(schema: ma.Schema, sent: Any) -> dict[str, Any]:
    if not isinstance(sent, MultiDict):
        return dict(sent)
    lists = {name for name, item in schema.load_fields.items() if isinstance(item, ma.fields.List)}
    values: dict[str, Any] = {
        name: sent.getlist(name) if name in lists else sent.get(name, "") for name in sent
    }
    for name in lists - values.keys():
        values[name] = []  # no box ticked sends nothing at all
    return values


def _flat(messages: Any) -> dict[str, list[str]]:
    """Messages by field name; those of list members count for the list."""
    flat: dict[str, list[str]] = {}
    for name, found in messages.items() if isinstance(messages, dict) else [("_schema", messages)]:
        flat[str(name)] = sorted(set(_leaves(found)))
    return flat


def _leaves(found: Any) -> list[str]:
    if isinstance(found, dict):
        return [text for value in found.values() for text in _leaves(value)]
    if isinstance(found, list):
        return [text for value in found for text in _leaves(value)]
    return [str(found)]
