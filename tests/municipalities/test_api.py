"""The municipalities for programs."""

from __future__ import annotations

from collections.abc import Callable

from tests.conftest import ApiClient

Api = Callable[[str], ApiClient]


def test_the_region_s_towns_come_in_code_order(api: Api) -> None:
    answer = api("contributor@074225.example").get("/municipalities?page_size=2")
    assert answer.json is not None
    assert [town["code"] for town in answer.json["items"]] == ["072028", "072087"]
    assert answer.json["total"] == 3
    assert answer.json["items"][0]["kana"] == "あいづわかまつし"


def test_one_town_is_found_by_its_code(api: Api) -> None:
    program = api("coordinator@bureau.example")
    assert program.get("/municipalities/074225").json["name"] == "湯川村"  # type: ignore[index]
    assert program.get("/municipalities/134210").status_code == 404  # of the other region
    assert api("vendor@vendor-a.example").get("/municipalities").status_code == 403


def test_an_unknown_filter_is_refused_not_ignored(api: Api) -> None:
    answer = api("coordinator@bureau.example").get("/municipalities?kind=town")
    assert answer.status_code == 422
    assert "kind" in answer.get_data(as_text=True)
