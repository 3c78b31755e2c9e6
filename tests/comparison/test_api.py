"""The matrix of groups and towns for programs."""

from __future__ import annotations

from registry import transaction
from registry.comparison import commands
from registry.db import Database
from tests.comparison.desk import Desk
from tests.conftest import AUDIT_KEY
from tests.programs import COORDINATOR, HERE, NEIGHBOUR, STRANGER, Api, json_of
from tests.world import World

KITAKATA, YUGAWA = "072087", "074225"


def test_the_matrix_is_the_one_of_the_command_line_in_pages(
    api: Api, database: Database, world: World, lines: dict[str, int]
) -> None:
    program = api(COORDINATOR)
    with database.read() as session:
        whole = commands.compare(session, world.coordinator, "facility-reservation")
    first = json_of(program.get(f"{HERE}/matrix?page_size=1"))
    second = json_of(program.get(f"{HERE}/matrix?page_size=1&page=2"))
    assert first["total"] == 2
    assert first["municipalities"] == whole["municipalities"]
    rows = [{**row} for row in first["rows"] + second["rows"]]
    assert [row.pop("label") for row in rows] == ["空きの検索", "抽選"]
    assert rows == whole["rows"]
    assert first["rows"][0]["cells"][YUGAWA] == {
        "state": "differs",
        "requirement_ids": [lines["c"]],
    }


def test_the_matrix_is_narrowed(api: Api, lines: dict[str, int]) -> None:
    program = api(COORDINATOR)

    def groups(query: str) -> list[str]:
        return [row["group"] for row in json_of(program.get(f"{HERE}/matrix?{query}"))["rows"]]

    assert groups("show=differences") == ["F-001"]
    assert groups("goal=G-1") == ["F-002"]
    assert groups(f"show=absent&municipality={KITAKATA}") == ["F-002"]
    for query in ("show=all-of-it", "goal=G-9", "municipality=134210", "town=072028"):
        answer = program.get(f"{HERE}/matrix?{query}")
        assert answer.status_code == 422, query


def test_the_matrix_is_taken_as_a_workbook(api: Api, lines: dict[str, int]) -> None:
    program = api(COORDINATOR)
    assert [row[0] for row in program.take(f"{HERE}/matrix/workbook")] == ["F-001", "F-002"]
    narrowed = program.take(f"{HERE}/matrix/workbook?show=differences")
    assert [row[0] for row in narrowed] == ["F-001"]
    wrong = program.call("POST", f"{HERE}/matrix/workbook?goal=G-9")
    assert "goal" in json_of(wrong)["errors"]
    assert program.call("POST", f"{HERE}/matrix/workbook?town=072028").status_code == 422
    stranger = api(STRANGER)
    assert stranger.take(f"{HERE}/matrix/workbook") == []  # its own business of that name
    vendor = api("vendor@vendor-a.example")
    assert vendor.call("POST", f"{HERE}/matrix/workbook").status_code == 403


def test_a_hiding_town_has_no_text_and_no_ids(
    api: Api, database: Database, world: World, lines: dict[str, int]
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        Desk(session, world.business).hide(world.towns[YUGAWA])
    for email, sees in ((NEIGHBOUR, False), (COORDINATOR, True), ("editor@074225.example", True)):
        program = api(email)
        cell = json_of(program.get(f"{HERE}/matrix"))["rows"][0]["cells"][YUGAWA]
        assert (cell["state"] != "hidden", bool(cell["requirement_ids"])) == (sees, sees), email
        group = json_of(program.get(f"{HERE}/groups/F-001"))
        assert (YUGAWA in {line["municipality"] for line in group["lines"]}) == sees
        assert ("3か月先" in str(group)) == sees
    assert lines["draft"] not in {
        one["requirement_id"] for one in json_of(api(COORDINATOR).get(f"{HERE}/unaligned"))["items"]
    }


def test_who_may(api: Api, lines: dict[str, int]) -> None:
    assert api("vendor@vendor-a.example").get(f"{HERE}/matrix").status_code == 403
    mine = api(STRANGER).get(f"{HERE}/matrix")
    assert json_of(mine)["rows"] == []  # its own business of that name
