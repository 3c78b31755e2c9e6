"""The region's businesses for programs."""

from __future__ import annotations

import pytest

from tests.programs import COORDINATOR, EDITOR, STRANGER, Api

NEW = {"slug": "library", "name": "図書館", "summary": "貸出と予約。"}


def test_businesses_are_listed_added_and_changed(api: Api) -> None:
    program = api(COORDINATOR)
    made = program.call("POST", "/businesses", NEW)
    assert made.status_code == 201
    assert made.json is not None
    assert made.json["number"] == "003"
    found = program.get("/businesses/library")
    assert found.json == made.json
    tag = found.headers["ETag"]
    change = {"name": "図書館サービス", "summary": ""}
    assert program.call("PUT", "/businesses/library", change).status_code == 428
    done = program.call("PUT", "/businesses/library", change, If_Match=tag)
    assert (done.status_code, done.headers["ETag"] != tag) == (200, True)
    assert program.call("PUT", "/businesses/library", change, If_Match=tag).status_code == 412
    listed = program.get("/businesses").json
    assert listed is not None
    assert [one["slug"] for one in listed["items"]] == [
        "facility-reservation",
        "snow-removal",
        "library",
    ]


@pytest.mark.parametrize(
    "change", [{"slug": "snow-removal"}, {"slug": "Ａ"}, {"number": "1"}, {"owner": "x"}]
)
def test_bad_businesses_name_the_field(api: Api, change: dict[str, str]) -> None:
    answer = api(COORDINATOR).call("POST", "/businesses", {**NEW, **change})
    assert answer.status_code == 422
    assert next(iter(change)) in str(answer.get_json(force=True)["errors"])


def test_the_catalogue_is_taken_as_a_workbook(api: Api) -> None:
    names = [row[1] for row in api(EDITOR).take("/businesses/workbook")]
    assert names == ["公共施設予約", "除雪・道路情報"]
    assert len(api(STRANGER).take("/businesses/workbook")) == 1


def test_who_may(api: Api) -> None:
    assert api(EDITOR).call("POST", "/businesses", NEW).status_code == 403
    assert api(EDITOR).get("/businesses").status_code == 200
    assert api("administrator@bureau.example").get("/businesses").status_code == 403
    stranger = api(STRANGER)
    assert stranger.get("/businesses/snow-removal").status_code == 404
    assert stranger.get("/businesses").json["total"] == 1  # type: ignore[index]
