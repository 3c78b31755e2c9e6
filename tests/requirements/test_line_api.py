"""One line of a town for programs."""

from __future__ import annotations

import pytest

from registry import transaction
from registry.db import Database
from registry.requirements import reviewing
from tests.conftest import AUDIT_KEY
from tests.programs import EDITOR, NEIGHBOUR, Api, json_of
from tests.requirements import lists
from tests.requirements.sent import HERE, LINE
from tests.world import World


def test_a_line_is_written_changed_and_taken_away(api: Api) -> None:
    program = api(EDITOR)
    made = program.call("POST", f"{HERE}/requirements", LINE)
    assert made.status_code == 201
    place = made.headers["Location"].removeprefix("/api/v1")
    found = program.get(place)
    assert found.json == made.json
    line = json_of(found)
    assert (line["state"], line["kind"], line["goal"]) == ("draft", "functional", "G-1-1")
    tag = found.headers["ETag"]
    change = {**LINE, "text": "窓口でも家からでも予約を取り消せること。"}
    assert program.call("PUT", place, change).status_code == 428
    changed = program.call("PUT", place, change, If_Match=tag)
    assert changed.status_code == 200
    assert [one["number"] for one in json_of(changed)["history"]] == [2, 1]
    assert program.call("PUT", place, change, If_Match=tag).status_code == 412
    assert program.call("DELETE", place, If_Match=tag).status_code == 412
    assert program.call("DELETE", place, If_Match=changed.headers["ETag"]).status_code == 204
    assert program.get(place).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "※"}, "text"),
        ({"goal": "G-9"}, "goal"),
        ({"obligation": "must"}, "obligation"),
        ({"mark": "◎"}, "mark"),
    ],
)
def test_bad_lines_name_the_field(api: Api, change: dict[str, str], field: str) -> None:
    answer = api(EDITOR).call("POST", f"{HERE}/requirements", {**LINE, **change})
    assert answer.status_code == 422
    assert field in json_of(answer)["errors"].get("json", json_of(answer)["errors"])


def test_others_read_what_was_submitted_and_nothing_else(
    api: Api, database: Database, world: World
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        sent, kept = lists.lines(
            session, world, ["提出した行であること。", "下書きの行であること。"]
        )
        reviewing.submit(
            session,
            world.of("editor"),
            municipality_id=world.towns["072028"].id,
            business_id=world.business.id,
            requirement_ids=[sent.id],
        )
        sent_id, kept_id = sent.id, kept.id
    mine, theirs = api(EDITOR), api(NEIGHBOUR)
    place = f"{HERE}/requirements/{sent_id}"
    tag = mine.get(place).headers["ETag"]
    edited = {**LINE, "text": "書きかけの直しであること。"}
    before = theirs.get(place)
    assert mine.call("PUT", place, edited, If_Match=tag).status_code == 200
    after = theirs.get(place)
    assert after.json == before.json
    assert after.headers["ETag"] == before.headers["ETag"]
    assert len(json_of(after)["history"]) == 1
    listed = json_of(theirs.get(f"{HERE}/requirements"))
    assert [one["text"] for one in listed["items"]] == ["提出した行であること。"]
    assert listed["items"][0]["version"] is None
    assert theirs.get(f"{HERE}/requirements/{kept_id}").status_code == 404
    assert theirs.call("PUT", place, edited, If_Match=tag).status_code == 403
    wrong_town = place.replace("072028", "074225")
    assert theirs.get(wrong_town).status_code == 404
    wrong_business = place.replace("facility-reservation", "snow-removal")
    assert theirs.get(wrong_business).status_code == 404
    stranger = api("coordinator@elsewhere.example")
    assert stranger.get(place).status_code == 404
    assert stranger.get(f"{HERE}/requirements").status_code == 404
