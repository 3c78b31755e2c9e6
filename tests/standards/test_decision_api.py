"""Decisions on standards and groups for programs."""

from __future__ import annotations

import pytest

from tests.programs import COORDINATOR, EDITOR, HERE, STRANGER, Api, json_of
from tests.standards.material import AS_SENT

DECISION = {"outcome": "adopt", "reason": "部会で合意した。", "decided_on": "2026-09-01"}


def test_a_standard_is_decided_as_it_was_read(api: Api, standard: str) -> None:
    program = api(COORDINATOR)
    place, tag = f"{standard}/decisions", program.get(standard).headers["ETag"]
    assert program.call("POST", place, DECISION).status_code == 428
    decided = program.call("POST", place, DECISION, If_Match=tag)
    assert decided.status_code == 201
    assert json_of(decided)["subject"]["text"] == AS_SENT["text"]
    assert program.call("POST", place, DECISION, If_Match=tag).status_code == 412
    now = decided.headers["ETag"]
    assert program.get(standard).headers["ETag"] == now
    edit = {**AS_SENT, "text": "仮予約は14日で取り消せること。"}
    without = program.call("PUT", standard, edit, If_Match=now)
    assert "change_reason" in json_of(without)["errors"]
    edit["change_reason"] = "条例の改正。"
    edited = program.call("PUT", standard, edit, If_Match=now)
    assert json_of(edited)["standing"] == "edited"
    history = json_of(program.get(place))
    assert (history["total"], history["items"][0]["outcome"]) == (1, "adopt")


@pytest.mark.parametrize(
    ("change", "field"),
    [({"reason": ""}, "reason"), ({"outcome": "maybe"}, "outcome"), ({"who": "x"}, "who")],
)
def test_bad_decisions_name_the_field(
    api: Api, standard: str, change: dict[str, str], field: str
) -> None:
    program = api(COORDINATOR)
    tag = program.get(standard).headers["ETag"]
    body = {**DECISION, **change}
    answer = program.call("POST", f"{standard}/decisions", body, If_Match=tag)
    assert answer.status_code == 422
    assert field in str(json_of(answer)["errors"])
    assert json_of(program.get(f"{standard}/decisions"))["total"] == 0


def test_a_group_without_a_standard_is_put_off(api: Api, group: str) -> None:
    program = api(COORDINATOR)
    tag = program.get(f"{HERE}/groups/{group}").headers["ETag"]
    place = f"{HERE}/groups/{group}/decisions"
    assert program.call("POST", place, DECISION, If_Match=tag).status_code == 422  # no adopting
    later = {**DECISION, "outcome": "defer"}
    done = program.call("POST", place, later, If_Match=tag)
    assert done.status_code == 201
    assert program.call("POST", place, later, If_Match=tag).status_code == 412
    assert json_of(program.get(place))["total"] == 1


def test_who_may(api: Api, standard: str, group: str) -> None:
    editor, stranger = api(EDITOR), api(STRANGER)
    tag, later = editor.get(standard).headers["ETag"], {**DECISION, "outcome": "defer"}
    for place in (standard, f"{HERE}/groups/{group}"):
        assert editor.get(f"{place}/decisions").status_code == 200
        assert stranger.get(f"{place}/decisions").status_code == 404
        for program, status in ((editor, 403), (stranger, 404)):
            answer = program.call("POST", f"{place}/decisions", later, If_Match=tag)
            assert answer.status_code == status
