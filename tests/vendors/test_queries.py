"""Who sees which delivery."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from registry.access import Role
from registry.accounts import service as accounts
from registry.errors import Forbidden, NotFound
from registry.vendors import queries, service
from tests.specs import agreed
from tests.vendors import held
from tests.world import World


def test_a_vendor_sees_only_what_it_holds(session: Session, world: World) -> None:
    first = held.released(session, world)
    second = held.released(session, world, "1.1")
    other = held.released(session, world, business=world.other_business)
    mine = held.delivered(session, world, first)
    held.withdrawn(session, world, held.delivered(session, world, second))
    theirs = held.delivered(session, world, other, "b")

    (found,) = queries.received(session, world.vendor_actor("a"))

    assert (found.delivery_id, found.slug, found.number) == (
        mine.id,
        "facility-reservation",
        "1.0",
    )
    assert found.opened_at is None
    assert [row.delivery_id for row in queries.received(session, world.vendor_actor("b"))] == [
        theirs.id
    ]
    with pytest.raises(NotFound):
        queries.received_one(session, world.vendor_actor("a"), theirs.id)
    with pytest.raises(Forbidden):
        queries.received(session, world.coordinator)


def test_an_account_without_a_vendor_sees_nothing(session: Session, world: World) -> None:
    delivery = held.delivered(session, world, held.released(session, world))
    person = accounts.create_account(
        session,
        world.administrator,
        email="new@vendor-c.example",
        name="営業担当",
        role=Role.VENDOR,
        municipality=None,
    )
    actor = accounts.queries.actor_of(session, person)

    assert queries.own_vendor(session, actor) is None
    assert queries.received(session, actor) == []
    with pytest.raises(NotFound):
        queries.received_one(session, actor, delivery.id)
    own = queries.own_vendor(session, world.vendor_actor("a"))
    assert own is not None
    assert own.name == "ベンダーA"
    assert [one.email for one in queries.free_accounts(session, world.coordinator)] == [
        "new@vendor-c.example"
    ]


def test_the_bureau_sees_its_deliveries_and_who_fetched_what(
    session: Session, world: World
) -> None:
    edition = held.released(session, world)
    first = held.delivered(session, world, edition)
    second = held.delivered(session, world, edition, "b")
    held.withdrawn(session, world, second)
    vendor = world.vendor_actor("a")
    for name in ("spec.pdf", "spec.json"):
        service.fetch_file(session, vendor, delivery_id=first.id, name=name)
    session.flush()

    newest, oldest = queries.deliveries(session, world.coordinator)

    assert (newest.id, newest.vendor, newest.withdrawn_reason) == (
        second.id,
        "ベンダーB",
        "誤って配布した。",
    )
    assert (oldest.id, oldest.downloads, oldest.withdrawn_at) == (first.id, 2, None)
    assert oldest.opened_at is not None
    assert oldest.delivered_by == world.coordinator.name
    assert [(row.name, row.email) for row in queries.downloads(session, first.id)] == [
        ("spec.json", vendor.email),
        ("spec.pdf", vendor.email),
    ]
    assert [
        row.id
        for row in queries.deliveries(session, world.coordinator, vendor_id=world.vendors["b"].id)
    ] == [second.id]


def test_another_region_sees_nothing(session: Session, world: World) -> None:
    delivery = held.delivered(session, world, held.released(session, world))

    assert queries.vendors(session, world.stranger) == []
    assert queries.deliveries(session, world.stranger) == []
    assert queries.deliverable(session, world.stranger) == []
    for look in (queries.delivery, queries.delivery_row):
        with pytest.raises(NotFound):
            look(session, world.stranger, delivery.id)
    with pytest.raises(NotFound):
        queries.vendor(session, world.stranger, world.vendors["a"].id)
    with pytest.raises(NotFound):
        queries.by_name(session, world.stranger, "ベンダーA")


def test_vendors_are_listed_with_people_and_what_they_hold(session: Session, world: World) -> None:
    edition = held.released(session, world)
    held.delivered(session, world, edition)
    held.withdrawn(session, world, held.delivered(session, world, edition, "b"))

    found = queries.vendors(session, world.coordinator)

    assert [(row.name, row.deliveries, [one.email for one in row.members]) for row in found] == [
        ("ベンダーA", 1, ["vendor@vendor-a.example"]),
        ("ベンダーB", 0, ["vendor@vendor-b.example"]),
    ]


def test_only_editions_with_all_files_can_be_delivered(session: Session, world: World) -> None:
    built = held.released(session, world)
    agreed.frozen(session, world, "1.1")

    assert [row.id for row in queries.deliverable(session, world.coordinator)] == [built.id]
