"""The tour of the README through what `make demo` serves; its pictures are taken on the way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import Site
from tests.journeys.people import person
from tests.journeys.printed import keep_page, text_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_the_tour_of_the_readme(demo_site: Site, browser: Browser, tmp_path: Path) -> None:
    address = demo_site.address
    with person(browser, address, "editor@072028.example") as editor:
        editor.menu("要件")
        editor.link("公共施設予約").first.click()
        editor.look("公共施設予約の要件")
        notes = editor.page.locator("[data-row] [data-field=note]")
        notes.first.click()
        editor.page.keyboard.type("窓口とも共通")
        editor.page.keyboard.press("Enter")
        editor.page.keyboard.press("ArrowDown")
        expect(editor.page.locator("[data-row-state-text]").first).to_contain_text("保存済")
        editor.picture("table")
        editor.menu("要件")
        editor.link("除雪・道路情報").first.click()
        editor.look("除雪・道路情報の要件")
        found = editor.page.locator("summary", has_text="点検 要確認").first
        expect(found).to_be_visible()
        found.click()
        editor.sees("「迅速に」")

    with person(browser, address, "approver@074454.example") as approver:
        approver.menu("確定待ち")
        approver.look("確定待ちの要件")
        expect(approver.page.get_by_role("table").get_by_role("checkbox").first).to_be_visible()

    with person(browser, address, "coordinator@bureau.example") as coordinator:
        coordinator.look("ホーム")
        coordinator.picture("home")
        coordinator.menu("比較")
        coordinator.link("公共施設予約").first.click()
        shows = coordinator.page.locator(".kz-shows")
        shows.get_by_role("link", name=re.compile("^差異のみ")).click()
        coordinator.look("公共施設予約の比較表")
        coordinator.picture("matrix")
        shows.get_by_role("link", name=re.compile("^値・反対の差異のみ")).click()
        coordinator.link("予約受付の開始日").click()
        coordinator.look("予約受付の開始日")
        coordinator.sees("2か月前")
        coordinator.sees("3か月前")
        coordinator.picture("group")
        coordinator.menu("比較")
        coordinator.link("除雪・道路情報").first.click()
        coordinator.link("対応付けの提案を見る").click()
        coordinator.look("除雪・道路情報の対応付けの提案")
        coordinator.page.get_by_role("link", name=re.compile("^新しいまとまりを作る")).click()
        coordinator.sees("通行止めの区間を市のホームページに公開できること。")
        coordinator.page.get_by_role("link", name=re.compile("^似ているが違う点がある")).click()
        coordinator.sees("反対")
        coordinator.menu("標準要件")
        coordinator.link("公共施設予約").first.click()
        coordinator.look("公共施設予約の標準要件")
        coordinator.page.get_by_label("状態", exact=True).select_option(label="案")
        coordinator.press("絞り込む")
        coordinator.page.get_by_role("table").get_by_role("link").first.click()
        planned = coordinator.page.locator("dt", has_text="載せる予定の版").locator("+ dd")
        expect(planned).to_have_text("1.1")
        coordinator.menu("版")
        coordinator.link("公共施設予約").first.click()
        coordinator.look("公共施設予約の版")
        coordinator.sees("第1.0版")
        coordinator.menu("配布")
        coordinator.look("配布")

    with person(browser, address, "vendor@vendor-a.example") as vendor:
        vendor.menu("受け取った仕様書")
        vendor.look("受け取った仕様書")
        vendor.link("公共施設予約").click()
        vendor.look("公共施設予約")
        row = vendor.page.get_by_role("row").filter(has_text="spec.pdf")
        _, pdf = vendor.save(row.get_by_role("button"))
    assert pdf == (demo_site.folder / "out" / "spec.pdf").read_bytes()
    assert "空き状況の照会" in text_of(pdf, tmp_path)
    keep_page(pdf, "A-0010001-01", "spec-page", tmp_path)
