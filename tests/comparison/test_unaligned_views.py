"""Lines in no group."""

from __future__ import annotations

from registry.db import Database
from tests.comparison.desk import KITAKATA
from tests.comparison.pages import BASE, COORDINATOR, Placed, SignIn, group_of, read


def test_lines_in_no_group_are_found_and_put_into_one(
    signed_in: SignIn, placed: Placed, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    page = read(client, f"{BASE}/unaligned?q=鍵&town={KITAKATA}")
    assert "鍵の貸出しと返却を記録できること。" in page
    assert "鍵の貸出しと返却を記録すること。" not in page
    answer = client.send(
        f"{BASE}/unaligned?q=鍵",
        selected=[placed.lines["loose"]],
        target="F-001",
        relation="related",
    )
    assert answer.status_code == 303
    assert "q=" in answer.location
    assert group_of(database, "loose", placed) == "F-001"
    answer = client.send(
        f"{BASE}/unaligned", selected=[placed.lines["twin"]], label="鍵の管理", relation="same"
    )
    assert answer.status_code == 303
    assert group_of(database, "twin", placed) == "F-003"
    for fields in (
        {"target": "F-001", "label": "両方"},
        {"target": "", "label": ""},
        {"target": "F-900"},
        {"label": "選んでいない", "selected": []},
    ):
        answer = client.send(
            f"{BASE}/unaligned",
            **{"selected": [placed.lines["three"]], "relation": "same", **fields},
        )
        assert answer.status_code == 422
