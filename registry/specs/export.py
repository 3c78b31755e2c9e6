"""Lists of editions and of an edition's lines as workbooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from registry.requirements.models import Obligation, RequirementKind
from registry.specs import document
from registry.specs.queries import EditionRow
from registry.standards.models import ApplicationState, Phase
from registry.workbook import Cell, Column, write_table

_OBLIGATION: Final = dict(Obligation.choices())
_KIND: Final = dict(RequirementKind.choices())
_PHASE: Final = dict(Phase.choices())
_APPLICATION: Final = dict(ApplicationState.choices())


def editions(rows: Sequence[EditionRow]) -> bytes:
    columns = (
        Column("業務", 24),
        Column("版", 8, code=True),
        Column("件名", 40),
        Column("発行日", 14, code=True),
        Column("ファイル", 12),
        Column("SHA-256", 68, code=True),
    )
    return write_table(
        "版の一覧",
        columns,
        (
            (
                row.business,
                row.number,
                row.title,
                row.issued_on.isoformat(),
                "作成済み" if row.built else "未作成",
                row.sha256,
            )
            for row in rows
        ),
    )


def lines(spec: Mapping[str, Any]) -> bytes:
    """The function list of an edition with a column for each town."""
    towns = spec["municipalities"]
    columns = (
        Column("項番", 10, code=True),
        Column("機能ID", 16, code=True),
        Column("大分類", 28),
        Column("中分類", 28),
        Column("小分類", 24),
        Column("機能要件", 60),
        Column("区分", 10),
        Column("種別", 10),
        Column("理由・考え方", 40),
        Column("フェーズ", 10),
        Column("目標ID", 14, code=True),
        *(Column(town["name"], 16) for town in towns),
    )
    title = f"{spec['business']['name']} 第{spec['edition']['number']}版"
    return write_table(title, columns, _cells(spec, [town["code"] for town in towns]))


def _cells(spec: Mapping[str, Any], towns: Sequence[str]) -> Iterator[Sequence[Cell]]:
    for chapter in spec["chapters"]:
        for section in chapter["sections"]:
            for row in section["requirements"]:
                yield (
                    row["outline"],
                    row["code"],
                    chapter["title"],
                    section["title"],
                    row["title"],
                    row["text"],
                    _OBLIGATION.get(row["obligation"], row["obligation"]),
                    _KIND.get(row["kind"], row["kind"]),
                    row["reason"],
                    _PHASE.get(row["phase"], ""),
                    row["goal"],
                    *(applied(row["applications"].get(code)) for code in towns),
                )


def applied(application: document.Spec | None) -> str:
    """What a standard means for a town, in words."""
    if application is None:
        return ""
    state, value = str(application["state"]), str(application["value"] or "")
    if state == ApplicationState.OWN_VALUE.value:
        return value or ApplicationState.OWN_VALUE.label
    label = str(_APPLICATION.get(state, state))
    return f"{label}: {value}" if value else label
