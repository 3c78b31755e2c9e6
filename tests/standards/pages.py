"""What the tests of the standards' pages share."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import sqlalchemy as sa
from werkzeug.test import TestResponse

from registry.db import Database
from registry.standards.models import (
    StandardRequirement,
)
from tests.conftest import Client

SignedIn = Callable[[str], Client]
COORDINATOR = "coordinator@bureau.example"
EDITOR = "editor@072028.example"
HOME = "/standards/facility-reservation"
PAGE = f"{HOME}/A-0010001-01"
GROUP = f"{HOME}/groups/F-002/decide"
FIELDS = {
    "title": "仮予約の期限",
    "text": "仮予約は7日で取り消せること。",
    "obligation": "mandatory",
    "kind": "functional",
    "phase": "phase_1",
    "goal": "G-1-1-1",
    "reason": "多くの団体が7日で運用している。",
    "target_edition": "1.0",
    "groups": ["F-001"],
}
VERDICT = {"outcome": "adopt", "reason": "研究会で合意した。", "decided_on": "2026-08-05"}


def text_of(answer: TestResponse) -> str:
    """The page as read: no tags, single spaces."""
    page = re.sub(r"<(script|style|svg).*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def stored(database: Database, code: str = "A-0010001-01") -> StandardRequirement:
    with database.read() as session:
        return session.scalars(
            sa.select(StandardRequirement).where(StandardRequirement.code == code)
        ).one()
