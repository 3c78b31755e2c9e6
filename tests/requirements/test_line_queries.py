from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from registry.requirements import line_queries, service
from registry.requirements.line_queries import Filter
from registry.requirements.models import Obligation, Requirement, RequirementState
from registry.requirements.values import Values
from tests.requirements.lists import a_list, lines, submit, table
from tests.world import World


def test_filters_and_sorts(session: Session, world: World) -> None:
    editor, on_list = world.of("editor"), a_list(session, world)

    def add(text: str, **more: Any) -> Requirement:
        return service.save_new(
            session, editor, requirement_list=on_list, values=Values(text=text, **more)
        )

    add("空き状況を照会できること。", label="1-10", section="照会", goal_id=world.goals["G-1-1"].id)
    add("ﾒｰﾙで通知できること。", label="1-2", section="通知", obligation=Obligation.OPTIONAL)
    sent = add(
        "帳票を100%印刷できること。", label="1-1", note="条例", obligation=Obligation.MANDATORY
    )
    submit(session, world, [sent])
    first, second, third = table(session, editor, world)
    assert table(session, editor, world, q="通知") == [second]
    assert table(session, editor, world, q="メール") == [second]
    assert table(session, editor, world, q="メール 通知") == [second]
    assert table(session, editor, world, q="空き 通知") == []
    assert table(session, editor, world, q="条例") == [third]
    assert table(session, editor, world, q="0%") == [third]
    assert table(session, editor, world, q="_") == []
    assert table(session, editor, world, section="照会") == [first]
    assert table(session, editor, world, goal="G-1-1") == [first]
    assert table(session, editor, world, goal="-") == [second, third]
    assert table(session, editor, world, state=RequirementState.SUBMITTED) == [third]
    assert table(session, editor, world, sort="label") == [third, second, first]
    assert table(session, editor, world, sort="label", descending=True) == [first, second, third]
    assert table(session, editor, world, sort="obligation") == [third, second, first]
    assert table(session, editor, world, sort="position", descending=True) == [
        third,
        second,
        first,
    ]
    for name in line_queries.SORTS:
        assert len(table(session, editor, world, sort=name, descending=True)) == 3
    assert line_queries.sections(
        session, editor, municipality_id=on_list.municipality_id, business_id=on_list.business_id
    ) == ["照会", "通知"]


def test_pages_of_a_table(session: Session, world: World) -> None:
    rows = lines(session, world, [f"帳票{n}を出力できること。" for n in range(25)])
    page = line_queries.lines(
        session,
        world.of("editor"),
        municipality_id=rows[0].municipality_id,
        business_id=world.business.id,
        narrowed=Filter(sort="label", descending=True),
        page=2,
        page_size=10,
    )
    assert (page.total, page.pages) == (25, 3)
    assert [line.label for line in page.items] == [str(n) for n in range(15, 5, -1)]
    beyond = line_queries.lines(
        session,
        world.of("editor"),
        municipality_id=rows[0].municipality_id,
        business_id=world.business.id,
        narrowed=Filter(),
        page=9,
        page_size=10,
    )
    assert beyond.items == []


def test_natural_order_reads_numbers() -> None:
    assert sorted(["1-10", "１-2", "A1", "1-1", ""], key=line_queries.natural) == [
        "",
        "1-1",
        "１-2",
        "1-10",
        "A1",
    ]
