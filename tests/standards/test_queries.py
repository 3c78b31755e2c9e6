from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.db import Database, now
from registry.errors import NotFound
from registry.municipalities.models import Municipality, MunicipalityKind
from registry.requirements.models import Requirement
from registry.standards import queries, service
from registry.standards.models import ApplicationState, Outcome, Relation, RequirementGroup
from registry.standards.queries import Standing, Wanted
from tests.standards.material import (
    DAY,
    drafted,
    group_of,
    hide,
    new_version,
    submitted_line,
    values,
)
from tests.world import World

SAME = Relation.SAME


def decide(session: Session, world: World, standard: Any, outcome: Outcome) -> None:
    service.decide(
        session,
        world.coordinator,
        standard=standard,
        version=standard.version,
        outcome=outcome,
        reason="研究会で合意した。",
        decided_on=DAY,
    )


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
        decide(session, world, standard, outcome)
    service.update_standard(
        session,
        world.coordinator,
        made[5],
        version=made[5].version,
        group_ids=[],
        **values(title="あとで変更", text="ＩＤカードで入れること。", goal_id=made[5].goal_id),
    )
    session.flush()


def titles(session: Session, world: World, wanted: Wanted) -> list[str]:
    page = queries.listing(session, world.of("editor"), world.business.id, wanted)
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
    page = queries.listing(
        session, world.coordinator, world.business.id, Wanted(), page=3, page_size=3
    )
    assert (page.total, page.pages) == (7, 3)
    assert [(row.code, row.groups, row.standing) for row in page.items] == [
        ("A-0010007-01", ("F-001",), Standing.DRAFT)
    ]
    first = queries.listing(session, world.coordinator, world.business.id, Wanted()).items[1]
    assert (first.who, first.decided_on) == (world.coordinator.name, DAY)
    assert first.unconfirmed == 3
    everything = queries.listing(
        session, world.coordinator, world.business.id, Wanted(), page_size=None
    )
    assert len(everything.items) == 7


def test_the_overview_counts_what_is_done_and_open(session: Session, world: World) -> None:
    five(session, world)
    group_of(session, world, "空のまとまりは数えない")
    group_of(session, world, "手つかず", t072028=("仮予約ができること。", SAME))
    decided_group = group_of(session, world, "見送り", t072087=("行", SAME))
    service.decide(
        session,
        world.coordinator,
        group=decided_group,
        version=decided_group.version,
        outcome=Outcome.REJECT,
        reason="対象外",
        decided_on=DAY,
    )
    first, second = queries.overview(session, world.of("approver"))
    assert (first.slug, first.decided, first.adopted, first.open, first.edited) == (
        "facility-reservation",
        3,
        2,
        2,
        1,
    )
    assert (first.total, first.bare_groups) == (6, 1)
    assert (second.slug, second.total, second.bare_groups) == ("snow-removal", 0, 0)
    assert [row.total for row in queries.overview(session, world.stranger)] == [0]


def test_another_region_finds_nothing(session: Session, world: World) -> None:
    group = group_of(session, world, t072028=("仮予約ができること。", SAME))
    standard = drafted(session, world, [group.id])
    line = queries.group_lines(session, world.coordinator, world.business.id, [group.id])[0]
    business = world.business.id
    for look in (
        lambda: queries.group(session, world.stranger, business, group.code),
        lambda: queries.standard(session, world.stranger, business, standard.code),
        lambda: queries.alignment(session, world.stranger, line.alignment_id),
        lambda: queries.standard(session, world.coordinator, business, "A-0019999-01"),
        lambda: queries.group(session, world.coordinator, world.foreign_business.id, group.code),
    ):
        with pytest.raises(NotFound):
            look()
    assert queries.groups(session, world.stranger, business) == []
    assert queries.group_lines(session, world.stranger, business, [group.id]) == []
    assert queries.listing(session, world.stranger, business, Wanted()).total == 0
    decide(session, world, standard, Outcome.ADOPT)
    assert queries.decided(session, world.stranger, business) == []
    assert len(queries.decided(session, world.coordinator, business)) == 1


def readers(world: World) -> dict[str, Actor]:
    return {
        "own": world.of("contributor", "072087"),
        "coordinator": world.coordinator,
        "other": world.of("editor", "072028"),
    }


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        ("own", ["072028", "072087"]),
        ("coordinator", ["072028", "072087"]),
        ("other", ["072028"]),
    ],
)
def test_hidden_wordings_are_not_shown_to_other_towns(
    session: Session, world: World, reader: str, expected: list[str]
) -> None:
    group = group_of(
        session, world, t072028=("開いた行", SAME), t072087=("隠した行", Relation.OPPOSITE)
    )
    group_of(session, world, t074225=("別のまとまり", SAME))
    hide(session, world, "072087")
    lines = queries.group_lines(session, readers(world)[reader], world.business.id, [group.id])
    assert [line.municipality_code for line in lines] == expected


def test_a_draft_wording_is_never_shown(session: Session, world: World) -> None:
    group = group_of(session, world, t072028=("提出した本文", SAME))
    requirement = session.scalars(sa.select(Requirement)).one()
    new_version(session, requirement, "書きかけの本文", submitted=False)
    (line,) = queries.group_lines(session, world.coordinator, world.business.id, [group.id])
    assert (line.text, line.suspect, line.withdrawn) == ("提出した本文", False, False)
    new_version(session, requirement, "出し直した本文")
    (line,) = queries.group_lines(session, world.coordinator, world.business.id, [group.id])
    assert (line.text, line.suspect) == ("出し直した本文", True)
    requirement.deleted_at = now()
    session.flush()
    (line,) = queries.group_lines(session, world.coordinator, world.business.id, [group.id])
    assert line.withdrawn


def test_groups_are_counted_with_suspects_and_standards(session: Session, world: World) -> None:
    group = group_of(session, world, t072028=("一", SAME), t072087=("二", SAME))
    empty = group_of(session, world, "空")
    another = submitted_line(session, world, "072028", "三")
    service.align(
        session, world.coordinator, group=group, requirement=another, relation=Relation.CONTAINED
    )
    new_version(session, another, "三の二")
    drafted(session, world, [group.id])
    first, second = queries.groups(session, world.of("editor"), world.business.id)
    assert (first.lines, first.towns, first.suspects) == (3, 2, 1)
    assert first.standards == ("A-0010001-01",)
    assert (second.code, second.lines, second.towns) == (empty.code, 0, 0)


def test_submitted_towns_are_those_with_a_submitted_line(session: Session, world: World) -> None:
    submitted_line(session, world, "072028", "提出")
    submitted_line(session, world, "072087", "下書き", submitted=False)
    submitted_line(session, world, "074225", "除雪の行", business=world.other_business)
    assert queries.submitted_towns(session, world.business.id) == {world.towns["072028"].id}


def test_applications_stand_beside_what_is_proposed_today(session: Session, world: World) -> None:
    group = group_of(session, world)
    standard = drafted(session, world, [group.id])
    service.confirm_applications(session, world.coordinator, standard=standard)
    line = submitted_line(session, world, "072087", "仮予約は3営業日で取り消せること。")
    service.align(
        session,
        world.coordinator,
        group=group,
        requirement=line,
        relation=Relation.VALUE_DIFFERS,
    )
    rows = queries.applications(session, world.coordinator, standard)
    assert [row.municipality_code for row in rows] == ["072028", "072087", "074225"]
    assert [row.differs for row in rows] == [False, True, False]
    assert rows[1].state is ApplicationState.FOLLOWS
    assert rows[1].proposed.value == "3営業日"
    assert rows[0].confirmed_by == world.coordinator.name


def test_the_goal_chain_starts_at_the_top(session: Session, world: World) -> None:
    chain = queries.goal_chain(session, world.of("editor"), world.goals["G-1-1-1"].id)
    assert [goal.code for goal in chain] == ["G-1", "G-1-1", "G-1-1-1"]
    assert queries.goal_chain(session, world.of("editor"), None) == []


def test_history_shows_the_newest_decision_first(session: Session, world: World) -> None:
    standard = drafted(session, world)
    noise = drafted(session, world)
    decide(session, world, standard, Outcome.DEFER)
    decide(session, world, noise, Outcome.REJECT)
    decide(session, world, standard, Outcome.ADOPT)
    entries = queries.history(session, standard=standard)
    assert [entry.outcome for entry in entries] == [Outcome.ADOPT, Outcome.DEFER]
    assert entries[0].who == world.coordinator.name
    assert entries[0].subject_version == standard.version


def test_a_page_of_standards_takes_the_same_queries_with_more_towns(
    session: Session, world: World, database: Database
) -> None:
    group = group_of(session, world, t072028=("一", SAME))
    standard = drafted(session, world, [group.id])

    def count() -> int:
        session.expire_all()
        seen: list[str] = []

        def note(*arguments: Any) -> None:
            seen.append(arguments[2])

        event.listen(database.engine, "before_cursor_execute", note)
        try:
            actor = world.of("editor")
            queries.listing(session, actor, world.business.id, Wanted(text="仮"))
            queries.applications(session, actor, standard)
            queries.group_lines(session, actor, world.business.id, [group.id])
            queries.groups(session, actor, world.business.id)
            queries.overview(session, actor)
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
        service.align(session, world.coordinator, group=group, requirement=line, relation=SAME)
    for number in range(4):
        group_of(session, world, str(number))
    assert count() == few


def test_a_foreign_group_stays_out_of_the_list(session: Session, world: World) -> None:
    session.add(RequirementGroup(business_id=world.foreign_business.id, code="F-001", label="よそ"))
    group_of(session, world)
    rows = queries.groups(session, world.coordinator, world.business.id)
    assert [row.label for row in rows] == ["仮予約"]
