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
from registry.comparison import proposing, queries
from registry.comparison.matrix import CellState, Show
from registry.comparison.queries import Kind
from registry.municipalities.models import Municipality, MunicipalityKind
from registry.requirements.models import Obligation, Requirement
from registry.standards import queries as standards
from registry.standards.models import Relation, RequirementGroup
from tests.comparison.desk import Desk
from tests.world import World

AIZU, KITAKATA, YUGAWA = "072028", "072087", "074225"
SEARCH = "施設の空き状況を検索できること。"


@pytest.fixture
def desk(session: Session, world: World) -> Desk:
    return Desk(session, world.business)


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


def spread(desk: Desk, world: World) -> dict[str, Requirement]:
    """F-001 with three towns, one of another wording; beside it what must not count."""
    towns = world.towns
    lines = {
        AIZU: desk.line(towns[AIZU], SEARCH),
        KITAKATA: desk.line(towns[KITAKATA], "空き状況を検索できる"),
        YUGAWA: desk.line(towns[YUGAWA], SEARCH, obligation=Obligation.OPTIONAL),
    }
    desk.group("F-001", "空き状況の検索", *lines.values())
    draft = desk.line(towns[KITAKATA], "下書きの行", submitted=False)
    gone = desk.line(towns[KITAKATA], "取り下げた行")
    group = desk.group("F-002", "だれも言わないこと", gone)
    desk.withdraw(gone)
    other = Desk(desk.session, world.other_business)
    other.group("F-001", "よその業務", other.line(towns[AIZU], SEARCH))
    foreign = Desk(desk.session, world.foreign_business)
    foreign.group("F-001", "よその地域", foreign.line(world.other_town, SEARCH))
    assert draft.id
    assert group.id
    return lines


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
    found = queries.variant_lines(session, world.coordinator, group)
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
    assert len(queries.variant_lines(session, world.of("editor"), group)) == 3
    assert len(queries.variant_lines(session, world.of("editor", YUGAWA), group)) == 4


def test_the_group_page_leaves_out_a_hiding_town(
    session: Session, world: World, desk: Desk
) -> None:
    spread(desk, world)
    desk.hide(world.towns[KITAKATA])
    group = standards.group(session, world.coordinator, desk.business.id, "F-001")

    def towns(actor: Actor) -> list[int]:
        return [line.municipality_id for line in queries.variant_lines(session, actor, group)]

    everybody = [world.towns[code].id for code in (AIZU, KITAKATA, YUGAWA)]
    assert towns(world.coordinator) == towns(world.of("editor", KITAKATA)) == everybody
    assert towns(world.of("editor")) == [everybody[0], everybody[2]]


def test_lines_in_no_group_by_town_and_word(session: Session, world: World, desk: Desk) -> None:
    spread(desk, world)
    desk.line(world.towns[AIZU], "使用料を減免できること。")
    desk.line(world.towns[KITAKATA], "100%還付できること。")
    desk.line(world.towns[YUGAWA], "抽選の結果を通知すること。")

    def texts(actor: Actor, **options: Any) -> list[str]:
        found = queries.loose_lines(session, actor, desk.business.id, **options)
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
    page = queries.loose_lines(session, world.coordinator, desk.business.id, page=2, page_size=2)
    assert (page.total, [line.text for line in page.items]) == (3, everything[2:])


def proposed(session: Session, desk: Desk, world: World) -> None:
    material = proposing.gather(session, world.coordinator, desk.business.id)
    proposing.replace(session, desk.business.id, material, proposing.find(material))


def test_proposals_of_each_kind_as_a_person_may_read_them(
    session: Session, world: World, desk: Desk
) -> None:
    towns = world.towns
    desk.group("F-001", "検索", desk.line(towns[AIZU], SEARCH))
    join = desk.line(towns[KITAKATA], "施設の空き状況を検索すること")
    new = [desk.line(towns[code], "使用料の減免申請を受け付け、承認できること。") for code in towns]
    near = desk.line(towns[YUGAWA], "予約の取消しは利用日の3営業日前まで受け付けること。")
    other = desk.line(towns[AIZU], "予約の取消しは利用日の10日前まで受け付けること。")
    proposed(session, desk, world)
    found = queries.open_proposals(session, world.coordinator, desk.business.id)
    assert (len(found.joins), len(found.news), len(found.besides)) == (1, 1, 1)

    def ask(actor: Actor, kind: Kind) -> list[queries.Question]:
        opened = queries.open_proposals(session, actor, desk.business.id)
        return queries.questions(session, actor, desk.business.id, kind, opened.of(kind))

    (question,) = ask(world.coordinator, Kind.JOIN)
    assert [line.requirement_id for line in question.lines] == [join.id]
    assert question.score == 1.0
    assert "F-001" in question.why
    (question,) = ask(world.coordinator, Kind.NEW)
    assert {line.requirement_id for line in question.lines} == {line.id for line in new}
    assert {line.relation for line in question.lines} == {Relation.SAME}
    (question,) = ask(world.coordinator, Kind.BESIDE)
    assert {line.requirement_id for line in question.lines} == {near.id, other.id}
    assert {line.relation for line in question.lines} == {Relation.SAME, Relation.VALUE_DIFFERS}
    assert any("営業日" in word for word in question.differing)

    desk.hide(towns[YUGAWA])
    (question,) = ask(world.of("editor"), Kind.NEW)
    assert {line.municipality_id for line in question.lines} == {
        towns[AIZU].id,
        towns[KITAKATA].id,
    }
    assert (question.why, question.shared, question.differing) == ("", (), ())
    assert ask(world.of("editor"), Kind.BESIDE) == []
    assert len(ask(world.of("editor", YUGAWA), Kind.BESIDE)) == 1

    desk.resubmit(join, "まったく別のことを述べる行にした。")
    assert ask(world.coordinator, Kind.JOIN) == []
    group = desk.group("F-002", "減免", new[0], new[1])
    assert group.id
    assert ask(world.coordinator, Kind.NEW) == []
    assert len(ask(world.coordinator, Kind.BESIDE)) == 1
    desk.align(group, other)
    assert ask(world.coordinator, Kind.BESIDE) == []


def test_neighbours_go_through_the_groups_in_their_order(
    session: Session, world: World, desk: Desk
) -> None:
    groups = {code: desk.group(code, code) for code in ("F-002", "F-010", "F-999", "F-1000")}
    Desk(session, world.other_business).group("F-500", "よその業務")
    assert queries.neighbours(session, groups["F-002"]) == (None, "F-010")
    assert queries.neighbours(session, groups["F-999"]) == ("F-010", "F-1000")
    assert queries.neighbours(session, groups["F-1000"]) == ("F-999", None)
    assert [code for code, _ in queries.group_names(session, desk.business.id)] == list(groups)


Read = Callable[[Session, World, Desk, RequirementGroup], object]


def _page(session: Session, world: World, desk: Desk, group: RequirementGroup) -> object:
    found = queries.of_business(session, world.coordinator, desk.business)
    return queries.wordings(session, found.rows)


READS: dict[str, Read] = {
    "matrix": _page,
    "group": lambda session, world, desk, group: [
        queries.variant_lines(session, world.coordinator, group),
        queries.answering(session, group),
    ],
    "loose": lambda session, world, desk, group: queries.loose_lines(
        session, world.coordinator, desk.business.id
    ),
    "proposals": lambda session, world, desk, group: queries.questions(
        session,
        world.coordinator,
        desk.business.id,
        Kind.NEW,
        queries.open_proposals(session, world.coordinator, desk.business.id).news,
    ),
}


@pytest.mark.parametrize("name", READS)
def test_no_page_runs_more_queries_at_thirteen_towns_than_at_two(
    name: str, session: Session, world: World, desk: Desk
) -> None:
    read = READS[name]
    group = desk.group("F-001", "検索", desk.line(world.towns[AIZU], SEARCH))
    desk.standard(1, SEARCH, group)
    proposed(session, desk, world)
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
    proposed(session, desk, world)
    session.expire_all()
    assert desk.business.id
    assert group.id
    assert group.business_id
    with counted(session) as many:
        read(session, world, desk, group)
    assert len(many) == len(few) <= 8
