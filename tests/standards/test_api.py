"""Standards for programs: drafted, applied to the towns, decided; and the national library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from registry import transaction
from registry.db import Database
from registry.standards.models import Relation
from tests.conftest import AUDIT_KEY, ApiClient
from tests.standards import material, nation
from tests.world import World

Api = Callable[[str], ApiClient]
COORDINATOR = "coordinator@bureau.example"
EDITOR = "editor@072028.example"
HERE = "/businesses/facility-reservation"
NEW = {
    "title": "仮予約の期限",
    "text": "仮予約は7日で取り消せること。",
    "obligation": "mandatory",
    "kind": "functional",
    "phase": "phase_1",
    "goal": "G-1-1",
    "reason": "多くの団体が7日で運用している。",
    "groups": ["F-001"],
}
DECISION = {"outcome": "adopt", "reason": "部会で合意した。", "decided_on": "2026-09-01"}


def json_of(answer: Any) -> Any:
    return answer.get_json(force=True)


@pytest.fixture
def group(database: Database, world: World) -> str:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        return material.group_of(
            session,
            world,
            t072028=("仮予約は7日で取り消せること。", Relation.SAME),
            t072087=("仮予約は10日で取り消せること。", Relation.VALUE_DIFFERS),
        ).code


def test_a_standard_is_drafted_edited_and_decided(api: Api, group: str) -> None:
    program = api(COORDINATOR)
    made = program.call("POST", f"{HERE}/standards", NEW)
    assert made.status_code == 201
    place = made.headers["Location"].removeprefix("/api/v1")
    found = program.get(place)
    assert found.json == made.json
    assert (json_of(found)["standing"], json_of(found)["groups"]) == ("draft", [group])
    tag = found.headers["ETag"]
    assert program.call("POST", f"{place}/decisions", DECISION).status_code == 428
    decided = program.call("POST", f"{place}/decisions", DECISION, If_Match=tag)
    assert decided.status_code == 201
    assert json_of(decided)["subject"]["text"] == NEW["text"]
    stale = program.call("POST", f"{place}/decisions", DECISION, If_Match=tag)
    assert stale.status_code == 412
    now = decided.headers["ETag"]
    assert program.get(place).headers["ETag"] == now
    edit = {**NEW, "text": "仮予約は14日で取り消せること。"}
    edited = program.call("PUT", place, edit, If_Match=now)
    assert json_of(edited)["standing"] == "edited"
    assert program.call("PUT", place, edit, If_Match=now).status_code == 412
    history = json_of(program.get(f"{place}/decisions"))
    assert (history["total"], history["items"][0]["outcome"]) == (1, "adopt")

    def codes(query: str) -> int:
        return int(json_of(program.get(f"{HERE}/standards?{query}"))["total"])

    assert (codes("state=edited"), codes("state=adopt"), codes("q=14日")) == (1, 0, 1)
    assert program.get(f"{HERE}/standards?state=x").status_code == 422


def test_standards_are_taken_as_a_workbook(api: Api, group: str) -> None:
    program = api(COORDINATOR)
    program.call("POST", f"{HERE}/standards", NEW)
    path = f"{HERE}/standards/workbook"
    assert [row[:2] for row in api(EDITOR).take(path)] == [["A-0010001-01", NEW["title"]]]
    assert program.take(f"{path}?state=adopt") == []
    assert program.call("POST", f"{path}?state=x").status_code == 422
    assert program.call("POST", f"{path}?goal=G-9").status_code == 404
    assert api("coordinator@elsewhere.example").take(path) == []  # its own business of that name


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
    answer = api(COORDINATOR).call("POST", f"{HERE}/standards", {**NEW, **change})
    assert answer.status_code == 422
    assert field in str(json_of(answer)["errors"])


def test_applications_are_said_town_by_town_and_confirmed_together(api: Api, group: str) -> None:
    program = api(COORDINATOR)
    made = program.call("POST", f"{HERE}/standards", NEW)
    base = made.headers["Location"].removeprefix("/api/v1") + "/applications"
    rows = {one["municipality"]: one for one in json_of(program.get(base))["items"]}
    assert (rows["072028"]["state"], rows["072028"]["confirmed"]) == ("follows", False)
    assert rows["072087"]["state"] == "own_value"
    one = program.get(f"{base}/072087")
    said = {"state": "own_value", "value": "10日"}
    assert program.call("PUT", f"{base}/072087", said).status_code == 428
    tag = one.headers["ETag"]
    done = program.call("PUT", f"{base}/072087", said, If_Match=tag)
    assert (json_of(done)["value"], json_of(done)["confirmed"]) == ("10日", True)
    assert program.call("PUT", f"{base}/072087", said, If_Match=tag).status_code == 412
    assert json_of(program.call("POST", f"{base}/propose"))["count"] == 0
    assert json_of(program.call("POST", f"{base}/confirm")) == {"count": 2}
    assert program.get(f"{base}/134210").status_code == 404
    wordless = {"state": "exception", "value": ""}
    tag = program.get(f"{base}/074225").headers["ETag"]
    assert program.call("PUT", f"{base}/074225", wordless, If_Match=tag).status_code == 422


def test_a_group_without_a_standard_is_put_off(api: Api, group: str) -> None:
    program = api(COORDINATOR)
    tag = program.get(f"{HERE}/groups/{group}").headers["ETag"]
    place = f"{HERE}/groups/{group}/decisions"
    assert program.call("POST", place, DECISION, If_Match=tag).status_code == 422  # no adopting
    later = {**DECISION, "outcome": "defer"}
    done = program.call("POST", place, later, If_Match=tag)
    assert done.status_code == 201
    assert program.call("POST", place, later, If_Match=tag).status_code == 412
    assert json_of(program.get(place))["total"] == 1


def test_the_national_library_is_read_searched_and_made_into_a_business(
    api: Api, database: Database, world: World
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        spec_id = nation.stored(session, world).id
    program = api(EDITOR)
    (listed,) = json_of(program.get("/national-specs"))["items"]
    assert (listed["id"], listed["name"]) == (spec_id, "住民記録")
    outline = json_of(program.get(f"/national-specs/{spec_id}/items"))
    assert [one["number"] for one in outline["items"]][:3] == ["1", "1.1", "1.1.1"]
    item = json_of(program.get(f"/national-specs/{spec_id}/items/1.1.1"))
    first = item["blocks"]["mandatory"][0]
    assert first["text"] == "次の項目を管理すること（1.1.2参照）。"
    assert first["references"] == [{"number": "1.1.2", "resolved": True}]
    assert program.get(f"/national-specs/{spec_id}/items/9.9").status_code == 404
    hits = json_of(program.get("/national-specs/search?q=通称"))
    assert [one["number"] for one in hits["items"]] == ["1.1.2"]
    assert program.get("/national-specs/search").status_code == 422
    assert program.get(f"/national-specs/search?q=通称&spec={spec_id + 1}").status_code == 404
    new = {"slug": "resident-record", "name": "住民記録"}
    place = f"/national-specs/{spec_id}/business"
    assert program.call("POST", place, new).status_code == 403
    made = api(COORDINATOR).call("POST", place, new)
    assert made.status_code == 201
    base = "/businesses/resident-record/standards"
    assert json_of(program.get(base))["total"] == json_of(made)["standards"]
    adopt = {"reason": "国標準のとおり。", "decided_on": "2026-09-01"}
    adopted = api(COORDINATOR).call("POST", f"{base}/adopt-national", adopt)
    assert json_of(adopted) == {"count": json_of(made)["standards"]}
    taken = program.take(f"/national-specs/{spec_id}/workbook")
    assert len(taken) >= json_of(made)["standards"]
    stranger = api("coordinator@elsewhere.example")
    assert stranger.get(f"/national-specs/{spec_id}/items").status_code == 404
    assert stranger.call("POST", f"/national-specs/{spec_id}/workbook").status_code == 404
    assert json_of(stranger.get("/national-specs/search?q=通称"))["total"] == 0


def test_who_may(api: Api, group: str) -> None:
    assert api(EDITOR).call("POST", f"{HERE}/standards", NEW).status_code == 403
    assert api(EDITOR).get(f"{HERE}/standards").status_code == 200
    assert api("vendor@vendor-a.example").get(f"{HERE}/standards").status_code == 403
    made = api(COORDINATOR).call("POST", f"{HERE}/standards", NEW)
    place = made.headers["Location"].removeprefix("/api/v1")
    stranger = api("coordinator@elsewhere.example")
    assert stranger.get(place).status_code == 404
    assert stranger.call("POST", f"{place}/applications/confirm").status_code == 404
