"""Flows taken out as files."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit
from registry.audit import AuditEvent
from registry.errors import Forbidden
from registry.processes import flow_export, flow_service
from registry.processes.bpmn import writing
from registry.processes.models import Business, FlowKind, FlowRecord
from tests.processes import sample_flows as samples
from tests.world import World


def made(session: Session, world: World, title: str = "受付") -> FlowRecord:
    return flow_service.create_flow(
        session,
        world.of("editor"),
        municipality_id=world.towns["072028"].id,
        business=mine(session, world),
        kind=FlowKind.AS_IS,
        title=title,
        document=writing.compose(samples.flow("town_one")),
    )


def mine(session: Session, world: World) -> Business:
    return session.get_one(Business, world.business.id)


def actions(session: Session) -> list[str]:
    audit.seal(session)
    return list(session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.sequence)))


def test_taking_files_out_is_recorded(session: Session, world: World) -> None:
    record = made(session, world)
    content = flow_export.export_steps(session, world.of("approver"), record, number=None)
    rows = list(openpyxl.load_workbook(BytesIO(content)).worksheets[0].values)
    assert any("減免を決裁する" in str(row) for row in rows)
    flow_export.export_flows(session, world.coordinator, mine(session, world))
    flow_export.fetch_file(session, world.of("editor"), record, number=1, form="svg")
    assert actions(session)[1:] == [
        "processes.fetch_flow",
        "processes.export_flows",
        "processes.fetch_flow",
    ]
    with pytest.raises(Forbidden):
        flow_export.fetch_file(session, world.vendor_actor(), record, number=1, form="svg")


def test_withdrawn_flows_are_in_the_list_only_when_asked_for(
    session: Session, world: World
) -> None:
    made(session, world)
    gone = made(session, world, "間違い")
    flow_service.withdraw_flow(
        session,
        world.of("editor"),
        gone,
        business=mine(session, world),
        version=gone.version,
        reason="二つ作ったため",
    )

    def listed(*, withdrawn: bool) -> str:
        content = flow_export.export_flows(
            session, world.coordinator, mine(session, world), withdrawn=withdrawn
        )
        return str(list(openpyxl.load_workbook(BytesIO(content)).worksheets[0].values))

    assert "間違い" not in listed(withdrawn=False)
    assert "二つ作ったため" in listed(withdrawn=True)
    assert "受付" in listed(withdrawn=False)
