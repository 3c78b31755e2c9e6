"""Groups for programs: named, split, read with their lines."""

from __future__ import annotations

from tests.programs import COORDINATOR, EDITOR, HERE, STRANGER, Api, json_of

YUGAWA = "074225"


def test_groups_are_made_named_and_split(api: Api, lines: dict[str, int]) -> None:
    program = api(COORDINATOR)
    made = program.call("POST", f"{HERE}/groups", {"label": "取消し", "goal": "G-1-1"})
    assert made.status_code == 201
    place, tag = f"{HERE}/groups/F-003", made.headers["ETag"]
    assert made.headers["Location"] == f"/api/v1{place}"
    change = {"label": "予約の取消し", "goal": ""}
    assert program.call("PUT", place, change).status_code == 428
    changed = program.call("PUT", place, change, If_Match=tag)
    assert (json_of(changed)["label"], json_of(changed)["goal"]) == ("予約の取消し", None)
    assert program.call("PUT", place, change, If_Match=tag).status_code == 412
    wrong = {"label": "x", "goal": "G-9"}
    assert program.call("POST", f"{HERE}/groups", wrong).status_code == 422
    first = program.get(f"{HERE}/groups/F-001")
    odd = [one["alignment_id"] for one in json_of(first)["lines"] if one["municipality"] == YUGAWA]
    part = {"alignment_ids": odd, "label": "期間を決めた検索"}
    path = f"{HERE}/groups/F-001/split"
    split = program.call("POST", path, part, If_Match=first.headers["ETag"])
    assert split.status_code == 201
    assert [one["municipality"] for one in json_of(split)["lines"]] == [YUGAWA]
    assert program.call("POST", path, part, If_Match=first.headers["ETag"]).status_code == 412
    listed = json_of(program.get(f"{HERE}/groups"))["items"]
    assert [(one["code"], one["lines"]) for one in listed] == [
        ("F-001", 2),
        ("F-002", 1),
        ("F-003", 0),
        ("F-004", 1),
    ]


def test_who_may(api: Api, lines: dict[str, int]) -> None:
    editor, stranger = api(EDITOR), api(STRANGER)
    tag = editor.get(f"{HERE}/groups/F-001").headers["ETag"]
    assert editor.call("POST", f"{HERE}/groups", {"label": "x"}).status_code == 403
    assert stranger.get(f"{HERE}/groups/F-001").status_code == 404
    part = {"alignment_ids": [1], "label": "x"}
    for program, status in ((editor, 403), (stranger, 404)):
        place = f"{HERE}/groups/F-001"
        assert program.call("PUT", place, {"label": "x"}, If_Match=tag).status_code == status
        assert program.call("POST", f"{place}/split", part, If_Match=tag).status_code == status
