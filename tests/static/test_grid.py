"""The spreadsheet-like table against the contract at the head of grid.js."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.static.site import Reply, Seen, Site, as_json, render_text

pytestmark = pytest.mark.browser

PAGE = """
{% extends "base.html" %}{% from "macros/grid.html" import grid with context %}
{% block title %}要件{% endblock %}
{% block content %}<h1>要件</h1>
<form action="/page" method="get" id="narrow"></form>
{% call(row) grid("requirements-test", "要件の一覧", columns, rows, action="/plain", save_url="/save",
   extra=[{"label": "詳細"}], complete=complete, filter_form="narrow", blanks=blanks, bulk=bulk,
   hidden_columns=hidden_columns, dense=dense) %}
  <td data-grid-part="state">{% if row.id %}<a href="/detail/{{ row.id }}">開く<span class="kz-vh">: {{ row.id }}</span></a>{% endif %}</td>
{% endcall %}
<p data-grid-part="counts">全3件: 確定 3</p>
<p><a href="/elsewhere" id="after">表のあと</a></p>{% endblock %}
"""
BULK = '<button type="submit" class="kz-button" formaction="/submit" data-bulk>選択した行を提出</button>'
COLUMNS: list[dict[str, Any]] = [
    {"key": "number", "label": "番号", "href": "?sort=number", "narrow": True},
    {"key": "text", "label": "本文", "type": "textarea", "required": True, "filter": True, "text": True},
    {
        "key": "obligation",
        "label": "実装区分",
        "type": "select",
        "options": [("", ""), ("mandatory", "必須"), ("optional", "任意")],
        "filter": True,
    },
    {"key": "note", "label": "備考"},
]  # fmt: skip


class Server:
    """Answers as the contract says; refuses an empty text and a text with 禁."""

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, Any]] = {
            str(number): {
                "version": 1,
                "number": f"1.{number}",
                "text": text,
                "obligation": "mandatory",
                "note": "",
            }
            for number, text in enumerate(("空き状況を確認できること。", "予約できること。", "仮予約"), 1)
        }  # fmt: skip
        self.mode = "normal"
        self.parts: dict[str, dict[str, str]] = {}  # what is drawn beside each row by now

    def answer(self, seen: Seen) -> Reply:
        if self.mode == "signed out":
            return as_json({"status": 401, "detail": "サインインしてください。"}, 401)
        if self.mode == "busy":
            return Reply("", 503)
        if self.mode == "refused":
            return as_json({"status": 403, "detail": "この業務は締め切られました。"}, 403)
        sent = seen.json
        results = [self._check(row) for row in sent["rows"]]
        failed = [result for result in results if result["errors"]]
        if sent["mode"] == "all" and failed:
            return as_json({"rows": results}, 422)
        for row, result in zip(sent["rows"], results, strict=True):
            if not result["errors"] and "conflict" not in result:
                self._store(row, result)
        for result in results:
            if result["id"] in self.parts:
                result["parts"] = self.parts[result["id"]]
        more = {
            "parts": {"counts": "全3件: 下書き 1"},
            "message": "点検で要確認1件が見つかりました。",
        }
        return as_json({"rows": results} | (more if self.parts else {}))

    def _check(self, row: dict[str, Any]) -> dict[str, Any]:
        text = row["fields"].get("text")
        errors = {}
        if text == "":
            errors["text"] = ["本文を入力してください。"]
        if text and "禁" in text:
            errors["text"] = ["「禁」は使えません。"]
        result = {"id": row["id"], "version": row["version"], "errors": errors}
        known = self.stored.get(row["id"])
        if known and known["version"] != row["version"]:
            theirs = {key: value for key, value in known.items() if key != "version"}
            result["conflict"] = {
                "version": known["version"],
                "fields": theirs,
                "who": "隣の席の人",
                "at": "10:31",
            }
        return result

    def _store(self, row: dict[str, Any], result: dict[str, Any]) -> None:
        number = row["id"]
        if number.startswith("new-"):
            number = str(max(map(int, self.stored)) + 1)
            self.stored[number] = {"version": 0}
        self.stored[number] |= row["fields"]
        self.stored[number]["version"] += 1
        result |= {"id": number, "version": self.stored[number]["version"]}
        if row["fields"].get("note") == "ﾊﾝｶｸ":
            self.stored[number]["note"] = "ハンカク"
            result["fields"] = {"note": "ハンカク"}


@pytest.fixture
def server(site: Site) -> Server:
    made = Server()
    site.posts["/save"] = made.answer
    site.pages["/elsewhere"] = lambda: Reply("<!DOCTYPE html><title>ほか</title>")
    return made


def _open(site: Site, page: Page, server: Server, *, live: bool = True, **more: Any) -> None:
    def build() -> Reply:
        rows = [
            {
                "id": number,
                "version": row["version"],
                "values": {key: value for key, value in row.items() if key != "version"},
            }
            for number, row in server.stored.items()
        ]
        options = {
            "complete": True,
            "blanks": 0,
            "bulk": None,
            "columns": COLUMNS,
            "hidden_columns": {},
            "dense": False,
        } | more
        return Reply(render_text(PAGE, rows=rows, **options))

    site.pages["/page"] = build
    page.goto(site.address + "/page")
    if live:
        expect(page.locator("form.kz-grid.is-live")).to_be_visible()


def _cell(page: Page, number: int | str, field: str) -> Locator:
    return page.locator(f'[name="rows-{number}-{field}"]')


def _focused(page: Page) -> str:
    name: str = page.evaluate("document.activeElement.name || document.activeElement.id || ''")
    return name


def _status(page: Page) -> Locator:
    return page.locator("[data-grid-status]")


def _paste(page: Page, text: str) -> None:
    page.evaluate(
        """(text) => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          document.activeElement.dispatchEvent(
            new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        text,
    )


def test_keys_move_between_cells(site: Site, page: Page, server: Server) -> None:
    _open(site, page, server)
    _cell(page, 1, "text").click()
    went = []
    for key in ("ArrowDown", "ArrowRight", "Tab", "Shift+Tab", "ArrowUp", "Home", "End"):
        page.keyboard.press(key)
        went.append(_focused(page))
    assert went == [
        "rows-2-text",
        "rows-2-obligation",
        "rows-2-note",
        "rows-2-obligation",
        "rows-1-obligation",
        "selected",
        "",  # the link in the last cell has neither name nor id
    ]
    page.keyboard.press("Control+End")
    assert page.evaluate("document.activeElement.textContent") == "開く: 3"
    page.keyboard.press("Control+Home")
    assert _focused(page) == "selected"


def test_a_click_below_the_control_of_a_tall_cell_chooses_it(
    site: Site, page: Page, server: Server
) -> None:
    server.stored["1"]["text"] = "一行目\n二行目\n三行目\n四行目\n五行目"
    _open(site, page, server)
    cell = page.locator('tr[data-row="1"] [data-field=note]')
    box, control = cell.bounding_box(), _cell(page, 1, "note").bounding_box()
    assert box
    assert control
    assert box["height"] > control["height"] + 20
    cell.click(position={"x": box["width"] / 2, "y": box["height"] - 6})
    assert _focused(page) == "rows-1-note"
    page.keyboard.type("新しい備考")
    expect(_cell(page, 1, "note")).to_have_value("新しい備考")


def test_tab_runs_through_rows_and_escape_leaves_the_table(
    site: Site, page: Page, server: Server
) -> None:
    _open(site, page, server)
    _cell(page, 1, "note").click()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert _focused(page) == "selected"
    page.keyboard.press("Escape")
    expect(_status(page)).to_contain_text("表から出るには")
    page.keyboard.press("Tab")
    assert _focused(page) == "after"
    page.keyboard.press("Shift+Tab")
    assert _focused(page) == "selected", "the table is entered again where it was left"


def test_typing_replaces_and_leaving_the_row_saves_only_the_change(
    site: Site, page: Page, server: Server
) -> None:
    _open(site, page, server)
    _cell(page, 1, "note").click()
    page.keyboard.type("新しい備考")
    row = page.locator('tr[data-row="1"]')
    expect(row).to_contain_text("未保存")
    assert site.seen == []
    page.keyboard.press("Enter")
    expect(row).to_contain_text("保存済")
    assert _focused(page) == "rows-2-note"
    [seen] = site.seen
    assert seen.json == {
        "mode": "each",
        "rows": [{"id": "1", "version": 1, "fields": {"note": "新しい備考"}}],
    }
    assert seen.headers["x-csrftoken"] == "csrf-token-for-tests"
    assert len(seen.headers["idempotency-key"]) == 32
    assert row.get_attribute("data-version") == "2"
    assert page.locator('[name="rows-1-version"]').input_value() == "2"
    expect(_status(page)).to_contain_text("1行を保存しました")


def test_f2_edits_with_the_caret_at_the_end_and_escape_takes_back(
    site: Site, page: Page, server: Server
) -> None:
    _open(site, page, server)
    _cell(page, 3, "text").click()
    page.keyboard.press("F2")
    page.keyboard.type("の期限")
    expect(_cell(page, 3, "text")).to_have_value("仮予約の期限")
    page.keyboard.press("ArrowLeft")
    assert _focused(page) == "rows-3-text", "while editing the arrows move the caret"
    page.keyboard.press("Escape")
    expect(_cell(page, 3, "text")).to_have_value("仮予約")
    page.keyboard.press("ArrowUp")
    assert _focused(page) == "rows-2-text"
    assert site.seen == []


def test_alt_enter_breaks_the_line(site: Site, page: Page, server: Server) -> None:
    _open(site, page, server)
    _cell(page, 3, "text").click()
    page.keyboard.press("F2")
    page.keyboard.press("Alt+Enter")
    page.keyboard.type("二行目")
    expect(_cell(page, 3, "text")).to_have_value("仮予約\n二行目")


def test_second_click_sets_the_caret(site: Site, page: Page, server: Server) -> None:
    _open(site, page, server)
    _cell(page, 3, "text").click()
    expect(page.locator(".is-editing")).to_have_count(0)
    _cell(page, 3, "text").click()
    expect(page.locator(".is-editing")).to_have_count(1)
    page.keyboard.press("End")
    page.keyboard.type("X")
    expect(_cell(page, 3, "text")).to_have_value("仮予約X")


def test_input_method_keys_are_left_to_the_input_method(
    site: Site, page: Page, server: Server
) -> None:
    _open(site, page, server)
    _cell(page, 3, "text").click()
    devtools = page.context.new_cdp_session(page)
    devtools.send(
        "Input.imeSetComposition", {"text": "よやく", "selectionStart": 3, "selectionEnd": 3}
    )
    expect(page.locator(".is-editing")).to_have_count(1)
    expect(_cell(page, 3, "text")).to_have_value("よやく")
    # The Enter that takes the conversion must neither end the editing nor move.
    page.evaluate(
        """() => document.activeElement.dispatchEvent(
          new KeyboardEvent("keydown", {key: "Enter", keyCode: 229, isComposing: true, bubbles: true, cancelable: true}))"""
    )
    assert _focused(page) == "rows-3-text"
    expect(page.locator(".is-editing")).to_have_count(1)
    devtools.send("Input.insertText", {"text": "予約"})
    expect(_cell(page, 3, "text")).to_have_value("予約")
    page.keyboard.press("Enter")
    expect(page.locator('tr[data-row="new-1"]')).to_have_count(1)
    expect(page.locator('tr[data-row="3"]')).to_contain_text("保存済")
    assert server.stored["3"]["text"] == "予約"


def test_errors_stand_in_their_cell_and_the_rest_is_stored(
    site: Site, page: Page, server: Server
) -> None:
    _open(site, page, server)
    _cell(page, 1, "text").click()
    page.keyboard.type("禁")
    page.keyboard.press("Enter")
    expect(page.locator('tr[data-row="1"]')).to_contain_text("要修正")
    cell = _cell(page, 1, "text")
    expect(cell).to_have_attribute("aria-invalid", "true")
    described = cell.get_attribute("aria-describedby")
    expect(page.locator(f"[id='{described}']")).to_have_text("＊「禁」は使えません。")
    expect(cell).to_have_value("禁")
    assert server.stored["1"]["text"] == "空き状況を確認できること。"
    cell.click()
    page.keyboard.type("空き")
    page.keyboard.press("Enter")
    expect(page.locator('tr[data-row="1"]')).to_contain_text("保存済")
    expect(page.locator(".kz-cell-error")).to_have_count(0)
    expect(cell).not_to_have_attribute("aria-invalid", "true")


def test_the_stored_form_of_a_value_is_shown(site: Site, page: Page, server: Server) -> None:
    _open(site, page, server)
    _cell(page, 1, "note").click()
    page.keyboard.type("ﾊﾝｶｸ")
    page.keyboard.press("Enter")
    expect(_cell(page, 1, "note")).to_have_value("ハンカク")
    expect(page.locator(".is-dirty")).to_have_count(0)


def test_a_block_is_pasted_with_new_rows_and_stored_at_once(
    site: Site, page: Page, server: Server
) -> None:
    _open(site, page, server)
    _cell(page, 3, "text").click()
    _paste(page, '直した行\t必須\t\n"二行の\n文"\t任意\t備考\n三行目\t\t\n')
    expect(_status(page)).to_contain_text("3行を保存しました")
    [seen] = site.seen
    assert seen.json == {
        "mode": "all",
        "rows": [
            {"id": "3", "version": 1, "fields": {"text": "直した行"}},
            {
                "id": "new-1",
                "version": None,
                "fields": {"number": "", "text": "二行の\n文", "obligation": "optional", "note": "備考"},
            },
            {
                "id": "new-2",
                "version": None,
                "fields": {"number": "", "text": "三行目", "obligation": "", "note": ""},
            },
        ],
    }  # fmt: skip
    expect(_cell(page, 5, "text")).to_have_value("三行目")
    assert page.locator('tr[data-row="4"]').get_attribute("data-version") == "1"
    assert page.locator('tr[data-row^="new-"]').count() == 0
    # The row is an ordinary stored row from now on.
    _cell(page, 5, "note").click()
    page.keyboard.type("あとから")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator('tr[data-row="5"]')).to_contain_text("保存済")
    assert server.stored["5"]["note"] == "あとから"


def test_a_refused_block_keeps_everything_and_is_sent_whole_again(
    site: Site, page: Page, server: Server
) -> None:
    _open(site, page, server)
    _cell(page, 2, "text").click()
    _paste(page, "一\n禁止\n三\n")
    expect(_status(page)).to_contain_text(
        "3行のうち1行に直す点があります。まだ1行も保存していません"
    )
    assert server.stored["2"]["text"] == "予約できること。"
    expect(_cell(page, 3, "text")).to_have_value("禁止")
    expect(page.locator('tr[data-row="2"]')).to_contain_text("未保存")
    expect(page.locator('tr[data-row="new-1"]')).to_contain_text("未保存")
    _cell(page, 3, "text").click()
    page.keyboard.type("二")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    expect(_status(page)).to_contain_text("3行を保存しました")
    assert [server.stored[number]["text"] for number in ("2", "3", "4")] == ["一", "二", "三"]
    assert [len(seen.json["rows"]) for seen in site.seen] == [3, 3]


def test_undo_takes_a_refused_block_back(site: Site, page: Page, server: Server) -> None:
    _open(site, page, server)
    _cell(page, 3, "text").click()
    _paste(page, "禁\t必須\n新しい\t任意\n")
    expect(page.locator('tr[data-row="new-1"]')).to_have_count(1)
    expect(_status(page)).to_contain_text("直す点")
    page.keyboard.press("Control+z")
    expect(page.locator('tr[data-row="new-1"]')).to_have_count(0)
    expect(_cell(page, 3, "text")).to_have_value("仮予約")
    expect(page.locator(".is-dirty, .has-error")).to_have_count(0)
    assert page.evaluate("Object.keys(sessionStorage).filter((key) => key.includes('grid:'))") == []


def test_undo_of_a_stored_change_is_stored_too(site: Site, page: Page, server: Server) -> None:
    _open(site, page, server)
    _cell(page, 1, "note").click()
    page.keyboard.type("誤り")
    page.keyboard.press("Enter")
    expect(page.locator('tr[data-row="1"]')).to_contain_text("保存済")
    page.get_by_role("button", name="元に戻す").click()
    expect(_cell(page, 1, "note")).to_have_value("")
    expect(_status(page)).to_contain_text("1行を保存しました")
    assert server.stored["1"]["note"] == ""
    assert server.stored["1"]["version"] == 3


def test_words_of_a_choice_are_pasted_as_its_value_and_odd_ones_are_kept(
    site: Site, page: Page, server: Server
) -> None:
    _open(site, page, server)
    _cell(page, 1, "obligation").focus()
    _paste(page, "任意")
    expect(_cell(page, 1, "obligation")).to_have_value("optional")
    _cell(page, 2, "obligation").focus()
    _paste(page, "◎")
    expect(_cell(page, 2, "obligation")).to_have_value("◎")
    expect(_status(page)).to_contain_text("1行を保存しました")
    assert server.stored["1"]["obligation"] == "optional"
    assert server.stored["2"]["obligation"] == "◎"


def test_values_beyond_the_last_column_are_reported(site: Site, page: Page, server: Server) -> None:
    _open(site, page, server)
    _cell(page, 1, "note").click()
    _paste(page, "備考\tはみ出し\n")
    expect(page.locator('tr[data-row="1"]')).to_contain_text("保存済")
    assert server.stored["1"]["note"] == "備考"


# ── columns put away ──

FEWER: dict[str, Any] = {
    "columns": [column for column in COLUMNS if column["key"] in {"number", "obligation"}],
    "hidden_columns": {"text": "本文", "note": "備考"},
}


def test_keys_and_a_pasted_block_go_through_the_columns_that_are_shown(
    site: Site, page: Page, server: Server
) -> None:
    _open(site, page, server, **FEWER)
    _cell(page, 1, "number").click()
    page.keyboard.press("ArrowRight")
    assert _focused(page) == "rows-1-obligation"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert _focused(page) == "rows-2-number"
    _paste(page, "9.2\t任意\n9.3\t必須\n")
    expect(_status(page)).to_contain_text("2行を保存しました")
    [seen] = site.seen
    assert [sent["fields"] for sent in seen.json["rows"]] == [
        {"number": "9.2", "obligation": "optional"},
        {"number": "9.3"},
    ]
    assert server.stored["2"]["text"] == "予約できること。"


def test_what_is_not_saved_survives_that_its_column_is_put_away(
    site: Site, page: Page, server: Server
) -> None:
    _open(site, page, server)
    server.mode = "busy"
    _cell(page, 1, "note").click()
    page.keyboard.type("入力した備考")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(_status(page)).to_contain_text("未保存のまま")
    page.on("dialog", lambda dialog: dialog.accept())
    _open(site, page, server, **FEWER)
    expect(page.locator('tr[data-row="1"]')).to_contain_text("未保存")
    server.mode = "normal"
    page.get_by_role("button", name="保存する").click()
    expect(page.locator('tr[data-row="1"]')).to_contain_text("保存済")
    assert server.stored["1"]["note"] == "入力した備考"
    assert server.stored["1"]["text"] == "空き状況を確認できること。"
    _open(site, page, server)
    expect(_cell(page, 1, "note")).to_have_value("入力した備考")
    expect(_status(page)).to_have_text("")


def test_a_fault_in_a_column_put_away_names_the_column(
    site: Site, page: Page, server: Server
) -> None:
    _open(site, page, server)
    _cell(page, 1, "text").click()
    page.keyboard.type("禁止")
    page.keyboard.press("Enter")
    expect(_status(page)).to_contain_text("直す点があります")
    page.on("dialog", lambda dialog: dialog.accept())
    _open(site, page, server, **FEWER)
    page.get_by_role("button", name="保存する").click()
    expect(page.locator('tr[data-row="1"]')).to_contain_text("＊本文: 「禁」は使えません。")
    _open(site, page, server)
    expect(_cell(page, 1, "text")).to_have_value("禁止")


def test_low_rows_show_two_lines_and_the_chosen_cell_all(
    site: Site, page: Page, server: Server
) -> None:
    server.stored["1"]["text"] = "\n".join(f"{number}行目" for number in range(1, 9))
    _open(site, page, server, dense=True)
    cell = _cell(page, 1, "text")
    low = cell.evaluate("(area) => area.clientHeight")
    assert low < 60
    cell.click()
    assert cell.evaluate("(area) => area.clientHeight") > 2 * low


@pytest.mark.parametrize("fewer", [False, True])
def test_head_and_first_column_stay_while_the_table_scrolls(
    site: Site, page: Page, server: Server, fewer: bool
) -> None:
    page.set_viewport_size({"width": 800, "height": 500})
    for number in range(4, 60):
        server.stored[str(number)] = dict(server.stored["1"]) | {"number": f"1.{number}"}
    _open(site, page, server, **(FEWER if fewer else {}))
    region = page.locator(".kz-scroll")
    place = "(item) => { const box = item.getBoundingClientRect(); return [box.x, box.y]; }"
    left, top = region.evaluate(place)
    region.evaluate("(item) => item.scrollTo(120, 400)")
    assert region.evaluate("(item) => item.scrollTop") > 300
    assert page.locator("thead th.kz-select").evaluate(place) == [left + 1, top + 1]
    assert page.locator('tr[data-row="20"] td.kz-select').evaluate(place)[0] == left + 1


def test_rows_are_ticked_by_keys_and_copied(site: Site, page: Page, server: Server) -> None:
    _open(site, page, server)
    _cell(page, 1, "text").click()
    page.keyboard.press("Shift+Space")
    expect(page.locator("[data-select-count]")).to_have_text("1行を選択中")
    page.keyboard.press("Shift+ArrowDown")
    ticked = page.locator(".kz-select-row:checked")
    expect(ticked).to_have_count(2)
    copied = page.evaluate(
        """() => {
          const data = new DataTransfer();
          document.activeElement.dispatchEvent(
            new ClipboardEvent("copy", {clipboardData: data, bubbles: true, cancelable: true}));
          return data.getData("text/plain");
        }"""
    )
    assert (
        copied == "1.1\t空き状況を確認できること。\tmandatory\t\n1.2\t予約できること。\tmandatory\t"
    )
    page.keyboard.press("Control+a")
    expect(ticked).to_have_count(3)
    expect(page.locator("[data-select-all]")).to_be_checked()
    page.keyboard.press("Shift+Space")
    expect(ticked).to_have_count(2)
    assert page.locator("[data-select-all]").evaluate("(box) => box.indeterminate")


def test_sorting_and_filtering_in_place(site: Site, page: Page, server: Server) -> None:
    server.stored["2"]["number"] = "1.10"
    _open(site, page, server)
    head = page.locator('th[data-field="number"]')
    order = "[...document.querySelectorAll('tbody tr')].map((tr) => tr.dataset.row)"
    head.locator("a").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert page.evaluate(order) == ["1", "3", "2"], "1.3 comes before 1.10"
    head.locator("a").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert page.evaluate(order) == ["2", "3", "1"]
    page.get_by_label("本文で絞り込む").fill("予約")
    expect(_status(page)).to_have_text("3行のうち2行を表示しています。")
    expect(page.locator('tr[data-row="1"]')).to_be_hidden()
    _cell(page, 2, "note").click()
    page.keyboard.press("Control+a")
    expect(page.locator(".kz-select-row:checked")).to_have_count(2)
    page.get_by_label("本文で絞り込む").fill("")
    expect(page.locator('tr[data-row="1"]')).to_be_visible()
    page.get_by_label("実装区分で絞り込む").select_option("optional")
    expect(_status(page)).to_have_text("3行のうち0行を表示しています。")


def test_without_the_whole_list_the_server_is_asked_to_filter(
    site: Site, page: Page, server: Server
) -> None:
    _open(site, page, server, complete=False)
    page.get_by_label("本文で絞り込む").fill("予約")
    page.get_by_label("本文で絞り込む").press("Enter")
    page.wait_for_url("**/page?*")
    assert "text=%E4%BA%88%E7%B4%84" in page.url
    page.locator('th[data-field="number"] a').click()
    page.wait_for_url("**/page?sort=number")


def test_what_is_not_saved_outlives_an_expired_sign_in(
    site: Site, page: Page, server: Server
) -> None:
    _open(site, page, server)
    server.mode = "signed out"
    _cell(page, 1, "text").click()
    page.keyboard.type("入力した文")
    page.keyboard.press("Enter")
    expect(_status(page)).to_contain_text("サインインの有効期限が切れました")
    expect(_status(page).get_by_role("link")).to_have_attribute("href", "/sign-in")
    site.pages["/sign-in"] = lambda: Reply("<!DOCTYPE html><title>サインイン</title>")
    _status(page).get_by_role("link").click()
    server.mode = "normal"
    page.goto(site.address + "/page")
    expect(_cell(page, 1, "text")).to_have_value("入力した文")
    expect(_status(page)).to_contain_text("保存していない1行を元に戻しました")
    page.get_by_role("button", name="保存する").click()
    expect(page.locator('tr[data-row="1"]')).to_contain_text("保存済")
    assert server.stored["1"]["text"] == "入力した文"
    page.goto(site.address + "/page")
    expect(_status(page)).to_have_text("")


def test_another_person_on_the_same_tab_finds_nothing(
    site: Site, page: Page, server: Server
) -> None:
    _open(site, page, server)
    server.mode = "signed out"
    _cell(page, 1, "text").click()
    page.keyboard.type("内緒")
    page.keyboard.press("Enter")
    expect(_status(page)).to_contain_text("未保存のまま")
    built = site.pages["/page"]
    site.pages["/page"] = lambda: Reply(built().body.replace("editor@072028", "editor@072087"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(site.address + "/page")
    expect(_cell(page, 1, "text")).to_have_value("空き状況を確認できること。")
    assert "内緒" not in page.evaluate("JSON.stringify(sessionStorage)")


def test_a_lost_answer_is_asked_for_again_with_the_same_key(
    site: Site, page: Page, server: Server
) -> None:
    _open(site, page, server)
    server.mode = "busy"
    _cell(page, 1, "note").click()
    page.keyboard.type("一度だけ")
    page.keyboard.press("Enter")
    expect(_status(page)).to_contain_text("つながり次第、保存し直します")
    server.mode = "normal"
    page.get_by_role("button", name="保存する").click()
    expect(page.locator('tr[data-row="1"]')).to_contain_text("保存済")
    keys = [seen.headers["idempotency-key"] for seen in site.seen]
    assert len(keys) == 2
    assert keys[0] == keys[1]
    _cell(page, 1, "note").click()
    page.keyboard.type("二度目")
    with page.expect_response("**/save"):  # the words of the first save still stand there
        page.keyboard.press("Enter")
    assert site.seen[2].headers["idempotency-key"] != keys[0]


def test_a_refusal_is_shown_in_the_servers_words(site: Site, page: Page, server: Server) -> None:
    _open(site, page, server)
    server.mode = "refused"
    _cell(page, 1, "note").click()
    page.keyboard.type("遅れて")
    page.keyboard.press("Enter")
    expect(_status(page)).to_contain_text("この業務は締め切られました。1行は未保存のまま")
    expect(_cell(page, 1, "note")).to_have_value("遅れて")


FOUND = """下書き <a href="/detail/1">開く</a>
<details><summary>要確認1</summary><a href="/detail/1#findings">直し方を見る</a></details>"""


def test_state_and_findings_follow_the_saved_text(site: Site, page: Page, server: Server) -> None:
    _open(site, page, server)
    cell = page.locator('tr[data-row="1"] [data-grid-part=state]')
    expect(cell).not_to_contain_text("要確認1")
    server.parts = {"1": {"state": FOUND}}
    _cell(page, 1, "text").click()
    page.keyboard.type("迅速に確認できること。")
    page.keyboard.press("Enter")
    expect(cell).to_contain_text("下書き")
    expect(cell.locator("summary")).to_have_text("要確認1")
    expect(_status(page)).to_contain_text("1行を保存しました")
    expect(_status(page)).to_contain_text("点検で要確認1件が見つかりました。")
    expect(page.locator("[data-grid-part=counts]")).to_have_text("全3件: 下書き 1")
    assert _focused(page) == "rows-2-text"
    server.parts = {"1": {"state": "下書き <a href='/detail/1'>開く</a>"}}
    _cell(page, 1, "text").click()
    page.keyboard.type("3秒以内に確認できること。")
    page.keyboard.press("Enter")
    expect(cell.locator("summary")).to_have_count(0)


def test_the_arrows_reach_the_findings_of_a_row_and_a_save_leaves_the_focus_there(
    site: Site, page: Page, server: Server
) -> None:
    server.parts = {"1": {"state": FOUND}}
    _open(site, page, server)
    _cell(page, 1, "note").click()
    page.keyboard.type("備考")
    page.keyboard.press("Enter")
    summary = page.locator('tr[data-row="1"] summary')
    expect(summary).to_be_visible()
    page.locator('tr[data-row="1"] [data-grid-part=state] a').first.focus()
    page.keyboard.press("ArrowRight")
    expect(summary).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "直し方を見る"
    page.keyboard.press("ArrowLeft")
    expect(summary).to_be_focused()
    page.evaluate("document.querySelector('[name=\"rows-1-note\"]').value = '別の備考'")
    page.evaluate(
        "document.querySelector('[name=\"rows-1-note\"]')"
        ".dispatchEvent(new InputEvent('input', {bubbles: true}))"
    )
    page.evaluate("document.querySelector('form.kz-grid').requestSubmit()")
    expect(_status(page)).to_contain_text("1行を保存しました")
    expect(summary).to_be_focused()
    assert page.evaluate("document.activeElement.parentElement.open")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert _focused(page) == "after"


@pytest.mark.parametrize("mine", [True, False])
def test_two_people_one_row(site: Site, page: Page, server: Server, mine: bool) -> None:
    _open(site, page, server)
    server.stored["1"] |= {"version": 7, "text": "相手の文"}
    _cell(page, 1, "text").click()
    page.keyboard.type("自分の文")
    page.keyboard.press("Enter")
    conflict = page.locator(".kz-conflict")
    expect(conflict).to_contain_text("隣の席の人が10:31にこの行を変更しました")
    expect(conflict).to_contain_text("あなた: 自分の文")
    expect(conflict).to_contain_text("相手: 相手の文")
    assert server.stored["1"]["text"] == "相手の文"
    wanted = "自分の入力で保存し直す" if mine else "相手の内容にする"
    page.get_by_role("button", name=wanted).click()
    expect(conflict).to_have_count(0)
    expect(_cell(page, 1, "text")).to_have_value("自分の文" if mine else "相手の文")
    expect(page.locator(".is-dirty")).to_have_count(0)
    assert server.stored["1"]["text"] == ("自分の文" if mine else "相手の文")


def test_leaving_with_unsaved_rows_is_warned_of(site: Site, page: Page, server: Server) -> None:
    _open(site, page, server)
    warned: list[str] = []
    page.on("dialog", lambda dialog: (warned.append(dialog.type), dialog.accept()))
    page.locator("#after").click()
    expect(page).to_have_title("ほか")
    assert warned == []
    page.goto(site.address + "/page")
    server.mode = "refused"
    _cell(page, 1, "note").click()
    page.keyboard.type("まだ")
    page.locator("#after").click()
    expect(page).to_have_title("ほか")
    assert warned == ["beforeunload"]


def test_an_act_on_ticked_rows_saves_first_and_waits_for_faulty_rows(
    site: Site, page: Page, server: Server
) -> None:
    _open(site, page, server, bulk=None)
    marked = site.pages["/page"]
    site.pages["/page"] = lambda: Reply(
        marked().body.replace('<span class="kz-small" data-select-count>', BULK + '<span data-select-count>')
    )  # fmt: skip
    site.posts["/submit"] = lambda seen: Reply("<!DOCTYPE html><title>提出しました</title>")
    page.goto(site.address + "/page")
    expect(page.locator("form.kz-grid.is-live")).to_be_visible()
    _cell(page, 1, "text").click()
    page.keyboard.press("Shift+Space")
    page.keyboard.type("禁")
    page.get_by_role("button", name="選択した行を提出").click()
    expect(_status(page)).to_contain_text("先に進めません")
    assert {seen.path for seen in site.seen} == {"/save"}
    _cell(page, 1, "text").click()
    page.keyboard.type("よい文")
    page.get_by_role("button", name="選択した行を提出").click()
    expect(page).to_have_title("提出しました")
    assert server.stored["1"]["text"] == "よい文"
    assert "selected=1" in site.seen[-1].body


def test_what_is_typed_before_the_script_runs_counts_as_not_saved(
    site: Site, page: Page, server: Server
) -> None:
    held: list[Route] = []
    page.route("**/grid.js*", lambda route: held.append(route))
    _open(site, page, server, live=False)
    _cell(page, 1, "note").fill("早い入力")
    _cell(page, 2, "obligation").select_option("optional")
    for route in held:
        route.continue_()
    expect(page.locator('tr[data-row="1"]')).to_contain_text("未保存")
    expect(page.locator('tr[data-row="2"]')).to_contain_text("未保存")
    page.get_by_role("button", name="保存する").click()
    expect(_status(page)).to_contain_text("2行を保存しました")
    assert server.stored["1"]["note"] == "早い入力"
    assert server.stored["2"]["obligation"] == "optional"


def test_new_rows_are_added_and_an_empty_one_is_no_row(
    site: Site, page: Page, server: Server
) -> None:
    _open(site, page, server)
    page.get_by_role("button", name="行を追加").click()
    assert _focused(page) == "selected"
    expect(_cell(page, "new-1", "text")).to_have_attribute("aria-label", "本文 4行目")
    page.keyboard.press("ArrowUp")
    assert site.seen == []
    _cell(page, "new-1", "number").click()
    page.keyboard.type("1.4")
    page.keyboard.press("Tab")
    page.keyboard.type("足した行")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="保存する").click()
    expect(page.locator('tr[data-row="new-1"]')).to_contain_text("要修正")
    expect(_cell(page, "new-1", "text")).to_have_value("")


def test_the_plain_form_posts_every_cell_without_javascript(site: Site, server: Server) -> None:
    rows = [
        {
            "id": "1",
            "version": 1,
            "values": {"text": "文", "number": "1"},
            "errors": {"text": ["直してください。"]},
        }
    ]
    more: dict[str, Any] = {
        "complete": True,
        "blanks": 1,
        "bulk": None,
        "hidden_columns": {},
        "dense": False,
    }
    html = render_text(PAGE, columns=COLUMNS, rows=rows, **more)
    for name in ("rows-1-text", "rows-1-version", "rows-new-1-text", "rows-new-1-version"):
        assert f'name="{name}"' in html
    assert 'aria-describedby="rows-1-text-error"' in html
    assert "＊直してください。" in html
    assert json.dumps("data-grid-add hidden")[1:-1] in html
