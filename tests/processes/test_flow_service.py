"""What happens to the towns' flows, and who may read them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, audit
from registry.audit import AuditEvent
from registry.db import now
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.processes import flow_queries, flow_service, service
from registry.processes.bpmn import reading, writing
from registry.processes.models import Business, FlowKind, FlowRecord, FlowVersion
from tests.processes import sample_flows as samples
from tests.world import World

AIZU, KITAKATA = "072028", "072087"
EDITOR = "editor@072028.example"


def made(session: Session, world: World, code: str = AIZU, title: str = "受付") -> FlowRecord:
    return flow_service.create_flow(
        session,
        world.of("editor", code),
        municipality_id=world.towns[code].id,
        business=mine(session, world),
        kind=FlowKind.AS_IS,
        title=title,
        document=writing.compose(samples.flow("town_one")),
        note="聞き取り",
    )


def mine(session: Session, world: World) -> Business:
    return session.get_one(Business, world.business.id)


def save(session: Session, world: World, record: FlowRecord, **changes: object) -> FlowVersion:
    given = {
        "business": mine(session, world),
        "version": record.version,
        "kind": record.kind,
        "title": record.title,
        "document": writing.compose(samples.flow("to_be")),
        "note": "",
    }
    return flow_service.save_flow(
        session,
        world.of("editor"),
        record,
        **(given | changes),  # type: ignore[arg-type]
    )


def actions(session: Session) -> list[str]:
    audit.seal(session)
    return list(session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.sequence)))


def test_a_flow_begins_with_its_first_version(session: Session, world: World) -> None:
    record = made(session, world)
    (saved,) = flow_queries.history(session, record)
    assert (saved.version.number, saved.version.note, saved.credit) == (1, "聞き取り", "")
    assert saved.saved_by == world.accounts["editor@072028.example"].name
    stored = reading.read(saved.version.bpmn.encode())
    assert stored.is_drawn
    assert actions(session) == ["processes.create_flow"]


def test_each_save_is_a_version_and_an_unchanged_one_none(session: Session, world: World) -> None:
    record = made(session, world)
    before = record.version
    assert save(session, world, record).number == 2
    session.flush()
    assert record.version == before + 1
    assert save(session, world, record).number == 2
    assert save(session, world, record, title="別の名前").number == 3
    assert [one.version.number for one in flow_queries.history(session, record)] == [3, 2, 1]
    assert flow_queries.version(session, record, 1).number == 1
    with pytest.raises(NotFound):
        flow_queries.version(session, record, 9)


def test_a_save_on_an_older_version_is_refused(session: Session, world: World) -> None:
    record = made(session, world)
    read = record.version
    save(session, world, record)
    session.flush()
    with pytest.raises(Conflict):
        save(session, world, record, version=read, title="遅れた")


def test_the_database_keeps_a_version_as_it_is(session: Session, world: World) -> None:
    record = made(session, world)
    with pytest.raises(sa.exc.DatabaseError, match="frozen"):
        session.execute(
            sa.update(FlowVersion).where(FlowVersion.flow_id == record.id).values(note="x")
        )


def test_only_the_own_town_writes(session: Session, world: World) -> None:
    record = made(session, world)
    for actor in (world.of("editor", KITAKATA), world.of("approver"), world.coordinator):
        with pytest.raises(Forbidden):
            flow_service.save_flow(
                session,
                actor,
                record,
                business=mine(session, world),
                version=record.version,
                kind=record.kind,
                title="奪う",
                document=writing.compose(samples.flow("to_be")),
            )
    with pytest.raises(Forbidden):
        flow_service.create_flow(
            session,
            world.of("editor"),
            municipality_id=world.towns[KITAKATA].id,
            business=mine(session, world),
            kind=FlowKind.AS_IS,
            title="よその",
            document=writing.compose(samples.flow("to_be")),
        )


def test_a_title_is_given_once_a_town_and_kind(session: Session, world: World) -> None:
    made(session, world)
    made(session, world, KITAKATA)
    with pytest.raises(Invalid) as refused:
        made(session, world)
    assert "title" in refused.value.fields


def test_a_copy_carries_its_credit(session: Session, world: World) -> None:
    source = made(session, world, KITAKATA, "公民館の受付")
    copy = flow_service.copy_flow(
        session,
        world.of("contributor"),
        business=mine(session, world),
        source=source,
        municipality_id=world.towns[AIZU].id,
        kind=FlowKind.TO_BE,
        title="受付",
    )
    (saved,) = flow_queries.history(session, copy)
    assert saved.credit == "喜多方市「公民館の受付」第1版"
    assert saved.version.bpmn == flow_queries.version(session, source).bpmn
    save(session, world, copy)
    assert [one.credit for one in flow_queries.history(session, copy)] == [
        "",
        "喜多方市「公民館の受付」第1版",
    ]


def test_who_sees_which_flows(session: Session, world: World) -> None:
    own, other = made(session, world), made(session, world, KITAKATA)
    business = mine(session, world)

    def seen(actor: access.Actor) -> list[int]:
        return [one.record.id for one in flow_queries.flows(session, actor, business.id)]

    assert seen(world.of("contributor")) == [own.id, other.id]
    assert seen(world.coordinator) == [own.id, other.id]
    assert seen(world.stranger) == []
    service.hide_detail(
        session,
        world.of("editor", KITAKATA),
        municipality_id=world.towns[KITAKATA].id,
        business_id=business.id,
        hidden=True,
    )
    assert seen(world.of("editor")) == [own.id]
    assert seen(world.of("editor", KITAKATA)) == [own.id, other.id]
    assert seen(world.coordinator) == [own.id, other.id]
    assert flow_queries.flow(session, world.coordinator, business, other.id) is other
    for actor in (world.of("editor"), world.stranger):
        with pytest.raises(NotFound):
            flow_queries.flow(session, actor, business, other.id)
    elsewhere = session.get_one(Business, world.other_business.id)
    with pytest.raises(NotFound):
        flow_queries.flow(session, world.of("editor"), elsewhere, own.id)


def test_an_upload_without_coordinates_or_title_gets_both(session: Session, world: World) -> None:
    bare = samples.process(samples.LINE).replace(' name="窓口"'.encode(), b"")
    record = flow_service.create_flow(
        session,
        world.of("editor"),
        municipality_id=world.towns[AIZU].id,
        business=mine(session, world),
        kind=FlowKind.AS_IS,
        title="持ち込み",
        document=reading.read(bare),
    )
    stored = reading.read(flow_queries.version(session, record).bpmn.encode())
    assert stored.is_drawn
    assert stored.flow.title == "持ち込み"
    steps = {replace(step, lane="") for step in stored.flow.steps}
    assert steps == {replace(step, lane="") for step in reading.read(bare).flow.steps}


# ---- withdrawal -------------------------------------------------------------------------------


def withdraw(session: Session, world: World, record: FlowRecord, **changes: object) -> None:
    given = {
        "business": mine(session, world),
        "version": record.version,
        "reason": "二つ作ったため",
    }
    flow_service.withdraw_flow(
        session,
        world.of("editor"),
        record,
        **(given | changes),  # type: ignore[arg-type]
    )
    session.flush()


def restore(session: Session, world: World, record: FlowRecord, **changes: object) -> None:
    given = {"business": mine(session, world), "version": record.version}
    flow_service.restore_flow(
        session,
        world.of("editor"),
        record,
        **(given | changes),  # type: ignore[arg-type]
    )
    session.flush()


def test_a_withdrawn_flow_keeps_its_versions_and_comes_back(session: Session, world: World) -> None:
    record, noise = made(session, world), made(session, world, KITAKATA)
    read = record.version
    withdraw(session, world, record, reason=" 二つ作ったため ")
    assert record.withdrawn_at is not None
    assert record.withdrawn_reason == "二つ作ったため"
    assert record.version == read + 1
    assert flow_queries.withdrawn_by(session, record) == world.accounts[EDITOR].name
    assert [one.version.number for one in flow_queries.history(session, record)] == [1]
    assert noise.withdrawn_at is None
    restore(session, world, record)
    assert (record.withdrawn_at, record.withdrawn_by, record.withdrawn_reason) == (None, None, "")
    assert flow_queries.withdrawn_by(session, record) == ""
    assert save(session, world, record).number == 2
    assert actions(session)[2:] == [
        "processes.withdraw_flow",
        "processes.restore_flow",
        "processes.save_flow",
    ]


def test_a_withdrawal_needs_a_reason_and_the_newest_version(session: Session, world: World) -> None:
    record = made(session, world)
    read = record.version
    with pytest.raises(Invalid) as refused:
        withdraw(session, world, record, reason="  ")
    assert "reason" in refused.value.fields
    save(session, world, record)
    session.flush()
    with pytest.raises(Conflict):
        withdraw(session, world, record, version=read)
    withdraw(session, world, record)
    with pytest.raises(Conflict, match="すでに取り下げられています"):
        withdraw(session, world, record)
    with pytest.raises(Conflict):
        restore(session, world, record, version=read)
    restore(session, world, record)
    with pytest.raises(Conflict, match="取り下げられていません"):
        restore(session, world, record)


def test_a_withdrawn_flow_is_neither_changed_nor_copied(session: Session, world: World) -> None:
    record = made(session, world)
    withdraw(session, world, record)
    with pytest.raises(Conflict, match="取り下げられている"):
        save(session, world, record)
    with pytest.raises(Conflict, match="取り下げられている"):
        copied(session, world, record)


def test_its_title_is_free_and_must_be_free_to_come_back(session: Session, world: World) -> None:
    record = made(session, world)
    withdraw(session, world, record)
    again = made(session, world)
    with pytest.raises(Invalid, match="がほかにあります"):
        restore(session, world, record)
    save(session, world, again, title="別の名前")
    restore(session, world, record)
    assert record.withdrawn_at is None


def test_a_full_list_takes_none_back(
    session: Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow_service, "MAX_FLOWS", 1)
    record = made(session, world)
    withdraw(session, world, record)
    made(session, world, title="別")
    with pytest.raises(Invalid, match="1 件まで"):
        restore(session, world, record)


def test_only_the_editor_of_the_own_town_withdraws(session: Session, world: World) -> None:
    record = made(session, world)
    for actor, refusal in (
        (world.of("contributor"), Forbidden),
        (world.of("approver"), Forbidden),
        (world.of("editor", KITAKATA), Forbidden),
        (world.coordinator, Forbidden),
        (world.stranger, NotFound),
    ):
        with pytest.raises(refusal):
            flow_service.withdraw_flow(
                session,
                actor,
                record,
                business=mine(session, world),
                version=record.version,
                reason="奪う",
            )
        with pytest.raises(refusal):
            flow_service.restore_flow(
                session, actor, record, business=mine(session, world), version=record.version
            )
    assert record.withdrawn_at is None


def copied(session: Session, world: World, source: FlowRecord) -> FlowRecord:
    return flow_service.copy_flow(
        session,
        world.of("editor", KITAKATA),
        business=mine(session, world),
        source=source,
        municipality_id=world.towns[KITAKATA].id,
        kind=FlowKind.TO_BE,
        title="写し",
    )


def test_a_copy_keeps_the_credit_of_a_withdrawn_flow(session: Session, world: World) -> None:
    record = made(session, world)
    copy = copied(session, world, record)
    withdraw(session, world, record)
    (saved,) = flow_queries.history(session, copy)
    assert saved.credit == "会津若松市「受付」第1版"


def test_the_database_wants_a_reason_for_a_withdrawal(session: Session, world: World) -> None:
    record = made(session, world)
    with pytest.raises(sa.exc.IntegrityError):
        session.execute(
            sa.update(FlowRecord).where(FlowRecord.id == record.id).values(withdrawn_at=now())
        )
