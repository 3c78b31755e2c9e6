"""The workbooks around an import, for programs."""

from __future__ import annotations

from tests.programs import COORDINATOR, EDITOR, NEIGHBOUR, Api, json_of
from tests.requirements.sent import HERE, LEGEND, ROWS


def test_refused_rows_are_taken_as_a_workbook(api: Api) -> None:
    program = api(EDITOR)
    sent = {"name": "一覧", "rows": ROWS, "legend": LEGEND}
    made = program.call("POST", f"{HERE}/imports/tables", sent)
    path = made.headers["Location"].removeprefix("/api/v1") + "/rejections"
    listed = json_of(program.get(path))["items"]
    assert listed
    assert [row[:2] for row in program.take(f"{path}/workbook")] == [
        [one["row"], one["column"]] for one in listed
    ]
    assert api(NEIGHBOUR).call("POST", f"{path}/workbook").status_code == 403
    assert api("editor@134210.example").call("POST", f"{path}/workbook").status_code == 404


def test_the_empty_list_is_taken_filled_in_and_sent_back(api: Api) -> None:
    program = api(EDITOR)
    assert program.take(f"{HERE}/imports/template") == []
    for email, status in ((NEIGHBOUR, 403), (COORDINATOR, 403), ("editor@134210.example", 404)):
        answer = api(email).call("POST", f"{HERE}/imports/template")
        assert answer.status_code == status, email


def test_the_own_list_comes_back_with_the_result_of_each_row(api: Api) -> None:
    program = api(EDITOR)
    sent = {"name": "一覧", "rows": ROWS, "legend": LEGEND}
    made = program.call("POST", f"{HERE}/imports/tables", sent)
    path = made.headers["Location"].removeprefix("/api/v1") + "/annotated"
    rows = program.take(path)
    assert [row[0] for row in rows] == ["1", "2", "3"]
    assert len(rows[0]) > len(ROWS[0])
    assert api(NEIGHBOUR).call("POST", path).status_code == 403
    assert api("editor@134210.example").call("POST", path).status_code == 404
