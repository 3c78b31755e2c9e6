"""Filling in and reading the pages on flows as a browser without JavaScript does."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from werkzeug.test import TestResponse

from registry.processes import step_table
from registry.processes.bpmn import reading
from tests.conftest import Client
from tests.processes import sample_flows as samples

SignedIn = Callable[[str], Client]
EDITOR = "editor@072028.example"
CONTRIBUTOR = "contributor@072028.example"
NEIGHBOUR = "editor@072087.example"
FLOWS = "/businesses/facility-reservation/flows"
HEAD = {"title": "受付", "kind": "as_is", "note": "聞き取り"}


def text(answer: TestResponse) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def send(client: Client, path: str, data: dict[str, Any]) -> TestResponse:
    return client.send(path, **data)


def cells(name: str) -> dict[str, str]:
    """A step table as the form sends it."""
    rows = step_table.read_tsv((samples.FOLDER / f"{name}.tsv").read_text("utf-8"))
    return {
        f"rows-{at}-{column}": str(getattr(row, column))
        for at, row in enumerate(rows, start=1)
        for column in step_table.COLUMNS
    }


def create(client: Client, name: str = "town_one", **head: str) -> str:
    answer = send(client, f"{FLOWS}/new", data={**HEAD, **head, **cells(name)})
    assert answer.status_code == 303, text(answer)
    return answer.location


def hidden(answer: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.get_data(as_text=True))
    assert found is not None
    return unescape(found.group(1))


def stored(client: Client, page: str) -> reading.Document:
    answer = send(client, f"{page}/download", data={"form": "bpmn"})
    assert answer.status_code == 200
    return reading.read(answer.data)
