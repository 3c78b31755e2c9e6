"""What each person sees of the comparison, with as many queries at 13 towns as at 2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.comparison import proposal_queries, queries, variant_queries
from registry.comparison.matrix import CellState, Show
from registry.comparison.proposal_queries import Kind
from registry.municipalities.models import Municipality, MunicipalityKind
from registry.standards import queries as standards
from registry.standards.models import RequirementGroup
from tests.comparison.desk import AIZU, KITAKATA, SEARCH, YUGAWA, Desk, propose, spread
from tests.world import World


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    found: list[str] = []

    def note(*arguments: Any) -> None:
        found.append(arguments[2])

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def states(session: Session, actor: Actor, desk: Desk) -> dict[str, list[str]]:
    found = queries.of_business(session, actor, desk.business)
    return {row.group.code: [cell.state.value for cell in row.cells] for row in found.rows}


def test_the_matrix_counts_submitted_lines_of_this_business_only(
    session: Session, world: World, desk: Desk
) -> None:
    lines = spread(desk, world)
    found = queries.of_business(session, world.coordinator, desk.business)
    assert [town.code for town in found.towns] == [AIZU, KITAKATA, YUGAWA]
    assert [town.submitted for town in found.towns] == [1, 1, 1]
    assert states(session, world.coordinator, desk) == {
        "F-001": ["same", "differs", "same"],
        "F-002": ["absent"] * 3,
    }
    assert found.rows[0].cells[0].requirement_ids == (lines[AIZU].id,)
    assert found.rows[0].obligations == {"mandatory", "optional"}
    assert queries.wordings(session, found.rows) == {found.rows[0].group.id: SEARCH}
    assert found.unaligned_count == 0


def test_a_standard_is_what_cells_compare_with_whether_or_not_a_town_wrote_it(
    session: Session, world: World, desk: Desk
) -> None:
    spread(desk, world)
    group = standards.group(session, world.coordinator, desk.business.id, "F-001")
    desk.standard(1, "空き状況を検索できること。", group)
    assert states(session, world.coordinator, desk)["F-001"] == ["differs", "same", "differs"]
    found = queries.of_business(session, world.coordinator, desk.business)
    assert found.rows[0].group.standards == ("A-0010001-01",)
    assert queries.wordings(session, found.rows)[group.id] == "空き状況を検索できること。"
    desk.standard(2, "まだだれも書いていない文であること。", group)
    assert states(session, world.coordinator, desk)["F-001"] == ["differs", "same", "differs"]


def test_a_hiding_town_shows_its_detail_to_itself_and_the_coordinator_only(
    session: Session, world: World, desk: Desk
) -> None:
    spread(desk, world)
    desk.hide(world.towns[KITAKATA])
    Desk(session, world.other_business).hide(world.towns[AIZU])
    full = ["same", "differs", "same"]
    for actor in (
        world.coordinator,
        world.of("editor", KITAKATA),
        world.of("contributor", KITAKATA),
        world.of("approver", KITAKATA),
    ):
        assert states(session, actor, desk)["F-001"] == full
    for actor in (world.of("editor"), world.of("approver", YUGAWA)):
        found = queries.of_business(session, actor, desk.business)
        assert states(session, actor, desk)["F-001"] == ["same", "hidden", "same"]
        assert found.rows[0].cells[1].requirement_ids == ()
        assert found.towns[1].submitted == 1
        assert found.aligned[world.towns[KITAKATA].id] == 1


def test_a_line_submitted_anew_is_suspect_and_compared_as_it_is_now(
    session: Session, world: World, desk: Desk
) -> None:
    lines = spread(desk, world)
    desk.resubmit(lines[KITAKATA], SEARCH)
    found = queries.of_business(session, world.coordinator, desk.business)
    assert [cell.state for cell in found.rows[0].cells] == [CellState.SAME] * 3
    assert [cell.suspect for cell in found.rows[0].cells] == [False, True, False]
    assert found.counts[Show.SUSPECT] == 1


Read = Callable[[Session, World, Desk, RequirementGroup], object]


def _page(session: Session, world: World, desk: Desk, group: RequirementGroup) -> object:
    found = queries.of_business(session, world.coordinator, desk.business)
    return queries.wordings(session, found.rows)


READS: dict[str, Read] = {
    "matrix": _page,
    "group": lambda session, world, desk, group: [
        variant_queries.variant_lines(session, world.coordinator, group),
        variant_queries.answering(session, group),
    ],
    "loose": lambda session, world, desk, group: variant_queries.loose_lines(
        session, world.coordinator, desk.business.id
    ),
    "proposals": lambda session, world, desk, group: proposal_queries.questions(
        session,
        world.coordinator,
        desk.business.id,
        Kind.NEW,
        proposal_queries.open_proposals(session, world.coordinator, desk.business.id).news,
    ),
}


@pytest.mark.parametrize("name", READS)
def test_no_page_runs_more_queries_at_thirteen_towns_than_at_two(
    name: str, session: Session, world: World, desk: Desk
) -> None:
    read = READS[name]
    group = desk.group("F-001", "検索", desk.line(world.towns[AIZU], SEARCH))
    desk.standard(1, SEARCH, group)
    propose(desk, world)
    session.expire_all()
    sa.inspect(desk.business)
    assert desk.business.id
    assert group.id
    assert group.business_id
    with counted(session) as few:
        read(session, world, desk, group)
    for number in range(10):
        town = Municipality(
            region_id=world.region.id,
            code=f"0745{number:02}",
            name=f"第{number}村",
            kana="むら",
            kind=MunicipalityKind.VILLAGE,
            population=100,
        )
        session.add(town)
        session.flush()
        desk.align(group, desk.line(town, f"{number}件まで検索できること。"))
        desk.group(f"F-{number + 10:03}", "別", desk.line(town, f"{number}回通知すること。"))
        desk.line(town, "利用者の登録を窓口で行えること。")
        desk.line(town, f"鍵{number}の貸出しを記録できること。")
    propose(desk, world)
    session.expire_all()
    assert desk.business.id
    assert group.id
    assert group.business_id
    with counted(session) as many:
        read(session, world, desk, group)
    assert len(many) == len(few) <= 8
