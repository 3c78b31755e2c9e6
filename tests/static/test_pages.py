"""Every component and every error page: accessible, within the policy, inside the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import tools
from tests.static.site import ROOT, Site, reference_page, render

pytestmark = pytest.mark.browser

SIZES = {"office": (1366, 768), "phone": (375, 667)}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CONFLICT = {
    "mine": {"text": "自分の文", "csrf_token": "x", "version": "3", "idempotency_key": "y"},
    "theirs": {"text": "相手の文", "obligation": "mandatory", "version": 4},
    "who": "髙橋",
    "at": "2026-10-01T00:31:00+00:00",
}
ERRORS = ("400", "401", "403", "404", "409", "412", "413", "422", "429", "500", "503")


def _error(code: str) -> str:
    return render(
        f"errors/{code}.html",
        message="ここに起きたことが入ります。",
        status=int(code),
        errors={"text": ["本文を入力してください。"]},
        conflict=CONFLICT if code in ("409", "412") else None,
    )


PAGES = {"reference": reference_page, "without-errors": lambda: reference_page(errors=False)} | {
    f"error-{code}": lambda code=code: _error(code) for code in ERRORS
}


@pytest.fixture(params=SIZES)
def sized(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page in which axe may be injected: the policy is bypassed here and watched elsewhere."""
    width, height = SIZES[request.param]
    context = browser.new_context(
        viewport={"width": width, "height": height}, bypass_csp=True, locale="ja-JP"
    )
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_no_accessibility_violation_and_nothing_beside_the_screen(
    site: Site, sized: Page, name: str
) -> None:
    site.page("/page", PAGES[name]())
    sized.goto(site.address + "/page")
    sized.evaluate(tools.axe().read_text(encoding="utf-8"))
    found = sized.evaluate(
        "(rules) => axe.run({runOnly: rules}).then((result) => result.violations"
        ".map((item) => [item.id, item.nodes.map((node) => node.html)]))",
        RULES,
    )
    assert found == []
    wide = sized.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, "the page itself must not scroll sideways"


@pytest.mark.parametrize("name", PAGES)
def test_pages_keep_the_strict_policy(site: Site, page: Page, name: str) -> None:
    site.page("/page", PAGES[name]())
    page.goto(site.address + "/page")
    page.wait_for_load_state("load")  # the fixture fails on any breach that the console reports


def test_small_targets_are_large_enough(site: Site, sized: Page) -> None:
    """WCAG 2.5.8: 24 × 24 px, except links inside sentences and what the browser draws."""
    site.page("/page", reference_page())
    sized.goto(site.address + "/page")
    small = sized.evaluate(
        """() => [...document.querySelectorAll(
             "button, .kz-button, input:not([type=hidden]), select, textarea, summary, .kz-nav a, .kz-paging a, a.kz-mark, a.kz-sort")]
           .filter((item) => item.checkVisibility())
           .map((item) => [item.outerHTML.slice(0, 80), item.getBoundingClientRect()])
           .filter(([, box]) => box.width < 24 || box.height < 24)
           .map(([html, box]) => [html, box.width, box.height])"""
    )
    assert small == []


def test_focus_is_a_black_line_of_four_pixels_with_a_yellow_ring(site: Site, page: Page) -> None:
    site.page("/page", reference_page())
    page.goto(site.address + "/page")
    page.get_by_label("件名").focus()
    style = page.evaluate(
        """() => { const style = getComputedStyle(document.activeElement);
                   return [style.outlineWidth, style.outlineColor, style.boxShadow]; }"""
    )
    assert style[:2] == ["4px", "rgb(0, 0, 0)"]
    assert "rgb(255, 212, 61)" in style[2]


def test_the_skip_link_is_first_and_the_error_summary_has_the_focus(site: Site, page: Page) -> None:
    site.page("/page", reference_page(errors=False))
    page.goto(site.address + "/page")
    page.keyboard.press("Tab")
    expect(page.locator(".kz-skip")).to_be_focused()
    site.page("/page", reference_page())
    page.goto(site.address + "/page")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.get_by_role("link", name="期限: 日付を").click()
    expect(page.get_by_label("期限", exact=True)).to_be_focused()


def test_a_field_reads_label_necessity_help_control_error_in_this_order() -> None:
    html = reference_page()
    title = html[html.index('for="f-title"') : html.index('for="f-text"')]
    marks = ["件名", "※必須", "f-title-help", "<input"]
    assert [title.index(mark) for mark in marks] == sorted(title.index(mark) for mark in marks)
    due = html[html.index('for="f-due"') : html.index('for="f-code"')]
    assert due.index("<input") < due.index("＊日付を")
    assert 'aria-describedby="f-due-error" aria-invalid="true"' in due


def test_states_are_words_and_signs_not_only_colours() -> None:
    html = reference_page()
    for sign, word in (
        ("●", "同じ"),
        ("▲", "差異あり"),
        ("－", "なし"),
        ("◇", "未提出"),
        ("■", "内訳非公開"),
    ):
        assert f'<span aria-hidden="true">{sign}</span><span class="kz-vh">{word}' in html
    for word in ("下書き", "提出", "差戻し", "確定"):
        assert re.search(rf'<svg[^>]+aria-hidden="true"[^>]*>.*?</svg>{word}</span>', html)  # fmt: skip


def test_a_running_job_asks_again_and_an_ended_one_does_not() -> None:
    html = reference_page()
    starts = [html.index(f'id="job-{number}"') for number in range(1, 5)]
    parts = [html[start : start + 300] for start in starts]
    assert ["every 1s" in part for part in parts] == [True, True, False, False]
    assert (
        '<progress aria-label="仕様書の作成の進み具合" max="1000" value="620">62%</progress>'
        in html
    )
    assert html.count('href="/out/spec.pdf"') == 1, "a result is linked only when there is one"
    for word in ("順番待ち", "実行中", "完了", "失敗"):
        assert f"{word}</span>" in html


def test_conflict_shows_both_sides_and_sends_the_new_version() -> None:
    html = _error("409")
    assert "自分の文" in html
    assert "相手の文" in html
    assert '<input type="hidden" name="version" value="4">' in html
    assert '<input type="hidden" name="text" value="自分の文">' in html
    assert "令和8年10月1日 9時31分" in html
    for plumbing in ("x", "y"):
        assert f'value="{plumbing}"' not in html


def test_every_module_is_asked_for_under_its_content_hash(site: Site, page: Page) -> None:
    """Static files are cached for ever: a module without a hash would outlive an upgrade."""
    html = reference_page()
    for path in (ROOT / "registry" / "static" / "js").glob("*.js"):
        assert f"/static/js/{path.name}?v=" in html, path.name
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    site.page("/page", html)
    page.goto(site.address + "/page")
    modules = [url for url in asked if "/static/js/" in url]
    assert len(modules) >= 4
    assert [url for url in modules if "?v=" not in url] == []


def test_fault_pages_need_no_person_no_session_and_no_script() -> None:
    for code in ("500", "503"):
        html = _error(code)
        assert "csrf" not in html
        assert "<script" not in html
        assert "髙橋" not in html


def test_templates_and_styles_ask_for_nothing_inline_or_outside() -> None:
    sources = [
        path
        for folder, pattern in (
            ("templates", "**/*.html"),
            ("registry/static/css", "*.css"),
            ("registry/static/js", "*.js"),
        )
        for path in (ROOT / folder).glob(pattern)
        if "pdf" not in path.parts
    ]
    assert len(sources) > 30
    for path in sources:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=", text), path
        assert not re.search(r"\son[a-z]+=[\"']", text), path
        outside = re.findall(r"https?://[^\s\"')]+", text)
        assert [url for url in outside if not url.startswith("http://www.w3.org/")] == [], path
