"""What the tests of the pages of requirements share: the address, reading, sending."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from werkzeug.test import TestResponse

from registry.requirements.models import Requirement
from tests.conftest import Client

PATH = "/requirements/facility-reservation"
SignIn = Callable[[str], Client]


def text(answer: TestResponse) -> str:
    """The words of a page, without its tags."""
    page = re.sub(
        r"<(script|style|template)\b.*?</\1>", "", answer.get_data(as_text=True), flags=re.S
    )
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def json_save(client: Client, mode: str, *rows: dict[str, Any], key: str = "k") -> TestResponse:
    return client.post(
        f"{PATH}/rows",
        json={"mode": mode, "rows": list(rows)},
        headers={
            "X-CSRFToken": client.csrf(),
            "Idempotency-Key": key,
            "Accept": "application/json",
        },
    )


def row(desk: Any, row_id: int) -> Any:
    with desk() as session:
        found = session.get_one(Requirement, row_id)
        return (
            found.version,
            found.state,
            found.draft_version.text,
            found.draft_version.obligation,
            found.deleted_at is not None,
        )


def grid_fields(client: Client, address: str = PATH, **changes: str) -> dict[str, str]:
    """What a browser without JavaScript posts for the whole table."""
    page = client.get(address).get_data(as_text=True)
    form = re.search(r"<form class=\"kz-grid\".*?</form>", page, flags=re.S)
    assert form
    body = re.sub(r"<template.*?</template>", "", form[0], flags=re.S)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', body))
    fields |= dict(re.findall(r'<input type="text"[^>]*name="([^"]+)"[^>]*? value="([^"]*)"', body))
    fields |= dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n([^<]*)</textarea>', body))
    for name, options in re.findall(
        r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', body, flags=re.S
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    fields.pop("csrf_token")
    return {name: unescape(value) for name, value in fields.items()} | changes
