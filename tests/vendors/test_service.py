"""Delivering, fetching, withdrawing: who may, what is recorded, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Role
from registry.accounts import service as accounts
from registry.accounts.models import Account
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.vendors import queries, service
from registry.vendors.models import Delivery, Download, Vendor, VendorMember
from tests.specs import agreed
from tests.vendors import held
from tests.world import World


def actions(session: Session) -> list[tuple[str, str]]:
    return [(event["action"], event["subject"]) for event in session.info.get("kaizu.audit", [])]


def account(session: Session, world: World, email: str, role: Role = Role.VENDOR) -> Account:
    return accounts.create_account(
        session, world.administrator, email=email, name="営業担当", role=role, municipality=None
    )


# ---- vendors and their people ----


def test_a_vendor_is_named_once(session: Session, world: World) -> None:
    vendor = service.create_vendor(
        session, world.coordinator, name=" 会津情報株式会社 ", kana="あいづ"
    )

    assert (vendor.name, vendor.kana, vendor.region_id) == (
        "会津情報株式会社",
        "あいづ",
        world.region.id,
    )
    assert actions(session)[-1] == ("vendors.create_vendor", f"vendor:{vendor.id}")
    for name in ("会津情報株式会社", " "):
        with pytest.raises(Invalid) as refused:
            service.create_vendor(session, world.coordinator, name=name)
        assert list(refused.value.fields) == ["name"]
    assert service.create_vendor(session, world.stranger, name="会津情報株式会社").region_id == (
        world.other_region.id
    )


def test_an_account_acts_for_one_vendor(session: Session, world: World) -> None:
    person = account(session, world, "new@vendor-a.example")

    service.add_member(session, world.coordinator, vendor=world.vendors["a"], account_id=person.id)

    assert session.get_one(VendorMember, person.id).vendor_id == world.vendors["a"].id
    assert actions(session)[-1][0] == "vendors.add_member"
    with pytest.raises(Invalid, match="保存していません"):
        service.add_member(
            session, world.coordinator, vendor=world.vendors["b"], account_id=person.id
        )
    with pytest.raises(Invalid) as refused:
        service.add_member(
            session,
            world.coordinator,
            vendor=world.vendors["a"],
            account_id=world.accounts["editor@072028.example"].id,
        )
    assert "事業者のアカウントではありません" in refused.value.fields["account_id"][0]


def test_people_and_vendors_of_other_regions_are_not_found(session: Session, world: World) -> None:
    foreign = world.accounts["administrator@elsewhere.example"]
    with pytest.raises(NotFound):
        service.add_member(
            session, world.coordinator, vendor=world.vendors["a"], account_id=foreign.id
        )
    person = account(session, world, "new@vendor-a.example")
    with pytest.raises(NotFound):
        service.add_member(session, world.stranger, vendor=world.vendors["a"], account_id=person.id)


def test_joining_by_name_refuses_an_unknown_vendor(session: Session, world: World) -> None:
    person = account(session, world, "new@vendor-a.example")

    with pytest.raises(NotFound, match="ベンダーZ"):
        service.join(session, world.coordinator, name="ベンダーZ", account_id=person.id)
    member = service.join(session, world.coordinator, name="ベンダーA", account_id=person.id)
    assert member.vendor_id == world.vendors["a"].id
    with pytest.raises(NotFound):
        service.join(session, world.stranger, name="ベンダーA", account_id=person.id)


# ---- delivering ----


def test_an_edition_is_handed_to_a_vendor_once(session: Session, world: World) -> None:
    edition = held.released(session, world)

    delivery = held.delivered(session, world, edition)

    assert (delivery.edition_id, delivery.vendor_id) == (edition.id, world.vendors["a"].id)
    assert delivery.delivered_by == world.coordinator.account_id
    assert actions(session)[-1] == ("vendors.deliver", f"delivery:{delivery.id}")
    with pytest.raises(Invalid) as refused:
        held.delivered(session, world, edition)
    assert "すでに配布しています" in refused.value.fields["vendor_ids"][0]
    assert held.delivered(session, world, edition, "b").vendor_id == world.vendors["b"].id


def test_an_edition_without_its_files_is_not_delivered(session: Session, world: World) -> None:
    agreed.adopted(session, world)
    edition = agreed.frozen(session, world)

    with pytest.raises(Invalid) as refused:
        held.delivered(session, world, edition)
    assert list(refused.value.fields) == ["edition_id"]


def test_editions_and_vendors_of_other_regions_are_not_found_for_delivery(
    session: Session, world: World
) -> None:
    edition = held.released(session, world)
    foreign = service.create_vendor(session, world.stranger, name="よその会社")

    with pytest.raises(NotFound):
        service.deliver(session, world.coordinator, edition_id=edition.id, vendor_id=foreign.id)
    with pytest.raises(NotFound):
        service.deliver(session, world.stranger, edition_id=edition.id, vendor_id=foreign.id)
    with pytest.raises(NotFound):
        service.deliver(session, world.coordinator, edition_id=0, vendor_id=world.vendors["a"].id)


# ---- withdrawing ----


def test_a_withdrawn_edition_is_gone_and_can_be_delivered_again(
    session: Session, world: World
) -> None:
    edition = held.released(session, world)
    delivery = held.delivered(session, world, edition)

    service.withdraw(
        session,
        world.coordinator,
        delivery=delivery,
        version=delivery.version,
        reason=" 誤って配布した。 ",
    )

    assert delivery.withdrawn_at is not None
    assert (delivery.withdrawn_by, delivery.withdrawn_reason) == (
        world.coordinator.account_id,
        "誤って配布した。",
    )
    assert actions(session)[-1] == ("vendors.withdraw", f"delivery:{delivery.id}")
    vendor = world.vendor_actor("a")
    assert queries.received(session, vendor) == []
    with pytest.raises(NotFound, match="取り下げられた"):
        service.fetch_file(session, vendor, delivery_id=delivery.id, name="spec.pdf")
    with pytest.raises(Conflict):
        held.withdrawn(session, world, delivery)
    again = held.delivered(session, world, edition)
    assert service.fetch_file(session, vendor, delivery_id=again.id, name="spec.pdf")


def test_withdrawing_wants_a_reason_and_the_current_version(session: Session, world: World) -> None:
    delivery = held.delivered(session, world, held.released(session, world))

    with pytest.raises(Invalid) as refused:
        service.withdraw(
            session, world.coordinator, delivery=delivery, version=delivery.version, reason=" "
        )
    assert list(refused.value.fields) == ["reason"]
    with pytest.raises(Conflict):
        service.withdraw(session, world.coordinator, delivery=delivery, version=99, reason="理由")
    with pytest.raises(NotFound):
        service.withdraw(
            session, world.stranger, delivery=delivery, version=delivery.version, reason="理由"
        )
    assert delivery.withdrawn_at is None


# ---- fetching ----


def test_fetching_is_recorded_and_the_first_opens_the_delivery(
    session: Session, world: World
) -> None:
    delivery = held.delivered(session, world, held.released(session, world))
    version = delivery.version
    vendor = world.vendor_actor("a")

    file = service.fetch_file(session, vendor, delivery_id=delivery.id, name="spec.pdf")

    assert file.content == b"spec.pdf"
    opened = session.scalar(sa.select(Delivery.opened_at).where(Delivery.id == delivery.id))
    assert opened is not None
    service.fetch_file(session, vendor, delivery_id=delivery.id, name="spec.json")
    session.flush()
    session.refresh(delivery)
    assert (delivery.opened_at, delivery.version) == (opened, version)
    assert [row.account_id for row in session.scalars(sa.select(Download))] == [
        vendor.account_id,
        vendor.account_id,
    ]
    assert actions(session)[-1] == ("vendors.download", f"delivery:{delivery.id}")


def test_nobody_else_fetches(session: Session, world: World) -> None:
    delivery = held.delivered(session, world, held.released(session, world))

    def fetch(actor: Any) -> None:
        service.fetch_file(session, actor, delivery_id=delivery.id, name="spec.pdf")

    with pytest.raises(NotFound):
        fetch(world.vendor_actor("b"))
    for actor in (world.coordinator, world.of("editor"), world.administrator):
        with pytest.raises(Forbidden):
            fetch(actor)
    with pytest.raises(NotFound):
        service.fetch_file(
            session, world.vendor_actor("a"), delivery_id=delivery.id, name="../spec.pdf"
        )
    assert session.scalar(sa.select(sa.func.count(Download.id))) == 0


@pytest.mark.parametrize("who", ["vendor_actor", "of", "administrator"])
def test_only_the_coordinator_delivers(session: Session, world: World, who: str) -> None:
    edition = held.released(session, world)
    delivery = held.delivered(session, world, edition)
    actor = {
        "vendor_actor": world.vendor_actor(),
        "of": world.of("approver"),
        "administrator": world.administrator,
    }[who]
    acts: tuple[Callable[[], object], ...] = (
        lambda: service.create_vendor(session, actor, name="会社"),
        lambda: service.add_member(
            session, actor, vendor=world.vendors["a"], account_id=actor.account_id or 0
        ),
        lambda: service.join(session, actor, name="ベンダーA", account_id=0),
        lambda: service.deliver(
            session, actor, edition_id=edition.id, vendor_id=world.vendors["b"].id
        ),
        lambda: service.withdraw(session, actor, delivery=delivery, version=1, reason="理由"),
        lambda: service.export_deliveries(session, actor),
    )
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    assert session.scalar(sa.select(sa.func.count(Vendor.id))) == 2
