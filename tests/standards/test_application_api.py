"""What a standard means for each town, for programs."""

from __future__ import annotations

from tests.programs import COORDINATOR, EDITOR, STRANGER, Api, json_of


def test_applications_are_said_town_by_town_and_confirmed_together(api: Api, standard: str) -> None:
    program = api(COORDINATOR)
    base = f"{standard}/applications"
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


def test_who_may(api: Api, standard: str) -> None:
    base = f"{standard}/applications"
    editor, stranger = api(EDITOR), api(STRANGER)
    said = {"state": "follows", "value": ""}
    found = editor.get(f"{base}/072028")
    assert found.status_code == 200
    tag = found.headers["ETag"]
    for program, status in ((editor, 403), (stranger, 404)):
        answer = program.call("PUT", f"{base}/072028", said, If_Match=tag)
        assert answer.status_code == status
        for act in ("propose", "confirm"):
            assert program.call("POST", f"{base}/{act}").status_code == status
