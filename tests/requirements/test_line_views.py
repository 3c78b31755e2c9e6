"""One line on its pages: written, changed, deleted."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from registry.requirements.models import Requirement
from tests.conftest import Client
from tests.requirements.lists import edit
from tests.requirements.pages import PATH, row, text
from tests.world import World


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
