"""Which proposals each person is asked."""

from __future__ import annotations

from sqlalchemy.orm import Session

from registry.access import Actor
from registry.comparison import proposal_queries
from registry.comparison.proposal_queries import Kind
from registry.standards.models import Relation
from tests.comparison.desk import AIZU, KITAKATA, SEARCH, YUGAWA, Desk, propose
from tests.world import World


def test_proposals_of_each_kind_as_a_person_may_read_them(
    session: Session, world: World, desk: Desk
) -> None:
    towns = world.towns
    desk.group("F-001", "検索", desk.line(towns[AIZU], SEARCH))
    join = desk.line(towns[KITAKATA], "施設の空き状況を検索すること")
    new = [desk.line(towns[code], "使用料の減免申請を受け付け、承認できること。") for code in towns]
    near = desk.line(towns[YUGAWA], "予約の取消しは利用日の3営業日前まで受け付けること。")
    other = desk.line(towns[AIZU], "予約の取消しは利用日の10日前まで受け付けること。")
    propose(desk, world)
    found = proposal_queries.open_proposals(session, world.coordinator, desk.business.id)
    assert (len(found.joins), len(found.news), len(found.besides)) == (1, 1, 1)

    def ask(actor: Actor, kind: Kind) -> list[proposal_queries.Question]:
        opened = proposal_queries.open_proposals(session, actor, desk.business.id)
        return proposal_queries.questions(session, actor, desk.business.id, kind, opened.of(kind))

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
