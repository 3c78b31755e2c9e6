"""A town's lines for programs: every town's counts, and the lines one may read."""

from __future__ import annotations

from registry import transaction
from registry.db import Database
from registry.processes import service as processes
from tests.conftest import AUDIT_KEY
from tests.programs import APPROVER, COORDINATOR, EDITOR, NEIGHBOUR, Api, json_of
from tests.requirements import lists
from tests.requirements.sent import HERE, LINE
from tests.world import World


def test_the_list_is_narrowed_and_sorted(api: Api) -> None:
    program = api(EDITOR)
    for number, (text, goal) in enumerate(
        [
            ("空きを探せること。", "G-1-1"),
            ("使用料を納められること。", ""),
            ("空きを知らせること。", ""),
        ],
        start=1,
    ):
        line = {**LINE, "label": str(number), "text": text, "goal": goal}
        assert program.call("POST", f"{HERE}/requirements", line).status_code == 201

    def labels(query: str) -> list[str]:
        answer = json_of(program.get(f"{HERE}/requirements?{query}"))
        return [one["label"] for one in answer["items"]]

    assert labels("") == ["1", "2", "3"]
    assert labels("q=空き") == ["1", "3"]
    assert labels("goal=-&descending=true") == ["3", "2"]
    assert labels("state=confirmed") == []
    assert labels("page=2&page_size=2") == ["3"]
    assert program.get(f"{HERE}/requirements?state=open").status_code == 422
    assert program.get(f"{HERE}/requirements?stat=draft").status_code == 422


def test_a_hiding_town_is_counted_and_not_read(api: Api, database: Database, world: World) -> None:
    owner = {"municipality_id": world.towns["072028"].id, "business_id": world.business.id}
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        (line,) = lists.lines(session, world, ["隠した文であること。"])
        line_id = line.id
        lists.submit(session, world, [line])
        processes.hide_detail(session, world.of("editor"), **owner, hidden=True)
    for email, status in ((NEIGHBOUR, 403), (COORDINATOR, 200), (APPROVER, 200)):
        assert api(email).get(f"{HERE}/requirements").status_code == status
    assert api(NEIGHBOUR).get(f"{HERE}/requirements/{line_id}").status_code == 404
    counts = api(NEIGHBOUR).get("/businesses/facility-reservation/town-counts")
    assert json_of(counts)["items"][0] == {
        "code": "072028",
        "name": "会津若松市",
        "submitted": 1,
        "confirmed": 0,
        "has_draft": False,
        "hides_detail": True,
        "readable": False,
    }
