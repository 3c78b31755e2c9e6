from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit, transaction
from registry.access import Role, terminal_actor
from registry.audit import AuditEvent
from registry.db import Database, now
from registry.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from registry.goals.models import Goal
from registry.requirements.models import Obligation, Requirement
from registry.standards import decision_queries, group_queries, queries, service
from registry.standards.models import (
    Alignment,
    Application,
    ApplicationState,
    Decision,
    NationalItem,
    NationalSpec,
    Outcome,
    Relation,
    RequirementGroup,
    StandardRequirement,
)
from tests.conftest import AUDIT_KEY
from tests.standards.material import (
    DAY,
    decide,
    drafted,
    group_of,
    hide,
    new_version,
    submitted_line,
    values,
)
from tests.world import World

SAME = Relation.SAME


# ---- groups and alignments ----


def test_groups_are_numbered_per_business_and_never_twice(session: Session, world: World) -> None:
    first = group_of(session, world)
    second = group_of(session, world)
    service.create_group(
        session, world.coordinator, business_id=world.business.id, label="指定", code="F-010"
    )
    elsewhere = service.create_group(
        session, world.coordinator, business_id=world.other_business.id, label="除雪"
    )
    after = group_of(session, world)
    assert [first.code, second.code, after.code] == ["F-001", "F-002", "F-011"]
    assert elsewhere.code == "F-001"


def test_a_taken_or_strange_group_code_is_refused(session: Session, world: World) -> None:
    def create(code: str) -> None:
        service.create_group(
            session, world.coordinator, business_id=world.business.id, label="x", code=code
        )

    create("F-001")
    with pytest.raises(Conflict):
        create("F-001")
    with pytest.raises(Invalid) as refused:
        create("1")
    assert "code" in refused.value.fields


def test_an_empty_label_and_a_foreign_goal_are_refused(session: Session, world: World) -> None:
    with pytest.raises(Invalid):
        group_of(session, world, "  ")
    with pytest.raises(NotFound):
        service.create_group(
            session,
            world.coordinator,
            business_id=world.business.id,
            label="x",
            goal_id=world.foreign_goal.id,
        )


def test_an_alignment_names_the_version_looked_at(session: Session, world: World) -> None:
    group = group_of(session, world)
    line = submitted_line(session, world, "072028", "仮予約ができること。")
    alignment = service.align(
        session, world.coordinator, group=group, requirement=line, relation=SAME
    )
    assert alignment.requirement_version_id == line.submitted_version_id
    assert alignment.account_id == world.coordinator.account_id


def test_a_newer_wording_is_suspect_until_confirmed_again(session: Session, world: World) -> None:
    group = group_of(session, world)
    line = submitted_line(session, world, "072028", "仮予約ができること。")

    def look() -> Alignment:
        return service.align(
            session, world.coordinator, group=group, requirement=line, relation=SAME
        )

    def suspect() -> bool:
        (found,) = group_queries.group_lines(
            session, world.coordinator, world.business.id, [group.id]
        )
        return found.suspect

    first = look()
    assert not suspect()
    new_version(session, line, "仮予約が3日できること。")
    assert suspect()
    assert look().id == first.id
    assert not suspect()


def test_only_submitted_lines_of_the_business_are_aligned(session: Session, world: World) -> None:
    group = group_of(session, world)
    draft = submitted_line(session, world, "072028", "下書きの行", submitted=False)
    with pytest.raises(Conflict):
        service.align(session, world.coordinator, group=group, requirement=draft, relation=SAME)
    snow = submitted_line(session, world, "072028", "除雪", business=world.other_business)
    with pytest.raises(NotFound):
        service.align(session, world.coordinator, group=group, requirement=snow, relation=SAME)


def test_a_line_may_sit_in_two_groups_and_be_taken_out(session: Session, world: World) -> None:
    one, two = group_of(session, world), group_of(session, world)
    line = submitted_line(session, world, "072028", "登録し、取り消せること。")
    for group in (one, two):
        service.align(
            session, world.coordinator, group=group, requirement=line, relation=Relation.CONTAINS
        )
    (first, second) = session.scalars(sa.select(Alignment).order_by(Alignment.id)).all()
    service.unalign(session, world.coordinator, alignment=first)
    session.flush()
    assert session.scalars(sa.select(Alignment.id)).all() == [second.id]


def test_moving_a_line_keeps_it_suspect_and_refuses_a_double(
    session: Session, world: World
) -> None:
    one = group_of(session, world, t072028=("仮予約ができること。", SAME))
    two = group_of(session, world)
    alignment = session.scalars(sa.select(Alignment)).one()
    line = session.get_one(Requirement, alignment.requirement_id)
    new_version(session, line, "仮予約ができ、取り消せること。")
    service.move_alignment(session, world.coordinator, alignment=alignment, group=two)
    session.flush()
    assert alignment.group_id == two.id
    assert alignment.requirement_version_id != line.submitted_version_id
    service.align(session, world.coordinator, group=one, requirement=line, relation=SAME)
    with pytest.raises(Conflict):
        service.move_alignment(session, world.coordinator, alignment=alignment, group=one)


def test_splitting_moves_the_chosen_lines_into_a_new_group(session: Session, world: World) -> None:
    group = group_of(
        session,
        world,
        t072028=("仮予約ができること。", SAME),
        t072087=("仮予約はできないこと。", Relation.OPPOSITE),
    )
    ids = session.scalars(sa.select(Alignment.id).order_by(Alignment.id)).all()
    new = service.split_group(
        session,
        world.coordinator,
        group=group,
        version=group.version,
        alignment_ids=[ids[1]],
        label="仮予約を認めない",
    )
    session.flush()
    assert new.code == "F-002"
    assert [session.get_one(Alignment, one).group_id for one in ids] == [group.id, new.id]


def test_a_split_is_refused_when_it_leaves_nothing_or_is_stale(
    session: Session, world: World
) -> None:
    group = group_of(session, world, t072028=("仮予約ができること。", SAME))
    stranger = group_of(session, world, t072087=("別のまとまりの行", SAME))
    by_group = {
        row.group_id: row.id for row in session.scalars(sa.select(Alignment).order_by(Alignment.id))
    }

    def split(ids: list[int], version: int) -> None:
        service.split_group(
            session,
            world.coordinator,
            group=group,
            version=version,
            alignment_ids=ids,
            label="新",
        )

    seen = group.version
    with pytest.raises(Invalid):
        split([by_group[group.id]], seen)
    with pytest.raises(NotFound):
        split([by_group[stranger.id]], group.version)
    line = submitted_line(session, world, "074225", "あとから入った行")
    service.align(session, world.coordinator, group=group, requirement=line, relation=SAME)
    with pytest.raises(Conflict):
        split([by_group[group.id]], seen)


def test_a_group_is_renamed_and_a_stale_rename_is_refused(session: Session, world: World) -> None:
    group = group_of(session, world)
    seen = group.version
    goal = world.goals["G-1-1"].id

    def rename(label: str) -> None:
        service.update_group(
            session, world.coordinator, group, version=seen, label=label, goal_id=goal
        )
        session.flush()

    rename("仮予約の期限")
    assert (group.label, group.goal_id, group.version) == ("仮予約の期限", goal, seen + 1)
    with pytest.raises(Conflict) as refused:
        rename("遅れた名前")
    assert refused.value.theirs["label"] == "仮予約の期限"


# ---- standards ----


def test_standards_take_the_next_serial_of_their_business(session: Session, world: World) -> None:
    first, second = drafted(session, world), drafted(session, world)
    given = drafted(session, world, code="A-0010009-01")
    after = drafted(session, world)
    assert [first.code, second.code] == ["A-0010001-01", "A-0010002-01"]
    assert (given.serial, after.code) == (9, "A-0010010-01")


@pytest.mark.parametrize("code", ["A-0020001-01", "A-0010001-02", "X-1"])
def test_a_code_of_another_form_is_refused(session: Session, world: World, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        drafted(session, world, code=code)
    assert "A-0010001-01" in refused.value.fields["code"][0]


def test_a_given_code_is_taken_once(session: Session, world: World) -> None:
    drafted(session, world, code="A-0010001-01")
    with pytest.raises(Conflict):
        drafted(session, world, code="A-0010001-01")


def test_a_closed_goal_takes_no_new_standard_but_keeps_the_old(
    session: Session, world: World
) -> None:
    goal = session.get_one(Goal, world.goals["G-1-1"].id)
    standard = drafted(session, world, goal_id=goal.id)
    goal.closed = True
    session.flush()
    with pytest.raises(Invalid) as refused:
        drafted(session, world, goal_id=goal.id)
    assert "goal" in refused.value.fields
    service.update_standard(
        session,
        world.coordinator,
        standard,
        version=standard.version,
        group_ids=[],
        **values(goal_id=goal.id, title="別の題"),
    )
    assert standard.goal_id == goal.id


def test_an_edit_counts_up_and_a_stale_one_is_refused_with_both_sides(
    session: Session, world: World
) -> None:
    standard = drafted(session, world)
    seen = standard.version

    def edit(**changes: Any) -> None:
        service.update_standard(
            session,
            world.coordinator,
            standard,
            version=seen,
            group_ids=[],
            **values(**changes),
        )

    edit(text="新しい本文", goal_id=world.goals["G-1-1"].id)
    session.flush()
    assert standard.version == seen + 1
    with pytest.raises(Conflict) as refused:
        edit(text="古い画面の本文")
    assert refused.value.theirs["text"] == "新しい本文"
    assert refused.value.theirs["version"] == seen + 1


def test_saving_the_same_again_changes_nothing(session: Session, world: World) -> None:
    standard = drafted(session, world)
    seen, events = standard.version, audit.pending(session)
    service.update_standard(
        session, world.coordinator, standard, version=seen, group_ids=[], **values()
    )
    session.flush()
    assert (standard.version, audit.pending(session)) == (seen, events)


def test_other_groups_are_an_edit_too(session: Session, world: World) -> None:
    one, two = group_of(session, world), group_of(session, world)
    standard = drafted(session, world, [one.id])
    seen = standard.version
    service.update_standard(
        session,
        world.coordinator,
        standard,
        version=seen,
        group_ids=[one.id, two.id],
        **values(),
    )
    session.flush()
    assert standard.version == seen + 1
    assert queries.answered_codes(session, world.business.id) == {standard.id: ["F-001", "F-002"]}


def test_a_group_of_another_business_is_not_answered(session: Session, world: World) -> None:
    foreign = RequirementGroup(business_id=world.foreign_business.id, code="F-001", label="よそ")
    session.add(foreign)
    session.flush()
    with pytest.raises(NotFound):
        drafted(session, world, [foreign.id])


# ---- applications ----


def states(session: Session, standard: StandardRequirement) -> dict[int, tuple[str, str, bool]]:
    session.flush()
    rows = session.scalars(
        sa.select(Application)
        .where(Application.standard_id == standard.id)
        .order_by(Application.municipality_id)
    )
    return {
        row.municipality_id: (row.state.value, row.value, row.confirmed_at is not None)
        for row in rows
    }


def test_applications_are_proposed_for_every_town(session: Session, world: World) -> None:
    group = group_of(
        session,
        world,
        t072028=("仮予約は3営業日で取り消せること。", Relation.VALUE_DIFFERS),
        t072087=("仮予約は自動では取り消さないこと。", Relation.OPPOSITE),
    )
    group_of(session, world, "無関係", t074225=("無関係な行", Relation.OPPOSITE))
    standard = drafted(session, world, [group.id])
    towns = world.towns
    assert states(session, standard) == {
        towns["072028"].id: ("own_value", "3営業日", False),
        towns["072087"].id: ("exception", "", False),
        towns["074225"].id: ("follows", "", False),
    }


def test_a_hidden_or_withdrawn_wording_does_not_show_through(
    session: Session, world: World
) -> None:
    group = group_of(
        session,
        world,
        t072028=("仮予約は3営業日で取り消せること。", Relation.VALUE_DIFFERS),
        t072087=("仮予約は10日で取り消せること。", Relation.VALUE_DIFFERS),
    )
    hide(session, world, "072028")
    taken = session.scalars(
        sa.select(Requirement).where(Requirement.municipality_id == world.towns["072087"].id)
    ).one()
    taken.deleted_at = now()
    standard = drafted(session, world, [group.id])
    assert {state for state, _, _ in states(session, standard).values()} == {"follows"}


def test_a_person_sets_an_application_and_later_proposals_leave_it(
    session: Session, world: World
) -> None:
    group = group_of(
        session, world, t072028=("仮予約は3営業日で取り消せること。", Relation.VALUE_DIFFERS)
    )
    standard = drafted(session, world, [group.id])
    town = world.towns["072028"]
    service.set_application(
        session,
        world.coordinator,
        standard=standard,
        municipality_id=town.id,
        state=ApplicationState.OWN_VALUE,
        value="4営業日",
    )
    other = submitted_line(session, world, "072087", "仮予約は10日で取り消せること。")
    service.align(
        session,
        world.coordinator,
        group=group,
        requirement=other,
        relation=Relation.VALUE_DIFFERS,
    )
    assert service.propose_applications(session, world.coordinator, standard=standard) == 1
    found = states(session, standard)
    assert found[town.id] == ("own_value", "4営業日", True)
    assert found[world.towns["072087"].id] == ("own_value", "10日", False)


def test_an_own_value_must_be_worded(session: Session, world: World) -> None:
    standard = drafted(session, world)

    def put(state: ApplicationState, value: str, town_id: int) -> Application:
        return service.set_application(
            session,
            world.coordinator,
            standard=standard,
            municipality_id=town_id,
            state=state,
            value=value,
        )

    town = world.towns["072028"].id
    with pytest.raises(Invalid) as refused:
        put(ApplicationState.EXCEPTION, " ", town)
    assert "value-072028" in refused.value.fields
    assert put(ApplicationState.FOLLOWS, "消える値", town).value == ""
    with pytest.raises(NotFound):
        put(ApplicationState.FOLLOWS, "", world.other_town.id)


def test_a_stale_application_is_refused(session: Session, world: World) -> None:
    standard = drafted(session, world)

    def put(value: str, version: int) -> Application:
        return service.set_application(
            session,
            world.coordinator,
            standard=standard,
            municipality_id=world.towns["072028"].id,
            state=ApplicationState.OWN_VALUE,
            value=value,
            version=version,
        )

    put("3日", 1)
    with pytest.raises(Conflict) as refused:
        put("5日", 1)
    assert refused.value.theirs["value"] == "3日"


def test_confirming_takes_every_proposal_or_names_what_is_missing(
    session: Session, world: World
) -> None:
    group = group_of(
        session, world, t072028=("仮予約は自動では取り消さないこと。", Relation.OPPOSITE)
    )
    standard = drafted(session, world, [group.id])
    with pytest.raises(Invalid) as refused:
        service.confirm_applications(session, world.coordinator, standard=standard)
    assert list(refused.value.fields) == ["value-072028"]
    assert not any(done for _, _, done in states(session, standard).values())
    service.set_application(
        session,
        world.coordinator,
        standard=standard,
        municipality_id=world.towns["072028"].id,
        state=ApplicationState.EXCEPTION,
        value="窓口で取り消す(2028年3月まで)",
    )
    assert service.confirm_applications(session, world.coordinator, standard=standard) == 2
    assert all(done for _, _, done in states(session, standard).values())
    assert service.confirm_applications(session, world.coordinator, standard=standard) == 0


# ---- decisions ----


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
    service.update_standard(
        session,
        world.coordinator,
        standard,
        version=standard.version,
        group_ids=[],
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
        service.decide(
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
    count = service.adopt_national(
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
        service.adopt_national(
            session,
            world.coordinator,
            business_id=world.business.id,
            reason="もう一度",
            decided_on=DAY,
        )


# ---- who may ----

ACTS: dict[str, Callable[[Session, Any, RequirementGroup, StandardRequirement], object]] = {
    "create_group": lambda s, a, g, d: service.create_group(
        s, a, business_id=g.business_id, label="x"
    ),
    "update_group": lambda s, a, g, d: service.update_group(
        s, a, g, version=g.version, label="x", goal_id=None
    ),
    "split_group": lambda s, a, g, d: service.split_group(
        s, a, group=g, version=g.version, alignment_ids=[1], label="x"
    ),
    "draft_standard": lambda s, a, g, d: service.draft_standard(
        s, a, business_id=g.business_id, group_ids=[], **values()
    ),
    "update_standard": lambda s, a, g, d: service.update_standard(
        s, a, d, version=d.version, group_ids=[], **values()
    ),
    "propose_applications": lambda s, a, g, d: service.propose_applications(s, a, standard=d),
    "confirm_applications": lambda s, a, g, d: service.confirm_applications(s, a, standard=d),
    "decide": lambda s, a, g, d: service.decide(
        s, a, standard=d, version=d.version, outcome=Outcome.ADOPT, reason="x", decided_on=DAY
    ),
    "adopt_national": lambda s, a, g, d: service.adopt_national(
        s, a, business_id=g.business_id, reason="x", decided_on=DAY
    ),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    "role",
    [
        *(one.value for one in (Role.CONTRIBUTOR, Role.EDITOR, Role.APPROVER)),
        "vendor",
        "administrator",
        "stranger",
    ],
)
def test_only_the_regions_coordinator_agrees_on_standards(
    session: Session, world: World, act: str, role: str
) -> None:
    group, standard = group_of(session, world), drafted(session, world)
    people = {
        "vendor": world.vendor_actor(),
        "administrator": world.administrator,
        "stranger": world.stranger,
    }
    actor = people.get(role) or world.of(role)
    expected: type[DomainError] = NotFound if role == "stranger" else Forbidden
    with pytest.raises(expected):
        ACTS[act](session, actor, group, standard)


def test_every_act_is_in_the_audit(database: Database, world: World) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        group = group_of(session, world, t072028=("仮予約ができること。", SAME))
        standard = drafted(session, world, [group.id])
        service.update_standard(
            session,
            world.coordinator,
            standard,
            version=standard.version,
            group_ids=[group.id],
            **values(obligation=Obligation.OPTIONAL),
        )
        service.confirm_applications(session, world.coordinator, standard=standard)
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
