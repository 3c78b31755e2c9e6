from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import openpyxl

from registry.requirements.export import own_workbook, read_workbook
from registry.requirements.models import Obligation, RequirementKind, RequirementState
from registry.requirements.queries import Line

LINE = Line(
    id=12,
    version=3,
    section="照会",
    label="001",
    text="=空きを照会できること。\n二行目",
    mark="◎",
    obligation=Obligation.MANDATORY,
    kind=RequirementKind.SCREEN,
    goal="G-1-1",
    goal_closed=False,
    step="受付",
    note="",
    external_id="F-1",
    state=RequirementState.RETURNED,
    return_reason="単位がない",
    is_submitted=False,
    saved_at=datetime(2026, 10, 1, tzinfo=UTC),
    saved_by="担当",
)


def sheet(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).active


def test_the_own_file_carries_what_the_next_import_needs() -> None:
    book = sheet(own_workbook("要件", [LINE]))
    found = dict(zip([c.value for c in book[1]], [c.value for c in book[2]], strict=True))
    assert found == {
        "ID": "KAIZU-12",
        "版": 3,
        "分類": "照会",
        "番号": "001",
        "要件": "=空きを照会できること。\n二行目",
        "実装区分": "必須",
        "種別": "画面",
        "目標": "G-1-1",
        "手順": "受付",
        "備考": None,
        "元の印": "◎",
        "状態": "差戻し",
        "差戻しの理由": "単位がない",
    }
    assert book.column_dimensions["A"].hidden
    assert book["E2"].data_type == "s"
    assert any(
        "必須,任意,実装しない" in rule.formula1 for rule in book.data_validations.dataValidation
    )


def test_what_others_get_has_no_ids_and_no_reasons() -> None:
    book = sheet(read_workbook("要件", [LINE]))
    heads = [cell.value for cell in book[1]]
    assert heads[0] == "分類"
    assert not {"ID", "版", "差戻しの理由"} & set(heads)
