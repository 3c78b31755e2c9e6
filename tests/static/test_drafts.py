"""What was typed into a form outlives everything but its being saved."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.static.site import Reply, Site, render, render_text

pytestmark = pytest.mark.browser

PAGE = """
{% extends "base.html" %}{% from "macros/forms.html" import button, error_summary, field, form_close, form_open with context %}
{% block title %}編集{% endblock %}
{% block content %}<h1>編集</h1>{{ error_summary(form, {"text": "本文"}) }}{{ form_open("/save", version=version, draft=draft) }}
{{ field(form, "text", "本文", type="textarea") }}
{{ field(form, "phase", "段階", type="select", options=[("", ""), ("phase_1", "第1期")]) }}
{{ field(form, "kind", "種別", type="radio", options=[("a", "甲"), ("b", "乙")]) }}
{{ field(form, "towns", "団体", type="checkboxes", options=[("1", "一"), ("2", "二")]) }}
{{ field(form, "secret", "パスワード", type="password") }}
{{ button("保存する") }}{{ form_close() }}{% endblock %}
"""
STORED = {"text": "元の文", "kind": "a", "towns": ["1"]}


def _edit(version: int = 1, draft: str | bool = True, **changes: Any) -> str:
    form = SimpleNamespace(values=STORED | changes, errors={}, message="")
    return render_text(PAGE, form=form, version=version, draft=draft)


def _done(*messages: tuple[str, str]) -> str:
    source = '{% extends "base.html" %}{% block title %}済{% endblock %}{% block content %}<h1>済</h1>{% endblock %}'
    return render_text(source, messages=list(messages))


@pytest.fixture
def opened(site: Site, page: Page) -> Page:
    site.page("/edit", _edit())
    site.page("/empty", "<!DOCTYPE html><title>空</title>")
    page.goto(site.address + "/edit")
    return page


def _type(page: Page) -> None:
    page.get_by_label("本文").fill("書きかけの文")
    page.get_by_label("段階").select_option("phase_1")
    page.get_by_label("乙").check()
    page.get_by_label("二").check()
    page.get_by_label("パスワード").fill("himitsu-no-kotoba")
    page.wait_for_timeout(400)


def _expect_typed(page: Page) -> None:
    expect(page.get_by_label("本文")).to_have_value("書きかけの文")
    expect(page.get_by_label("段階")).to_have_value("phase_1")
    expect(page.get_by_label("乙")).to_be_checked()
    expect(page.get_by_label("一")).to_be_checked()
    expect(page.get_by_label("二")).to_be_checked()


def _kept(page: Page) -> str:
    text: str = page.evaluate("JSON.stringify(sessionStorage)")
    return text


def test_typed_text_returns_and_can_be_thrown_away(site: Site, opened: Page) -> None:
    _type(opened)
    opened.goto(site.address + "/empty")
    opened.goto(site.address + "/edit")
    _expect_typed(opened)
    note = opened.locator(".kz-draft-note")
    expect(note.get_by_role("status")).to_contain_text("まだ保存していません")
    note.get_by_role("button", name="捨てる").click()
    expect(opened.get_by_label("本文")).to_have_value("元の文")
    expect(opened.get_by_label("甲")).to_be_checked()
    assert "書きかけ" not in _kept(opened)


def test_a_page_with_a_proposal_only_offers_the_older_text(site: Site, opened: Page) -> None:
    _type(opened)
    opened.goto(site.address + "/empty")
    site.page("/edit", _edit(draft="offered", text="書き方の例"))
    opened.goto(site.address + "/edit")
    expect(opened.get_by_label("本文")).to_have_value("書き方の例")
    note = opened.locator(".kz-draft-note")
    expect(note.get_by_role("status")).to_contain_text("選んだ書き方を表示しています")
    note.get_by_role("button", name="自分の入力を書き戻す").click()
    _expect_typed(opened)


def test_a_page_that_holds_what_was_typed_becomes_the_draft(site: Site, opened: Page) -> None:
    _type(opened)
    site.page("/edit", _edit(draft="taken", text="書きかけの〔何秒〕の文"))
    opened.goto(site.address + "/edit")
    expect(opened.get_by_label("本文")).to_have_value("書きかけの〔何秒〕の文")
    expect(opened.locator(".kz-draft-note")).to_have_count(0)
    site.page("/edit", _edit())
    opened.goto(site.address + "/edit")
    expect(opened.get_by_label("本文")).to_have_value("書きかけの〔何秒〕の文")


def test_passwords_are_never_kept(site: Site, opened: Page) -> None:
    _type(opened)
    assert "書きかけ" in _kept(opened)
    assert "himitsu" not in _kept(opened)
    assert "csrf-token-for-tests" not in _kept(opened)


def test_an_expired_sign_in_keeps_the_text_and_the_saved_one_drops_it(
    site: Site, opened: Page
) -> None:
    site.posts["/save"] = lambda _: Reply(
        render("errors/401.html", message="サインインしてください。", actor=None), 401
    )
    site.page("/home", _done(("success", "サインインしました。")))
    _type(opened)
    opened.get_by_role("button", name="保存する").click()
    expect(opened.get_by_role("heading", name="サインインが必要です")).to_be_visible()
    opened.wait_for_load_state("load")
    opened.goto(site.address + "/home")
    opened.goto(site.address + "/edit")
    _expect_typed(opened)
    site.posts["/save"] = lambda _: Reply(_done(("success", "保存しました。")))
    opened.get_by_role("button", name="保存する").click()
    expect(opened.get_by_role("heading", name="済")).to_be_visible()
    opened.wait_for_load_state("load")
    assert "書きかけ" not in _kept(opened)


def test_text_stays_when_the_save_fails(site: Site, opened: Page) -> None:
    site.posts["/save"] = lambda _: Reply(render("errors/500.html", message="不具合です。"), 500)
    _type(opened)
    opened.get_by_role("button", name="保存する").click()
    expect(opened.get_by_role("heading", name="システムの不具合")).to_be_visible()
    opened.wait_for_load_state("load")
    opened.goto(site.address + "/edit")
    _expect_typed(opened)


def test_a_form_shown_again_with_errors_is_left_as_the_server_sent_it(
    site: Site, opened: Page
) -> None:
    form = SimpleNamespace(
        values=STORED | {"text": "送った文"}, errors={"text": ["短すぎます。"]}, message="確かめてください。"
    )  # fmt: skip
    site.posts["/save"] = lambda _: Reply(render_text(PAGE, form=form, version=1, draft=True), 422)
    _type(opened)
    opened.get_by_role("button", name="保存する").click()
    expect(opened.locator("[data-error-summary]")).to_be_focused()
    expect(opened.get_by_label("本文")).to_have_value("送った文")
    expect(opened.locator(".kz-draft-note")).to_have_count(0)


def test_after_somebody_elses_save_the_text_is_offered_not_forced(site: Site, opened: Page) -> None:
    _type(opened)
    site.page("/edit", _edit(version=2, text="相手の文"))
    opened.goto(site.address + "/edit")
    expect(opened.get_by_label("本文")).to_have_value("相手の文")
    note = opened.locator(".kz-draft-note")
    expect(note).to_contain_text("別の変更が保存されています")
    note.get_by_role("button", name="自分の入力を書き戻す").click()
    _expect_typed(opened)


def test_signing_out_forgets_everything(site: Site, opened: Page) -> None:
    site.posts["/sign-out"] = lambda _: Reply("<!DOCTYPE html><title>サインアウト</title>")
    _type(opened)
    opened.get_by_role("button", name="サインアウト").click()
    expect(opened).to_have_title("サインアウト")
    assert "書きかけ" not in _kept(opened)
