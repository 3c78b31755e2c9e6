"""Standards for programs: listed, drafted, edited, taken away."""

from __future__ import annotations

import pytest

from tests.programs import COORDINATOR, EDITOR, HERE, STRANGER, Api, json_of
from tests.standards.material import AS_SENT


def test_a_standard_is_drafted_and_edited(api: Api, group: str) -> None:
    program = api(COORDINATOR)
    made = program.call("POST", f"{HERE}/standards", AS_SENT)
    assert made.status_code == 201
    place = made.headers["Location"].removeprefix("/api/v1")
    found = program.get(place)
    assert found.json == made.json
    assert (json_of(found)["standing"], json_of(found)["groups"]) == ("draft", [group])
    tag = found.headers["ETag"]
    edit = {**AS_SENT, "text": "仮予約は14日で取り消せること。"}
    assert program.call("PUT", place, edit).status_code == 428
    edited = program.call("PUT", place, edit, If_Match=tag)
    assert (edited.status_code, json_of(edited)["text"]) == (200, edit["text"])
    assert program.call("PUT", place, edit, If_Match=tag).status_code == 412


def test_a_decided_standard_is_edited_with_a_reason_only(api: Api, standard: str) -> None:
    program = api(COORDINATOR)
    decision = {"outcome": "adopt", "reason": "合意。", "decided_on": "2026-08-05"}
    tag = program.get(standard).headers["ETag"]
    assert program.call("POST", f"{standard}/decisions", decision, If_Match=tag).status_code == 201
    tag = program.get(standard).headers["ETag"]
    edit = {**AS_SENT, "text": "仮予約は14日で取り消せること。"}
    refused = program.call("PUT", standard, edit, If_Match=tag)
    assert refused.status_code == 422
    assert set(json_of(refused)["errors"]) == {"change_reason"}
    edit["change_reason"] = "会場の予約が14日で動く。"
    edited = program.call("PUT", standard, edit, If_Match=tag)
    assert edited.status_code == 200
    (change,) = json_of(program.get(standard))["changes"]
    assert (change["reason"], change["who"]) == (edit["change_reason"], "会津地域 広域調整担当")
    assert program.call("POST", f"{HERE}/standards", edit).status_code == 422  # for edits alone


def test_the_list_is_narrowed(api: Api, standard: str) -> None:
    program = api(EDITOR)

    def total(query: str) -> int:
        return int(json_of(program.get(f"{HERE}/standards?{query}"))["total"])

    assert (total("state=draft"), total("state=adopt")) == (1, 0)
    assert (total("q=7日"), total("q=14日"), total("goal=G-1-1")) == (1, 0, 1)
    assert program.get(f"{HERE}/standards?state=x").status_code == 422
    assert program.get(f"{HERE}/standards?status=draft").status_code == 422


def test_standards_are_taken_as_a_workbook(api: Api, group: str) -> None:
    program = api(COORDINATOR)
    program.call("POST", f"{HERE}/standards", AS_SENT)
    path = f"{HERE}/standards/workbook"
    assert [row[:2] for row in api(EDITOR).take(path)] == [["A-0010001-01", AS_SENT["title"]]]
    assert program.take(f"{path}?state=adopt") == []
    assert program.call("POST", f"{path}?state=x").status_code == 422
    assert program.call("POST", f"{path}?goal=G-9").status_code == 404
    assert api(STRANGER).take(path) == []  # its own business of that name


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"groups": ["F-404"]}, "groups"),
        ({"goal": "G-9"}, "goal"),
        ({"phase": "later"}, "phase"),
        ({"code": "A-0010001-01"}, "code"),
    ],
)
def test_bad_standards_name_the_field(
    api: Api, group: str, change: dict[str, object], field: str
) -> None:
    answer = api(COORDINATOR).call("POST", f"{HERE}/standards", {**AS_SENT, **change})
    assert answer.status_code == 422
    assert field in str(json_of(answer)["errors"])


def test_who_may(api: Api, standard: str) -> None:
    editor, stranger = api(EDITOR), api(STRANGER)
    assert editor.call("POST", f"{HERE}/standards", AS_SENT).status_code == 403
    assert editor.get(standard).status_code == 200
    assert api("vendor@vendor-a.example").get(f"{HERE}/standards").status_code == 403
    assert stranger.get(standard).status_code == 404
    tag = editor.get(standard).headers["ETag"]
    assert stranger.call("PUT", standard, AS_SENT, If_Match=tag).status_code == 404
