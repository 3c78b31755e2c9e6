"""Who calls the JSON API in its tests, and how an answer is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.conftest import ApiClient

Api = Callable[[str], ApiClient]
"""The fixture `api`: a program with that person's token."""

EDITOR = "editor@072028.example"
APPROVER = "approver@072028.example"
NEIGHBOUR = "editor@072087.example"
COORDINATOR = "coordinator@bureau.example"
STRANGER = "coordinator@elsewhere.example"
HERE = "/businesses/facility-reservation"


def json_of(answer: Any) -> Any:
    """The body, problem+json included."""
    return answer.get_json(force=True)
