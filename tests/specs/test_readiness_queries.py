"""What is open before an edition and what blocks it, on both engines."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from registry.processes import service as processes
from registry.specs import readiness_queries
from registry.standards import applying
from registry.standards.models import (
    ApplicationState,
    Outcome,
)
from tests.requirements import lists
from tests.specs import agreed
from tests.world import World


def test_readiness_says_what_is_open_and_what_blocks(session: Session, world: World) -> None:
    assert (
        len(readiness_queries.readiness(session, world.coordinator, world.business).problems) == 1
    )

    unconfirmed = agreed.drafted(session, world, "抽選")
    agreed.decided(session, world, unconfirmed)
    applying.set_application(
        session,
        world.coordinator,
        standard=unconfirmed,
        municipality_id=world.towns["072028"].id,
        state=ApplicationState.FOLLOWS,
        value="",
    )
    open_one = agreed.drafted(session, world, "案のまま")
    put_off = agreed.drafted(session, world, "横断検索")
    agreed.decided(session, world, put_off, Outcome.DEFER)

    ready = readiness_queries.readiness(session, world.coordinator, world.business)

    assert ready.decided == 1
    assert [point.code for point in ready.undecided] == [open_one.code]
    assert [(point.code, point.note) for point in ready.put_off] == [(put_off.code, "保留")]
    assert [(point.code, point.note) for point in ready.unconfirmed] == [
        (unconfirmed.code, "喜多方市、湯川村")
    ]
    assert len(ready.problems) == 1
    assert "未確認の標準要件が 1 件" in ready.problems[0]


@pytest.mark.parametrize(
    ("value", "copied"),
    [
        ("7日前", False),
        ("予約は利用日の7日前で 締め切ること", True),
        ("村では「予約は利用日の7日前で締め切ること」とする", True),
        ("約は利用日の7日前で締め切るこ", True),
    ],
)
def test_a_hidden_wording_in_a_value_blocks(
    session: Session, world: World, value: str, copied: bool
) -> None:
    rows = lists.lines(session, world, ["予約は利用日の7日前で締め切ること"], "074225")
    lists.submit(session, world, rows)
    processes.hide_detail(
        session,
        world.of("editor", "074225"),
        municipality_id=world.towns["074225"].id,
        business_id=world.business.id,
        hidden=True,
    )
    standard = agreed.adopted(session, world, "予約の締切")
    applying.set_application(
        session,
        world.coordinator,
        standard=standard,
        municipality_id=world.towns["074225"].id,
        state=ApplicationState.OWN_VALUE,
        value=value,
    )

    ready = readiness_queries.readiness(session, world.coordinator, world.business)

    assert [(point.code, point.note) for point in ready.copied] == (
        [(standard.code, "湯川村")] if copied else []
    )
    assert bool(ready.problems) is copied


def test_a_wording_of_a_town_that_shows_its_lines_does_not_block(
    session: Session, world: World
) -> None:
    rows = lists.lines(session, world, ["予約は利用日の7日前で締め切ること"], "074225")
    lists.submit(session, world, rows)
    standard = agreed.adopted(session, world, "予約の締切")
    applying.set_application(
        session,
        world.coordinator,
        standard=standard,
        municipality_id=world.towns["074225"].id,
        state=ApplicationState.OWN_VALUE,
        value="予約は利用日の7日前で締め切ること",
    )

    assert readiness_queries.readiness(session, world.coordinator, world.business).problems == []
