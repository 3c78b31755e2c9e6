"""The table as a form and through its script."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from registry.requirements import service
from registry.requirements.models import (
    Obligation,
    Requirement,
    RequirementKind,
    RequirementState,
)
from registry.requirements.values import COLUMNS, Values
from tests.conftest import Client
from tests.requirements.lists import edit
from tests.requirements.pages import PATH, grid_fields, json_save, row, text
from tests.world import World


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
    assert "下書き" in first.pop("parts")["state"]
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


def test_saved_rows_come_back_with_state_and_findings_of_the_new_text(
    editor: Client, desk: Any, world: World, ids: dict[str, int]
) -> None:
    sent = ids["sent"]
    answer = json_save(
        editor,
        "each",
        {"id": str(sent), "version": 2, "fields": {"text": "税証明を迅速に発行できること。"}},
        {"id": "new-1", "version": None, "fields": {"text": "予約を取り消せること。"}},
        key="a",
    ).get_json()
    changed, made = (row["parts"]["state"] for row in answer["rows"])
    assert "kz-chip--draft" in changed
    assert "kz-chip--submitted" not in changed
    assert "要確認1" in changed
    assert "「迅速に」" in changed
    assert "kz-findings" not in made
    assert f"{PATH}/{answer['rows'][1]['id']}" in made
    assert answer["message"] == "点検で要確認1件が見つかりました。"
    assert "全3件: 下書き 3" in answer["parts"]["counts"]
    mended = json_save(
        editor,
        "each",
        {"id": str(sent), "version": 3, "fields": {"text": "税証明を5分以内に発行できること。"}},
        key="b",
    ).get_json()
    assert "kz-findings" not in mended["rows"][0]["parts"]["state"]
    assert mended["message"] == "点検で残った点はありません。"
    stale = json_save(
        editor, "each", {"id": str(sent), "version": 2, "fields": {"text": "別の文"}}, key="c"
    ).get_json()
    assert stale["rows"][0]["conflict"]["version"] == 4
    assert "下書き" in stale["rows"][0]["parts"]["state"]
    assert stale["message"] == ""


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


def test_a_column_put_away_loses_nothing_by_form(
    editor: Client, desk: Any, world: World, ids: dict[str, int]
) -> None:
    stored = fill(desk, world, ids["draft"])
    narrow = f"{PATH}?columns=label"
    fields = grid_fields(editor, narrow, **{f"rows-{ids['draft']}-text": "空きを検索できること。"})
    assert not [name for name in fields if name.endswith(("-note", "-step", "-goal", "-section"))]
    answer = editor.send(narrow, **fields)
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("?columns=label.text")
    assert values(desk, ids["draft"]) == replace(stored, text="空きを検索できること。")


def test_a_column_put_away_loses_nothing_by_script(
    editor: Client, desk: Any, world: World, ids: dict[str, int]
) -> None:
    stored = fill(desk, world, ids["draft"])
    sent = {"id": str(ids["draft"]), "version": 2, "fields": {"label": "9-1"}}
    assert json_save(editor, "each", sent).get_json()["rows"][0]["errors"] == {}
    assert values(desk, ids["draft"]) == replace(stored, label="9-1")


def fill(desk: Any, world: World, row_id: int) -> Values:
    """Something in every column; what an import stored may be typed on no page (a broken line)."""
    with desk() as session:
        one = session.get_one(Requirement, row_id)
        wording = Values(
            text="空きを照会できること。",
            section="照会\n空き",
            label="1-1",
            obligation=Obligation.OPTIONAL,
            kind=RequirementKind.SCREEN,
            goal_id=world.goals["G-1-1"].id,
            step="受付\n窓口",
            note=" 前後に空白 ",
        )
        service.save_edit(session, world.of("editor"), one, version=one.version, values=wording)
    return wording


def values(desk: Any, row_id: int) -> Values:
    with desk() as session:
        version = session.get_one(Requirement, row_id).draft_version
        return Values(**{name: getattr(version, name) for name in COLUMNS})


def test_the_choice_of_columns_goes_along_with_every_act(
    editor: Client, ids: dict[str, int]
) -> None:
    kept = "columns=label.text.step&density=dense"
    page = unescape(editor.get(f"{PATH}?state=draft&{kept}").get_data(as_text=True))
    for act in ("submit", "delete", "goal"):
        assert f'formaction="{PATH}/{act}?state=draft&{kept}"' in page
    assert f'href="{PATH}?state=draft&{kept}&sort=label&order=ascending"' in page
    assert f'href="{PATH}?{kept}"' in page  # 条件を消す
    assert page.count('name="columns" value="label.text.step"') == 1  # the filter sends it along
    fields = grid_fields(editor, f"{PATH}?{kept}", bulk_goal="G-1-2")
    done = editor.send(f"{PATH}/goal?{kept}", **fields, selected=str(ids["draft"]))
    assert done.headers["Location"].endswith(f"?{kept}")
    version = str(int(fields[f"rows-{ids['draft']}-version"]) + 1)
    gone = editor.send(
        f"{PATH}/delete?{kept}",
        selected=str(ids["draft"]),
        **{f"rows-{ids['draft']}-version": version},
    )
    assert gone.headers["Location"].endswith(f"?{kept}")
