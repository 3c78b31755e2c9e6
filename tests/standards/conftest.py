"""A group, and a standard that answers it, for the tests of the JSON API."""

from __future__ import annotations

import pytest

from registry import transaction
from registry.db import Database
from registry.standards.models import Relation
from tests.conftest import AUDIT_KEY
from tests.programs import COORDINATOR, HERE, Api
from tests.standards import material
from tests.standards.material import drafted, group_of
from tests.world import World


@pytest.fixture
def group(database: Database, world: World) -> str:
    """The code of a group with two towns' lines, one with another value."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        return group_of(
            session,
            world,
            t072028=("仮予約は7日で取り消せること。", Relation.SAME),
            t072087=("仮予約は10日で取り消せること。", Relation.VALUE_DIFFERS),
        ).code


@pytest.fixture
def standard(api: Api, group: str) -> str:
    """The address of a drafted standard below /api/v1."""
    made = api(COORDINATOR).call("POST", f"{HERE}/standards", material.AS_SENT)
    assert made.status_code == 201
    return made.headers["Location"].removeprefix("/api/v1")


@pytest.fixture
def prepared(database: Database, world: World) -> World:
    """F-001 with two towns' lines and A-0010001-01 answering it; F-002 nobody has touched."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        group = group_of(
            session,
            world,
            t072028=("仮予約は3営業日で自動的に取り消せること。", Relation.VALUE_DIFFERS),
            t072087=("喜多方だけの秘密の文。", Relation.SAME),
        )
        group_of(session, world, "手つかず", t072028=("別の要件ができること。", Relation.SAME))
        drafted(session, world, [group.id], goal_id=world.goals["G-1-1-1"].id)
    return world
