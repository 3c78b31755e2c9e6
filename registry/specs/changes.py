"""What differs between two frozen documents of one business, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

# A line's fields in the order they are named; its outline number may change by itself.
FIELDS: Final = {
    "title": "小分類",
    "text": "機能要件",
    "obligation": "区分",
    "kind": "種別",
    "reason": "理由・考え方",
    "phase": "フェーズ",
    "goal": "目標",
    "applications": "団体別適用",
}
NAMED: Final = 10
NO_LINE: Final = "機能要件の変更はない。"


@dataclass(frozen=True)
class Line:
    code: str
    outline: str
    title: str


@dataclass(frozen=True)
class Changed:
    """`before` and `after` are the line's rows; `fields` are labels of FIELDS."""

    line: Line
    fields: tuple[str, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True)
class Changes:
    """Added and changed lines in the order of the new document, removed ones of the old."""

    added: Sequence[Line]
    changed: Sequence[Changed]
    removed: Sequence[Line]

    @property
    def any(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def summary(self) -> list[tuple[str, str]]:
        """(改定箇所, 改定内容) rows for the history of revisions."""
        if not self.any:
            return [("全体", NO_LINE)]
        kinds = (
            (self.added, "追加"),
            ([change.line for change in self.changed], "変更"),
            (self.removed, "削除"),
        )
        return [(_names(lines), f"{len(lines)}件を{verb}した。") for lines, verb in kinds if lines]


def between(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """Compare by code, which is never given twice."""
    old = {row["code"]: row for row in rows(before)}
    new = {row["code"]: row for row in rows(after)}
    changed = []
    for code, row in new.items():
        if code in old:
            fields = tuple(
                label for field, label in FIELDS.items() if old[code][field] != row[field]
            )
            if fields:
                changed.append(Changed(_line(row), fields, old[code], row))
    return Changes(
        added=[_line(row) for code, row in new.items() if code not in old],
        changed=changed,
        removed=[_line(row) for code, row in old.items() if code not in new],
    )


def rows(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every line of a document in printed order."""
    for chapter in spec["chapters"]:
        for section in chapter["sections"]:
            yield from section["requirements"]


def _line(row: Mapping[str, Any]) -> Line:
    return Line(row["code"], row["outline"], row["title"])


def _names(lines: Sequence[Line]) -> str:
    named = "、".join(line.code for line in lines[:NAMED])
    return named if len(lines) <= NAMED else f"{named} ほか{len(lines) - NAMED}件"
