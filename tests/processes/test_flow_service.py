"""What happens to the towns' flows, and who may read them."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, audit
from registry.audit import AuditEvent
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.processes import flow_queries, flow_service, service
from registry.processes.bpmn import reading, writing
from registry.processes.models import Business, FlowKind, FlowRecord, FlowVersion
from tests.processes import sample_flows as samples
from tests.world import World

AIZU, KITAKATA = "072028", "072087"


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


def test_taking_files_out_is_recorded(session: Session, world: World) -> None:
    record = made(session, world)
    content = flow_service.export_steps(session, world.of("approver"), record, number=None)
    rows = list(openpyxl.load_workbook(BytesIO(content)).worksheets[0].values)
    assert any("減免を決裁する" in str(row) for row in rows)
    flow_service.export_flows(session, world.coordinator, mine(session, world))
    flow_service.fetch_file(session, world.of("editor"), record, number=1, form="svg")
    assert actions(session)[1:] == [
        "processes.fetch_flow",
        "processes.export_flows",
        "processes.fetch_flow",
    ]
    with pytest.raises(Forbidden):
        flow_service.fetch_file(session, world.vendor_actor(), record, number=1, form="svg")


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
