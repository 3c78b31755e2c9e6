"""One line on its pages: written, changed, deleted."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from registry.requirements.models import Requirement
from tests.conftest import Client
from tests.requirements.lists import edit, lines
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


VAGUE = "税証明を迅速に発行できること。"
FILLED = "税証明を〔何秒・何日〕以内に発行できること。"


def test_a_proposal_is_taken_into_the_form_filled_and_saved(
    editor: Client, desk: Any, world: World
) -> None:
    with desk() as session:
        (made,) = lines(session, world, [VAGUE])
        line = made.id
    detail = editor.get(f"{PATH}/{line}").get_data(as_text=True)
    path = f"{PATH}/{line}/edit"
    assert f'href="{path}?take=vague.speed.4"' in detail
    answer = editor.get(f"{path}?take=vague.speed.4")
    page = answer.get_data(as_text=True)
    assert f"{FILLED}</textarea>" in page
    assert 'autofocus data-chosen="4 14"' in page
    assert 'data-draft="offered"' in page
    assert "〔 〕の中を" in text(answer)
    assert f"保存されている文: {VAGUE}" in text(answer)
    assert row(desk, line)[2] == VAGUE
    fields = editor.hidden(path)
    refused = editor.send(path, **fields | {"text": FILLED, "proposed": "1"})
    assert refused.status_code == 422
    assert "〔何秒・何日〕が残っています" in text(refused)
    assert f"{FILLED}</textarea>" in refused.get_data(as_text=True)
    assert f"保存されている文: {VAGUE}" in text(refused)
    done = editor.send(path, **fields | {"text": FILLED.replace("〔何秒・何日〕", "5分")})
    assert done.status_code == 303
    assert row(desk, line)[2] == "税証明を5分以内に発行できること。"


def test_a_proposal_is_taken_into_what_was_typed(editor: Client, desk: Any, world: World) -> None:
    with desk() as session:
        (made,) = lines(session, world, ["予約できること。"])
        line = made.id
    path = f"{PATH}/{line}/edit"
    assert "点検:" not in text(editor.get(path))
    fields = editor.hidden(path)
    typed = {"text": f"窓口で、{VAGUE}", "note": "消えては困る備考", "take": "vague.speed.4"}
    answer = editor.send(path, **fields | typed)
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert f"窓口で、{FILLED}</textarea>" in page
    assert "消えては困る備考" in page
    assert 'data-draft="taken"' in page
    assert row(desk, line)[2] == "予約できること。"
    new = editor.send(f"{PATH}/new", text=VAGUE, take="vague.speed.0")
    assert f"{FILLED}</textarea>" in new.get_data(as_text=True)
    assert editor.send(f"{PATH}/new", text=FILLED).status_code == 422


def test_a_proposal_that_is_gone_leaves_the_text_as_it_is(
    editor: Client, desk: Any, world: World
) -> None:
    with desk() as session:
        (made,) = lines(session, world, [VAGUE])
        line = made.id
    for take in ("vague.proper.4", "vague.speed.x", "nothing", "vague.speed.999999999999"):
        answer = editor.get(f"{PATH}/{line}/edit?take={take}")
        assert answer.status_code == 200
        assert f"{VAGUE}</textarea>" in answer.get_data(as_text=True)
        assert "いまの内容には見つかりません" in text(answer)


def test_blanks_that_were_stored_long_ago_do_not_hold_up_other_fields(
    editor: Client, desk: Any, world: World
) -> None:
    with desk() as session:
        (made,) = lines(session, world, [FILLED])
        line = made.id
    path = f"{PATH}/{line}/edit"
    answer = editor.send(path, **editor.hidden(path) | {"text": FILLED, "note": "備考"})
    assert answer.status_code == 303


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
