"""What differs between a typed form and the row that somebody else has saved meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.web.forms import VERSION, Form

Choices = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Difference:
    """One field that is not the same on both sides, as a person reads it."""

    label: str
    typed: str
    stored: str


def compare(
    form: Form,
    stored: Mapping[str, Any],
    version: int,
    labels: Mapping[str, str],
    choices: Choices | None = None,
) -> list[Difference]:
    """Name the fields that differ, and let the form's next try carry the stored version.

    `stored` holds the values as the form would show them; `choices` maps a field's stored values
    to their labels.
    """
    form.values[VERSION] = version
    found = []
    for name, label in labels.items():
        mine, theirs = _text(form.values.get(name)), _text(stored.get(name))
        if mine != theirs:
            words = (choices or {}).get(name, {})
            found.append(Difference(label, words.get(mine, mine), words.get(theirs, theirs)))
    return found


def _text(value: Any) -> str:
    return "" if value is None else str(value).replace("\r\n", "\n").strip()
