"""What an edition of a business would hold at this moment, from decisions and their snapshots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.goals import queries as goals
from registry.goals.models import Goal, IndicatorKind
from registry.municipalities import queries as municipalities
from registry.municipalities.models import Municipality
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.specs import changes, document
from registry.specs.queries import ADOPTED, frozen_spec, newest
from registry.standards import decision_queries
from registry.standards.models import (
    Application,
    Decision,
    NationalItem,
    StandardRequirement,
)


def content(
    session: Session, actor: Actor, business: Business, *, undecided: bool = False
) -> document.Content:
    """What is decided now; with `undecided` also the standards nobody has decided on."""
    region = municipalities.own_region(session, actor)
    decided = {row.standard_id: row.snapshot for row in _adopted(session, actor, business.id)}
    drafted = _undecided_snapshots(session, actor, business.id) if undecided else {}
    applied = applications(session, business.id)
    lines = [
        _standard(snapshot, applied.get(standard_id or 0, {}), decided=standard_id in decided)
        for standard_id, snapshot in [*decided.items(), *drafted.items()]
    ]
    return document.Content(
        region_name=region.name,
        issuer=region.issuer,
        slug=business.slug,
        number=business.number,
        name=business.name,
        summary=business.summary,
        towns=[
            document.Town(town.code, town.name, town.kana, town.kind.value, town.population)
            for town in municipalities.all_towns(session, actor)
        ],
        goals=[_goal(goal) for goal in goals.all_goals(session, actor)],
        standards=lines,
        terms=[(row.term, row.meaning) for row in processes.terms(session, business.id)],
        outline=_outline(session, {line.national_item_id for line in lines}),
    )


def _adopted(session: Session, actor: Actor, business_id: int) -> list[Decision]:
    return [
        decision
        for decision in decision_queries.decided(session, actor, business_id)
        if decision.outcome in ADOPTED
    ]


def _undecided_snapshots(
    session: Session, actor: Actor, business_id: int
) -> dict[int | None, Mapping[str, Any]]:
    codes = {goal.id: goal.code for goal in goals.all_goals(session, actor)}
    return {
        row.id: {
            "code": row.code,
            "title": row.title,
            "text": row.text,
            "obligation": row.obligation.value,
            "kind": row.kind.value,
            "reason": row.reason,
            "phase": row.phase.value if row.phase else None,
            "goal": codes.get(row.goal_id or 0),
            "national_item_id": row.national_item_id,
        }
        for row in without_decision(session, business_id)
    }


def without_decision(session: Session, business_id: int) -> Sequence[StandardRequirement]:
    return session.scalars(
        sa.select(StandardRequirement)
        .where(
            StandardRequirement.business_id == business_id,
            ~sa.exists().where(Decision.standard_id == StandardRequirement.id),
        )
        .order_by(StandardRequirement.code)
    ).all()


def _standard(
    snapshot: Mapping[str, Any], applied: Mapping[str, document.Applied], *, decided: bool
) -> document.Standard:
    return document.Standard(
        code=snapshot["code"],
        title=snapshot["title"],
        text=snapshot["text"],
        obligation=snapshot["obligation"],
        kind=snapshot["kind"],
        reason=snapshot["reason"],
        phase=snapshot["phase"],
        goal=snapshot["goal"],
        national_item_id=snapshot["national_item_id"],
        applications=applied,
        decided=decided,
    )


def applications(session: Session, business_id: int) -> dict[int, dict[str, document.Applied]]:
    """By standard and municipality code."""
    found: dict[int, dict[str, document.Applied]] = defaultdict(dict)
    for standard_id, code, state, value, confirmed_at in session.execute(
        sa.select(
            Application.standard_id,
            Municipality.code,
            Application.state,
            Application.value,
            Application.confirmed_at,
        )
        .join(Municipality, Municipality.id == Application.municipality_id)
        .join(StandardRequirement, StandardRequirement.id == Application.standard_id)
        .where(StandardRequirement.business_id == business_id)
        .order_by(Application.standard_id, Municipality.code)
    ):
        found[standard_id][code] = document.Applied(state.value, value, confirmed_at is not None)
    return found


def _goal(goal: Goal) -> document.GoalNode:
    indicator: dict[str, str | None] | None = None
    if goal.indicator_kind is IndicatorKind.QUANTITATIVE:
        indicator = {
            "kind": goal.indicator_kind.value,
            "measure": goal.measure,
            "unit": goal.unit,
            "now": goal.now,
            "target": goal.target,
            "due": goal.due.isoformat() if goal.due else None,
        }
    elif goal.indicator_kind is IndicatorKind.QUALITATIVE:
        indicator = {"kind": goal.indicator_kind.value, "judgement": goal.judgement}
    return document.GoalNode(
        id=goal.id,
        parent_id=goal.parent_id,
        position=goal.position,
        code=goal.code,
        statement=goal.statement,
        viewpoint=goal.viewpoint.value,
        horizon=goal.horizon.value,
        beneficiary=goal.beneficiary.value,
        indicator=indicator,
    )


def _outline(session: Session, used: set[int | None]) -> list[document.OutlineItem]:
    """The whole outlines that the used items belong to; titles of their chapters are needed."""
    if not used - {None}:
        return []
    specs = sa.select(NationalItem.national_spec_id).where(
        NationalItem.id.in_(sorted(item for item in used if item is not None)[:1])
    )
    rows = session.scalars(
        sa.select(NationalItem)
        .where(NationalItem.national_spec_id.in_(specs))
        .order_by(NationalItem.position)
    )
    return [document.OutlineItem(row.id, row.number, row.title, row.position) for row in rows]


def next_changes(
    session: Session, actor: Actor, business: Business
) -> tuple[document.Spec, changes.Changes]:
    """The document as it would be frozen now, and what it changes against the newest edition."""
    before = newest(session, business.id)
    predecessor = frozen_spec(session, before.id) if before else None
    spec = document.freeze(
        content(session, actor, business),
        document.Issue(
            number=document.next_number(before.number if before else None),
            title=spec_title(business.name),
            issued_on=before.issued_on if before else date(2000, 1, 1),
            predecessor=predecessor,
        ),
    )
    return spec, changes.between(predecessor or {"chapters": []}, spec)


def spec_title(business_name: str) -> str:
    return f"{business_name} 標準要件仕様書"
