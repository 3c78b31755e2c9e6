"""Workbooks of editions."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import openpyxl
import pytest

from registry.db import now
from registry.specs import document, export, queries
from tests.specs import test_document as specs


def rows(content: bytes) -> list[tuple[object, ...]]:
    sheet = openpyxl.load_workbook(BytesIO(content)).worksheets[0]
    return [tuple(row) for row in sheet.iter_rows(values_only=True)]


def test_lines_have_a_column_for_each_town() -> None:
    spec = document.freeze(specs.content(specs.LINES[0]), specs.ISSUE)

    head, line = rows(export.lines(spec))

    assert head[-2:] == ("会津若松市", "喜多方市")
    assert line == (
        "1.1.1",
        "A-0010001-01",
        "G-1-1ができている",
        "G-1-1-2ができている",
        "A-0010001-01の機能",
        "予約できること。",
        "必須",
        "機能",
        "住民のため。",
        "第1期",
        "G-1-1-2-1",
        "標準どおり",
        "10日前",
    )


@pytest.mark.parametrize(
    ("state", "value", "words"),
    [
        ("follows", None, "標準どおり"),
        ("own_value", "10日前", "10日前"),
        ("own_value", None, "団体の値"),
        ("exception", "2028年まで", "例外: 2028年まで"),
        ("not_used", None, "対象外"),
    ],
)
def test_applications_are_said_in_words(state: str, value: str | None, words: str) -> None:
    assert export.applied({"state": state, "value": value}) == words
    assert export.applied(None) == ""


def test_editions_are_listed() -> None:
    row = queries.EditionRow(
        id=1,
        slug="facility-reservation",
        business="公共施設予約",
        number="1.0",
        title="公共施設予約 標準要件仕様書",
        issued_on=date(2026, 10, 1),
        sha256="a" * 64,
        created_at=now(),
        built=True,
    )

    _, listed = rows(export.editions([row]))

    assert listed == (
        "公共施設予約",
        "1.0",
        "公共施設予約 標準要件仕様書",
        "2026-10-01",
        "作成済み",
        "a" * 64,
    )
