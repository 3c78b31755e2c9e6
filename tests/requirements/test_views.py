"""A town's table and the pages around it; who sees what."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from registry.audit import AuditEvent
from registry.db import Database
from registry.processes import service as processes
from registry.requirements import service
from registry.requirements.values import Values
from tests.conftest import Client
from tests.requirements.lists import lines, submit
from tests.requirements.pages import PATH, SignIn, json_save, row, text
from tests.world import World

# ── lists ──


def test_the_list_of_businesses_shows_the_own_progress(editor: Client, ids: dict[str, int]) -> None:
    page = text(editor.get("/requirements"))
    assert "公共施設予約" in page
    assert "除雪・道路情報" in page
    assert "50% 1/2" in page
    assert "提出する : 公共施設予約" in page
    assert "一覧を取り込む : 除雪・道路情報" in page


def test_a_coordinator_goes_on_to_the_towns(signed_in: SignIn, ids: dict[str, int]) -> None:
    client = signed_in("coordinator@bureau.example")
    assert "団体ごとに見る : 公共施設予約" in text(client.get("/requirements"))
    answer = client.get(PATH)
    assert (answer.status_code, answer.location) == (303, f"{PATH}/towns")
    page = client.get(f"{PATH}/towns")
    assert "会津若松市 1 0 あり 公開" in text(page)
    assert "湯川村 0 0 － 未提出" in text(page)
    assert f'href="{PATH}?municipality=072028"' in page.get_data(as_text=True)


def test_the_own_table_can_be_edited_and_anothers_only_read(
    editor: Client, ids: dict[str, int]
) -> None:
    own = editor.get(PATH).get_data(as_text=True)
    assert f'name="rows-{ids["draft"]}-text"' in own
    assert "隣町" not in own
    other = editor.get(f"{PATH}?municipality=072087")
    assert "隣町は帳票を出せること。" in text(other)
    assert "隣町の下書き" not in text(other)
    assert "提出していない下書きもあります" in text(other)
    assert "kz-cell-control" not in other.get_data(as_text=True)


def test_an_approver_reads_the_table(approver: Client, ids: dict[str, int]) -> None:
    answer = approver.get(PATH)
    assert "空きを照会できること。" in text(answer)
    assert "kz-cell-control" not in answer.get_data(as_text=True)
    assert "確定待ち 1件" in text(answer)


def test_a_hiding_town_shows_counts_only(
    editor: Client, signed_in: SignIn, desk: Any, world: World, ids: dict[str, int]
) -> None:
    with desk() as session:
        processes.hide_detail(
            session,
            world.of("editor", "072087"),
            municipality_id=world.towns["072087"].id,
            business_id=world.business.id,
            hidden=True,
        )
    page = text(editor.get(f"{PATH}?municipality=072087"))
    assert "内訳を公開していません" in page
    assert "提出 1件" in page
    assert "隣町は" not in page
    assert editor.get(f"{PATH}/{ids['hers']}").status_code == 404
    assert editor.send(f"{PATH}/export", municipality="072087").status_code == 404
    assert "内訳非公開" in text(editor.get(f"{PATH}/towns"))
    coordinator = signed_in("coordinator@bureau.example")
    assert "隣町は帳票" in text(coordinator.get(f"{PATH}?municipality=072087"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=空き", ["空きを照会できること。"]),
        ("q=照会&state=draft", ["空きを照会できること。"]),
        ("state=submitted", ["予約できること。"]),
        ("q=ない語", []),
        ("section=照会", ["空きを照会できること。", "予約できること。"]),
        ("goal=G-1", []),
        ("sort=label&order=descending", ["予約できること。", "空きを照会できること。"]),
        ("sort=nonsense&state=nonsense&q=%00", ["空きを照会できること。", "予約できること。"]),
    ],
)
def test_the_address_narrows_and_sorts(
    editor: Client, ids: dict[str, int], query: str, found: list[str]
) -> None:
    answer = editor.get(f"{PATH}?{query}")
    assert answer.status_code == 200
    page = unescape(answer.get_data(as_text=True))
    shown = re.findall(
        r'<textarea class="kz-cell-control" name="rows-\d+-text"[^>]*>\n([^<]*)<', page
    )
    assert shown == found
    if not found:
        assert "当てはまる要件はありません" in page


def test_pages_of_a_long_table(editor: Client, desk: Any, world: World) -> None:
    with desk() as session:
        lines(session, world, [f"帳票{n}を出力できること。" for n in range(120)])
    page = editor.get(f"{PATH}?page_size=50&page=3").get_data(as_text=True)
    assert len(re.findall(r'<tr data-row="\d+"', page)) == 20
    assert "data-complete" not in page
    assert editor.get(f"{PATH}?page=x").status_code == 422


def test_an_empty_table_says_what_to_do(editor: Client, signed_in: SignIn) -> None:
    page = text(editor.get("/requirements/snow-removal"))
    assert "要件がまだありません" in page
    assert "一覧を取り込む" in page
    reader = text(signed_in("approver@072028.example").get("/requirements/snow-removal"))
    assert "入力すると、ここに表示されます" in reader


# ── who sees what ──


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("editor@134210.example", 404),
        ("coordinator@elsewhere.example", 404),
        ("vendor@vendor-a.example", 403),
        ("administrator@bureau.example", 403),
    ],
)
def test_outsiders_get_nothing(
    signed_in: SignIn, desk: Any, world: World, ids: dict[str, int], email: str, expected: int
) -> None:
    client = signed_in(email)
    for path in (f"{PATH}/{ids['sent']}", f"{PATH}?municipality=072028"):
        assert client.get(path).status_code == expected, path


def test_anothers_lines_are_out_of_reach(editor: Client, ids: dict[str, int], desk: Any) -> None:
    assert "隣町は帳票" in text(editor.get(f"{PATH}/{ids['hers']}"))
    assert "履歴" not in text(editor.get(f"{PATH}/{ids['hers']}"))
    assert editor.get(f"{PATH}/{ids['secret']}").status_code == 404
    for path in (f"{PATH}/{ids['hers']}/edit", f"{PATH}/{ids['secret']}/edit"):
        assert editor.get(path).status_code == 404
        assert editor.send(path, version="1", text="書き換え").status_code == 404
    assert editor.send(f"{PATH}/{ids['secret']}/delete", version="1").status_code == 404
    assert editor.send(f"{PATH}/delete", selected=[str(ids["secret"])]).status_code == 404
    assert editor.get(f"{PATH}/999999").status_code == 404
    assert editor.get("/requirements/no-such-business").status_code == 404
    assert editor.get(f"{PATH}?municipality=999999").status_code == 404
    assert editor.get(f"/requirements/snow-removal/{ids['draft']}").status_code == 404
    assert row(desk, ids["secret"])[2] == "隣町の下書き"


def test_roles_without_the_right_are_refused(
    signed_in: SignIn, approver: Client, ids: dict[str, int]
) -> None:
    contributor = signed_in("contributor@072028.example")
    coordinator = signed_in("coordinator@bureau.example")
    assert contributor.get(f"{PATH}/submit").status_code == 403
    assert contributor.send(f"{PATH}/submit", everything="1").status_code == 403
    assert contributor.get("/approvals").status_code == 403
    for client in (approver, coordinator):
        assert client.get(f"{PATH}/new").status_code == 403
        assert client.send(f"{PATH}/{ids['draft']}/edit", text="x").status_code == 403
        assert json_save(client, "each").status_code == 403


# ── Excel ──


def sheet(answer: TestResponse) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    found = book.active
    assert found is not None
    return [[cell.value for cell in line] for line in found.iter_rows()]


def test_the_table_comes_out_as_excel(editor: Client, desk: Any, ids: dict[str, int]) -> None:
    own = sheet(editor.send(f"{PATH}/export"))
    assert own[0][:5] == ["ID", "版", "分類", "番号", "要件"]
    assert [line[4] for line in own[1:]] == ["空きを照会できること。", "予約できること。"]
    assert own[1][0] == f"KAIZU-{ids['draft']}"
    other = sheet(editor.send(f"{PATH}/export", municipality="072087"))
    assert other[0][0] == "分類"
    assert [line[2] for line in other[1:]] == ["隣町は帳票を出せること。"]
    with desk() as session:
        actions = session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.sequence)).all()
    assert actions.count("requirements.export") == 2


# ── as many queries at many lines as at few ──


def test_pages_ask_no_more_for_more_lines(
    editor: Client, approver: Client, desk: Any, world: World, database: Database
) -> None:
    def count(client: Client, path: str) -> int:
        asked: list[object] = []
        note = lambda *_: asked.append(1)  # noqa: E731
        sa.event.listen(database.engine, "before_cursor_execute", note)
        assert client.get(path).status_code == 200
        sa.event.remove(database.engine, "before_cursor_execute", note)
        return len(asked)

    pages = [
        (editor, "/requirements"),
        (editor, PATH),
        (editor, f"{PATH}?municipality=072087"),
        (editor, f"{PATH}/towns"),
        (editor, f"{PATH}/submit"),
        (approver, "/approvals"),
    ]
    with desk() as session:
        for code in ("072028", "072087"):
            first = lines(session, world, ["照会できること。", "予約できること。"], code)
            submit(session, world, first[:1])
    few = [count(*page) for page in pages]
    with desk() as session:
        for code in ("072028", "072087", "074225"):
            more = lines(session, world, [f"帳票{n}" for n in range(40)], code)
            submit(session, world, more[:20])
            on_list = service.save_new(
                session,
                world.of("editor", code),
                requirement_list=service.hand_kept_list(
                    session,
                    world.of("editor", code),
                    municipality_id=world.towns[code].id,
                    business_id=world.other_business.id,
                ),
                values=Values(text="除雪できること。"),
            )
            assert on_list.position == 1
    assert [count(*page) for page in pages] == few


# ── columns ──


def heads(answer: TestResponse) -> list[str]:
    """The heads of the columns that hold the fields of a line."""
    page = answer.get_data(as_text=True)
    return re.findall(r'<th [^>]*data-field="([a-z]+)"', page)


def test_the_step_is_put_away_until_it_is_chosen(editor: Client, ids: dict[str, int]) -> None:
    usual = ["section", "label", "text", "obligation", "kind", "goal", "note"]
    assert heads(editor.get(PATH)) == usual
    assert heads(editor.get(f"{PATH}?columns=step&columns=section&columns=colour")) == [
        "section",
        "text",
        "step",
    ]
    other = editor.get(f"{PATH}?municipality=072087&columns=step")
    assert heads(other) == ["text", "step", "state"]
    assert "隣町は帳票を出せること。" in text(other)


def test_a_choice_of_columns_is_kept_by_the_browser_and_by_the_address(
    editor: Client, ids: dict[str, int]
) -> None:
    answer = editor.get(
        f"{PATH}?q=空き&columns=text&columns=label&columns=step&density=dense&remember=1"
    )
    assert answer.status_code == 303
    address = unquote(answer.headers["Location"])
    assert address == f"{PATH}?q=空き&columns=label.text.step&density=dense"
    (cookie,) = [
        one for one in answer.headers.getlist("Set-Cookie") if one.startswith("kaizu-columns=")
    ]
    assert cookie.startswith("kaizu-columns=label.text.step.dense;")
    for attribute in ("HttpOnly", "SameSite=Lax", "Path=/requirements", "Max-Age=31536000"):
        assert attribute in cookie
    later = editor.get(PATH)
    assert heads(later) == ["label", "text", "step"]
    assert "kz-table--dense" in later.get_data(as_text=True)
    sent_by_somebody = editor.get(f"{PATH}?columns=note")
    assert heads(sent_by_somebody) == ["text", "note"]
    assert "kz-table--dense" not in sent_by_somebody.get_data(as_text=True)
    assert heads(editor.get(PATH)) == ["label", "text", "step"]  # what was sent changes nothing


def test_the_choice_keeps_what_the_table_is_narrowed_to(
    editor: Client, ids: dict[str, int]
) -> None:
    page = editor.get(f"{PATH}?state=draft&sort=label&columns=note").get_data(as_text=True)
    form = re.search(r'<form class="kz-layout".*?</form>', page, flags=re.S)
    assert form
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0])
    assert hidden == [("state", "draft"), ("sort", "label"), ("columns", "text")]
    assert re.findall(r'value="([a-z_]+)" checked', form[0]) == ["text", "note", "normal"]


@pytest.mark.parametrize("cookie", ["<script>", "dense", "text." * 700, "label.colour"])
def test_a_strange_cookie_does_no_harm(editor: Client, ids: dict[str, int], cookie: str) -> None:
    editor.set_cookie("kaizu-columns", cookie, path="/requirements")
    answer = editor.get(PATH)
    assert answer.status_code == 200
    assert "<script>" not in text(answer)
    assert "text" in heads(answer)
