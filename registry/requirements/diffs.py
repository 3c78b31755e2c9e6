"""Two wordings of a line side by side, as pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.labels import Labelled
from registry.requirements import values
from registry.requirements.values import Values
from registry.text.worddiff import Piece, diff_words


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A changed field in words; `pieces` mark the words that differ."""

    field: str
    label: str
    old: str
    new: str
    pieces: list[Piece]


def changed_fields(old: Values, new: Values, goal_codes: Mapping[int, str]) -> list[FieldChange]:
    """What changed from `old` to `new`, field by field as a reader names it."""
    found = []
    for change in values.changes(old, new):
        before, after = (shown(change.field, one, goal_codes) for one in (change.old, change.new))
        found.append(
            FieldChange(change.field, change.label, before, after, diff_words(before, after))
        )
    return found


def shown(field: str, value: Any, goal_codes: Mapping[int, str]) -> str:
    """A stored value in the words of the page; nothing is an empty text."""
    if value is None:
        return ""
    if field == "goal_id":
        return goal_codes.get(value, "")
    return value.label if isinstance(value, Labelled) else str(value)
