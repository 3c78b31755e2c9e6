"""JSON as it comes in: what Python's reader would fall over, or the database later, is no JSON."""

from __future__ import annotations

import json
from typing import Any

from flask.json.provider import DefaultJSONProvider


def loads(text: str | bytes) -> Any:
    """Read JSON.

    Raises json.JSONDecodeError, also for a document that is nested too deeply, holds a number of
    thousands of digits or half a character (a lone surrogate).
    """
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()
    except json.JSONDecodeError:
        raise
    except (RecursionError, ValueError) as error:
        raise json.JSONDecodeError(type(error).__name__, "unreadable", 0) from error
    return found


class Provider(DefaultJSONProvider):
    """Strict in what comes in; Japanese stays readable in every answer."""

    ensure_ascii = False

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return loads(s)
