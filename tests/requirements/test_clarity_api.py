"""The clarity check through the API."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest

from tests.programs import COORDINATOR, EDITOR, NEIGHBOUR, Api, json_of
from tests.requirements.lists import lines, submit
from tests.requirements.sent import HERE
from tests.world import World

VAGUE = "税証明を迅速に発行できること。"
POINT = {"rule": "vague.speed", "phrase": "迅速に"}


@pytest.fixture
def line(desk: Any, world: World) -> str:
    """The address of a submitted line with one finding."""
    with desk() as session:
        (row,) = lines(session, world, [VAGUE])
        submit(session, world, [row])
        return f"{HERE}/requirements/{row.id}"


def test_findings_are_read_and_let_stand(api: Api, line: str) -> None:
    program = api(EDITOR)
    (found,) = json_of(program.get(f"{line}/findings"))["items"]
    assert (found["kind"], found["severity"], found["judgement"]) == ("vague", "check", None)
    assert VAGUE[found["start"] : found["end"]] == found["phrase"] == "迅速に"
    assert program.call("POST", f"{line}/judgements", POINT).status_code == 422
    said = POINT | {"outcome": "defer", "reason": "部会で聞く。"}
    made = program.call("POST", f"{line}/judgements", said)
    assert made.status_code == 201
    (found,) = json_of(program.get(f"{line}/findings"))["items"]
    assert found["judgement"]["outcome"] == "defer"
    place = f"{line}/judgements/{json_of(made)['id']}"
    assert program.call("DELETE", place).status_code == 204
    assert program.call("DELETE", place).status_code == 404
    assert api(NEIGHBOUR).call("POST", f"{line}/judgements", said).status_code == 403


def test_a_question_is_asked_and_answered(api: Api, line: str) -> None:
    asked = api(COORDINATOR).call("POST", f"{line}/questions", POINT | {"question": "何分以内?"})
    assert asked.status_code == 201
    question = json_of(asked)
    answer = {"answer": "5分です。", "version": question["version"]}
    place = f"{line}/questions/{question['id']}/answer"
    assert api(NEIGHBOUR).call("POST", place, answer).status_code == 403
    done = api(EDITOR).call("POST", place, answer)
    assert json_of(done)["answer"] == "5分です。"
    assert api(EDITOR).call("POST", place, answer).status_code == 409
    (read,) = json_of(api(COORDINATOR).get(f"{line}/questions"))["items"]
    assert read["answer"] == "5分です。"
    assert json_of(api(NEIGHBOUR).get(f"{line}/questions"))["items"] == []


def test_settings_are_read_and_changed(api: Api, line: str) -> None:
    program = api(COORDINATOR)
    assert json_of(program.get("/clarity-settings"))["version"] is None
    wanted: dict[str, Any] = {
        "off": ["vague.speed"],
        "words": {},
        "allowed": ["K-NET"],
        "version": None,
    }
    stored = program.call("PUT", "/clarity-settings", wanted)
    assert json_of(stored) == wanted | {"version": 1}
    assert json_of(api(EDITOR).get(f"{line}/findings"))["items"] == []
    assert program.call("PUT", "/clarity-settings", wanted).status_code == 409
    unknown = wanted | {"off": ["vague.nothing"], "version": 1}
    assert program.call("PUT", "/clarity-settings", unknown).status_code == 422
    assert api(EDITOR).get("/clarity-settings").status_code == 403


def test_findings_are_taken_as_a_workbook(api: Api, line: str) -> None:
    answer = api(EDITOR).call("POST", f"{HERE}/findings/workbook")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(BytesIO(answer.get_data())).worksheets[0]
    assert sheet.cell(2, 6).value == "迅速に"
    assert api(NEIGHBOUR).get(f"{line.replace('072028', '072087')}/findings").status_code == 404
