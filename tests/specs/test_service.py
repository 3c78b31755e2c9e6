"""Freezing: what is kept for ever, what is refused, and who may."""

from __future__ import annotations

import json
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from registry import audit
from registry.db import now
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.jobs import Job
from registry.specs import document, queries, service
from registry.specs.models import Edition, EditionFile
from registry.standards import applying
from registry.standards.models import ApplicationState
from tests.specs import agreed
from tests.world import World

ISSUED = date(2026, 10, 1)


def actions(session: Session) -> list[tuple[str, str]]:
    return [(event["action"], event["subject"]) for event in session.info.get("kaizu.audit", [])]


def test_freezing_keeps_the_bytes_their_hash_and_asks_for_the_files(
    session: Session, world: World
) -> None:
    standard = agreed.adopted(session, world)

    edition = service.freeze_edition(
        session,
        world.coordinator,
        business_id=world.business.id,
        number="1.0",
        issued_on=ISSUED,
    )

    frozen = queries.frozen_bytes(session, edition.id)
    assert edition.sha256 == document.digest(frozen)
    spec = json.loads(frozen)
    assert document.to_bytes(spec) == frozen
    assert spec["chapters"][0]["sections"][0]["requirements"][0]["code"] == standard.code
    assert spec["edition"] == {
        "number": "1.0",
        "title": "公共施設予約 標準要件仕様書",
        "issued_on": "2026-10-01",
        "predecessor": None,
    }
    assert edition.title == "公共施設予約 標準要件仕様書"
    assert edition.account_id == world.coordinator.account_id
    jobs = session.scalars(sa.select(Job).order_by(Job.id)).all()
    assert [(job.kind, job.payload) for job in jobs] == [
        ("specs.build_edition", {"edition_id": edition.id})
    ]
    assert actions(session)[-1] == ("specs.freeze", f"edition:{edition.id}")
    assert audit.pending(session)


def test_nobody_in_an_edition_has_a_name(session: Session, world: World) -> None:
    agreed.adopted(session, world)
    text = queries.frozen_bytes(session, agreed.frozen(session, world).id).decode()

    for account in world.accounts.values():
        assert account.email not in text
        assert account.name not in text
    assert "第2回の部会で合意した。" not in text  # a decision's reason is not a standard's


def test_the_next_edition_follows_the_newest(session: Session, world: World) -> None:
    agreed.adopted(session, world)
    first = agreed.frozen(session, world)
    agreed.adopted(session, world, "抽選")
    second = agreed.frozen(session, world, "1.1")

    spec = queries.frozen_spec(session, second.id)
    assert second.predecessor_id == first.id
    assert spec["edition"]["predecessor"] == "1.0"
    assert [row["content"] for row in spec["history"]] == ["初版", "1件を追加した。"]


def test_a_title_of_ones_own_is_kept(session: Session, world: World) -> None:
    agreed.adopted(session, world)
    edition = service.freeze_edition(
        session,
        world.coordinator,
        business_id=world.business.id,
        number="1.0",
        issued_on=ISSUED,
        title="公共施設予約システム 要件定義書",
    )

    assert edition.title == "公共施設予約システム 要件定義書"


@pytest.mark.parametrize("number", ["1.0", "0.9", "1", "1.0.1", "第2版"])
def test_a_number_that_does_not_come_after_is_refused(
    session: Session, world: World, number: str
) -> None:
    agreed.adopted(session, world)
    agreed.frozen(session, world)

    with pytest.raises(Invalid) as refused:
        agreed.frozen(session, world, number)
    assert list(refused.value.fields) == ["number"]
    assert len(queries.editions(session, world.coordinator)) == 1


def test_a_date_before_the_newest_edition_is_refused(session: Session, world: World) -> None:
    agreed.adopted(session, world)
    agreed.frozen(session, world)

    with pytest.raises(Invalid) as refused:
        service.freeze_edition(
            session,
            world.coordinator,
            business_id=world.business.id,
            number="1.1",
            issued_on=date(2026, 9, 30),
        )
    assert list(refused.value.fields) == ["issued_on"]


def test_nothing_decided_or_unconfirmed_is_refused(session: Session, world: World) -> None:
    agreed.drafted(session, world)
    with pytest.raises(Invalid, match="発行していません") as refused:
        agreed.frozen(session, world)
    assert "採用と決まった標準要件がありません" in refused.value.fields["number"][0]

    standard = agreed.drafted(session, world, "抽選")
    agreed.decided(session, world, standard)
    with pytest.raises(Invalid) as refused:
        agreed.frozen(session, world)
    assert "団体別の適用が未確認" in refused.value.fields["number"][0]
    agreed.confirmed(session, world, standard)
    assert agreed.frozen(session, world).number == "1.0"


def test_only_a_coordinator_of_the_region_freezes(session: Session, world: World) -> None:
    agreed.adopted(session, world)
    for actor, refusal in (
        (world.of("approver"), Forbidden),
        (world.vendor_actor(), Forbidden),
        (world.administrator, Forbidden),
        (world.stranger, NotFound),
    ):
        with pytest.raises(refusal):
            service.freeze_edition(
                session, actor, business_id=world.business.id, number="1.0", issued_on=ISSUED
            )
        with pytest.raises(refusal):
            service.enqueue_draft(session, actor, business_id=world.business.id)
    assert session.scalar(sa.select(sa.func.count(Edition.id))) == 0


@pytest.mark.parametrize("statement", ["UPDATE edition SET title = 'x'", "DELETE FROM edition"])
def test_the_database_refuses_to_change_an_edition(
    session: Session, world: World, statement: str
) -> None:
    agreed.adopted(session, world)
    agreed.frozen(session, world)

    with pytest.raises(DBAPIError, match="edition is frozen"):
        session.execute(sa.text(statement))


def test_later_work_does_not_reach_a_frozen_edition(session: Session, world: World) -> None:
    standard = agreed.adopted(session, world)
    edition = agreed.frozen(session, world)
    before = queries.frozen_bytes(session, edition.id)
    agreed.reworded(session, world, standard, "別の文。")
    agreed.decided(session, world, standard)
    applying.set_application(
        session,
        world.coordinator,
        standard=standard,
        municipality_id=world.towns["072028"].id,
        state=ApplicationState.NOT_USED,
        value="",
    )
    session.expire_all()

    assert queries.frozen_bytes(session, edition.id) == before


def test_preview_gives_the_bytes_that_would_be_frozen(session: Session, world: World) -> None:
    agreed.adopted(session, world)
    shown = service.preview(
        session, world.coordinator, business_id=world.business.id, number="1.0", issued_on=ISSUED
    )

    edition = agreed.frozen(session, world)

    assert queries.frozen_bytes(session, edition.id) == shown


def test_a_draft_is_asked_for_once_at_a_time(session: Session, world: World) -> None:
    agreed.drafted(session, world)
    first = service.enqueue_draft(session, world.coordinator, business_id=world.business.id)
    second = service.enqueue_draft(session, world.coordinator, business_id=world.business.id)

    assert first.id == second.id
    assert (first.kind, first.payload) == (
        "specs.build_draft",
        {"business_id": world.business.id},
    )
    with pytest.raises(Invalid, match="標準要件がまだありません"):
        service.enqueue_draft(session, world.coordinator, business_id=world.other_business.id)


def with_files(session: Session, edition: Edition) -> None:
    for name in queries.FILES:
        session.add(
            EditionFile(
                edition_id=edition.id,
                name=name,
                media_type="text/plain",
                content=name.encode(),
                sha256=document.digest(name.encode()),
                size=len(name),
                created_at=now(),
            )
        )
    session.flush()


def test_a_download_is_recorded(session: Session, world: World) -> None:
    agreed.adopted(session, world)
    edition = agreed.frozen(session, world)
    with_files(session, edition)

    found = service.fetch_file(session, world.of("editor"), edition=edition, name="spec.json")

    assert found.content == b"spec.json"
    assert actions(session)[-1] == ("specs.download", f"edition:{edition.id}")
    with pytest.raises(NotFound):
        service.fetch_file(session, world.of("editor"), edition=edition, name="other.txt")
    with pytest.raises(Forbidden):
        service.fetch_file(session, world.vendor_actor(), edition=edition, name="spec.json")


def test_files_that_are_there_are_not_built_again(session: Session, world: World) -> None:
    agreed.adopted(session, world)
    edition = agreed.frozen(session, world)
    job = service.enqueue_build(session, world.coordinator, edition)
    assert job.payload == {"edition_id": edition.id}
    with_files(session, edition)

    with pytest.raises(Conflict):
        service.enqueue_build(session, world.coordinator, edition)
    with pytest.raises(NotFound):
        service.enqueue_build(session, world.stranger, edition)


def test_the_draft_is_for_the_coordinator_of_the_region(session: Session, world: World) -> None:
    with pytest.raises(NotFound):
        service.fetch_draft(session, world.stranger, business=world.business)
    with pytest.raises(Forbidden):
        service.fetch_draft(session, world.of("editor"), business=world.business)
    with pytest.raises(NotFound, match="案の PDF はまだありません"):
        service.fetch_draft(session, world.coordinator, business=world.business)
