"""Three rates per town, counted once and the same everywhere."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from registry.overview import progress
from registry.requirements import reviewing
from registry.requirements import service as requirements
from registry.requirements.models import Obligation, Requirement, RequirementKind
from registry.requirements.values import Values
from registry.standards import aligning, deciding, drafting
from registry.standards.models import Outcome, Relation
from tests.world import World


def submit(session: Session, world: World, code: str, *texts: str) -> list[Requirement]:
    editor = world.of("editor", code)
    town = world.towns[code]
    lines = requirements.create_list(
        session, editor, municipality_id=town.id, business_id=world.business.id, name="一覧"
    )
    made = [
        requirements.save_new(session, editor, requirement_list=lines, values=Values(text=text))
        for text in texts
    ]
    reviewing.submit(
        session,
        editor,
        municipality_id=town.id,
        business_id=world.business.id,
        requirement_ids=None,
    )
    session.flush()
    rows = [session.get_one(Requirement, one.id) for one in made]
    for row in rows:
        session.refresh(row)
    return rows


def rates(session: Session, world: World) -> dict[str, dict[str, tuple[int, int]]]:
    session.flush()
    return {town.code: town.values for town in progress.of_region(session, world.coordinator)}


def test_an_empty_region_has_nothing_done_and_nothing_to_do(session: Session, world: World) -> None:
    for values in rates(session, world).values():
        assert values == {"submitted": (0, 0), "aligned": (0, 0), "agreed": (0, 0)}


def test_lines_count_once_they_are_submitted_grouped_and_adopted(
    session: Session, world: World
) -> None:
    first, _ = submit(session, world, "072028", "予約できること", "抽選できること")
    submit(session, world, "072087", "予約ができること")
    actor = world.coordinator
    groups = [
        aligning.create_group(session, actor, business_id=world.business.id, label=label)
        for label in ("予約", "予約の別の面")
    ]
    for group in groups:  # a compound line sits in two groups and still counts once
        aligning.align(session, actor, group=group, requirement=first, relation=Relation.SAME)
    before = rates(session, world)
    assert before["072028"] == {"submitted": (1, 1), "aligned": (1, 2), "agreed": (0, 2)}
    assert before["072087"] == {"submitted": (1, 1), "aligned": (0, 1), "agreed": (0, 1)}
    assert before["074225"] == {"submitted": (0, 1), "aligned": (0, 0), "agreed": (0, 0)}
    standard = drafting.draft_standard(
        session,
        actor,
        business_id=world.business.id,
        group_ids=[groups[0].id],
        title="予約",
        text="予約できること。",
        obligation=Obligation.MANDATORY,
        reason="理由",
        goal_id=None,
        kind=RequirementKind.FUNCTIONAL,
        phase=None,
    )
    for outcome, agreed in ((Outcome.ADOPT, 1), (Outcome.DEFER, 0)):  # the newest decision counts
        deciding.decide(
            session,
            actor,
            standard=standard,
            version=standard.version,
            outcome=outcome,
            reason="みなで決めた",
            decided_on=date(2026, 9, 1),
        )
        assert rates(session, world)["072028"]["agreed"] == (agreed, 2)


def test_another_regions_lines_do_not_count(session: Session, world: World) -> None:
    submit(session, world, "072028", "予約できること")
    session.flush()
    assert {town.code for town in progress.of_region(session, world.stranger)} == {"134210"}
