"""Lists that programs send as a file or as rows."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from tests.conftest import ApiClient
from tests.programs import EDITOR, Api, json_of
from tests.requirements.sent import HERE


def send(program: ApiClient, content: bytes, **fields: str) -> Any:
    return program.client.post(
        f"/api/v1{HERE}/imports",
        data={**fields, "file": (BytesIO(content), "list.csv")},
        headers={"Authorization": f"Bearer {program.token}"},
    )


def test_a_file_is_sent_and_put_aside(api: Api) -> None:
    program = api(EDITOR)
    legend = '[columns]\n"番号" = "number"\n"要件" = "text"\n'
    made = send(program, "番号,要件\n1,探せること。\n".encode("cp932"), name="一覧", legend=legend)
    assert made.status_code == 201
    assert (json_of(made)["name"], json_of(made)["counts"]["new"]) == ("一覧", 1)
    place = made.headers["Location"].removeprefix("/api/v1")
    tag = made.headers["ETag"]
    put_aside = program.call("POST", f"{place}/cancel", If_Match=tag)
    assert json_of(put_aside)["state"] == "cancelled"
    start = program.call("POST", f"{place}/start", If_Match=put_aside.headers["ETag"])
    assert start.status_code == 409
    assert json_of(program.get(f"{HERE}/requirements"))["total"] == 0


@pytest.mark.parametrize(
    ("content", "fields", "field"),
    [
        (b"<html><body>x</body></html>", {}, None),
        (b"", {}, None),
        (b"a,b\n1,2\n", {"legend": "["}, None),
        (b"a,b\n1,2\n", {"legends": "x"}, "legends"),
    ],
)
def test_bad_files_are_refused_with_nothing_stored(
    api: Api, content: bytes, fields: dict[str, str], field: str | None
) -> None:
    program = api(EDITOR)
    answer = send(program, content, **fields)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert field is None or field in json_of(answer)["errors"]
    assert json_of(program.get(f"{HERE}/imports"))["total"] == 0


def test_a_request_without_a_file_says_so(api: Api) -> None:
    answer = api(EDITOR).call("POST", f"{HERE}/imports")
    assert answer.status_code == 422
    assert "file" in json_of(answer)["errors"]


@pytest.mark.parametrize(
    "rows", [[], [[""]], [["a"] * 101], [["要件", 5]], [["要件", "要件"], ["探せること。", "x"]]]
)
def test_bad_tables_are_refused(api: Api, rows: list[list[object]]) -> None:
    program = api(EDITOR)
    answer = program.call("POST", f"{HERE}/imports/tables", {"name": "x", "rows": rows})
    assert answer.status_code == 422
    assert json_of(program.get(f"{HERE}/imports"))["total"] == 0
