"""Standards in every state, for the tests of editions and deliveries."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from registry.processes.models import Business
from registry.requirements.models import Obligation, RequirementKind
from registry.specs import service as specs
from registry.specs.models import Edition
from registry.standards import applying, deciding, drafting
from registry.standards.models import Outcome, Phase, StandardRequirement
from tests.world import World

ISSUED = date(2026, 10, 1)


def drafted(
    session: Session,
    world: World,
    title: str = "空き状況の照会",
    *,
    goal: str | None = "G-1-1-1",
    business: Business | None = None,
    **values: Any,
) -> StandardRequirement:
    """A standard nobody has decided on, with proposed applications."""
    return drafting.draft_standard(
        session,
        world.coordinator,
        business_id=(business or world.business).id,
        group_ids=(),
        title=title,
        text=values.get("text", f"{title}ができること。"),
        obligation=Obligation.MANDATORY,
        reason=values.get("reason", "住民が電話をかけずに済むため。"),
        goal_id=world.goals[goal].id if goal else None,
        kind=RequirementKind.FUNCTIONAL,
        phase=Phase.PHASE_1,
    )


def decided(
    session: Session,
    world: World,
    standard: StandardRequirement,
    outcome: Outcome = Outcome.ADOPT,
) -> None:
    deciding.decide(
        session,
        world.coordinator,
        standard=standard,
        version=standard.version,
        outcome=outcome,
        reason="第2回の部会で合意した。",
        decided_on=date(2026, 9, 1),
    )


def confirmed(session: Session, world: World, standard: StandardRequirement) -> None:
    applying.confirm_applications(session, world.coordinator, standard=standard)


def adopted(
    session: Session, world: World, title: str = "空き状況の照会", **values: Any
) -> StandardRequirement:
    """A standard as an edition prints it: decided, and confirmed for every town."""
    standard = drafted(session, world, title, **values)
    confirmed(session, world, standard)
    decided(session, world, standard)
    return standard


def reworded(session: Session, world: World, standard: StandardRequirement, text: str) -> None:
    drafting.update_standard(
        session,
        world.coordinator,
        standard,
        version=standard.version,
        group_ids=(),
        title=standard.title,
        text=text,
        obligation=standard.obligation,
        reason=standard.reason,
        goal_id=standard.goal_id,
        kind=standard.kind,
        phase=standard.phase,
        change_reason="部会の意見を受けて改める。",
    )


def frozen(
    session: Session, world: World, number: str = "1.0", business: Business | None = None
) -> Edition:
    return specs.freeze_edition(
        session,
        world.coordinator,
        business_id=(business or world.business).id,
        number=number,
        issued_on=ISSUED,
    )
