"""Submitting, and the approver's answer."""

from __future__ import annotations

import re
from typing import Any

import pytest

from registry.requirements import review_views, reviewing
from registry.requirements.models import Requirement, RequirementState
from tests.conftest import Client
from tests.requirements.lists import agreed, edit, submit
from tests.requirements.pages import PATH, SignIn, grid_fields, row, text
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
        reviewing.confirm(
            session, world.of("approver"), items=[(one.id, one.submitted_version_id or 0)]
        )
        edit(session, world.of("editor"), one, "予約を取り消せること。")
        submit(session, world, [one], "取消の規程ができた。")
    page = approver.get("/approvals?business=facility-reservation").get_data(as_text=True)
    assert "<ins" in page
    assert "<del" in page
    assert "前に確定した内容との違い" in page
    assert "<strong>変更理由:</strong> 取消の規程ができた。" in page
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


# ── 変更理由 ──


@pytest.fixture
def changed(desk: Any, world: World, ids: dict[str, int]) -> tuple[int, int]:
    """Two agreed lines in a changed wording; the drafts of `ids` stand beside them."""
    with desk() as session:
        one, two = agreed(session, world, ["備品を予約できること。", "抽選できること。"])
        edit(session, world.of("editor"), one, "備品と部屋を予約できること。")
        edit(session, world.of("editor"), two, "抽選と先着を選べること。")
        return one.id, two.id


def test_the_submit_page_asks_why_agreed_lines_changed(
    editor: Client, ids: dict[str, int], changed: tuple[int, int]
) -> None:
    page = editor.get(f"{PATH}/submit").get_data(as_text=True)
    assert "確定した内容から変わった要件(2件)" in page
    assert "提出していない要件(1件)" in page
    assert '備品<ins class="kz-diff">と部屋</ins>を予約できること。' in page
    for one in changed:
        assert f'name="reason-{one}"' in page
    assert f'name="reason-{ids["draft"]}"' not in page
    assert "同じ理由をすべてに" in page


def test_a_missing_reason_keeps_what_was_typed_and_ticked(
    editor: Client, desk: Any, ids: dict[str, int], changed: tuple[int, int]
) -> None:
    one, two = changed
    fields = editor.hidden(f"{PATH}/submit") | {f"reason-{one}": "部屋も対象にした。"}
    refused = editor.send(f"{PATH}/submit", **fields, selected=[str(one), str(two)])
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert "部屋も対象にした。</textarea>" in page
    assert f'href="#f-reason-{two}"' in page
    assert re.findall(r'value="(\d+)" aria-label="[^"]*" checked', page) == [str(one), str(two)]
    assert row(desk, one)[1] == RequirementState.DRAFT
    done = editor.send(
        f"{PATH}/submit",
        **fields,
        **{f"reason-{two}": "先着も認める。"},
        selected=[str(one), str(two)],
    )
    assert done.status_code == 303
    assert row(desk, two)[1] == RequirementState.SUBMITTED
    history = text(editor.get(f"{PATH}/{two}"))
    assert "変更理由: 先着も認める。" in history


def test_one_reason_may_stand_for_all(
    editor: Client, desk: Any, ids: dict[str, int], changed: tuple[int, int]
) -> None:
    fields = editor.hidden(f"{PATH}/submit") | {"reason": "様式を揃えた。"}
    done = editor.send(
        f"{PATH}/submit", **fields, selected=[str(one) for one in (*changed, ids["draft"])]
    )
    assert done.status_code == 303
    for one in changed:
        assert "変更理由: 様式を揃えた。" in text(editor.get(f"{PATH}/{one}"))
    assert "変更理由" not in text(editor.get(f"{PATH}/{ids['draft']}"))


def test_the_table_leads_to_the_submit_page_with_its_ticks(
    editor: Client, desk: Any, ids: dict[str, int], changed: tuple[int, int]
) -> None:
    two = changed[1]
    fields = grid_fields(editor, **{f"rows-{two}-text": "抽選を選べること。"})
    answer = editor.send(f"{PATH}/submit", **fields, selected=[str(two), str(ids["draft"])])
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{PATH}/submit?lines={ids['draft']}.{two}"
    assert row(desk, two)[1:3] == (
        RequirementState.DRAFT,
        "抽選を選べること。",
    )  # saved all the same
    assert row(desk, ids["draft"])[1] == RequirementState.DRAFT
    page = editor.get(answer.headers["Location"]).get_data(as_text=True)
    assert "変更理由を入力して、提出してください" in page
    ticked = re.findall(r'value="(\d+)" aria-label="[^"]*" checked', page)
    assert set(ticked) == {str(two), str(ids["draft"])}
    everything = editor.send(f"{PATH}/submit", everything="1")
    assert everything.headers["Location"] == f"{PATH}/submit"


@pytest.mark.parametrize(
    ("ids", "words"),
    [([], ""), ([5], "5"), ([7, 5, 6, 6, 12], "5-7.12"), (range(2, 8000, 2), "-")],
)
def test_ticks_travel_in_the_address(ids: list[int], words: str) -> None:
    assert review_views._written(ids) == words


def test_strange_ticks_in_an_address_are_ignored(
    editor: Client, ids: dict[str, int], changed: tuple[int, int]
) -> None:
    for words in ("-", "x", "9-1", "..", f"{2**70}", "1-2-3"):
        page = editor.get(f"{PATH}/submit?lines={words}")
        assert page.status_code == 200
        assert " checked" not in page.get_data(as_text=True)


def test_the_reasons_of_other_towns_stay_with_them(
    editor: Client, signed_in: SignIn, desk: Any, world: World, changed: tuple[int, int]
) -> None:
    with desk() as session:
        rows = [session.get_one(Requirement, one) for one in changed]
        submit(session, world, rows, "内輪の理由")
    theirs = signed_in("editor@072087.example").get(f"{PATH}/{changed[0]}")
    assert "備品と部屋を予約できること。" in text(theirs)
    assert "内輪の理由" not in text(theirs)
    assert "内輪の理由" in text(editor.get(f"{PATH}/{changed[0]}"))


def test_a_confirmed_line_is_withdrawn_from_its_page_with_a_reason(
    approver: Client,
    editor: Client,
    signed_in: SignIn,
    desk: Any,
    world: World,
    ids: dict[str, int],
) -> None:
    page = f"{PATH}/{ids['sent']}"
    assert "取り下げる" not in text(approver.get(page))
    with desk() as session:
        one = session.get_one(Requirement, ids["sent"])
        version = one.submitted_version_id or 0
        reviewing.confirm(session, world.of("approver"), items=[(one.id, version)])
    assert "確定した要件を取り下げる" in text(approver.get(page))
    assert "取り下げる" not in text(editor.get(page))
    neighbour = signed_in("approver@072087.example")
    assert "取り下げる" not in text(neighbour.get(page))
    for odd in ("", "x"):
        assert approver.send(f"{page}/withdraw", version_id=odd, reason="廃止").status_code == 422
    refused = approver.send(f"{page}/withdraw", version_id=str(version), reason=" ")
    assert refused.status_code == 422
    assert "取下げの理由を入力してください" in text(refused)
    assert 'id="f-reason"' in refused.get_data(as_text=True)
    assert row(desk, ids["sent"])[1] == RequirementState.CONFIRMED
    assert (
        neighbour.send(f"{page}/withdraw", version_id=str(version), reason="廃止").status_code
        == 403
    )
    answer = approver.send(f"{page}/withdraw", version_id=str(version), reason="条例を廃止した。")
    assert (answer.status_code, answer.location) == (303, page)
    assert row(desk, ids["sent"])[1] == RequirementState.RETURNED
    assert "確定を取り下げました。条例を廃止した。" in text(editor.get(page))
    assert neighbour.get(page).status_code == 404
    again = approver.send(f"{page}/withdraw", version_id=str(version), reason="もう一度")
    assert again.status_code == 409
