"""Ticks at the rows of an ordinary list."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.static.site import Site, render_text

pytestmark = pytest.mark.browser

PAGE = """
{% extends "base.html" %}{% from "macros/table.html" import select_cell, table with context %}
{% block title %}一覧{% endblock %}
{% block content %}<h1>一覧</h1><form><p data-select-count></p>
{% call table("一覧", [{"label": "選択", "select": true}, {"label": "名"}]) %}
{% for number in range(1, 6) %}<tr>{{ select_cell(number, number ~ "行目") }}<td>{{ number }}</td></tr>{% endfor %}
{% endcall %}</form>{% endblock %}
"""


@pytest.fixture
def opened(site: Site, page: Page) -> Page:
    site.page("/list", render_text(PAGE))
    page.goto(site.address + "/list")
    return page


def test_tick_all_and_the_state_between(opened: Page) -> None:
    everything = opened.get_by_label("すべての行を選択")
    everything.check()
    expect(opened.locator(".kz-select-row:checked")).to_have_count(5)
    expect(opened.locator("[data-select-count]")).to_have_text("5行を選択中")
    opened.get_by_label("3行目を選択").uncheck()
    assert everything.evaluate("(box) => [box.checked, box.indeterminate]") == [False, True]
    everything.check()
    everything.uncheck()
    expect(opened.locator(".kz-select-row:checked")).to_have_count(0)
    expect(opened.locator("[data-select-count]")).to_have_text("")


def test_a_range_with_shift(opened: Page) -> None:
    opened.get_by_label("2行目を選択").check()
    opened.get_by_label("4行目を選択").click(modifiers=["Shift"])
    ticked = opened.locator(".kz-select-row:checked")
    assert ticked.evaluate_all("(boxes) => boxes.map((box) => box.value)") == ["2", "3", "4"]
    opened.get_by_label("2行目を選択").click(modifiers=["Shift"])
    expect(ticked).to_have_count(0)


def test_without_javascript_the_head_shows_no_dead_tick(site: Site, opened: Page) -> None:
    assert "data-select-all" in render_text(PAGE)
    assert ' aria-label="すべての行を選択" hidden' in render_text(PAGE)
