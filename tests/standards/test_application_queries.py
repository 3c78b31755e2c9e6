from __future__ import annotations

from sqlalchemy.orm import Session

from registry.standards import aligning, application_queries, applying
from registry.standards.models import ApplicationState, Relation
from tests.standards.material import drafted, group_of, submitted_line
from tests.world import World


def test_applications_stand_beside_what_is_proposed_today(session: Session, world: World) -> None:
    group = group_of(session, world)
    standard = drafted(session, world, [group.id])
    applying.confirm_applications(session, world.coordinator, standard=standard)
    line = submitted_line(session, world, "072087", "仮予約は3営業日で取り消せること。")
    aligning.align(
        session,
        world.coordinator,
        group=group,
        requirement=line,
        relation=Relation.VALUE_DIFFERS,
    )
    rows = application_queries.applications(session, world.coordinator, standard)
    assert [row.municipality_code for row in rows] == ["072028", "072087", "074225"]
    assert [row.differs for row in rows] == [False, True, False]
    assert rows[1].state is ApplicationState.FOLLOWS
    assert rows[1].proposed.value == "3営業日"
    assert rows[0].confirmed_by == world.coordinator.name
