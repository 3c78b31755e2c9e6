from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.db import now
from registry.errors import Conflict, Invalid, NotFound
from registry.requirements.models import Requirement
from registry.standards import (
    aligning,
    applying,
)
from registry.standards.models import (
    Application,
    ApplicationState,
    Relation,
    StandardRequirement,
)
from tests.standards.material import (
    drafted,
    group_of,
    hide,
    submitted_line,
)
from tests.world import World


def states(session: Session, standard: StandardRequirement) -> dict[int, tuple[str, str, bool]]:
    session.flush()
    rows = session.scalars(
        sa.select(Application)
        .where(Application.standard_id == standard.id)
        .order_by(Application.municipality_id)
    )
    return {
        row.municipality_id: (row.state.value, row.value, row.confirmed_at is not None)
        for row in rows
    }


def test_applications_are_proposed_for_every_town(session: Session, world: World) -> None:
    group = group_of(
        session,
        world,
        t072028=("仮予約は3営業日で取り消せること。", Relation.VALUE_DIFFERS),
        t072087=("仮予約は自動では取り消さないこと。", Relation.OPPOSITE),
    )
    group_of(session, world, "無関係", t074225=("無関係な行", Relation.OPPOSITE))
    standard = drafted(session, world, [group.id])
    towns = world.towns
    assert states(session, standard) == {
        towns["072028"].id: ("own_value", "3営業日", False),
        towns["072087"].id: ("exception", "", False),
        towns["074225"].id: ("follows", "", False),
    }


def test_a_hidden_or_withdrawn_wording_does_not_show_through(
    session: Session, world: World
) -> None:
    group = group_of(
        session,
        world,
        t072028=("仮予約は3営業日で取り消せること。", Relation.VALUE_DIFFERS),
        t072087=("仮予約は10日で取り消せること。", Relation.VALUE_DIFFERS),
    )
    hide(session, world, "072028")
    taken = session.scalars(
        sa.select(Requirement).where(Requirement.municipality_id == world.towns["072087"].id)
    ).one()
    taken.deleted_at = now()
    standard = drafted(session, world, [group.id])
    assert {state for state, _, _ in states(session, standard).values()} == {"follows"}


def test_a_person_sets_an_application_and_later_proposals_leave_it(
    session: Session, world: World
) -> None:
    group = group_of(
        session, world, t072028=("仮予約は3営業日で取り消せること。", Relation.VALUE_DIFFERS)
    )
    standard = drafted(session, world, [group.id])
    town = world.towns["072028"]
    applying.set_application(
        session,
        world.coordinator,
        standard=standard,
        municipality_id=town.id,
        state=ApplicationState.OWN_VALUE,
        value="4営業日",
    )
    other = submitted_line(session, world, "072087", "仮予約は10日で取り消せること。")
    aligning.align(
        session,
        world.coordinator,
        group=group,
        requirement=other,
        relation=Relation.VALUE_DIFFERS,
    )
    assert applying.propose_applications(session, world.coordinator, standard=standard) == 1
    found = states(session, standard)
    assert found[town.id] == ("own_value", "4営業日", True)
    assert found[world.towns["072087"].id] == ("own_value", "10日", False)


def test_an_own_value_must_be_worded(session: Session, world: World) -> None:
    standard = drafted(session, world)

    def put(state: ApplicationState, value: str, town_id: int) -> Application:
        return applying.set_application(
            session,
            world.coordinator,
            standard=standard,
            municipality_id=town_id,
            state=state,
            value=value,
        )

    town = world.towns["072028"].id
    with pytest.raises(Invalid) as refused:
        put(ApplicationState.EXCEPTION, " ", town)
    assert "value-072028" in refused.value.fields
    assert put(ApplicationState.FOLLOWS, "消える値", town).value == ""
    with pytest.raises(NotFound):
        put(ApplicationState.FOLLOWS, "", world.other_town.id)


def test_a_stale_application_is_refused(session: Session, world: World) -> None:
    standard = drafted(session, world)

    def put(value: str, version: int) -> Application:
        return applying.set_application(
            session,
            world.coordinator,
            standard=standard,
            municipality_id=world.towns["072028"].id,
            state=ApplicationState.OWN_VALUE,
            value=value,
            version=version,
        )

    put("3日", 1)
    with pytest.raises(Conflict) as refused:
        put("5日", 1)
    assert refused.value.theirs["value"] == "3日"


def test_confirming_takes_every_proposal_or_names_what_is_missing(
    session: Session, world: World
) -> None:
    group = group_of(
        session, world, t072028=("仮予約は自動では取り消さないこと。", Relation.OPPOSITE)
    )
    standard = drafted(session, world, [group.id])
    with pytest.raises(Invalid) as refused:
        applying.confirm_applications(session, world.coordinator, standard=standard)
    assert list(refused.value.fields) == ["value-072028"]
    assert not any(done for _, _, done in states(session, standard).values())
    applying.set_application(
        session,
        world.coordinator,
        standard=standard,
        municipality_id=world.towns["072028"].id,
        state=ApplicationState.EXCEPTION,
        value="窓口で取り消す(2028年3月まで)",
    )
    assert applying.confirm_applications(session, world.coordinator, standard=standard) == 2
    assert all(done for _, _, done in states(session, standard).values())
    assert applying.confirm_applications(session, world.coordinator, standard=standard) == 0
