"""Findings on the pages: markers, questions, judgements, the region's settings, the workbook."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest

from tests.conftest import Client
from tests.requirements.lists import lines, submit
from tests.requirements.pages import PATH, SignIn, text
from tests.world import World

VAGUE = "税証明を迅速に発行できること。"


@pytest.fixture
def vague(desk: Any, world: World) -> int:
    """A submitted line with one finding."""
    with desk() as session:
        (row,) = lines(session, world, [VAGUE])
        submit(session, world, [row])
        return int(row.id)


@pytest.fixture
def coordinator(signed_in: SignIn) -> Client:
    return signed_in("coordinator@bureau.example")


def test_the_table_marks_the_row(editor: Client, vague: int) -> None:
    page = editor.get(PATH).get_data(as_text=True)
    assert '<details class="kz-findings' in page
    words = text(editor.get(PATH))
    assert "要確認1" in words
    assert "あいまい : 「迅速に」" in words


def test_the_line_shows_phrase_reason_and_wording(editor: Client, vague: int) -> None:
    page = editor.get(f"{PATH}/{vague}").get_data(as_text=True)
    assert "税証明を<mark>迅速に</mark>発行できること。" in page
    assert "書き方の例" in page
    assert "税証明を〔何秒・何日〕以内に発行できること。" in page
    assert "この点を団体に尋ねる" not in page


def test_the_coordinator_asks_and_the_town_answers(
    coordinator: Client, editor: Client, vague: int
) -> None:
    address = f"{PATH}/{vague}"
    assert "この点を団体に尋ねる" in text(coordinator.get(address))
    asked = coordinator.send(
        f"{address}/questions", rule="vague.speed", phrase="迅速に", question="何分以内ですか。"
    )
    assert asked.status_code == 303
    assert "この点は尋ねてあります" in text(coordinator.get(address))
    assert "要件についての質問に答える" in text(editor.get("/"))
    assert "質問1" in text(editor.get(PATH))
    page = editor.get(address)
    assert "何分以内ですか。" in text(page)
    fields = {"version": "1"}
    question = 1
    empty = editor.send(f"{address}/questions/{question}/answer", **fields | {"answer": ""})
    assert empty.status_code == 422
    done = editor.send(f"{address}/questions/{question}/answer", **fields | {"answer": "5分です。"})
    assert done.status_code == 303
    assert "5分です。" in text(coordinator.get(address))
    assert "要件についての質問に答える" not in text(editor.get("/"))
    stale = editor.send(f"{address}/questions/{question}/answer", **fields | {"answer": "6分"})
    assert stale.status_code == 409


def test_another_town_sees_no_question(coordinator: Client, signed_in: SignIn, vague: int) -> None:
    address = f"{PATH}/{vague}"
    coordinator.send(
        f"{address}/questions", rule="vague.speed", phrase="迅速に", question="何分以内ですか。"
    )
    neighbour = signed_in("editor@072087.example")
    assert "何分以内ですか。" not in text(neighbour.get(address))
    refused = neighbour.send(
        f"{address}/questions", rule="vague.speed", phrase="発行", question="何ですか。"
    )
    assert refused.status_code == 403


def test_the_town_lets_a_finding_stand_with_a_reason(editor: Client, vague: int) -> None:
    address = f"{PATH}/{vague}"
    wanted = {"rule": "vague.speed", "phrase": "迅速に", "outcome": "reject"}
    missing = editor.send(f"{address}/judgements", **wanted | {"reason": ""})
    assert missing.status_code == 422
    long = editor.send(f"{address}/judgements", **wanted | {"reason": "長い理由" * 600})
    assert long.status_code == 422
    assert "長い理由" * 600 in long.get_data(as_text=True)
    done = editor.send(f"{address}/judgements", **wanted | {"reason": "条例の言葉のため。"})
    assert done.status_code == 303
    page = text(editor.get(address))
    assert "直さずに残した点 1件" in page
    assert "却下: 条例の言葉のため。" in page
    assert "要確認1" not in text(editor.get(PATH))
    back = editor.send(f"{address}/judgements/1/withdraw")
    assert back.status_code == 303
    assert "直さずに残した点" not in text(editor.get(address))


def test_the_region_s_settings_change_what_is_found(
    coordinator: Client, editor: Client, vague: int
) -> None:
    assert "/clarity-settings" in coordinator.get("/requirements").get_data(as_text=True)
    assert "/clarity-settings" not in editor.get("/requirements").get_data(as_text=True)
    page = coordinator.get("/clarity-settings")
    assert "vague.speed" in text(page)
    assert "「迅速に」など、時間のない速さの言葉" in text(page)
    fields = coordinator.hidden("/clarity-settings")
    from registry.text.clarity.settings import rule_ids

    on = [name for name in rule_ids() if name != "vague.speed"]
    bad = coordinator.send(
        "/clarity-settings", **fields | {"on": on, "words-vague.proper": "長" * 50}
    )
    assert bad.status_code == 422
    assert "長" * 50 in bad.get_data(as_text=True)
    done = coordinator.send(
        "/clarity-settings", **fields | {"on": on, "words-vague.proper": "発行できる"}
    )
    assert done.status_code == 303
    found = text(editor.get(f"{PATH}/{vague}"))
    assert "「発行できる」" in text(editor.get(PATH))
    assert "何秒・何日" not in found
    again = coordinator.get("/clarity-settings").get_data(as_text=True)
    assert "発行できる" in again
    stale = coordinator.send("/clarity-settings", **fields | {"on": on})
    assert stale.status_code == 409


def test_a_form_cut_short_switches_nothing_off(coordinator: Client) -> None:
    assert coordinator.send("/clarity-settings").status_code == 422


def test_the_findings_are_taken_as_a_workbook(editor: Client, vague: int) -> None:
    answer = editor.send(f"{PATH}/findings/export", municipality="072028")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(BytesIO(answer.get_data())).worksheets[0]
    assert sheet.cell(2, 6).value == "迅速に"


def test_the_preview_of_an_import_shows_findings(editor: Client, world: World) -> None:
    list_ = f"番号\t要件\n1\t{VAGUE}\n2\t予約できること。\n3\t帳票の件\n"
    sent = editor.send(f"{PATH}/imports", file=(BytesIO(list_.encode()), "list.tsv"))
    page = text(editor.get(sent.location))
    assert "点検: 要確認の点がある行 1件、助言 1件" in page
    assert "あいまい 1か所" in page
    assert "「迅速に」" in page
