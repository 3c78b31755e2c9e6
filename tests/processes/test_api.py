"""Businesses, their terms and the towns' records for programs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import ApiClient

Api = Callable[[str], ApiClient]
COORDINATOR = "coordinator@bureau.example"
EDITOR = "editor@072028.example"
NEW = {"slug": "library", "name": "図書館", "summary": "貸出と予約。"}
TERM = {"term": "仮予約", "meaning": "使用料を納める前の予約。"}


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


def test_terms_are_kept_with_the_meaning_that_was_read(api: Api) -> None:
    program = api(COORDINATOR)
    base = "/businesses/facility-reservation/terms"
    made = program.call("POST", base, TERM)
    assert made.status_code == 201
    assert made.json is not None
    place, tag = f"{base}/{made.json['id']}", made.headers["ETag"]
    assert program.call("POST", base, TERM).status_code == 422  # there already
    changed = program.call("PUT", place, {"meaning": "別の意味。"}, If_Match=tag)
    assert changed.json == {**made.json, "meaning": "別の意味。"}
    assert program.call("DELETE", place, If_Match=tag).status_code == 412
    assert program.call("DELETE", place).status_code == 428
    elsewhere = place.replace("facility-reservation", "snow-removal")
    assert program.get(elsewhere).status_code == 404
    assert program.call("DELETE", place, If_Match=changed.headers["ETag"]).status_code == 204
    assert program.get(base).json["total"] == 0  # type: ignore[index]


def test_a_town_hides_its_own_detail_only(api: Api) -> None:
    program = api(EDITOR)
    place = "/businesses/facility-reservation/records/072028"
    before = program.get(place)
    assert before.json == {
        "municipality": "072028",
        "division": "",
        "hidden": False,
        "version": 0,
    }
    record = {"division": "スポーツ課", "hidden": True}
    done = program.call("PUT", place, record, If_Match=before.headers["ETag"])
    assert done.json == {**record, "municipality": "072028", "version": 1}
    stale = program.call("PUT", place, record, If_Match=before.headers["ETag"])
    assert stale.status_code == 412
    theirs = place.replace("072028", "072087")
    tag = program.get(theirs).headers["ETag"]
    assert program.call("PUT", theirs, record, If_Match=tag).status_code == 403
    listed = api(COORDINATOR).get("/businesses/facility-reservation/records").json
    assert listed is not None
    assert [one["hidden"] for one in listed["items"]] == [True, False, False]


def test_the_lists_are_taken_as_workbooks(api: Api) -> None:
    base = "/businesses/facility-reservation"
    api(COORDINATOR).call("POST", f"{base}/terms", TERM)
    program = api(EDITOR)
    assert [row[1] for row in program.take("/businesses/workbook")] == [
        "公共施設予約",
        "除雪・道路情報",
    ]
    assert [row[0] for row in program.take(f"{base}/terms/workbook")] == [TERM["term"]]
    assert program.take("/businesses/snow-removal/terms/workbook") == []
    codes = [row[0] for row in program.take(f"{base}/records/workbook")]
    assert codes == ["072028", "072087", "074225"]
    stranger = api("coordinator@elsewhere.example")
    assert len(stranger.take("/businesses/workbook")) == 1
    for place in ("terms", "records"):
        path = f"/businesses/snow-removal/{place}/workbook"
        assert stranger.call("POST", path).status_code == 404


def test_who_may(api: Api) -> None:
    assert api(EDITOR).call("POST", "/businesses", NEW).status_code == 403
    assert api(EDITOR).get("/businesses").status_code == 200
    assert api("administrator@bureau.example").get("/businesses").status_code == 403
    stranger = api("coordinator@elsewhere.example")
    assert stranger.get("/businesses/snow-removal").status_code == 404
    assert stranger.get("/businesses").json["total"] == 1  # type: ignore[index]
