"""The two things htmx does here: watch a running job, and carry the CSRF token."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from tests.static.site import Reply, Site, render_text

pytestmark = pytest.mark.browser

FRAGMENT = """
{% from "macros/progress.html" import job_progress with context %}
{% call job_progress(job, "取込", "/jobs/1", "/page") %}<a href="/result">結果を見る</a>{% endcall %}
"""
PAGE = (
    '{% extends "base.html" %}{% block title %}取込{% endblock %}{% block content %}<h1>取込</h1>'
    + FRAGMENT.replace("\n{% from", "{% from")
    + '<button type="button" hx-post="/act">送る</button>{% endblock %}'
)


def _job(state: str, done: int = 0) -> SimpleNamespace:
    return SimpleNamespace(id=1, state=state, done=done, total=100, message="読んでいます。", error=None)  # fmt: skip


def test_progress_goes_on_by_itself_and_ends_by_itself(site: Site, page: Page) -> None:
    answers = [_job("doing", 40), _job("doing", 80), _job("done", 100)]
    asked: list[str] = []

    def answer() -> Reply:
        job = answers[min(len(asked), len(answers) - 1)]
        asked.append(job.state)
        return Reply(render_text(FRAGMENT, job=job))

    site.pages["/jobs/1"] = answer
    site.page("/page", render_text(PAGE, job=_job("todo")))
    page.goto(site.address + "/page")
    expect(page.get_by_role("status")).to_contain_text("順番を待っています")
    words = page.get_by_role("status").element_handle()
    expect(page.locator("progress")).to_have_attribute("value", "40")
    expect(page.get_by_role("link", name="結果を見る")).to_be_visible()
    expect(page.locator("progress")).to_have_count(0)
    expect(page.get_by_role("status")).to_contain_text("終わりました")
    assert words is not None
    assert words.evaluate("(element) => element.isConnected"), "readers follow one live element"
    page.wait_for_timeout(2500)
    assert asked == ["doing", "doing", "done"]


def test_a_write_by_htmx_carries_the_token(site: Site, page: Page) -> None:
    site.posts["/act"] = lambda _: Reply("済")
    site.pages["/jobs/1"] = lambda: Reply("", 204)
    site.page("/page", render_text(PAGE, job=_job("done")))
    page.goto(site.address + "/page")
    page.get_by_role("button", name="送る").click()
    expect(page.get_by_role("button", name="済")).to_be_visible()
    assert site.seen[0].headers["x-csrftoken"] == "csrf-token-for-tests"
