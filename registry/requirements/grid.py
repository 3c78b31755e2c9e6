"""A town's lines as the table shows and sends them: columns, cells, messages, typed rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from registry.goals.models import Goal
from registry.requirements import editing
from registry.requirements.models import Obligation, RequirementKind
from registry.requirements.queries import SORTS, Filter, Line
from registry.requirements.values import row_id

LABELS: Final = {
    "section": "分類",
    "label": "番号",
    "text": "要件",
    "obligation": "実装区分",
    "kind": "種別",
    "goal": "目標",
    "step": "手順",
    "note": "備考",
    "reason": "差戻しの理由",
}
_ROW: Final = re.compile(r"rows-(new-\d{1,6}|\d{1,10})-([a-z]+)")
OBLIGATIONS: Final = [("", "－"), *Obligation.choices()]
# 機能 is what nearly every line is; an empty value lets an untouched new row stay an empty one.
KINDS: Final = [
    ("" if value == RequirementKind.FUNCTIONAL else value, label)
    for value, label in RequirementKind.choices()
]


def goal_options(every: Sequence[Goal], *, short: int = 60) -> list[tuple[str, str]]:
    """Goals for a select box in printed order; closed ones last, so that old lines show theirs."""

    def label(goal: Goal) -> str:
        words = goal.statement if len(goal.statement) <= short else goal.statement[:short] + "…"
        return f"{goal.code} {words}" + ("(終了)" if goal.closed else "")

    ordered = sorted(every, key=lambda goal: goal.closed)
    return [("", "－"), *((goal.code, label(goal)) for goal in ordered)]


def grid_columns(
    every: Sequence[Goal], narrowed: Filter, sort_href: Callable[[str], str]
) -> list[dict[str, Any]]:
    """The columns a person types into; `sort_href` gives the address that sorts by a column."""
    columns: list[dict[str, Any]] = [
        {"key": "section", "label": "分類", "type": "textarea"},
        {"key": "label", "label": "番号", "narrow": True},
        {"key": "text", "label": "要件", "type": "textarea", "required": True, "text": True},
        {"key": "obligation", "label": "実装区分", "type": "select", "options": OBLIGATIONS},
        {"key": "kind", "label": "種別", "type": "select", "options": KINDS},
        {
            "key": "goal",
            "label": "目標",
            "type": "select",
            "options": goal_options(every, short=12),
        },
        {"key": "note", "label": "備考", "type": "textarea"},
    ]
    for column in columns:
        if column["key"] in SORTS:
            column["href"] = sort_href(column["key"])
            if narrowed.sort == column["key"]:
                column["sorted"] = "descending" if narrowed.descending else "ascending"
    return columns


def read_columns(narrowed: Filter, sort_href: Callable[[str], str]) -> list[dict[str, Any]]:
    """The columns of a table that is only read."""
    wide = {"text", "note"}
    columns: list[dict[str, Any]] = []
    for key in ("section", "label", "text", "obligation", "kind", "goal", "note", "state"):
        column: dict[str, Any] = {"label": LABELS.get(key, "状態"), "text": key in wide}
        if key in SORTS:
            column["href"] = sort_href(key)
            if narrowed.sort == key:
                column["sorted"] = "descending" if narrowed.descending else "ascending"
        columns.append(column)
    return columns


def grid_rows(
    lines: Sequence[Line],
    answers: Sequence[editing.Answer],
    typed: Sequence[editing.Row],
) -> list[dict[str, Any]]:
    """Rows for the table; after a failed save with what was typed and the reasons."""
    sent = {row.id: row for row in typed}
    failed = {one.id: one for one in answers if not one.ok}
    rows = [
        {
            "id": line.id,
            "version": line.version,
            "label": f"{line.label or '番号なし'} {line.text[:20]}",
            "values": _cells(line)
            | (dict(sent[str(line.id)].fields) if str(line.id) in sent else {}),
            "errors": _messages(failed.get(str(line.id))),
            "line": line,
        }
        for line in lines
    ]
    known = {str(line.id) for line in lines}
    rows += [
        {
            "id": None,
            "new": row.id,
            "label": "新しい行",
            "values": dict(row.fields),
            "errors": _messages(failed.get(row.id)),
            "line": None,
        }
        for row in typed
        if row.id not in known and row.id.startswith("new-")
    ]
    return rows


def _messages(answer: editing.Answer | None) -> dict[str, list[str]]:
    if answer is None:
        return {}
    if answer.conflict is None:
        return answer.errors
    theirs = answer.conflict["fields"]
    return {
        "_row": [
            f"{answer.conflict.get('who', 'ほかの人')}さんが先に保存したため、この行は保存していません。",
            f"いま保存されている要件: {theirs['text']}",
        ]
    }


def _cells(line: Line) -> dict[str, str]:
    return {
        "section": line.section,
        "label": line.label,
        "text": line.text,
        "obligation": line.obligation.value if line.obligation else "",
        "kind": "" if line.kind is RequirementKind.FUNCTIONAL else line.kind.value,
        "goal": line.goal,
        "note": line.note,
    }


def typed_rows(form: Mapping[str, str]) -> list[editing.Row]:
    """The rows of the plain form; a new row without any text is no row."""
    fields: dict[str, dict[str, str]] = {}
    for name, value in form.items():
        found = _ROW.fullmatch(name)
        if found:
            fields.setdefault(found[1], {})[found[2]] = value
    rows = []
    for name, sent in fields.items():
        version = sent.pop("version", "")
        if name.startswith("new-") and not any(value.strip() for value in sent.values()):
            continue
        rows.append(editing.Row(name, row_id(version), sent))
    return rows
