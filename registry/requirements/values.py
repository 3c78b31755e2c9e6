"""One wording of a requirement as plain values: checked, compared and marked without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from registry.db import MAX_ID
from registry.requirements.legend import Axis, Legend, Mark
from registry.requirements.models import Obligation, RequirementKind
from registry.requirements.table import clean

LABELS: Final[Mapping[str, str]] = {
    "external_id": "ID",
    "section": "分類",
    "label": "番号",
    "text": "要件",
    "mark": "区分の印",
    "obligation": "実装区分",
    "kind": "種別",
    "goal_id": "目標",
    "step": "手順",
    "note": "備考",
}

MAX_LENGTH: Final[Mapping[str, int]] = {
    "external_id": 200,
    "section": 500,
    "label": 100,
    "text": 10_000,
    "mark": 100,
    "step": 500,
    "note": 10_000,
}

_OWN_ID: Final = "KAIZU-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What one version holds. `label` is the list's own number, `mark` its own sign as typed;
    `meaning` is what the legend says of the sign ({axis, value})."""

    text: str
    external_id: str = ""
    section: str = ""
    label: str = ""
    mark: str = ""
    meaning: Mapping[str, Any] | None = None
    obligation: Obligation | None = None
    kind: RequirementKind = RequirementKind.FUNCTIONAL
    goal_id: int | None = None
    step: str = ""
    note: str = ""

    def columns(self) -> dict[str, Any]:
        """Column → value, as a row of `requirement_version` takes it."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


COLUMNS: Final = tuple(one.name for one in fields(Values))


@dataclass(frozen=True, slots=True)
class Change:
    """A field that differs between two wordings; values as stored."""

    field: str
    old: Any
    new: Any

    @property
    def label(self) -> str:
        return LABELS[self.field]


def changes(old: Values, new: Values) -> list[Change]:
    """The fields that differ, in the order of `LABELS`; `meaning` goes with its mark."""
    return [
        Change(name, before, after)
        for name in LABELS
        if (before := getattr(old, name)) != (after := getattr(new, name))
    ]


def needs_reason(confirmed: Values | None, new: Values) -> bool:
    """Whether submitting `new` changes what was agreed; a first agreement needs no reason."""
    return confirmed is not None and bool(changes(confirmed, new))


def problems(values: Values) -> dict[str, list[str]]:
    """Why the values cannot be stored, by field; empty when they can."""
    found: dict[str, list[str]] = {}
    if not any(character.isalnum() for character in values.text):
        found["text"] = ["要件の本文を入力してください。"]
    for name, most in MAX_LENGTH.items():
        text = getattr(values, name)
        if len(text) > most:
            found.setdefault(name, []).append(
                f"{most:,}字以内で入力してください（いま{len(text):,}字）。"
            )
        if text and clean(text)[1]:
            found.setdefault(name, []).append(
                "表示できない文字（制御文字など）が入っています。消すか打ち直してください。"
            )
    return found


def remark(values: Values, legend: Legend | None) -> Values:
    """Let the mark follow an obligation that a person has chosen.

    A list's own sign must not go on saying 必須 when the line has become 任意: it is replaced by
    the legend's sign for the new obligation, or taken away where the list has none. Marks of
    other axes (importance, cost) say nothing about the obligation and stay.
    """
    meaning = values.meaning or {}
    if meaning and meaning.get("axis") != Axis.OBLIGATION:
        return values
    chosen = values.obligation.value if values.obligation else None
    if meaning.get("value") == chosen and (meaning or not values.mark):
        return values
    mark, means = _sign(chosen, legend)
    return replace(values, mark=mark, meaning=means.to_data() if means else None)


def _sign(obligation: str | None, legend: Legend | None) -> tuple[str, Mark | None]:
    if legend is None or obligation is None:
        return "", None
    for sign, means in legend.marks.items():
        if means and means.axis == Axis.OBLIGATION and means.value == obligation:
            return sign, means
    blank = legend.blank
    return "", blank if blank and blank.value == obligation else None


def own_id(requirement_id: int) -> str:
    """The ID our own Excel file carries in its hidden column, unlike any town's own number."""
    return f"{_OWN_ID}{requirement_id}"


def row_id(text: str) -> int | None:
    """A row's id as a page or file sent it; None for what no database can be asked about."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        return None
    return number if (number := int(text)) <= MAX_ID else None


def read_own_id(text: str) -> int | None:
    """The requirement an exported row came from, or None for an ID of the town's own."""
    number = text.strip().upper().removeprefix(_OWN_ID)
    if number == text.strip().upper():
        return None
    return row_id(number)
