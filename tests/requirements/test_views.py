from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from registry import transaction
from registry.audit import AuditEvent
from registry.db import Database
from registry.processes import service as processes
from registry.requirements import service
from registry.requirements.models import Requirement, RequirementState
from registry.requirements.values import Values
from tests.conftest import AUDIT_KEY, Client
from tests.requirements.lists import edit, lines, submit
from tests.world import World

PATH = "/requirements/facility-reservation"
SignIn = Callable[[str], Client]


@pytest.fixture
def desk(database: Database, world: World) -> Callable[[], Any]:
    """`with desk() as session`: a committed change beside the requests."""

    @contextmanager
    def open_desk() -> Iterator[Session]:
        with transaction.writing(database, audit_key=AUDIT_KEY) as session:
            yield session

    return open_desk


@pytest.fixture
def ids(desk: Any, world: World) -> dict[str, int]:
    """Lines of two towns: own draft and submitted, the neighbour's draft and submitted."""
    with desk() as session:
        draft, sent = lines(session, world, ["空きを照会できること。", "予約できること。"])
        submit(session, world, [sent])
        hers, secret = lines(session, world, ["隣町は帳票を出せること。", "隣町の下書き"], "072087")
        submit(session, world, [hers])
        return {"draft": draft.id, "sent": sent.id, "hers": hers.id, "secret": secret.id}


@pytest.fixture
def editor(signed_in: SignIn) -> Client:
    return signed_in("editor@072028.example")


@pytest.fixture
def approver(signed_in: SignIn) -> Client:
    return signed_in("approver@072028.example")


def text(answer: TestResponse) -> str:
    """The words of a page, without its tags."""
    page = re.sub(
        r"<(script|style|template)\b.*?</\1>", "", answer.get_data(as_text=True), flags=re.S
    )
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def json_save(client: Client, mode: str, *rows: dict[str, Any], key: str = "k") -> TestResponse:
    return client.post(
        f"{PATH}/rows",
        json={"mode": mode, "rows": list(rows)},
        headers={
            "X-CSRFToken": client.csrf(),
            "Idempotency-Key": key,
            "Accept": "application/json",
        },
    )


def row(desk: Any, row_id: int) -> Any:
    with desk() as session:
        found = session.get_one(Requirement, row_id)
        return (
            found.version,
            found.state,
            found.draft_version.text,
            found.draft_version.obligation,
            found.deleted_at is not None,
        )


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


# ── the plain form ──


def test_a_new_line_is_written(editor: Client, desk: Any) -> None:
    fields = editor.hidden(f"{PATH}/new")
    answer = editor.send(
        f"{PATH}/new",
        **fields
        | {"text": "通知できること。", "obligation": "optional", "goal": "G-1-1", "kind": "form"},
    )
    assert answer.status_code == 303
    page = text(editor.get(answer.location))
    for words in (
        "通知できること。",
        "任意",
        "帳票",
        "G-1-1 施設の予約が家からできている",
        "下書き",
    ):
        assert words in page
    again = editor.send(f"{PATH}/new", text="別の行", again="1")
    assert again.location == f"{PATH}/new"


def test_a_faulty_form_keeps_what_was_typed(editor: Client, desk: Any) -> None:
    answer = editor.send(f"{PATH}/new", text="", note="消えては困る備考", goal="G-77")
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "消えては困る備考" in page
    assert "入力してください" in page
    unknown = editor.send(f"{PATH}/new", text="照会", goal="G-77")
    assert unknown.status_code == 422
    assert "目標ツリーにありません" in text(unknown)
    with desk() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Requirement)) == 0


def test_an_edit_shows_in_the_history(editor: Client, ids: dict[str, int]) -> None:
    path = f"{PATH}/{ids['sent']}/edit"
    page = editor.get(path).get_data(as_text=True)
    assert "予約できること。" in page
    fields = editor.hidden(path)
    answer = editor.send(path, **fields | {"text": "予約を申し込めること。", "label": "2"})
    assert answer.status_code == 303
    detail = editor.get(answer.location).get_data(as_text=True)
    assert '<ins class="kz-diff">' in detail
    assert "提出していない変更があります" in detail
    assert "第2版" in detail
    assert "会津若松市 情報部門" in detail


def test_a_stale_edit_shows_both_sides(
    editor: Client, desk: Any, world: World, ids: dict[str, int]
) -> None:
    path = f"{PATH}/{ids['draft']}/edit"
    fields = editor.hidden(path)
    with desk() as session:
        edit(
            session,
            world.of("contributor"),
            session.get_one(Requirement, ids["draft"]),
            "先に直した文",
        )
    answer = editor.send(path, **fields | {"text": "あとから直した文"})
    assert answer.status_code == 409
    page = text(answer)
    assert "先に直した文" in page
    assert "あとから直した文" in page
    assert row(desk, ids["draft"])[2] == "先に直した文"


def test_a_draft_is_deleted_and_a_submitted_line_is_not(
    editor: Client, desk: Any, ids: dict[str, int]
) -> None:
    detail = f"{PATH}/{ids['draft']}"
    fields = editor.hidden(detail, f"{detail}/delete")
    assert editor.send(f"{detail}/delete", **fields).status_code == 303
    assert row(desk, ids["draft"])[4]
    assert editor.get(detail).status_code == 404
    assert "下書きを削除" not in text(editor.get(f"{PATH}/{ids['sent']}"))
    refused = editor.send(f"{PATH}/{ids['sent']}/delete", version="2")
    assert refused.status_code == 409
    assert "比較や対応付け" in text(refused)
    assert not row(desk, ids["sent"])[4]


# ── the table as a form ──


def grid_fields(client: Client, **changes: str) -> dict[str, str]:
    """What a browser without JavaScript posts for the whole table."""
    page = client.get(PATH).get_data(as_text=True)
    form = re.search(r"<form class=\"kz-grid\".*?</form>", page, flags=re.S)
    assert form
    body = re.sub(r"<template.*?</template>", "", form[0], flags=re.S)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', body))
    fields |= dict(re.findall(r'<input type="text"[^>]*name="([^"]+)"[^>]*? value="([^"]*)"', body))
    fields |= dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n([^<]*)</textarea>', body))
    for name, options in re.findall(
        r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', body, flags=re.S
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    fields.pop("csrf_token")
    return {name: unescape(value) for name, value in fields.items()} | changes


def test_the_plain_table_saves_changed_and_new_rows(
    editor: Client, desk: Any, ids: dict[str, int]
) -> None:
    one = ids["draft"]
    fields = grid_fields(
        editor,
        **{
            f"rows-{one}-text": "空きを検索できること。",
            f"rows-{one}-obligation": "mandatory",
            "rows-new-1-text": "新しい行",
            "rows-new-1-section": "追加",
        },
    )
    answer = editor.send(PATH, **fields)
    assert answer.status_code == 303
    page = text(editor.get(PATH))
    assert "2行を保存しました。" in page
    version, _, words, obligation, _ = row(desk, one)
    assert (version, words, obligation) == (2, "空きを検索できること。", "mandatory")
    assert row(desk, ids["sent"])[:2] == (2, RequirementState.SUBMITTED)
    with desk() as session:
        found = session.scalar(sa.select(sa.func.count()).select_from(Requirement))
        assert found == 5  # the two empty rows are none


def test_a_faulty_plain_table_stores_no_row(editor: Client, desk: Any, ids: dict[str, int]) -> None:
    fields = grid_fields(
        editor,
        **{f"rows-{ids['draft']}-text": "直した文", "rows-new-1-note": "本文のない新しい行"},
    )
    answer = editor.send(PATH, **fields)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "直した文" in page
    assert "本文のない新しい行" in page
    assert "1行に直す点があります" in page
    assert row(desk, ids["draft"])[2] == "空きを照会できること。"


def test_acts_on_ticked_rows_save_the_table_first(
    editor: Client, desk: Any, ids: dict[str, int]
) -> None:
    fields = grid_fields(editor, **{f"rows-{ids['draft']}-text": "直してから提出"})
    answer = editor.send(f"{PATH}/submit", **fields, selected=str(ids["draft"]))
    assert answer.status_code == 303
    assert row(desk, ids["draft"])[1:3] == (RequirementState.SUBMITTED, "直してから提出")


def test_ticked_rows_get_a_goal_or_go(editor: Client, desk: Any, ids: dict[str, int]) -> None:
    fields = grid_fields(editor, bulk_goal="G-1-2")
    ticked = [str(ids["draft"]), str(ids["sent"])]
    answer = editor.send(f"{PATH}/goal", **fields, selected=ticked)
    assert answer.status_code == 303
    with desk() as session:
        goals = [session.get_one(Requirement, int(one)).draft_version.goal_id for one in ticked]
    assert len(set(goals)) == 1
    assert goals[0] is not None
    refused = editor.send(f"{PATH}/delete", selected=ticked)
    assert refused.status_code == 409
    assert not row(desk, ids["draft"])[4]
    stale = editor.send(
        f"{PATH}/delete", selected=ticked[:1], **{f"rows-{ids['draft']}-version": "1"}
    )
    assert stale.status_code == 409
    gone = editor.send(
        f"{PATH}/delete", selected=ticked[:1], **{f"rows-{ids['draft']}-version": "2"}
    )
    assert gone.status_code == 303
    assert row(desk, ids["draft"])[4]
    nothing = editor.send(f"{PATH}/delete")
    assert nothing.status_code == 422
    assert "選ばれていません" in text(nothing)
    assert editor.send(f"{PATH}/goal", selected=ticked[1:], bulk_goal="G-77").status_code == 404


# ── the table's script ──


def test_rows_are_saved_each_for_itself(editor: Client, desk: Any, ids: dict[str, int]) -> None:
    answer = json_save(
        editor,
        "each",
        {"id": str(ids["draft"]), "version": 1, "fields": {"text": "空きを検索できること。 "}},
        {"id": "new-1", "version": None, "fields": {"text": "新しい行", "kind": "帳票"}},
        {"id": "new-2", "version": None, "fields": {"text": "", "note": "本文がない"}},
        {"id": str(ids["sent"]), "version": 2, "fields": {"goal": "G-77"}},
        {"id": str(ids["secret"]), "version": 1, "fields": {"text": "書き換え"}},
        {"id": "99999999999999999999", "version": 1, "fields": {"text": "書き換え"}},
    )
    assert answer.status_code == 200
    first, made, empty, goal, foreign, huge = answer.get_json()["rows"]
    assert first == {
        "id": str(ids["draft"]),
        "version": 2,
        "errors": {},
        "fields": {"text": "空きを検索できること。"},
    }
    assert made["id"].isdecimal()
    assert (made["version"], made["fields"]) == (1, {"kind": "form"})
    assert list(empty["errors"]) == ["text"]
    assert list(goal["errors"]) == ["goal"]
    assert list(foreign["errors"]) == list(huge["errors"]) == ["_row"]
    assert row(desk, ids["draft"])[2] == "空きを検索できること。"
    assert row(desk, ids["secret"])[2] == "隣町の下書き"


def test_a_pasted_block_is_stored_whole_or_not(
    editor: Client, desk: Any, ids: dict[str, int]
) -> None:
    block = [{"id": f"new-{n}", "version": None, "fields": {"text": f"行{n}"}} for n in range(60)]
    faulty = [
        *block,
        {"id": "new-60", "version": None, "fields": {"text": "x", "obligation": "多分"}},
    ]
    answer = json_save(editor, "all", *faulty, key="a")
    assert answer.status_code == 422
    found = answer.get_json()["rows"]
    assert [bool(one["errors"]) for one in found] == [False] * 60 + [True]
    with desk() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Requirement)) == 4
    assert json_save(editor, "all", *block, key="b").status_code == 200
    assert json_save(editor, "all", *block, key="b").headers["Idempotency-Replayed"] == "true"
    with desk() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Requirement)) == 64


def test_a_stale_row_shows_what_is_stored_and_by_whom(
    editor: Client, desk: Any, world: World, ids: dict[str, int]
) -> None:
    with desk() as session:
        edit(
            session,
            world.of("contributor"),
            session.get_one(Requirement, ids["draft"]),
            "先に直した文",
        )
    answer = json_save(
        editor, "each", {"id": str(ids["draft"]), "version": 1, "fields": {"text": "あとの文"}}
    )
    (found,) = answer.get_json()["rows"]
    assert found["conflict"]["version"] == 2
    assert found["conflict"]["fields"]["text"] == "先に直した文"
    assert found["conflict"]["who"] == "会津若松市 原課職員"
    again = json_save(
        editor,
        "each",
        {"id": str(ids["draft"]), "version": 2, "fields": {"text": "あとの文"}},
        key="again",
    )
    assert again.get_json()["rows"][0]["version"] == 3


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"mode": "some", "rows": [{"id": "new-1", "fields": {"text": "x"}}]},
        {"mode": "each", "rows": "x"},
        {"mode": "each", "rows": [{"id": "new-1"}] * 501},
        {"mode": "each", "rows": [{"id": 1, "fields": {"text": ["x"]}}]},
        ["x"],
    ],
)
def test_an_odd_message_is_refused(editor: Client, body: Any) -> None:
    answer = editor.post(f"{PATH}/rows", json=body, headers={"X-CSRFToken": editor.csrf()})
    assert answer.status_code == 422


# ── submitting and judging ──


def test_the_submit_page_lists_what_is_not_submitted(
    editor: Client, desk: Any, ids: dict[str, int]
) -> None:
    page = text(editor.get(f"{PATH}/submit"))
    assert "空きを照会できること。" in page
    assert "予約できること。" not in page
    assert "実装区分のない要件が1件" in page
    fields = editor.hidden(f"{PATH}/submit")
    answer = editor.send(f"{PATH}/submit", **fields, selected=str(ids["draft"]))
    assert answer.status_code == 303
    assert row(desk, ids["draft"])[1] == RequirementState.SUBMITTED
    assert "提出する下書きはありません" in text(editor.get(f"{PATH}/submit"))


def item(desk: Any, row_id: int) -> str:
    with desk() as session:
        return f"{row_id}-{session.get_one(Requirement, row_id).submitted_version_id}"


def test_an_approver_confirms_what_the_page_shows(
    approver: Client, desk: Any, ids: dict[str, int]
) -> None:
    page = text(approver.get("/approvals"))
    assert "予約できること。" in page
    assert "会津若松市 情報部門" in page
    assert "空きを照会" not in page
    assert "隣町" not in page
    fields = approver.hidden("/approvals", "/approvals/confirm")
    answer = approver.send("/approvals/confirm", **fields, selected=item(desk, ids["sent"]))
    assert answer.status_code == 303
    assert row(desk, ids["sent"])[1] == RequirementState.CONFIRMED
    assert "確定を待っている要件はありません" in text(approver.get("/approvals"))


def test_a_changed_submission_is_shown_with_its_differences(
    approver: Client, desk: Any, world: World, ids: dict[str, int]
) -> None:
    with desk() as session:
        one = session.get_one(Requirement, ids["sent"])
        service.confirm(
            session, world.of("approver"), items=[(one.id, one.submitted_version_id or 0)]
        )
        edit(session, world.of("editor"), one, "予約を取り消せること。")
        submit(session, world, [one])
    page = approver.get("/approvals?business=facility-reservation").get_data(as_text=True)
    assert "<ins" in page
    assert "<del" in page
    assert "前に確定した内容との違い" in page
    assert "確定を待っている要件はありません" in text(
        approver.get("/approvals?business=snow-removal")
    )


def test_returning_needs_a_reason_and_keeps_the_ticks(
    approver: Client, editor: Client, desk: Any, ids: dict[str, int]
) -> None:
    ticked = item(desk, ids["sent"])
    refused = approver.send("/approvals/send-back", selected=ticked, reason=" ")
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert "差戻しの理由を入力してください" in page
    assert re.search(rf'value="{ticked}"[^>]*checked', page)
    answer = approver.send("/approvals/send-back", selected=ticked, reason="主語を書いてください")
    assert answer.status_code == 303
    assert row(desk, ids["sent"])[1] == RequirementState.RETURNED
    assert "主語を書いてください" in text(editor.get(PATH))
    assert "主語を書いてください" in text(editor.get(f"{PATH}/{ids['sent']}/edit"))


def test_a_superseded_submission_is_not_confirmed(
    approver: Client, desk: Any, world: World, ids: dict[str, int]
) -> None:
    ticked = item(desk, ids["sent"])
    with desk() as session:
        one = session.get_one(Requirement, ids["sent"])
        edit(session, world.of("editor"), one, "予約を取り消せること。")
        submit(session, world, [one])
    assert approver.send("/approvals/confirm", selected=ticked).status_code == 409
    neighbour = item(desk, ids["hers"])
    assert approver.send("/approvals/confirm", selected=neighbour).status_code == 403
    for odd in ("x", "1", "1-", f"{2**40}-1"):
        assert approver.send("/approvals/confirm", selected=odd).status_code == 422
    assert approver.send("/approvals/confirm").status_code == 422
    assert row(desk, ids["hers"])[1] == RequirementState.SUBMITTED


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
