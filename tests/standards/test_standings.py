from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from registry.db import Database
from registry.municipalities.models import Municipality, MunicipalityKind
from registry.standards import (
    aligning,
    application_queries,
    deciding,
    drafting,
    group_queries,
    standings,
)
from registry.standards.models import Outcome, Relation
from registry.standards.standings import Standing, Wanted
from tests.standards.material import DAY, decide, drafted, group_of, submitted_line, values
from tests.world import World


def five(session: Session, world: World) -> None:
    """One standard of each standing, in the order of `Standing` without 採用 twice."""
    made = [
        drafted(session, world, title=title, goal_id=world.goals[goal].id)
        for title, goal in (
            ("案のまま", "G-1-1-1"),
            ("採用", "G-1-1-1"),
            ("修正", "G-1-1"),
            ("不採用", "G-1-2"),
            ("保留", "G-1-2"),
            ("あとで変更", "G-1-2"),
        )
    ]
    outcomes = (
        Outcome.ADOPT,
        Outcome.ADOPT_REVISED,
        Outcome.REJECT,
        Outcome.DEFER,
        Outcome.ADOPT,
    )
    for standard, outcome in zip(made[1:], outcomes, strict=True):
        decide(session, world, standard=standard, outcome=outcome)
    drafting.update_standard(
        session,
        world.coordinator,
        made[5],
        version=made[5].version,
        group_ids=[],
        change_reason="様式の改正。",
        **values(title="あとで変更", text="ＩＤカードで入れること。", goal_id=made[5].goal_id),
    )
    session.flush()


def titles(session: Session, world: World, wanted: Wanted) -> list[str]:
    page = standings.listing(session, world.of("editor"), world.business.id, wanted)
    return [row.title for row in page.items]


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (Standing.DRAFT, ["案のまま"]),
        (Standing.ADOPT, ["採用"]),
        (Standing.ADOPT_REVISED, ["修正"]),
        (Standing.REJECT, ["不採用"]),
        (Standing.DEFER, ["保留"]),
        (Standing.EDITED, ["あとで変更"]),
    ],
)
def test_standards_are_filtered_by_their_standing(
    session: Session, world: World, standing: Standing, expected: list[str]
) -> None:
    five(session, world)
    assert titles(session, world, Wanted(standing=standing)) == expected


def test_standards_are_filtered_by_a_goal_with_all_below_it(session: Session, world: World) -> None:
    five(session, world)
    below = Wanted(goal_id=world.goals["G-1-1"].id)
    assert titles(session, world, below) == ["案のまま", "採用", "修正"]
    assert titles(session, world, Wanted(goal_id=world.goals["G-1-1-1"].id)) == ["案のまま", "採用"]


@pytest.mark.parametrize("text", ["idカード", "ＩＤ", "0010006", "変更"])
def test_standards_are_found_however_the_words_are_typed(
    session: Session, world: World, text: str
) -> None:
    five(session, world)
    assert titles(session, world, Wanted(text=text)) == ["あとで変更"]


def test_a_list_is_cut_in_pages_and_shows_what_was_decided(session: Session, world: World) -> None:
    group = group_of(session, world)
    five(session, world)
    drafted(session, world, [group.id], title="七つ目")
    page = standings.listing(
        session, world.coordinator, world.business.id, Wanted(), page=3, page_size=3
    )
    assert (page.total, page.pages) == (7, 3)
    assert [(row.code, row.groups, row.standing) for row in page.items] == [
        ("A-0010007-01", ("F-001",), Standing.DRAFT)
    ]
    first = standings.listing(session, world.coordinator, world.business.id, Wanted()).items[1]
    assert (first.who, first.decided_on) == (world.coordinator.name, DAY)
    assert first.unconfirmed == 3
    everything = standings.listing(
        session, world.coordinator, world.business.id, Wanted(), page_size=None
    )
    assert len(everything.items) == 7


def test_the_overview_counts_what_is_done_and_open(session: Session, world: World) -> None:
    five(session, world)
    group_of(session, world, "空のまとまりは数えない")
    group_of(session, world, "手つかず", t072028=("仮予約ができること。", Relation.SAME))
    decided_group = group_of(session, world, "見送り", t072087=("行", Relation.SAME))
    deciding.decide(
        session,
        world.coordinator,
        group=decided_group,
        version=decided_group.version,
        outcome=Outcome.REJECT,
        reason="対象外",
        decided_on=DAY,
    )
    first, second = standings.overview(session, world.of("approver"))
    assert (first.slug, first.decided, first.adopted, first.open, first.edited) == (
        "facility-reservation",
        3,
        2,
        2,
        1,
    )
    assert (first.total, first.bare_groups) == (6, 1)
    assert (second.slug, second.total, second.bare_groups) == ("snow-removal", 0, 0)
    assert [row.total for row in standings.overview(session, world.stranger)] == [0]


def test_a_page_of_standards_takes_the_same_queries_with_more_towns(
    session: Session, world: World, database: Database
) -> None:
    group = group_of(session, world, t072028=("一", Relation.SAME))
    standard = drafted(session, world, [group.id])

    def count() -> int:
        session.expire_all()
        seen: list[str] = []

        def note(*arguments: Any) -> None:
            seen.append(arguments[2])

        event.listen(database.engine, "before_cursor_execute", note)
        try:
            actor = world.of("editor")
            standings.listing(session, actor, world.business.id, Wanted(text="仮"))
            application_queries.applications(session, actor, standard)
            group_queries.group_lines(session, actor, world.business.id, [group.id])
            group_queries.groups(session, actor, world.business.id)
            standings.overview(session, actor)
        finally:
            event.remove(database.engine, "before_cursor_execute", note)
        return len(seen)

    few = count()
    for number in range(10):
        town = Municipality(
            region_id=world.region.id,
            code=f"07900{number}",
            name=f"町{number}",
            kana="まち",
            kind=MunicipalityKind.TOWN,
            population=1,
        )
        session.add(town)
        session.flush()
        world.towns[town.code] = town
        line = submitted_line(session, world, town.code, f"行{number}")
        aligning.align(
            session, world.coordinator, group=group, requirement=line, relation=Relation.SAME
        )
    for number in range(4):
        group_of(session, world, str(number))
    assert count() == few
