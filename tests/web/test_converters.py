"""Addresses that could only be a fault of the database are simply not there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import ApiClient, Client

NUMBERS = [2**31, 10**23]


@pytest.mark.parametrize("number", NUMBERS)
def test_an_id_no_database_holds_is_not_found(client: Client, number: int) -> None:
    assert client.get(f"/jobs/{number}").status_code == 404
    assert client.get(f"/jobs/{2**31 - 1}").status_code == 303  # a page, for somebody signed in


def test_a_name_with_a_nul_is_not_found(api: Callable[[str], ApiClient]) -> None:
    program = api("coordinator@bureau.example")
    assert program.get("/goals/G%001").status_code == 404
    assert program.get("/goals/G-1").status_code == 200


def test_every_route_uses_them(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        for converter in rule._converters.values():
            assert type(converter).__name__ in {"IdConverter", "TextConverter", "PathConverter"}, (
                rule
            )
