"""Lists of flows; who sees which is told in test_flow_service."""

from __future__ import annotations

from sqlalchemy.orm import Session

from registry.processes import flow_queries
from registry.processes.models import FlowKind
from tests.processes.test_flow_service import KITAKATA, made, mine, save
from tests.world import World


def test_flows_are_listed_by_town_with_their_newest_version(session: Session, world: World) -> None:
    other = made(session, world, KITAKATA, "公民館")
    own = made(session, world)
    save(session, world, own, kind=FlowKind.TO_BE)
    session.flush()
    found = flow_queries.flows(session, world.coordinator, mine(session, world).id)
    assert [(one.record.id, one.newest.number, one.record.kind) for one in found] == [
        (own.id, 2, FlowKind.TO_BE),
        (other.id, 1, FlowKind.AS_IS),
    ]
    assert found[0].saved_by == world.accounts["editor@072028.example"].name
    assert flow_queries.flows(session, world.coordinator, world.other_business.id) == []


def test_the_town_of_a_flow(session: Session, world: World) -> None:
    assert flow_queries.town(session, made(session, world, KITAKATA)).code == KITAKATA
