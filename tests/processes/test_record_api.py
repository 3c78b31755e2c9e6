"""The towns' records of a business for programs."""

from __future__ import annotations

from tests.programs import COORDINATOR, EDITOR, HERE, NEIGHBOUR, STRANGER, Api


def test_a_town_hides_its_own_detail_only(api: Api) -> None:
    program = api(EDITOR)
    place = f"{HERE}/records/072028"
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
    listed = api(COORDINATOR).get(f"{HERE}/records").json
    assert listed is not None
    assert [one["hidden"] for one in listed["items"]] == [True, False, False]


def test_the_towns_are_taken_as_a_workbook(api: Api) -> None:
    codes = [row[0] for row in api(EDITOR).take(f"{HERE}/records/workbook")]
    assert codes == ["072028", "072087", "074225"]


def test_who_may(api: Api) -> None:
    place = "/businesses/snow-removal/records"
    record = {"division": "", "hidden": True}
    tag = api(EDITOR).get(f"{place}/072028").headers["ETag"]
    for email, status in ((COORDINATOR, 403), (NEIGHBOUR, 403), (STRANGER, 403)):
        answer = api(email).call("PUT", f"{place}/072028", record, If_Match=tag)
        assert answer.status_code == status, email
    stranger = api("editor@134210.example")
    assert stranger.get(f"{place}/072028").status_code == 404
    assert stranger.call("PUT", f"{place}/072028", record, If_Match=tag).status_code == 404
    assert stranger.call("POST", f"{place}/workbook").status_code == 404
