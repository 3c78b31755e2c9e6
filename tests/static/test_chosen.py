"""What a page has put into a text is chosen, so that the next key writes over it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.static.site import Site, render_text

pytestmark = pytest.mark.browser

PAGE = """
{% extends "base.html" %}{% from "macros/forms.html" import field, form_close, form_open with context %}
{% block title %}編集{% endblock %}
{% block content %}<h1>編集</h1>{{ form_open("/save") }}
{{ field(form, "section", "分類") }}
{{ field(form, "text", "本文", type="textarea", chosen=chosen) }}{{ form_close() }}{% endblock %}
"""


def _page(text: str, start: int, end: int) -> str:
    form = SimpleNamespace(values={"text": text, "section": ""}, errors={}, message="")
    return render_text(PAGE, form=form, chosen=(start, end))


@pytest.mark.parametrize(
    ("text", "start", "end", "typed"),
    [
        ("𠮷野を〔何秒・何日〕以内に表示", 3, 13, "𠮷野を3秒以内に表示"),
        ("〔別表〕を一覧表示できること。", 5, 15, "〔別表〕を3秒"),
    ],
)
def test_the_blank_or_else_the_proposal_is_written_over(
    site: Site, page: Page, text: str, start: int, end: int, typed: str
) -> None:
    site.page("/edit", _page(text, start, end))
    page.goto(site.address + "/edit")
    area = page.get_by_label("本文")
    expect(area).to_be_focused()
    page.keyboard.type("3秒")
    expect(area).to_have_value(typed)


def test_without_javascript_the_text_has_the_focus(site: Site, browser: Browser) -> None:
    site.page("/edit", _page("写しを〔何秒・何日〕以内に返す", 3, 13))
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(site.address + "/edit")
    expect(plain.get_by_label("本文")).to_be_focused()
    context.close()
