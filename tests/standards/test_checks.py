from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from registry.access import Role
from registry.errors import DomainError, Forbidden, NotFound
from registry.standards import (
    aligning,
    applying,
    deciding,
    drafting,
)
from registry.standards.models import (
    Outcome,
    RequirementGroup,
    StandardRequirement,
)
from tests.standards.material import (
    DAY,
    drafted,
    group_of,
    values,
)
from tests.world import World

ACTS: dict[str, Callable[[Session, Any, RequirementGroup, StandardRequirement], object]] = {
    "create_group": lambda s, a, g, d: aligning.create_group(
        s, a, business_id=g.business_id, label="x"
    ),
    "update_group": lambda s, a, g, d: aligning.update_group(
        s, a, g, version=g.version, label="x", goal_id=None
    ),
    "split_group": lambda s, a, g, d: aligning.split_group(
        s, a, group=g, version=g.version, alignment_ids=[1], label="x"
    ),
    "draft_standard": lambda s, a, g, d: drafting.draft_standard(
        s, a, business_id=g.business_id, group_ids=[], **values()
    ),
    "update_standard": lambda s, a, g, d: drafting.update_standard(
        s, a, d, version=d.version, group_ids=[], **values()
    ),
    "propose_applications": lambda s, a, g, d: applying.propose_applications(s, a, standard=d),
    "confirm_applications": lambda s, a, g, d: applying.confirm_applications(s, a, standard=d),
    "decide": lambda s, a, g, d: deciding.decide(
        s, a, standard=d, version=d.version, outcome=Outcome.ADOPT, reason="x", decided_on=DAY
    ),
    "adopt_national": lambda s, a, g, d: deciding.adopt_national(
        s, a, business_id=g.business_id, reason="x", decided_on=DAY
    ),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    "role",
    [
        *(one.value for one in (Role.CONTRIBUTOR, Role.EDITOR, Role.APPROVER)),
        "vendor",
        "administrator",
        "stranger",
    ],
)
def test_only_the_regions_coordinator_agrees_on_standards(
    session: Session, world: World, act: str, role: str
) -> None:
    group, standard = group_of(session, world), drafted(session, world)
    people = {
        "vendor": world.vendor_actor(),
        "administrator": world.administrator,
        "stranger": world.stranger,
    }
    actor = people.get(role) or world.of(role)
    expected: type[DomainError] = NotFound if role == "stranger" else Forbidden
    with pytest.raises(expected):
        ACTS[act](session, actor, group, standard)
