from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.requirements import count_queries, reviewing
from registry.requirements.models import Requirement
from tests.world import World


def statements(session: Session, run: Callable[[], object]) -> int:
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    sa.event.listen(session.get_bind(), "before_cursor_execute", note)
    run()
    sa.event.remove(session.get_bind(), "before_cursor_execute", note)
    return count


def test_counts_of_the_own_town(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    editor, approver = world.of("editor"), world.of("approver")
    mine = region["mine"]
    items = [(row.id, row.submitted_version_id or 0) for row in mine[:2]]
    reviewing.confirm(session, approver, items=items[:1])
    counts = count_queries.own_counts(session, editor)[world.business.id]
    assert counts == count_queries.Counts(
        total=3, draft=1, returned=0, waiting=1, confirmed=1, submitted=2
    )
    assert count_queries.own_counts(session, editor).keys() == {
        world.business.id,
        world.other_business.id,
    }
    assert count_queries.towns_submitted(session, editor)[world.business.id] == (2, 3)


def test_town_counts_name_every_town(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    found = count_queries.town_counts(session, world.coordinator, world.business.id)
    assert [(one.code, one.submitted, one.confirmed, one.has_draft) for one in found] == [
        ("072028", 2, 0, True),
        ("072087", 1, 0, True),
        ("074225", 0, 0, False),
    ]
    fewer = statements(
        session,
        lambda: count_queries.town_counts(session, world.coordinator, world.other_business.id),
    )
    more = statements(
        session, lambda: count_queries.town_counts(session, world.coordinator, world.business.id)
    )
    assert fewer == more
