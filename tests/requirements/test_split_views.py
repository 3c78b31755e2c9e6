"""The page on which a line is made into several."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Client
from tests.requirements.lists import agreed, edit, lines
from tests.requirements.pages import PATH, SignIn, row, text
from tests.world import World

COMPOUND = "滞納者を検索でき、結果をCSVで出力できること。"


@pytest.fixture
def line(desk: Any, world: World) -> int:
    with desk() as session:
        (made,) = lines(session, world, [COMPOUND])
        return int(made.id)


def test_the_proposed_split_is_read_changed_and_saved(editor: Client, desk: Any, line: int) -> None:
    path = f"{PATH}/{line}/split"
    assert path in editor.get(f"{PATH}/{line}").get_data(as_text=True)
    page = editor.get(path).get_data(as_text=True)
    assert "滞納者を検索できること。</textarea>" in page
    assert "結果をCSVで出力できること。</textarea>" in page
    assert 'value="1-2"' in page
    fields = editor.hidden(path)
    typed = {
        "part-1-text": "滞納者を氏名で検索できること。",
        "part-1-label": "1",
        "part-2-text": "",
        "part-2-label": "1-2",
        "part-3-text": "結果をCSVで出力できること。",
        "part-3-label": "1-3",
    }
    answer = editor.send(path, **fields | typed)
    assert answer.status_code == 303
    words = text(editor.get(answer.location))
    assert "2件に分けて、下書きとして保存しました" in words
    assert row(desk, line)[2] == "滞納者を氏名で検索できること。"
    table = text(editor.get(PATH))
    assert "1-3" in editor.get(PATH).get_data(as_text=True)
    assert "分割: 要件番号1を2件に分けた" in table


def test_one_field_more_keeps_what_was_typed(editor: Client, desk: Any, line: int) -> None:
    path = f"{PATH}/{line}/split"
    typed = {"part-1-text": "甲を検索できること。", "part-2-text": "乙を出力できること。"}
    answer = editor.send(path, **editor.hidden(path) | typed | {"more": "1"})
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert 'name="part-3-text"' in page
    assert "甲を検索できること。</textarea>" in page
    assert row(desk, line)[:1] == (1,)


def test_a_faulty_split_keeps_what_was_typed(editor: Client, desk: Any, line: int) -> None:
    path = f"{PATH}/{line}/split"
    fields = editor.hidden(path)
    answer = editor.send(path, **fields | {"part-1-text": "甲を検索できること。"})
    assert answer.status_code == 422
    assert "二つ以上入力してください" in text(answer)
    assert "甲を検索できること。</textarea>" in answer.get_data(as_text=True)
    assert 'href="#f-part-2-text"' in answer.get_data(as_text=True)
    blank = {"part-1-text": "甲を検索できること。", "part-2-text": "〔何秒・何日〕以内に出す。"}
    refused = editor.send(path, **fields | blank)
    assert refused.status_code == 422
    assert "〔何秒・何日〕が残っています" in text(refused)
    unreadable = {"part-1-text": "甲を検索できること。", "part-2-text": "乙\x00"}
    assert editor.send(path, **fields | unreadable).status_code == 422
    no_version = editor.send(path, **blank)
    assert no_version.status_code == 422
    assert row(desk, line)[:1] == (1,)


def test_a_stale_split_shows_what_is_stored_and_keeps_what_was_typed(
    editor: Client, desk: Any, world: World, line: int
) -> None:
    path = f"{PATH}/{line}/split"
    fields = editor.hidden(path)
    from registry.requirements.models import Requirement

    with desk() as session:
        edit(session, world.of("contributor"), session.get_one(Requirement, line), "先に直した文")
    typed = {"part-1-text": "甲を検索できること。", "part-2-text": "乙を出力できること。"}
    answer = editor.send(path, **fields | typed)
    assert answer.status_code == 409
    page = text(answer)
    for words in ("先に保存した", "先に直した文", "甲を検索できること。"):
        assert words in page
    assert row(desk, line)[2] == "先に直した文"


def test_any_own_line_is_split_and_nobody_else_s(
    editor: Client, approver: Client, signed_in: SignIn, desk: Any, world: World, line: int
) -> None:
    with desk() as session:
        (plain,) = agreed(session, world, ["予約できること。"])
        plain_id = plain.id
    page = text(editor.get(f"{PATH}/{plain_id}/split"))
    assert "提出し直すときに変更理由を入力します" in page
    path = f"{PATH}/{line}/split"
    assert approver.get(path).status_code == 403
    neighbour = signed_in("editor@072087.example")
    assert neighbour.get(path).status_code == 404
    assert neighbour.send(path, version="1", **{"part-1-text": "甲"}).status_code == 404
    assert editor.get(f"{PATH}/99999/split").status_code == 404
