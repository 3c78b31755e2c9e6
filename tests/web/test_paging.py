"""The page a request asks for."""

from __future__ import annotations

import pytest
from flask import Flask

from registry.errors import Invalid
from registry.web import paging


def asked(query: str) -> tuple[int, int]:
    with Flask("x").test_request_context(f"/?{query}"):
        return paging.asked(20)


def test_defaults_and_given_numbers() -> None:
    assert asked("") == (1, 20)
    assert asked("page=3&page_size=7") == (3, 7)


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "page=１", "page_size=100000"])
def test_nonsense_is_refused(query: str) -> None:
    with pytest.raises(Invalid):
        asked(query)
