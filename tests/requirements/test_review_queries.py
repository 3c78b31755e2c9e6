from __future__ import annotations

from sqlalchemy.orm import Session

from registry.access import Actor
from registry.requirements import review_queries, reviewing
from registry.requirements.models import Requirement
from tests.requirements.lists import agreed, edit, submit
from tests.world import World


def test_what_waits_is_the_own_towns_submitted_version(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    approver, row = world.of("approver"), region["mine"][0]
    reviewing.confirm(session, approver, items=[(row.id, row.submitted_version_id or 0)])
    edit(session, world.of("editor"), row, "検索できること。")
    submit(session, world, [row], "語を改めた。")
    page = review_queries.waiting(session, approver)
    assert [
        (one.text, one.confirmed_text, one.business_slug, one.reason) for one in page.items
    ] == [
        ("検索できること。", "照会できること。", "facility-reservation", "語を改めた。"),
        ("予約できること。", None, "facility-reservation", ""),
        ("除雪できること。", None, "snow-removal", ""),
    ]
    assert page.items[0].version_id == row.submitted_version_id
    assert {one.submitted_by for one in page.items} == {"会津若松市 情報部門"}
    assert not any(one.own for one in page.items)
    assert all(one.own for one in review_queries.waiting(session, world.of("editor")).items)
    narrowed = review_queries.waiting(session, approver, business_id=world.other_business.id)
    assert narrowed.total == 1
    assert review_queries.waiting(session, world.of("approver", "074225")).items == []
    assert review_queries.waiting(session, world.stranger).items == []


def test_the_changes_of_agreed_lines_are_the_own_towns(session: Session, world: World) -> None:
    mine, same, again = agreed(session, world, ["照会", "予約", "取消"])
    (hers,) = agreed(session, world, ["隣町"], "072087")
    edit(session, world.of("editor"), mine, "検索")
    edit(session, world.of("editor", "072087"), hers, "隣町も検索")
    edit(session, world.of("editor"), again, "別の文")
    submit(session, world, [again], "理由")

    def changed(code: str, who: Actor) -> dict[int, tuple[str, str]]:
        found = review_queries.agreed_changes(
            session,
            who,
            municipality_id=world.towns[code].id,
            business_id=world.business.id,
        )
        return {row_id: (old.text, new.text) for row_id, (old, new) in found.items()}

    assert changed("072028", world.of("editor")) == {
        mine.id: ("照会", "検索"),
        again.id: ("取消", "別の文"),
    }
    assert changed("072087", world.of("editor")) == {}
    assert changed("072028", world.coordinator) == {}
    assert changed("072087", world.of("editor", "072087")) == {hers.id: ("隣町", "隣町も検索")}
    assert same.id not in changed("072028", world.of("editor"))
