"""What a group's page and the list of lines in no group read, for each person."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from registry.access import Actor
from registry.comparison import variant_queries
from registry.standards import queries as standards
from registry.standards.models import Relation
from tests.comparison.desk import AIZU, KITAKATA, SEARCH, YUGAWA, Desk, spread
from tests.world import World


def test_the_group_page_reads_the_old_wording_beside_the_new(
    session: Session, world: World, desk: Desk
) -> None:
    lines = spread(desk, world)
    desk.resubmit(lines[AIZU], "空きを調べられること。")
    withdrawn = desk.line(world.towns[YUGAWA], "取り下げる行")
    group = standards.group(session, world.coordinator, desk.business.id, "F-001")
    desk.align(group, withdrawn, Relation.RELATED)
    desk.group("F-009", "もう一つのまとまり", lines[KITAKATA])
    desk.withdraw(withdrawn)
    found = variant_queries.variant_lines(session, world.coordinator, group)
    assert [line.text for line in found] == [
        "空きを調べられること。",
        "空き状況を検索できる",
        SEARCH,
        "取り下げる行",
    ]
    assert [line.aligned_text for line in found] == [SEARCH, None, None, None]
    assert [line.withdrawn for line in found] == [False, False, False, True]
    assert [line.also_in for line in found] == [(), ("F-009",), (), ()]
    assert [line.mark for line in found] == ["◎"] * 4
    assert len(variant_queries.variant_lines(session, world.of("editor"), group)) == 3
    assert len(variant_queries.variant_lines(session, world.of("editor", YUGAWA), group)) == 4


def test_the_group_page_leaves_out_a_hiding_town(
    session: Session, world: World, desk: Desk
) -> None:
    spread(desk, world)
    desk.hide(world.towns[KITAKATA])
    group = standards.group(session, world.coordinator, desk.business.id, "F-001")

    def towns(actor: Actor) -> list[int]:
        return [
            line.municipality_id for line in variant_queries.variant_lines(session, actor, group)
        ]

    everybody = [world.towns[code].id for code in (AIZU, KITAKATA, YUGAWA)]
    assert towns(world.coordinator) == towns(world.of("editor", KITAKATA)) == everybody
    assert towns(world.of("editor")) == [everybody[0], everybody[2]]


def test_lines_in_no_group_by_town_and_word(session: Session, world: World, desk: Desk) -> None:
    spread(desk, world)
    desk.line(world.towns[AIZU], "使用料を減免できること。")
    desk.line(world.towns[KITAKATA], "100%還付できること。")
    desk.line(world.towns[YUGAWA], "抽選の結果を通知すること。")

    def texts(actor: Actor, **options: Any) -> list[str]:
        found = variant_queries.loose_lines(session, actor, desk.business.id, **options)
        assert found.total == len(found.items)
        return [line.text for line in found.items]

    everything = [
        "使用料を減免できること。",
        "100%還付できること。",
        "抽選の結果を通知すること。",
    ]
    assert texts(world.coordinator) == everything
    assert texts(world.coordinator, words="減免") == everything[:1]
    assert texts(world.coordinator, words="抽選 通知") == everything[2:]
    assert texts(world.coordinator, words="%") == [everything[1]]
    assert texts(world.coordinator, words="_") == []
    assert texts(world.coordinator, municipality_id=world.towns[YUGAWA].id) == everything[2:]
    desk.hide(world.towns[KITAKATA])
    assert texts(world.of("editor")) == [everything[0], everything[2]]
    page = variant_queries.loose_lines(
        session, world.coordinator, desk.business.id, page=2, page_size=2
    )
    assert (page.total, [line.text for line in page.items]) == (3, everything[2:])


def test_neighbours_go_through_the_groups_in_their_order(
    session: Session, world: World, desk: Desk
) -> None:
    groups = {code: desk.group(code, code) for code in ("F-002", "F-010", "F-999", "F-1000")}
    Desk(session, world.other_business).group("F-500", "よその業務")
    assert variant_queries.neighbours(session, groups["F-002"]) == (None, "F-010")
    assert variant_queries.neighbours(session, groups["F-999"]) == ("F-010", "F-1000")
    assert variant_queries.neighbours(session, groups["F-1000"]) == ("F-999", None)
    assert [code for code, _ in variant_queries.group_names(session, desk.business.id)] == list(
        groups
    )
