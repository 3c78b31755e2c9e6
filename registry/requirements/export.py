"""A town's table as an Excel file that can be edited and imported again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from registry.requirements.models import Obligation, RequirementKind
from registry.requirements.queries import Line
from registry.requirements.values import own_id
from registry.workbook import Cell, Column, write_table

_READ: Final = (
    Column("分類", 22),
    Column("番号", 10, code=True),
    Column("要件", 60),
    Column("実装区分", 12, choices=tuple(one.label for one in Obligation)),
    Column("種別", 10, choices=tuple(one.label for one in RequirementKind)),
    Column("目標", 12, code=True),
    Column("手順", 16),
    Column("備考", 30),
    Column("元の印", 8, code=True),
    Column("状態", 10),
)


def own_workbook(title: str, lines: Iterable[Line]) -> bytes:
    """The town's own lines; hidden ID and version columns let an import find each line again."""
    columns: Sequence[Column] = (
        Column("ID", 12, hidden=True),
        Column("版", 6, hidden=True),
        *_READ,
        Column("差戻しの理由", 30),
    )
    return write_table(
        title,
        columns,
        ([own_id(one.id), one.version, *_cells(one), one.return_reason] for one in lines),
    )


def read_workbook(title: str, lines: Iterable[Line]) -> bytes:
    """Another town's submitted lines, to read."""
    return write_table(title, _READ, (_cells(one) for one in lines))


def _cells(line: Line) -> list[Cell]:
    return [
        line.section,
        line.label,
        line.text,
        line.obligation.label if line.obligation else "",
        line.kind.label,
        line.goal,
        line.step,
        line.note,
        line.mark,
        line.state.label,
    ]
