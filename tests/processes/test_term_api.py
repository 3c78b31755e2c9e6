"""The terms of a business for programs."""

from __future__ import annotations

import pytest

from tests.programs import COORDINATOR, EDITOR, HERE, STRANGER, Api, json_of

BASE = f"{HERE}/terms"
TERM = {"term": "仮予約", "meaning": "使用料を納める前の予約。"}


def test_terms_are_kept_with_the_meaning_that_was_read(api: Api) -> None:
    program = api(COORDINATOR)
    made = program.call("POST", BASE, TERM)
    assert made.status_code == 201
    assert made.json is not None
    place, tag = f"{BASE}/{made.json['id']}", made.headers["ETag"]
    assert program.call("POST", BASE, TERM).status_code == 422  # there already
    changed = program.call("PUT", place, {"meaning": "別の意味。"}, If_Match=tag)
    assert changed.json == {**made.json, "meaning": "別の意味。"}
    assert program.call("DELETE", place, If_Match=tag).status_code == 412
    assert program.call("DELETE", place).status_code == 428
    elsewhere = place.replace("facility-reservation", "snow-removal")
    assert program.get(elsewhere).status_code == 404
    assert program.call("DELETE", place, If_Match=changed.headers["ETag"]).status_code == 204
    assert program.get(BASE).json["total"] == 0  # type: ignore[index]


@pytest.mark.parametrize(
    ("change", "field"), [({"term": ""}, "term"), ({"meaning": ""}, "meaning"), ({"id": 1}, "id")]
)
def test_bad_terms_name_the_field(api: Api, change: dict[str, object], field: str) -> None:
    answer = api(COORDINATOR).call("POST", BASE, {**TERM, **change})
    assert answer.status_code == 422
    assert field in str(json_of(answer)["errors"])


def test_the_terms_are_taken_as_a_workbook(api: Api) -> None:
    api(COORDINATOR).call("POST", BASE, TERM)
    program = api(EDITOR)
    assert [row[0] for row in program.take(f"{BASE}/workbook")] == [TERM["term"]]
    assert program.take("/businesses/snow-removal/terms/workbook") == []


def test_who_may(api: Api) -> None:
    place = "/businesses/snow-removal/terms"
    editor, stranger = api(EDITOR), api(STRANGER)
    assert editor.get(place).status_code == 200
    assert editor.call("POST", place, TERM).status_code == 403
    assert stranger.get(place).status_code == 404
    assert stranger.call("POST", place, TERM).status_code == 404
    assert stranger.call("POST", f"{place}/workbook").status_code == 404
