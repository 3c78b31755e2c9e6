"""The library of national standards for programs."""

from __future__ import annotations

from registry import transaction
from registry.db import Database
from tests.conftest import AUDIT_KEY
from tests.programs import COORDINATOR, EDITOR, STRANGER, Api, json_of
from tests.standards import nation
from tests.world import World


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
    stranger = api(STRANGER)
    assert stranger.get(f"/national-specs/{spec_id}/items").status_code == 404
    assert stranger.call("POST", f"/national-specs/{spec_id}/workbook").status_code == 404
    assert json_of(stranger.get("/national-specs/search?q=通称"))["total"] == 0
