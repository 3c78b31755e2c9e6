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
