"""What Excel and other spreadsheets put on the clipboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.static.site import Site

pytestmark = pytest.mark.browser

CASES = [
    ("a\tb\nc\td\n", [["a", "b"], ["c", "d"]]),
    ("a\tb\r\nc\td\r\n", [["a", "b"], ["c", "d"]]),
    ("一つ", [["一つ"]]),
    ("", []),
    ("a\t\tc", [["a", "", "c"]]),
    ("a\n\nb\n", [["a"], [""], ["b"]]),
    ('"一行目\n二行目"\tb\n', [["一行目\n二行目", "b"]]),
    ('"「""予約""」"\tb', [['「"予約"」', "b"]]),
    ('"タブ\tの中"\n', [["タブ\tの中"]]),
    ('5" 管\tb\n', [['5" 管', "b"]]),
    ('"引用で始まる文\tb\nc\td\n', [['"引用で始まる文', "b"], ["c", "d"]]),
    ('""\tb\n', [["", "b"]]),
]


@pytest.fixture
def module(site: Site, page: Page) -> Page:
    site.page("/empty", "<!DOCTYPE html><title>空</title>")
    page.goto(site.address + "/empty")
    return page


@pytest.mark.parametrize(("text", "rows"), CASES)
def test_clipboard_text_becomes_rows(module: Page, text: str, rows: list[list[str]]) -> None:
    assert _call(module, "parseTable", text) == rows


@pytest.mark.parametrize(
    "rows",
    [
        [["a", "b"], ["c", "d"]],
        [["改行\nあり", 'かぎ"かっこ', "タブ\tあり"], ["", "", ""]],
        [["", '"']],
    ],
)
def test_written_rows_read_back_the_same(module: Page, rows: list[list[str]]) -> None:
    assert _call(module, "parseTable", _call(module, "writeTable", rows)) == rows


def _call(page: Page, name: str, value: object) -> object:
    return page.evaluate(
        "([name, value]) => import('/static/js/tsv.js').then((found) => found[name](value))",
        [name, value],
    )
