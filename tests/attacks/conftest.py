from __future__ import annotations

import pytest

from registry.db import Database
from tests.journeys import stage as stages
from tests.journeys.stage import Stage
from tests.world import World


@pytest.fixture
def stage(database: Database, world: World) -> Stage:
    return stages.build(database, world)
