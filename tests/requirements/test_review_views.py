"""Submitting, and the approver's answer."""

from __future__ import annotations

import re
from typing import Any

from registry.requirements import service
from registry.requirements.models import Requirement, RequirementState
from tests.conftest import Client
from tests.requirements.lists import edit, submit
from tests.requirements.pages import PATH, grid_fields, row, text
from tests.world import World


def test_acts_on_ticked_rows_save_the_table_first(
    editor: Client, desk: Any, ids: dict[str, int]
) -> None:
    fields = grid_fields(editor, **{f"rows-{ids['draft']}-text": "直してから提出"})
    answer = editor.send(f"{PATH}/submit", **fields, selected=str(ids["draft"]))
    assert answer.status_code == 303
    assert row(desk, ids["draft"])[1:3] == (RequirementState.SUBMITTED, "直してから提出")


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
