from __future__ import annotations

from sqlalchemy.orm import Session

from registry.db import now
from registry.requirements import storage
from registry.requirements.models import RequirementState
from registry.requirements.values import Values
from tests.requirements.lists import a_list, edit, lines, submit
from tests.world import World


def test_lines_inserted_at_one_place_keep_their_order(session: Session, world: World) -> None:
    on_list = a_list(session, world)
    places = [(Values(text=f"第{n}行"), 5 if n % 2 else n) for n in range(40)]
    made = storage.insert_lines(
        session,
        places,
        owner={
            "municipality_id": on_list.municipality_id,
            "business_id": on_list.business_id,
            "list_id": on_list.id,
        },
        origin=storage.origin(None, None, now()),
    )
    stored = storage.stored_lines(
        session, municipality_id=on_list.municipality_id, business_id=on_list.business_id
    )
    assert [stored[row_id].values.text for row_id, _ in made] == [one.text for one, _ in places]
    assert [stored[row_id].draft_id for row_id, _ in made] == [version for _, version in made]
    expected = sorted(range(40), key=lambda n: (places[n][1], n))
    assert [one.values.text for one in stored.values()] == [f"第{n}行" for n in expected]


def test_stored_lines_are_those_of_one_town_and_business(session: Session, world: World) -> None:
    mine = lines(session, world, ["照会", "予約"])
    lines(session, world, ["照会"], "072087")
    lines(session, world, ["照会"], business=world.other_business)
    owner = {"municipality_id": mine[0].municipality_id, "business_id": mine[0].business_id}
    assert list(storage.stored_lines(session, **owner)) == [row.id for row in mine]
    assert list(storage.stored_lines(session, **owner, ids=[mine[1].id], lock=True)) == [mine[1].id]
    assert storage.stored_lines(session, **owner, ids=[]) == {}
    many = range(mine[0].id, mine[0].id + 3000)
    assert storage.stored_lines(session, **owner, ids=many).keys() == {row.id for row in mine}


def test_a_stored_line_knows_its_pointers(session: Session, world: World) -> None:
    (row,) = lines(session, world, ["照会"])
    submit(session, world, [row])
    edit(session, world.of("editor"), row, "検索")
    (stored,) = storage.stored_lines(
        session, municipality_id=row.municipality_id, business_id=row.business_id
    ).values()
    assert (stored.number, stored.state) == (2, RequirementState.DRAFT)
    assert stored.submitted_id == row.submitted_version_id != stored.draft_id
    assert stored.row_version == row.version == 3
    assert stored.values == Values(text="検索")


def test_wordings_are_read_by_their_versions(session: Session, world: World) -> None:
    first, second, other = lines(session, world, ["照会", "検索", "予約"])
    edit(session, world.of("editor"), first, "照会できること。")
    session.refresh(first)
    wanted = {first.draft_version_id or 0, second.draft_version_id or 0}
    found = storage.wordings(session, wanted)
    assert {version: values.text for version, values in found.items()} == {
        first.draft_version_id: "照会できること。",
        second.draft_version_id: "検索",
    }
    assert other.draft_version_id not in found
    assert storage.wordings(session, ()) == {}


def test_new_versions_are_given_in_the_order_asked(session: Session, world: World) -> None:
    rows = lines(session, world, ["照会", "検索"])
    edit(session, world.of("editor"), rows[0], "照会できること。")
    made = storage.insert_versions(
        session,
        [(rows[1].id, 2, Values(text="二行目")), (rows[0].id, 3, Values(text="一行目"))],
        origin=storage.origin(None, None, now()),
    )
    found = storage.wordings(session, made)
    assert [found[version].text for version in made] == ["二行目", "一行目"]
