"""Parts of an address that no database can be asked about are no address of ours."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map, UnicodeConverter, ValidationError

from registry.db import MAX_ID


class IdConverter(IntegerConverter):
    """`<int:...>`: a greater number would be a fault of the database, not a missing page."""

    def __init__(self, map: Map, max: int = MAX_ID, **options: Any) -> None:
        super().__init__(map, max=max, **options)


class TextConverter(UnicodeConverter):
    """`<string:...>` without the character that PostgreSQL takes in no text."""

    def to_python(self, value: str) -> str:
        if "\x00" in value:
            raise ValidationError
        return value


def install(app: Flask) -> None:
    """Use these for every route that is added from now on."""
    app.url_map.converters["int"] = IdConverter
    app.url_map.converters["string"] = TextConverter
