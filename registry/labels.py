"""Enumerations whose every value carries its Japanese label."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """A string enumeration written as `NAME = "stored value", "表示名"`.

    The first part is what the database, the API and the frozen editions hold; the label is for
    pages, workbooks and PDFs only.
    """

    label: str

    # The default only lets a type checker accept the look-up `Obligation("mandatory")`, which
    # never comes here.
    def __new__(cls, value: str, label: str = "") -> Self:
        if not label:
            raise TypeError(f"{cls.__name__}: {value!r} has no Japanese label")
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """(value, label) pairs in the order of definition, as a select box wants them."""
        return [(member.value, member.label) for member in cls]

    @classmethod
    def values(cls) -> list[str]:
        return [member.value for member in cls]
