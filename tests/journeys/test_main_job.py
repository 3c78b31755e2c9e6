"""From a town's list to a vendor's download, one person after the other, in a real browser."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Locator, expect

from registry.access import Role
from tests.journeys.conftest import FIXTURE, Site
from tests.journeys.people import PATIENCE, Person, person
from tests.journeys.printed import text_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

BUSINESS = "facility-reservation"
TOWN = "074462"
ONLINE = "施設の予約をインターネットから申し込めること。"


def showa_list() -> bytes:
    """昭和村's own list with one line reworded, one added in the words of others, one unusable."""
    with (FIXTURE / "requirements" / BUSINESS / f"{TOWN}.tsv").open(encoding="utf-8") as stream:
        rows = list(csv.reader(stream, delimiter="\t"))
    rows[4][1] = "利用する日の前の日まで申込みを受けたい"
    rows.append(["⑮", ONLINE, "●"])
    rows.append(["⑯", "雪下ろしの当番を決めたい", "◆"])
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "やりたいこと"
    for row in rows:
        sheet.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def test_a_list_becomes_a_spec_in_a_vendors_hands(
    site: Site, browser: Browser, tmp_path: Path
) -> None:
    with person(browser, site.address, f"editor@{TOWN}.example") as editor:
        import_the_list(editor)
        work_in_the_table(editor)
        submit(editor)
    with person(browser, site.address, f"approver@{TOWN}.example") as approver:
        confirm(approver)
    with person(browser, site.address, "coordinator@bureau.example") as coordinator:
        compare(coordinator)
        agree(coordinator)
        read_the_draft(coordinator, tmp_path)
        digests = publish(coordinator)
        deliver(coordinator)
    with person(browser, site.address, "vendor@vendor-b.example") as stranger:
        receive_nothing(stranger)
    with person(browser, site.address, "vendor@vendor-a.example") as vendor:
        receive(vendor, digests, tmp_path)
        with person(browser, site.address, "coordinator@bureau.example") as coordinator:
            withdraw(coordinator)
        lose(vendor)
    rebuild(site, digests, tmp_path)


def import_the_list(editor: Person) -> None:
    editor.look("ホーム")
    editor.menu("要件")
    editor.look("要件")
    editor.link("公共施設予約").first.click()
    editor.look("公共施設予約の要件")
    editor.link("取り込む").click()
    editor.look("要件を取り込む")
    editor.page.get_by_label("ファイル", exact=False).first.set_input_files(
        {
            "name": "昭和村_施設予約.xlsx",
            "mimeType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "buffer": showa_list(),
        }
    )
    editor.press("送って内容を確かめる")
    editor.sees("意味を決めていない印が1種類あります")
    editor.sees("取り込めない行(1箇所)")
    editor.look("を確かめる")
    rejected = editor.page.get_by_role("table", name="取り込めない行").get_by_role("row").nth(1)
    expect(rejected).to_contain_text("17")  # its row in the sheet, below the head
    expect(rejected).to_contain_text("◆")
    editor.press(re.compile("^追加1件.*変更1件.*取り込む$"))
    editor.page.get_by_role("link", name="結果を見る").click(timeout=PATIENCE)
    editor.sees("取り込んだ要件は下書きです。")
    editor.look("の取込")


def work_in_the_table(editor: Person) -> None:
    """One cell by keyboard, as in a spreadsheet; saved when the row is left."""
    editor.link("要件の表を開く").click()
    editor.look("公共施設予約の要件")
    cell = editor.page.locator("[data-row] [data-field=note]").first
    cell.click()
    editor.page.keyboard.type("冬のあいだは特に")
    editor.page.keyboard.press("Enter")
    editor.page.keyboard.press("ArrowDown")
    expect(editor.page.locator("[data-row-state-text]").first).to_contain_text("保存済")
    editor.page.reload()
    expect(
        editor.page.locator("[data-row] [data-field=note] .kz-cell-control").first
    ).to_have_value("冬のあいだは特に")


def submit(editor: Person) -> None:
    editor.link("提出へ進む").click()
    editor.look("要件を提出する")
    editor.press("選んだ要件を提出する")
    editor.sees("15件")
    editor.look("公共施設予約の要件")


def confirm(approver: Person) -> None:
    approver.look("ホーム")
    approver.menu("確定待ち")
    approver.look("確定待ちの要件")
    approver.page.get_by_role("checkbox", name="すべての行を選択").check()
    approver.press("選んだ要件を確定する")
    approver.sees("確定を待っている要件はありません")
    approver.look("確定待ちの要件")


def compare(coordinator: Person) -> None:
    page = coordinator.page
    coordinator.look("ホーム")
    coordinator.menu("目標")
    coordinator.look("目標")
    coordinator.menu("比較")
    coordinator.look("比較")
    coordinator.link("公共施設予約").first.click()
    coordinator.look("公共施設予約の比較表")
    coordinator.page.locator(".kz-shows").get_by_role("link", name=re.compile(r"^差異のみ")).click()
    coordinator.look("公共施設予約の比較表")
    coordinator.link("予約受付の開始日").click()
    coordinator.look("予約受付の開始日")

    coordinator.open(f"/compare/{BUSINESS}/proposals")
    coordinator.look("対応付けの提案")
    coordinator.press("提案を作る")
    coordinator.link("提案を見る").click(timeout=PATIENCE)
    coordinator.look("対応付けの提案")
    proposed = page.get_by_role("row").filter(has_text="昭和村").filter(has_text=ONLINE)
    proposed.get_by_role("checkbox").first.check()
    coordinator.press("選んだ行を加える")
    coordinator.sees("1 行をまとまりに加えました。")
    coordinator.look("対応付けの提案")
    coordinator.open(f"/compare/{BUSINESS}/unaligned")
    coordinator.look("未対応の行")


def agree(coordinator: Person) -> None:
    """From a group without a standard to a recorded decision."""
    page = coordinator.page
    coordinator.open(f"/compare/{BUSINESS}?show=no_standard")
    coordinator.look("公共施設予約の比較表")
    coordinator.link("お知らせの掲載").click()
    coordinator.look("お知らせの掲載")
    coordinator.link("標準要件の案を作る").click()
    coordinator.look("標準要件の案を作る")
    page.get_by_label("要件", exact=False).and_(page.locator("textarea#f-text")).fill(
        "施設ごとのお知らせを、掲載の期間を指定して職員が登録できること。"
    )
    page.get_by_role("radio", name="必須", exact=True).check()
    page.get_by_label("目標").select_option("G-1-1-1-2")
    page.locator("#f-reason").fill("期間を過ぎたお知らせが残ることを防ぐ。")
    coordinator.press("案を保存する")
    coordinator.sees("確認待ち")
    coordinator.look("お知らせの掲載")
    coordinator.press("保存して、残りの提案も確認済みにする")
    expect(page.get_by_role("main")).not_to_contain_text("確認待ち")
    page.get_by_role("radio", name="採用", exact=True).check()
    page.locator("#f-reason").fill("会津若松市の文に合わせる。")
    coordinator.press("採否を記録する")
    coordinator.look("お知らせの掲載")
    coordinator.menu("標準要件")
    coordinator.look("標準要件")
    coordinator.link("公共施設予約").first.click()
    coordinator.look("公共施設予約の標準要件")


def read_the_draft(coordinator: Person, folder: Path) -> None:
    coordinator.menu("版")
    coordinator.look("版")
    coordinator.link("公共施設予約").first.click()
    coordinator.look("公共施設予約の版")
    coordinator.press("案の PDF を作る")
    button = coordinator.page.get_by_role("button", name="案の PDF を保存する")
    expect(button).to_be_visible(timeout=PATIENCE)
    _, content = coordinator.save(button)
    assert "案" in text_of(content, folder, first=1, last=1)
    assert "お知らせの掲載" in text_of(content, folder)
    coordinator.look("公共施設予約の版")


def publish(coordinator: Person) -> dict[str, str]:
    """The SHA-256 of each file, as the page shows them."""
    page = coordinator.page
    page.locator("#f-number").fill("1.0")
    page.get_by_role("checkbox", name="内容を確かめました").check()
    coordinator.press("この内容で発行する")
    coordinator.heading("第1.0版")
    page.get_by_role("link", name="できたファイルを見る").click(timeout=PATIENCE)
    coordinator.look("第1.0版")
    rows = page.get_by_role("table", name="この版のファイル").get_by_role("row")
    shown = {}
    for row in rows.all()[1:]:
        name = row.get_by_role("rowheader").locator(".kz-quiet").inner_text()
        shown[name] = digest_in(row)
    assert set(shown) >= {"spec.pdf", "answer-sheet.xlsx", "spec.json"}
    return shown


def deliver(coordinator: Person) -> None:
    coordinator.link("事業者に配布する").click()
    coordinator.look("配布")
    coordinator.page.get_by_role("checkbox", name="ベンダーA株式会社").check()
    coordinator.press("配布する")
    coordinator.sees("受取り待ち")
    coordinator.look("配布")


def receive_nothing(stranger: Person) -> None:
    stranger.look("ホーム")
    stranger.menu("受け取った仕様書")
    stranger.sees("いま見られる仕様書はありません。")
    stranger.look("受け取った仕様書")
    stranger.refused("/received/1", 404)
    stranger.refused(f"/editions/{BUSINESS}/1.0", 403)


def receive(vendor: Person, digests: dict[str, str], folder: Path) -> None:
    vendor.look("ホーム")
    vendor.menu("受け取った仕様書")
    vendor.look("受け取った仕様書")
    vendor.link("公共施設予約").click()
    vendor.look("公共施設予約")
    files = {}
    for name in ("spec.pdf", "answer-sheet.xlsx", "spec.json"):
        row = vendor.page.get_by_role("row").filter(has_text=name)
        shown = digest_in(row)
        suggested, content = vendor.save(row.get_by_role("button"))
        assert suggested == f"{BUSINESS}-1.0-{name}"
        assert hashlib.sha256(content).hexdigest() == shown == digests[name]
        files[name] = content

    assert files["spec.pdf"].startswith(b"%PDF-")
    words = text_of(files["spec.pdf"], folder)
    assert "お知らせの掲載" in words
    assert hashlib.sha256(files["spec.json"]).hexdigest() in "".join(words.split())
    spec = json.loads(files["spec.json"])
    lines = [
        line
        for chapter in spec["chapters"]
        for section in chapter["sections"]
        for line in section["requirements"]
    ]
    titles = {line["title"] for line in lines}
    assert "お知らせの掲載" in titles
    assert "ファクシミリによる申込み" not in titles, "it was rejected"
    book = openpyxl.load_workbook(io.BytesIO(files["answer-sheet.xlsx"]), read_only=True)
    cells = {value for sheet in book for row in sheet.iter_rows(values_only=True) for value in row}
    assert {line["code"] for line in lines} <= cells
    book.close()
    vendor.refused("/compare", 403)


def withdraw(coordinator: Person) -> None:
    coordinator.menu("配布")
    coordinator.link("見る・取り下げる").click()
    coordinator.look("ベンダーA株式会社への配布")
    coordinator.sees("ファイルの保存 3 回")
    coordinator.page.locator("#f-reason").fill("次の版と差し替えるため。")
    coordinator.press("配布を取り下げる")
    coordinator.sees("に取り下げました")
    coordinator.look("ベンダーA株式会社への配布")


def lose(vendor: Person) -> None:
    """The page at hand gives nothing any more, and the list is empty."""
    vendor.open("/received")
    vendor.sees("いま見られる仕様書はありません。")
    vendor.refused("/received/1", 404)
    vendor.look("ページが見つかりません")


def rebuild(site: Site, digests: dict[str, str], folder: Path) -> None:
    """Drawn once more from the frozen data, the files are the same to the byte."""
    out = folder / "again"
    done = site.kaizu(
        *("spec", "build", BUSINESS, "--edition", "1.0", "--out", str(out), "--again")
    )
    assert done.returncode == 0, done.stderr
    for name in ("spec.pdf", "answer-sheet.xlsx", "spec.json"):
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digests[name]


def test_without_javascript_a_list_comes_to_a_decision(site: Site, browser: Browser) -> None:
    """The same forms, sent by the browser alone; progress is shown by loading the page again."""
    business = "one-stop-counter"
    with person(browser, site.address, "editor@074055.example", scripts=False) as editor:
        editor.open(f"/requirements/{business}/imports")
        editor.page.locator("#f-file").set_input_files(
            {
                "name": "窓口.csv",
                "mimeType": "text/csv",
                "buffer": (
                    "項番,機能要件,区分\n"
                    "1,転入届の申請書を作成できること。,◎\n"
                    "2,届出に必要な手続の一覧を印刷できること。,○\n"
                ).encode("cp932"),
            }
        )
        editor.press("送って内容を確かめる")
        choose(editor, "項番を取り込む項目", "番号")
        choose(editor, "機能要件を取り込む項目", "要件")
        choose(editor, "区分を取り込む項目", "区分の印")
        editor.press("凡例を保存して確かめ直す")
        choose(editor, "印◎の意味", "実装区分: 必須")
        choose(editor, "印○の意味", "実装区分: 任意")
        editor.press("凡例を保存して確かめ直す")
        editor.press(re.compile("^追加2件.*取り込む$"))
        until(editor, "取り込んだ要件は下書きです。")
        editor.link("要件の表を開く").click()
        editor.page.locator("[data-row] [data-field=note] .kz-cell-control").first.fill(
            "窓口で使う"
        )
        editor.press("保存する")
        editor.link("提出へ進む").click()
        editor.press("選んだ要件を提出する")
    with person(browser, site.address, "approver@074055.example", scripts=False) as approver:
        approver.open(f"/approvals?business={business}")
        for box in approver.page.get_by_role("table").get_by_role("checkbox").all():
            box.check()
        approver.press("選んだ要件を確定する")
        approver.sees("確定を待っている要件はありません")
    with person(browser, site.address, "coordinator@bureau.example", scripts=False) as coordinator:
        page = coordinator.page
        coordinator.open(f"/compare/{business}/unaligned")
        page.get_by_role("row").filter(has_text="転入届").get_by_role("checkbox").check()
        page.locator("#f-label").fill("転入届の作成")
        coordinator.press("入れる")
        coordinator.open(f"/compare/{business}")
        coordinator.link("転入届の作成").click()
        coordinator.link("標準要件の案を作る").click()
        page.get_by_role("radio", name="必須", exact=True).check()
        page.locator("#f-goal").select_option(index=1)
        page.locator("#f-reason").fill("書かない窓口の中心となる。")
        coordinator.press("案を保存する")
        coordinator.press("保存して、残りの提案も確認済みにする")
        page.get_by_role("radio", name="採用", exact=True).check()
        page.locator("#f-reason").fill("西会津町の文を採る。")
        coordinator.press("採否を記録する")
        coordinator.sees("採用")
        coordinator.open(f"/editions/{business}")
        coordinator.sees("採用と決まった標準要件 1 件")


def test_pages_that_only_some_roles_have(site: Site, browser: Browser) -> None:
    """Help of every role, the administrator's pages, and the library's empty shelf."""
    with person(browser, site.address, "administrator@bureau.example") as administrator:
        administrator.look("ホーム")
        for label in ("アカウント", "処理状況", "監査記録"):
            administrator.menu(label)
            administrator.look(label)
        administrator.link("記録がつながっているか確かめる").click()
        administrator.sees("すべての記録がつながっています")
        administrator.look("監査記録の確認")
        administrator.open("/help")
        administrator.look("使い方")
        for role in Role:
            administrator.open(f"/help/{role.value}")
            administrator.look(role.label)
        administrator.open("/password")
        administrator.look("パスワード")
    with person(browser, site.address, "contributor@072028.example") as contributor:
        contributor.look("ホーム")
        for label in ("業務", "国標準"):
            contributor.menu(label)
            contributor.look(label)
        contributor.open(f"/requirements/{BUSINESS}/towns")
        contributor.look("団体ごとの要件")


def test_single_records_and_their_forms(site: Site, browser: Browser) -> None:
    """Pages with long names and paths, which are the first to outgrow a phone."""
    pages = {
        "coordinator@bureau.example": (
            ("/goals/G-1-1-1-2", "G-1-1-1-2"),
            ("/goals/G-1-1-1-2/edit", "目標の編集"),
            ("/goals/G-1-1-1-2/move", "目標を移す"),
            (f"/businesses/{BUSINESS}", "公共施設予約"),
            (f"/businesses/{BUSINESS}/edit", "業務の編集"),
            (f"/standards/{BUSINESS}/A-0010001-01", "A-0010001-01"),
            (f"/standards/{BUSINESS}/A-0010001-01/edit", "標準要件の編集"),
        ),
        "editor@072028.example": (
            (f"/businesses/{BUSINESS}/record", "会津若松市の記録"),
            (f"/requirements/{BUSINESS}/1", "会津若松市"),
            (f"/requirements/{BUSINESS}/1/edit", "要件を直す"),
        ),
    }
    for email, paths in pages.items():
        with person(browser, site.address, email) as somebody:
            for path, heading in paths:
                somebody.open(path)
                somebody.look(heading)


def choose(somebody: Person, label: str, choice: str) -> None:
    somebody.page.get_by_label(label, exact=True).select_option(label=choice)


def until(somebody: Person, text: str) -> None:
    """Load the page again, as its link asks for, until the worker has come to it."""
    for _ in range(120):
        if text in somebody.page.get_by_role("main").inner_text():
            return
        somebody.page.wait_for_timeout(500)
        somebody.page.reload()
    raise AssertionError(f"{text} never appeared on {somebody.page.url}")


def digest_in(row: Locator) -> str:
    """The SHA-256 a row of files shows."""
    found = re.search(r"[0-9a-f]{64}", row.inner_text())
    assert found, row.inner_text()
    return found[0]
