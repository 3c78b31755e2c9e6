"""What programs send in the tests of the requirements' API."""

from __future__ import annotations

from typing import Any

HERE = "/municipalities/072028/businesses/facility-reservation"
LINE = {
    "section": "予約",
    "label": "1",
    "text": "窓口で予約を取り消せること。",
    "obligation": "mandatory",
    "goal": "G-1-1",
}
ROWS = [
    ["番号", "機能要件", "区分"],
    ["1", "空きを探せること。", "◎"],
    ["2", "予約を取り消せること。", "△"],
    ["3", "", "◎"],
]
"""A list with two good rows and a bad one."""

LEGEND: dict[str, Any] = {
    "columns": {"番号": "number", "機能要件": "text", "区分": "mark"},
    "marks": {
        "◎": {"axis": "obligation", "value": "mandatory"},
        "△": {"axis": "cost", "value": "別料金"},
    },
}
