"""What the machine proposes, judges and draws, as people meet it in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import Site
from tests.journeys.people import Person, person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

BUSINESS = "facility-reservation"


def test_a_finding_is_asked_about_and_answered(demo_site: Site, browser: Browser) -> None:
    with person(browser, demo_site.address, "editor@072028.example") as editor:
        editor.open(f"/requirements/{BUSINESS}")
        marker = editor.page.locator("details.kz-findings").first
        marker.locator("summary").press("Enter")
        place = marker.get_by_role("link").first.get_attribute("href") or ""
        assert place.startswith(f"/requirements/{BUSINESS}/")

    with person(browser, demo_site.address, "coordinator@bureau.example") as coordinator:
        coordinator.open(place)
        coordinator.look("")
        asking = coordinator.page.locator(
            "details:has(> summary:text-is('この点を団体に尋ねる')):visible"
        ).first
        asking.locator("summary").click()
        asking.get_by_role("button", name="この点を団体に尋ねる").click()
        coordinator.sees("尋ねました")
        coordinator.open("/clarity-settings")
        coordinator.look("点検の設定")
        coordinator.open("/help/engines")
        coordinator.look("提案・点検・業務フローのしくみ")
        assert "built-in" not in coordinator.page.content()

    with person(browser, demo_site.address, "editor@072028.example") as editor:
        editor.link("質問に答える").first.click()
        editor.look("")
        editor.page.get_by_label("回答").fill("窓口で受け付けた日から数えます。")
        editor.press("回答する")
        editor.sees("回答しました")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_proposed_wording_is_filled_and_saved(
    demo_site: Site, browser: Browser, scripts: bool
) -> None:
    """By keyboard alone, in the form that the finding's button opens."""
    town = "072028" if scripts else "072087"
    with person(browser, demo_site.address, f"editor@{town}.example", scripts=scripts) as editor:
        editor.open(f"/requirements/{BUSINESS}/new")
        editor.page.get_by_label("要件", exact=False).first.fill("空き状況を迅速に表示できること。")
        editor.press("下書きとして保存する")
        editor.sees("下書きとして保存しました")
        editor.link("この書き方にする").first.press("Enter")
        text = editor.page.locator("#f-text")
        expect(text).to_be_focused()
        expect(text).to_have_value("空き状況を〔何秒・何日〕以内に表示できること。")
        if scripts:
            editor.look("要件を直す")
        editor.press("下書きとして保存する")
        editor.sees("〔何秒・何日〕が残っています")
        editor.faults = [fault for fault in editor.faults if "status of 422" not in fault]
        if scripts:
            editor.look("要件を直す")
        text.fill("空き状況を適切に、3秒以内に表示できること。")
        editor.page.get_by_label("備考").fill("残る備考")
        editor.press("下書きとして保存する")
        editor.sees("保存しました")
        editor.link("直す").first.press("Enter")
        editor.page.get_by_role("button", name="この書き方にする").first.press("Enter")
        expect(text).to_be_focused()
        if scripts:
            editor.page.keyboard.type("予約の規則")
            expect(text).to_have_value("空き状況を予約の規則に従って、3秒以内に表示できること。")
        else:
            text.fill("空き状況を3秒以内に表示できること。")
        expect(editor.page.get_by_label("備考")).to_have_value("残る備考")
        editor.press("下書きとして保存する")
        editor.sees("見積りや検査で迷われそうな書き方は見つかりませんでした")


def test_a_compound_line_is_split(demo_site: Site, browser: Browser) -> None:
    with person(browser, demo_site.address, "editor@072028.example") as editor:
        editor.open(f"/requirements/{BUSINESS}/new")
        editor.page.locator("#f-label").fill("99")
        editor.page.locator("#f-text").fill("滞納者を検索でき、結果をCSVで出力できること。")
        editor.press("下書きとして保存する")
        editor.look("")
        editor.link("この分け方にする").press("Enter")
        editor.look("要件を分ける")
        editor.press("欄を一つ足す")
        third = editor.page.locator("#f-part-3-text")
        expect(third).to_be_focused()
        editor.press("分けて下書きに保存する")
        editor.sees("2件に分けて、下書きとして保存しました")
        editor.open(f"/requirements/{BUSINESS}?q=結果をCSV")
        expect(editor.page.locator("textarea[name$='-text']").nth(1)).to_have_value(
            "結果をCSVで出力できること。"
        )


def test_flows_are_read_compared_and_drawn(demo_site: Site, browser: Browser) -> None:
    with person(browser, demo_site.address, "editor@072028.example") as editor:
        editor.open(f"/businesses/{BUSINESS}/flows")
        editor.look("業務フロー")
        editor.press("選んだ二つを比べる")
        editor.look("")
        editor.open(f"/businesses/{BUSINESS}/flows")
        editor.link("公共施設予約の受付").first.click()
        editor.look("公共施設予約の受付")
        editor.link("手順表で直す").click()
        editor.look("手順表で直す")
        editor.page.go_back()
        editor.link("図で直す").click()
        editor.heading("図で直す")
        _rename_a_task(editor, "窓口で話を聞く")
        editor.press("保存する")
        editor.heading("公共施設予約の受付")
        editor.sees("窓口で話を聞く")
        editor.sees("第2版")


def _rename_a_task(editor: Person, name: str) -> None:
    """Double-click the first task of the drawing and type, as bpmn-js wants it."""
    page = editor.page
    mark = page.locator("a.bjs-powered-by")
    expect(mark).to_be_visible()  # its licence asks that it stays in sight
    page.locator(".djs-element[data-element-id]:has(rect)").nth(2).wait_for()
    task = page.locator(".djs-shape").filter(has=page.locator(".djs-label tspan")).nth(1)
    task.dblclick()
    box = page.locator(".djs-direct-editing-content")
    box.fill(name)
    page.locator(".djs-container svg").first.click(position={"x": 400, "y": 20})
