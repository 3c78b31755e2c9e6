"""A group, and a standard that answers it, for the tests of the JSON API."""

from __future__ import annotations

import pytest

from registry import transaction
from registry.db import Database
from registry.standards.models import Relation
from tests.conftest import AUDIT_KEY
from tests.programs import COORDINATOR, HERE, Api
from tests.standards import material
from tests.world import World


@pytest.fixture
def group(database: Database, world: World) -> str:
    """The code of a group with two towns' lines, one with another value."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        return material.group_of(
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
