"""The record of deliveries as a workbook."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import openpyxl

from registry.vendors import export, queries

AT = datetime(2026, 10, 1, 0, 5, tzinfo=UTC)


def test_times_are_those_of_japan_and_empty_ones_stay_empty() -> None:
    row = queries.DeliveryRow(
        id=1,
        version=1,
        vendor_id=1,
        vendor="=会津情報",
        slug="facility-reservation",
        business="公共施設予約",
        number="1.0",
        title="標準要件仕様書",
        delivered_at=AT,
        delivered_by="調整担当",
        opened_at=None,
        withdrawn_at=AT,
        withdrawn_by="調整担当",
        withdrawn_reason="誤配布",
        downloads=2,
    )

    sheet = openpyxl.load_workbook(BytesIO(export.deliveries([row]))).worksheets[0]

    assert [cell.value for cell in sheet[2]] == [
        "=会津情報",
        "公共施設予約",
        "1.0",
        "標準要件仕様書",
        "2026-10-01 09:05",
        "調整担当",
        None,
        2,
        "2026-10-01 09:05",
        "調整担当",
        "誤配布",
    ]
    assert sheet["A2"].data_type == "s"
