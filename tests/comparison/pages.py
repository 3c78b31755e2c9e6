"""What the tests of the comparison's pages share: addresses, wordings, reading a page."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from registry import transaction
from registry.comparison import proposing
from registry.comparison.proposal_queries import JOB_KIND
from registry.db import Database
from registry.jobs import Runner
from registry.standards.models import Alignment, RequirementGroup
from tests.comparison.desk import Desk
from tests.conftest import AUDIT_KEY, Client
from tests.world import World

COORDINATOR, EDITOR = "coordinator@bureau.example", "editor@072028.example"
STRANGER = "coordinator@elsewhere.example"
BASE = "/compare/facility-reservation"
TEN, THREE = (
    "予約の取消しは利用日の10日前まで受け付けること。",
    "予約の取消しは利用日の3営業日前まで受け付けること。",
)
SignIn = Callable[[str], Client]


@dataclass
class Placed:
    """Ids of what the fixture stored: lines and alignments by name, groups by code."""

    lines: dict[str, int]
    alignments: dict[str, int]
    groups: dict[str, int]


def text_of(page: str) -> str:
    """What a person reads: no tags, one space."""
    page = re.sub(r"<(script|style|template)\b.*?</\1>", " ", page, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def read(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return text_of(answer.get_data(as_text=True))


def change(database: Database, world: World, act: Callable[[Desk], Any]) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        act(Desk(session, world.business))


def group_of(database: Database, name: str, placed: Placed) -> str | None:
    with database.read() as session:
        return session.scalar(
            sa.select(RequirementGroup.code)
            .join(Alignment, Alignment.group_id == RequirementGroup.id)
            .where(Alignment.requirement_id == placed.lines[name])
            .order_by(RequirementGroup.code)
        )


def compute(client: Client, database: Database) -> None:
    assert client.send(f"{BASE}/proposals/compute").status_code == 303
    assert Runner(database, {JOB_KIND: proposing.run}, AUDIT_KEY).run_one()
