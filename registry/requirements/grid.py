"""A town's lines as the table shows and sends them: columns, cells, messages, typed rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from registry.goals.models import Goal
from registry.requirements import editing
from registry.requirements.layout import Layout
from registry.requirements.line_queries import SORTS, Filter, Line
from registry.requirements.models import Obligation, RequirementKind
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
    every: Sequence[Goal], narrowed: Filter, sort_href: Callable[[str], str], layout: Layout
) -> list[dict[str, Any]]:
    """The columns a person types into; `sort_href` gives the address that sorts by a column."""
    kinds: dict[str, dict[str, Any]] = {
        "section": {"type": "textarea"},
        "label": {"narrow": True},
        "text": {"type": "textarea", "required": True, "text": True},
        "obligation": {"type": "select", "options": OBLIGATIONS},
        "kind": {"type": "select", "options": KINDS},
        "goal": {"type": "select", "options": goal_options(every, short=12)},
        "step": {"type": "textarea"},
        "note": {"type": "textarea"},
    }
    return [
        {"key": key, "label": LABELS[key]} | kinds[key] | _sorting(key, narrowed, sort_href)
        for key in layout.columns
    ]


def read_columns(
    narrowed: Filter, sort_href: Callable[[str], str], layout: Layout
) -> list[dict[str, Any]]:
    """The columns of a table that is only read."""
    wide = {"text", "note"}
    return [
        {"key": key, "label": LABELS.get(key, "状態"), "text": key in wide}
        | _sorting(key, narrowed, sort_href)
        for key in (*layout.columns, "state")
    ]


def _sorting(key: str, narrowed: Filter, sort_href: Callable[[str], str]) -> dict[str, Any]:
    """How the head of a column leads to its order, and whether it is the present one."""
    if key not in SORTS:
        return {}
    if narrowed.sort != key:
        return {"href": sort_href(key)}
    return {
        "href": sort_href(key),
        "sorted": "descending" if narrowed.descending else "ascending",
    }


def grid_rows(
    lines: Sequence[Line],
    answers: Sequence[editing.Answer],
    typed: Sequence[editing.Row],
    layout: Layout,
) -> list[dict[str, Any]]:
    """Rows for the table; after a failed save with what was typed and the reasons."""
    sent = {row.id: row for row in typed}
    failed = {one.id: one for one in answers if not one.ok}
    rows = [
        {
            "id": line.id,
            "version": line.version,
            "label": about(line.label, line.text),
            "values": _cells(line)
            | (dict(sent[str(line.id)].fields) if str(line.id) in sent else {}),
            "errors": _messages(failed.get(str(line.id)), layout),
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
            "errors": _messages(failed.get(row.id), layout),
            "line": None,
        }
        for row in typed
        if row.id not in known and row.id.startswith("new-")
    ]
    return rows


def about(label: str, text: str) -> str:
    """What a row is called for those who do not see the table around it."""
    return f"{label or '番号なし'} {text[:20]}"


def _messages(answer: editing.Answer | None, layout: Layout) -> dict[str, list[str]]:
    """The reasons by column; those of a column put away stand with the row, and name it."""
    if answer is None:
        return {}
    if answer.conflict is None:
        found = {name: texts for name, texts in answer.errors.items() if name not in layout.hidden}
        for name in layout.hidden:
            for text in answer.errors.get(name, []):
                found.setdefault("_row", []).append(f"{LABELS[name]}: {text}")
        return found
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
        "step": line.step,
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
