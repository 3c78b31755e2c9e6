"""What a coordinator does with proposals and lines, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit
from registry.access import Actor, terminal_actor
from registry.comparison import proposing, service
from registry.comparison.models import Proposal
from registry.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from registry.requirements.models import Requirement
from registry.standards.models import Alignment, Relation, RequirementGroup
from tests.comparison.desk import AIZU, KITAKATA, YUGAWA, Desk
from tests.world import World


@pytest.fixture
def desk(session: Session, world: World) -> Desk:
    return Desk(session, world.business)


@pytest.fixture
def lines(desk: Desk, world: World) -> dict[str, Requirement]:
    """`one` is in F-001; `join` says the same; `new_*` belong together; `near_*` nearly."""
    towns = world.towns
    return {
        "one": desk.line(towns[AIZU], "施設の空き状況を検索できること。"),
        "join": desk.line(towns[KITAKATA], "施設の空き状況を検索すること"),
        "new_1": desk.line(towns[AIZU], "使用料の減免申請を受け付け、承認できること。"),
        "new_2": desk.line(towns[KITAKATA], "使用料の減免申請を受け付け、承認できること。"),
        "new_3": desk.line(towns[YUGAWA], "使用料の減免申請を受け付け、承認すること。"),
        "near_1": desk.line(towns[AIZU], "予約の取消しは利用日の10日前まで受け付けること。"),
        "near_2": desk.line(towns[YUGAWA], "予約の取消しは利用日の3営業日前まで受け付けること。"),
    }


@pytest.fixture
def group(desk: Desk, lines: dict[str, Requirement], world: World) -> RequirementGroup:
    """F-001, and the proposals made with it."""
    made = desk.group("F-001", "検索", lines["one"])
    material = proposing.gather(desk.session, world.coordinator, desk.business.id)
    proposing.replace(desk.session, desk.business.id, material, proposing.find(material))
    return made


def ids_of(session: Session, *lines: Requirement, join: bool = False) -> list[int]:
    """The proposals of these lines in the smallest cluster that has them all."""
    rows = session.execute(
        sa.select(Proposal.cluster, Proposal.id, Proposal.requirement_id).order_by(Proposal.id)
    ).all()
    wanted = {line.id for line in lines}
    clusters: dict[int | None, dict[int, int]] = {}
    for cluster, id, requirement_id in rows:
        if (cluster is None) == join:
            clusters.setdefault(cluster, {})[requirement_id] = id
    fitting = [rows for rows in clusters.values() if wanted <= rows.keys()]
    return [min(fitting, key=len)[line.id] for line in lines]


def members(session: Session, group: RequirementGroup) -> dict[int, Relation]:
    rows = session.execute(
        sa.select(Alignment.requirement_id, Alignment.relation)
        .where(Alignment.group_id == group.id)
        .order_by(Alignment.id)
    )
    return dict(rows.all())


def actions(session: Session) -> list[str]:
    return [event["action"] for event in session.info.get(audit._PENDING, [])]


def test_a_ticked_line_joins_its_group(
    session: Session,
    world: World,
    desk: Desk,
    lines: dict[str, Requirement],
    group: RequirementGroup,
) -> None:
    ticked = ids_of(session, lines["join"], join=True)
    count = service.confirm_joins(
        session, world.coordinator, business=desk.business, proposal_ids=ticked
    )
    assert count == 1
    assert members(session, group) == {
        lines["one"].id: Relation.SAME,
        lines["join"].id: Relation.SAME,
    }
    assert actions(session)[-1] == "standards.align"
    with pytest.raises(Conflict, match="先にまとまりに入れた"):
        service.confirm_joins(
            session, world.coordinator, business=desk.business, proposal_ids=ticked
        )


def test_a_cluster_becomes_a_group_of_the_ticked_lines_only(
    session: Session,
    world: World,
    desk: Desk,
    lines: dict[str, Requirement],
    group: RequirementGroup,
) -> None:
    ticked = ids_of(session, lines["new_1"], lines["new_3"])
    made = service.confirm_cluster(
        session,
        world.coordinator,
        business=desk.business,
        proposal_ids=ticked,
        label="減免の申請",
        goal_id=world.goals["G-1-1"].id,
    )
    assert (made.code, made.label, made.goal_id) == ("F-002", "減免の申請", world.goals["G-1-1"].id)
    assert set(members(session, made)) == {lines["new_1"].id, lines["new_3"].id}
    assert set(members(session, group)) == {lines["one"].id}


def test_near_lines_become_a_group_with_the_relation_that_was_judged(
    session: Session,
    world: World,
    desk: Desk,
    lines: dict[str, Requirement],
    group: RequirementGroup,
) -> None:
    ticked = ids_of(session, lines["near_1"], lines["near_2"])
    made = service.confirm_cluster(
        session,
        world.coordinator,
        business=desk.business,
        proposal_ids=ticked,
        label="取消しの期限",
        relations={ticked[0]: Relation.SAME, ticked[1]: Relation.OPPOSITE},
    )
    assert members(session, made) == {
        lines["near_1"].id: Relation.SAME,
        lines["near_2"].id: Relation.OPPOSITE,
    }


def test_unless_somebody_judges_otherwise_the_proposed_relation_is_kept(
    session: Session,
    world: World,
    desk: Desk,
    lines: dict[str, Requirement],
    group: RequirementGroup,
) -> None:
    made = service.confirm_cluster(
        session,
        world.coordinator,
        business=desk.business,
        proposal_ids=ids_of(session, lines["near_1"], lines["near_2"]),
        label="取消しの期限",
    )
    assert sorted(members(session, made).values()) == [Relation.SAME, Relation.VALUE_DIFFERS]


def test_a_line_submitted_anew_or_taken_back_is_not_aligned_by_an_old_proposal(
    session: Session,
    world: World,
    desk: Desk,
    lines: dict[str, Requirement],
    group: RequirementGroup,
) -> None:
    join = ids_of(session, lines["join"], join=True)
    new = ids_of(session, lines["new_1"], lines["new_2"])
    desk.resubmit(lines["join"], "施設の空き状況を地図で検索できること。")
    desk.withdraw(lines["new_2"])
    with pytest.raises(Conflict, match="提出し直した"):
        service.confirm_joins(session, world.coordinator, business=desk.business, proposal_ids=join)
    with pytest.raises(Conflict, match="取り下げた"):
        service.confirm_cluster(
            session, world.coordinator, business=desk.business, proposal_ids=new, label="減免"
        )
    assert set(members(session, group)) == {lines["one"].id}


def test_proposals_of_another_cluster_business_or_kind_are_refused(
    session: Session,
    world: World,
    desk: Desk,
    lines: dict[str, Requirement],
    group: RequirementGroup,
) -> None:
    join = ids_of(session, lines["join"], join=True)
    new = ids_of(session, lines["new_1"])
    near = ids_of(session, lines["near_1"], lines["near_2"])

    def refused(kind: type[DomainError], act: Callable[[], object]) -> None:
        with pytest.raises(kind):
            act()

    me, business, other = world.coordinator, desk.business, world.other_business
    refused(
        NotFound, lambda: service.confirm_joins(session, me, business=business, proposal_ids=new)
    )
    refused(
        Conflict,
        lambda: service.confirm_cluster(
            session, me, business=business, proposal_ids=[*new, *near], label="混ぜる"
        ),
    )
    refused(
        Conflict,
        lambda: service.confirm_cluster(
            session, me, business=business, proposal_ids=join, label="加える"
        ),
    )
    refused(Conflict, lambda: service.confirm_joins(session, me, business=other, proposal_ids=join))
    refused(Conflict, lambda: service.dismiss(session, me, business=business, cluster=999))
    refused(NotFound, lambda: service.dismiss(session, me, business=business, proposal_ids=new))
    refused(Invalid, lambda: service.confirm_joins(session, me, business=business, proposal_ids=[]))
    refused(
        Invalid,
        lambda: service.confirm_cluster(
            session, me, business=business, proposal_ids=new, label="  "
        ),
    )


def test_dismissing_is_recorded_with_who_did_it_and_needs_a_name(
    session: Session,
    world: World,
    desk: Desk,
    lines: dict[str, Requirement],
    group: RequirementGroup,
) -> None:
    join = ids_of(session, lines["join"], join=True)
    service.dismiss(session, world.coordinator, business=desk.business, proposal_ids=join)
    row = session.get_one(Proposal, join[0])
    assert row.dismissed_by == world.coordinator.account_id
    assert actions(session) == ["comparison.dismiss"]
    with pytest.raises(Conflict, match="作り直された"):
        service.confirm_joins(session, world.coordinator, business=desk.business, proposal_ids=join)
    with pytest.raises(Forbidden, match="名前"):
        service.dismiss(session, terminal_actor(world.region.id), business=desk.business, cluster=1)


def test_lines_are_put_by_hand_into_a_group_or_a_new_one(
    session: Session,
    world: World,
    desk: Desk,
    lines: dict[str, Requirement],
    group: RequirementGroup,
) -> None:
    me = world.coordinator
    picked = [lines["near_1"].id, lines["near_2"].id]
    assert (
        service.put_into_group(
            session, me, group=group, requirement_ids=picked, relation=Relation.RELATED
        )
        == 2
    )
    assert members(session, group)[lines["near_1"].id] is Relation.RELATED
    made = service.put_into_new_group(
        session, me, business=desk.business, requirement_ids=picked, label="取消し"
    )
    assert set(members(session, made)) == set(picked)
    foreign = Desk(session, world.other_business).line(world.towns[AIZU], "よその業務の行")
    with pytest.raises(NotFound):
        service.put_into_group(
            session, me, group=group, requirement_ids=[foreign.id], relation=Relation.SAME
        )
    with pytest.raises(Invalid):
        service.put_into_new_group(
            session, me, business=desk.business, requirement_ids=[], label="空"
        )


def test_a_suspect_line_is_confirmed_anew_moved_or_taken_out(
    session: Session,
    world: World,
    desk: Desk,
    lines: dict[str, Requirement],
    group: RequirementGroup,
) -> None:
    me = world.coordinator
    desk.resubmit(lines["one"], "施設の空きを検索できること。")
    alignment = session.scalars(
        sa.select(Alignment).where(Alignment.group_id == group.id).order_by(Alignment.id)
    ).one()
    ticked = [alignment.id]
    service.reconfirm(session, me, group=group, alignment_ids=ticked, relation=Relation.CONTAINS)
    assert alignment.requirement_version_id == lines["one"].submitted_version_id
    assert alignment.relation is Relation.CONTAINS
    service.reconfirm(session, me, group=group, alignment_ids=ticked)
    assert alignment.relation is Relation.CONTAINS
    target = desk.group("F-050", "別のまとまり")
    with pytest.raises(Invalid, match="移していません"):
        service.move(session, me, group=group, alignment_ids=ticked, target=group)
    assert service.move(session, me, group=group, alignment_ids=ticked, target=target) == 1
    with pytest.raises(Conflict, match="先に移した"):
        service.take_out(session, me, group=group, alignment_ids=ticked)
    with pytest.raises(Invalid):
        service.take_out(session, me, group=target, alignment_ids=[])
    assert service.take_out(session, me, group=target, alignment_ids=ticked) == 1
    session.flush()
    assert members(session, target) == {}


def test_nobody_but_the_coordinator_of_the_region_acts(
    session: Session,
    world: World,
    desk: Desk,
    lines: dict[str, Requirement],
    group: RequirementGroup,
) -> None:
    join = ids_of(session, lines["join"], join=True)
    alignment = session.scalars(sa.select(Alignment.id).order_by(Alignment.id)).first()
    assert alignment is not None
    target = desk.group("F-050", "別のまとまり")
    business, line = desk.business, lines["join"].id

    def acts(actor: Actor) -> list[Callable[[], object]]:
        ticked = [alignment]
        return [
            lambda: service.confirm_joins(session, actor, business=business, proposal_ids=join),
            lambda: service.confirm_cluster(
                session, actor, business=business, proposal_ids=join, label="名"
            ),
            lambda: service.dismiss(session, actor, business=business, proposal_ids=join),
            lambda: service.put_into_group(
                session, actor, group=group, requirement_ids=[line], relation=Relation.SAME
            ),
            lambda: service.put_into_new_group(
                session, actor, business=business, requirement_ids=[line], label="名"
            ),
            lambda: service.reconfirm(session, actor, group=group, alignment_ids=ticked),
            lambda: service.move(session, actor, group=group, alignment_ids=ticked, target=target),
            lambda: service.take_out(session, actor, group=group, alignment_ids=ticked),
        ]

    for act in acts(world.of("editor")) + acts(world.vendor_actor()) + acts(world.administrator):
        with pytest.raises(Forbidden):
            act()
    for act in acts(world.stranger):
        with pytest.raises(NotFound):
            act()
    assert set(members(session, group)) == {lines["one"].id}
