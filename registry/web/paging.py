"""The page number and size a request asks for."""

from __future__ import annotations

from flask import request

from registry.errors import Invalid

MAX_SIZE = 500


def asked(default_size: int = 50) -> tuple[int, int]:
    """(page, page_size) of `?page=&page_size=`. Raises Invalid for anything but small numbers."""
    return _number("page", 1, 1_000_000), _number("page_size", default_size, MAX_SIZE)


def _number(name: str, default: int, most: int) -> int:
    sent = request.args.get(name, "").strip()
    if not sent:
        return default
    short = sent.isascii() and sent.isdecimal() and len(sent) < 10
    if not short or not 1 <= int(sent) <= most:
        raise Invalid(
            f"{name} には 1 から {most} までの整数を指定してください。",
            {name: [f"1 から {most} までの整数を指定してください。"]},
        )
    return int(sent)
