"""Which lines belong to a group, for programs."""

from __future__ import annotations

from tests.programs import COORDINATOR, EDITOR, HERE, STRANGER, Api, json_of

KITAKATA = "072087"


def test_lines_are_aligned_moved_confirmed_and_taken_out(api: Api, lines: dict[str, int]) -> None:
    program = api(COORDINATOR)
    put = {"requirement_ids": [lines["e"], lines["f"]], "relation": "related"}
    done = program.call("POST", f"{HERE}/groups/F-002/alignments", put)
    assert (done.status_code, json_of(done)) == (201, {"count": 2})
    draft = {"requirement_ids": [lines["draft"]], "relation": "same"}
    assert program.call("POST", f"{HERE}/groups/F-002/alignments", draft).status_code == 409
    group = json_of(program.get(f"{HERE}/groups/F-002"))
    ids = [one["alignment_id"] for one in group["lines"] if one["relation"] == "related"]
    again = {"alignment_ids": ids, "relation": "same"}
    base = f"{HERE}/groups/F-002/alignments"
    assert json_of(program.call("POST", f"{base}/confirm", again)) == {"count": 2}
    away = {"alignment_ids": ids[:1], "target": "F-001"}
    assert json_of(program.call("POST", f"{base}/move", away)) == {"count": 1}
    nowhere = program.call("POST", f"{base}/move", {**away, "target": "F-404"})
    assert "target" in json_of(nowhere)["errors"]
    assert program.call("POST", f"{base}/move", away).status_code == 409  # gone from here
    assert program.call("DELETE", f"{base}/{ids[1]}").status_code == 204
    assert program.call("DELETE", f"{base}/{ids[1]}").status_code == 404
    loose = json_of(program.get(f"{HERE}/unaligned?municipality={KITAKATA}"))
    assert [one["requirement_id"] for one in loose["items"]] == [lines["f"]]


def test_who_may(api: Api, lines: dict[str, int]) -> None:
    put = {"requirement_ids": [lines["e"]], "relation": "same"}
    editor, stranger = api(EDITOR), api(STRANGER)
    assert editor.get(f"{HERE}/unaligned").status_code == 200
    assert editor.call("POST", f"{HERE}/groups/F-001/alignments", put).status_code == 403
    assert json_of(stranger.get(f"{HERE}/unaligned"))["total"] == 0
    theirs = json_of(stranger.call("POST", f"{HERE}/groups", {"label": "x"}))["code"]
    answer = stranger.call("POST", f"{HERE}/groups/{theirs}/alignments", put)
    assert answer.status_code == 404
