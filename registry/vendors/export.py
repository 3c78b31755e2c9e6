"""The record of deliveries as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from registry.vendors.queries import DeliveryRow
from registry.web.filters import moment_short
from registry.workbook import Column, write_table


def deliveries(rows: Sequence[DeliveryRow]) -> bytes:
    columns = (
        Column("事業者", 28),
        Column("業務", 24),
        Column("版", 8, code=True),
        Column("件名", 40),
        Column("配布した日時", 18, code=True),
        Column("配布した人", 24),
        Column("最初に開いた日時", 18, code=True),
        Column("保存した回数", 12),
        Column("取り下げた日時", 18, code=True),
        Column("取り下げた人", 24),
        Column("取り下げた理由", 40),
    )
    return write_table(
        "配布の記録",
        columns,
        (
            (
                row.vendor,
                row.business,
                row.number,
                row.title,
                _time(row.delivered_at),
                row.delivered_by,
                _time(row.opened_at),
                row.downloads,
                _time(row.withdrawn_at),
                row.withdrawn_by,
                row.withdrawn_reason,
            )
            for row in rows
        ),
    )


def _time(value: datetime | None) -> str:
    return moment_short(value) if value else ""
