"""What a coordinator does to the goal tree."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, audit, workbook
from registry.access import Actor, Permission
from registry.db import check_version
from registry.errors import Invalid
from registry.goals import queries, tree
from registry.goals.models import Beneficiary, Goal, Horizon, IndicatorKind, Viewpoint
from registry.workbook import Column

NOT_SAVED: Final = "目標を保存していません。"
_NAMED: Final = 10  # so many goals are named in a message, the others counted
COLUMNS: Final = (
    Column("目標コード", 14, code=True),
    Column("上の目標", 14, code=True),
    Column("段", 5),
    Column("目標", 60),
    Column("視点", 8),
    Column("時期", 10),
    Column("受益者", 10),
    Column("指標の種類", 11),
    Column("指標", 40),
    Column("単位", 10),
    Column("現状値", 10),
    Column("目標値", 10),
    Column("期限", 12),
    Column("判定のしかた", 50),
    Column("状態", 12),
)


def create_goal(
    session: Session,
    actor: Actor,
    *,
    parent_id: int | None,
    statement: str,
    viewpoint: Viewpoint,
    horizon: Horizon,
    beneficiary: Beneficiary,
    indicator_kind: IndicatorKind | None = None,
    measure: str = "",
    unit: str = "",
    now: str = "",
    target: str = "",
    due: date | None = None,
    judgement: str = "",
    code: str | None = None,
) -> Goal:
    """Add a goal as the last child of its parent; without a code the next free one is given.

    Raises Invalid for an incomplete indicator, a taken code or a closed parent, NotFound for a
    parent of another region.
    """
    access.require(actor, Permission.EDIT_GOALS)
    _check_indicator(indicator_kind, measure, target, judgement)
    _hold_tree(session, actor)
    goals = queries.all_goals(session, actor)
    parent = _parent(session, actor, parent_id)
    if parent is not None:
        chain = tree.ancestors({goal.id: goal for goal in goals}, parent.id)
        _check_level(len(chain) + 1)
    code = code or _next_code(goals, parent)
    if any(goal.code == code for goal in goals):
        raise Invalid(NOT_SAVED, {"code": [f"{code} はすでに使われています。"]})
    goal = Goal(
        region_id=actor.region_id,
        parent_id=parent_id,
        code=code,
        position=_last_position(goals, parent_id) + 1,
        statement=statement,
        viewpoint=viewpoint,
        horizon=horizon,
        beneficiary=beneficiary,
        indicator_kind=indicator_kind,
        measure=measure,
        unit=unit,
        now=now,
        target=target,
        due=due,
        judgement=judgement,
    )
    session.add(goal)
    session.flush()  # the audit names its id
    audit.record(session, actor, "goals.create", f"goal:{goal.id}", after=_shown(goal))
    return goal


def update_goal(
    session: Session,
    actor: Actor,
    goal: Goal,
    *,
    version: int,
    statement: str,
    viewpoint: Viewpoint,
    horizon: Horizon,
    beneficiary: Beneficiary,
    indicator_kind: IndicatorKind | None,
    measure: str,
    unit: str,
    now: str,
    target: str,
    due: date | None,
    judgement: str,
) -> None:
    """Change what a goal says; its code and place stay.

    Raises Conflict for a stale version, Invalid for an incomplete indicator.
    """
    access.require(actor, Permission.EDIT_GOALS, region_id=goal.region_id)
    check_version(goal.version, version, _shown(goal))
    _check_indicator(indicator_kind, measure, target, judgement)
    before = _shown(goal)
    goal.statement, goal.viewpoint = statement, viewpoint
    goal.horizon, goal.beneficiary = horizon, beneficiary
    goal.indicator_kind, goal.measure, goal.unit = indicator_kind, measure, unit
    goal.now, goal.target, goal.due, goal.judgement = now, target, due, judgement
    audit.record(
        session, actor, "goals.update", f"goal:{goal.id}", before=before, after=_shown(goal)
    )


def move_goal(
    session: Session,
    actor: Actor,
    goal: Goal,
    *,
    version: int,
    parent_id: int | None,
    position: int,
) -> None:
    """Hang a goal, with everything below it, under another parent at `position` (from 1).

    Raises Conflict for a stale version, Invalid when it would come to hang below itself.
    """
    access.require(actor, Permission.EDIT_GOALS, region_id=goal.region_id)
    check_version(goal.version, version, {"parent_id": goal.parent_id, "position": goal.position})
    _hold_tree(session, actor)
    goals = queries.all_goals(session, actor)
    _parent(session, actor, parent_id)
    if tree.would_cycle(goals, goal.id, parent_id):
        raise Invalid(
            "目標を移していません。",
            {"parent_id": ["自分自身や、自分の下にある目標の下へは移せません。"]},
        )
    _check_level(tree.lowest_level(goals, goal.id, parent_id))
    before = {"parent_id": goal.parent_id, "position": goal.position}
    siblings = [other for other in goals if other.parent_id == parent_id and other.id != goal.id]
    siblings.insert(max(0, min(position - 1, len(siblings))), goal)
    goal.parent_id = parent_id
    for place, sibling in enumerate(siblings, start=1):
        if sibling is goal:
            goal.position = place
        elif sibling.position != place:
            # Not through the object: its version would count up, and somebody who is just
            # editing that goal's text would be refused for a change they cannot see.
            session.execute(sa.update(Goal).where(Goal.id == sibling.id).values(position=place))
    audit.record(
        session,
        actor,
        "goals.move",
        f"goal:{goal.id}",
        before=before,
        after={"parent_id": parent_id, "position": goal.position},
    )


def close_goal(session: Session, actor: Actor, goal: Goal, *, version: int, closed: bool) -> None:
    """Close a goal for new requirements, or open it again; no open goal hangs below a closed one.

    Raises Conflict for a stale version, Invalid when goals below are open or the one above is
    closed.
    """
    access.require(actor, Permission.EDIT_GOALS, region_id=goal.region_id)
    check_version(goal.version, version)
    _hold_tree(session, actor)
    goals = queries.all_goals(session, actor)
    if closed:
        _check_below(goal, queries.open_below(goals, goal))
    else:
        _check_above(goal, next((one for one in goals if one.id == goal.parent_id), None))
    goal.closed = closed
    action = "goals.close" if closed else "goals.reopen"
    audit.record(session, actor, action, f"goal:{goal.id}", after={"closed": closed})


def export(session: Session, actor: Actor) -> bytes:
    """The whole tree as an xlsx file, one goal a row in printed order."""
    access.require(actor, Permission.READ_CONTENT)
    goals = queries.all_goals(session, actor)
    codes = {goal.id: goal.code for goal in goals}
    rows = [
        (
            goal.code,
            codes.get(goal.parent_id or 0, ""),
            node.level,
            goal.statement,
            goal.viewpoint.label,
            goal.horizon.label,
            goal.beneficiary.label,
            goal.indicator_kind.label if goal.indicator_kind else "",
            goal.measure,
            goal.unit,
            goal.now,
            goal.target,
            goal.due.isoformat() if goal.due else "",
            goal.judgement,
            "閉じている" if goal.closed else "",
        )
        for node in tree.walk(tree.grow(goals))
        for goal in (node.goal,)
    ]
    audit.record(
        session, actor, "goals.export", f"region:{actor.region_id}", after={"rows": len(rows)}
    )
    return workbook.write_table("目標一覧", COLUMNS, rows)


def _hold_tree(session: Session, actor: Actor) -> None:
    """Lock the region's tree as a whole: two changes at once could together make a circle, or an
    open goal below a closed one, that neither of them sees."""
    session.execute(
        sa.select(Goal.id)
        .where(Goal.region_id == actor.region_id)
        .order_by(Goal.id)
        .with_for_update(key_share=True)  # a requirement may still be hung under a goal meanwhile
    )


def _check_below(goal: Goal, below: list[Goal]) -> None:
    if below:
        named = "、".join(one.code for one in below[:_NAMED])
        more = f"、ほか {len(below) - _NAMED} 件" if len(below) > _NAMED else ""
        raise Invalid(
            f"目標 {goal.code} を閉じていません。下に閉じていない目標が {len(below)} 件あります"
            f"({named}{more})。先に下の目標を閉じるか、ほかの目標の下へ移してください。"
        )


def _check_above(goal: Goal, above: Goal | None) -> None:
    if above is not None and above.closed:
        raise Invalid(
            f"目標 {goal.code} は閉じたままです。上の目標 {above.code} が閉じています。"
            f"先に {above.code} を再び使えるようにするか、{goal.code} をほかの目標の下へ移してください。"
        )


def _parent(session: Session, actor: Actor, parent_id: int | None) -> Goal | None:
    if parent_id is None:
        return None
    parent = queries.get(session, actor, parent_id)
    if parent.closed:
        raise Invalid(NOT_SAVED, {"parent_id": ["閉じた目標の下には追加できません。"]})
    return parent


def _check_level(level: int) -> None:
    if level > tree.MAX_LEVEL:
        raise Invalid(
            NOT_SAVED,
            {
                "parent_id": [
                    f"目標は {tree.MAX_LEVEL} 段までです。もっと上の目標を選んでください。"
                ]
            },
        )


def _check_indicator(kind: IndicatorKind | None, measure: str, target: str, judgement: str) -> None:
    """A quantitative goal needs measure and target, a qualitative one how it is judged
    (PRACTICES row 118)."""
    errors: dict[str, list[str]] = {}
    if kind is IndicatorKind.QUANTITATIVE:
        for field, value in (("measure", measure), ("target", target)):
            if not value:
                errors[field] = ["定量の指標には、指標名と目標値が必要です。"]
    if kind is IndicatorKind.QUALITATIVE and not judgement:
        errors["judgement"] = ["定性の指標には、達成をどう判定するかを書いてください。"]
    if errors:
        raise Invalid(NOT_SAVED, errors)


def _next_code(goals: list[Goal], parent: Goal | None) -> str:
    """`G-1-3` after `G-1-2`; a number is not given twice even when its goal has moved away."""
    prefix = f"{parent.code}-" if parent else "G-"
    taken = {goal.code for goal in goals}
    number = 1
    while f"{prefix}{number}" in taken:
        number += 1
    return f"{prefix}{number}"


def _last_position(goals: list[Goal], parent_id: int | None) -> int:
    return max((goal.position for goal in goals if goal.parent_id == parent_id), default=0)


def _shown(goal: Goal) -> dict[str, Any]:
    return {
        "code": goal.code,
        "parent_id": goal.parent_id,
        "statement": goal.statement,
        "viewpoint": goal.viewpoint.value,
        "horizon": goal.horizon.value,
        "beneficiary": goal.beneficiary.value,
        "indicator_kind": goal.indicator_kind.value if goal.indicator_kind else None,
        "measure": goal.measure,
        "unit": goal.unit,
        "now": goal.now,
        "target": goal.target,
        "due": goal.due.isoformat() if goal.due else None,
        "judgement": goal.judgement,
    }
