from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit, transaction
from registry.access import terminal_actor
from registry.audit import AuditEvent
from registry.db import Database, now
from registry.errors import Conflict, Forbidden, Invalid
from registry.requirements.models import Obligation
from registry.standards import (
    applying,
    deciding,
    decision_queries,
    drafting,
    group_queries,
)
from registry.standards.models import (
    Decision,
    NationalItem,
    NationalSpec,
    Outcome,
    Relation,
    StandardRequirement,
)
from tests.conftest import AUDIT_KEY
from tests.standards.material import (
    DAY,
    decide,
    drafted,
    group_of,
    values,
)
from tests.world import World


def test_a_decision_keeps_everything_a_spec_prints(session: Session, world: World) -> None:
    group = group_of(session, world)
    goal = world.goals["G-1-1-1"]
    standard = drafted(session, world, [group.id], goal_id=goal.id)
    decision = decide(session, world, standard=standard)
    assert decision.snapshot == {
        "code": "A-0010001-01",
        "title": "仮予約の期限",
        "text": "仮予約は申込みの日から7日で自動的に取り消せること。",
        "obligation": "mandatory",
        "kind": "functional",
        "reason": "多くの団体が7日で運用している。",
        "phase": "phase_1",
        "goal": "G-1-1-1",
        "groups": ["F-001"],
        "national_item_id": None,
    }
    assert decision.subject_version == standard.version
    assert decision.account_id == world.coordinator.account_id
    assert decision.supersedes_id is None


def test_a_new_decision_supersedes_and_the_old_snapshot_stays(
    session: Session, world: World
) -> None:
    standard = drafted(session, world)
    noise = drafted(session, world, title="別の要件")
    decide(session, world, standard=noise, outcome=Outcome.REJECT)
    first = decide(session, world, standard=standard)
    drafting.update_standard(
        session,
        world.coordinator,
        standard,
        version=standard.version,
        group_ids=[],
        change_reason="様式の改正。",
        **values(text="改めた本文"),
    )
    session.flush()
    assert first.subject_version != standard.version
    second = decide(session, world, standard=standard, outcome=Outcome.ADOPT_REVISED)
    assert second.supersedes_id == first.id
    assert first.snapshot["text"] != second.snapshot["text"] == "改めた本文"
    newest = decision_queries.decided(session, world.coordinator, world.business.id)
    assert [row.outcome for row in newest] == [Outcome.ADOPT_REVISED, Outcome.REJECT]


def test_a_decision_needs_a_reason_and_a_named_person(session: Session, world: World) -> None:
    standard = drafted(session, world)
    with pytest.raises(Invalid) as refused:
        decide(session, world, standard=standard, reason=" ")
    assert "reason" in refused.value.fields
    with pytest.raises(Forbidden):
        deciding.decide(
            session,
            terminal_actor(world.region.id),
            standard=standard,
            version=standard.version,
            outcome=Outcome.ADOPT,
            reason="端末から",
            decided_on=DAY,
        )


def test_a_stale_decision_shows_what_was_decided_meanwhile(session: Session, world: World) -> None:
    standard = drafted(session, world)
    seen = standard.version
    decide(session, world, standard=standard, version=seen, reason="先の決定")
    with pytest.raises(Conflict) as refused:
        decide(session, world, standard=standard, version=seen, outcome=Outcome.REJECT)
    assert refused.value.theirs["reason"] == "先の決定"


def test_of_two_people_deciding_at_once_one_wins(database: Database, world: World) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        standard = drafted(session, world)
    barrier = threading.Barrier(2)
    results: list[str] = []

    def one(outcome: Outcome) -> None:
        barrier.wait(10)
        try:
            with transaction.writing(database, audit_key=AUDIT_KEY) as mine:
                decide(
                    mine,
                    world,
                    standard=mine.get_one(StandardRequirement, standard.id),
                    version=standard.version,
                    outcome=outcome,
                )
            results.append("decided")
        except Conflict:
            results.append("refused")

    threads = [
        threading.Thread(target=one, args=(kind,)) for kind in (Outcome.ADOPT, Outcome.REJECT)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["decided", "refused"]
    with database.read() as reading:
        assert reading.scalar(sa.select(sa.func.count()).select_from(Decision)) == 1


def test_a_group_alone_is_rejected_or_put_off_not_adopted(session: Session, world: World) -> None:
    group = group_of(session, world)
    with pytest.raises(Invalid):
        decide(session, world, group=group)
    decision = decide(session, world, group=group, outcome=Outcome.REJECT)
    assert decision.snapshot == {"code": "F-001", "label": "仮予約", "goal": None}
    assert (
        group_queries.groups(session, world.coordinator, world.business.id)[0].outcome
        is Outcome.REJECT
    )
    drafted(session, world, [group.id])
    with pytest.raises(Conflict) as refused:
        decide(session, world, group=group, outcome=Outcome.DEFER)
    assert "A-0010001-01" in refused.value.message


def national(session: Session, world: World, count: int) -> None:
    spec = NationalSpec(
        region_id=world.region.id,
        name="住民記録",
        edition="1.0",
        source_sha256="0" * 64,
        imported_at=now(),
    )
    session.add(spec)
    session.flush()
    item = NationalItem(
        national_spec_id=spec.id,
        number="1.1.1",
        title="管理",
        level=3,
        position=1,
        is_chapter=False,
    )
    session.add(item)
    session.flush()
    for _ in range(count):
        drafted(session, world).national_item_id = item.id
    session.flush()


def test_national_lines_are_adopted_at_once_except_decided_ones(
    session: Session, world: World
) -> None:
    national(session, world, 3)
    own = drafted(session, world)
    first, second, third = session.scalars(
        sa.select(StandardRequirement)
        .where(StandardRequirement.id != own.id)
        .order_by(StandardRequirement.serial)
    )
    decide(session, world, standard=second, outcome=Outcome.REJECT, reason="当地では使わない。")
    count = deciding.adopt_national(
        session,
        world.coordinator,
        business_id=world.business.id,
        reason="国標準のとおり採用する。",
        decided_on=DAY,
    )
    assert count == 2
    found = {
        row.standard_id: row
        for row in decision_queries.decided(session, world.coordinator, world.business.id)
    }
    assert set(found) == {first.id, second.id, third.id}
    assert found[second.id].outcome is Outcome.REJECT
    assert found[first.id].snapshot["code"] == first.code
    session.refresh(first)
    assert found[first.id].subject_version == first.version
    with pytest.raises(Conflict):
        deciding.adopt_national(
            session,
            world.coordinator,
            business_id=world.business.id,
            reason="もう一度",
            decided_on=DAY,
        )


def test_every_act_is_in_the_audit(database: Database, world: World) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        group = group_of(session, world, t072028=("仮予約ができること。", Relation.SAME))
        standard = drafted(session, world, [group.id])
        drafting.update_standard(
            session,
            world.coordinator,
            standard,
            version=standard.version,
            group_ids=[group.id],
            **values(obligation=Obligation.OPTIONAL),
        )
        applying.confirm_applications(session, world.coordinator, standard=standard)
        decide(session, world, standard=standard)
    with database.read() as reading:
        events = reading.scalars(sa.select(AuditEvent).order_by(AuditEvent.sequence)).all()
        assert [event.action for event in events] == [
            "standards.create_group",
            "standards.align",
            "standards.draft_standard",
            "standards.update_standard",
            "standards.confirm_applications",
            "standards.decide",
        ]
        assert events[3].before == {"obligation": "mandatory"}
        assert events[3].after == {"obligation": "optional"}
        assert audit.verify(reading, AUDIT_KEY).broken is None
