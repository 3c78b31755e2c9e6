"""The goal tree as a picture and a list, and what a coordinator changes in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.errors import Conflict, Invalid
from registry.goals import drawing, queries, service, tree
from registry.goals.models import Beneficiary, Goal, Horizon, IndicatorKind, Viewpoint
from registry.goals.schemas import (
    ClosedSchema,
    GoalSchema,
    MoveSchema,
    NewGoalSchema,
    TreeFilterSchema,
)
from registry.web import conflicts, downloads
from registry.web.database import actor, session
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, writes

blueprint = Blueprint("goals", __name__)

LABELS: Final = {
    "parent_id": "上の目標",
    "statement": "目標",
    "viewpoint": "視点",
    "horizon": "時期",
    "beneficiary": "受益者",
    "indicator_kind": "指標の種類",
    "measure": "指標",
    "unit": "単位",
    "now": "現状値",
    "target": "目標値",
    "due": "期限",
    "judgement": "判定のしかた",
}
PLACE_LABELS: Final = {"parent_id": "上の目標", "position": "並び順"}
CHOICES: Final = {
    "viewpoint": dict(Viewpoint.choices()),
    "horizon": dict(Horizon.choices()),
    "beneficiary": dict(Beneficiary.choices()),
    "indicator_kind": dict(IndicatorKind.choices()),
}


@blueprint.get("/goals", endpoint="tree")
@allow(Permission.READ_CONTENT)
def tree_page() -> ResponseReturnValue:
    asked = bind(TreeFilterSchema(), request.args)
    if not asked.ok:
        raise Invalid(asked.message, asked.errors)
    goals = queries.all_goals(session(), actor())
    chosen = {goal.id for goal in goals if _fits(goal, **asked.data)}
    kept = tree.cut(goals, chosen)
    return render_template(
        "goals/tree.html",
        roots=tree.grow(kept),
        picture=_picture(kept, chosen),
        chosen=chosen,
        total=len(goals),
        filtered=any(asked.data.values()),
        asked=asked,
        board=_board(goals),
        choices=CHOICES,
    )


@blueprint.post("/goals/export")
@allow(Permission.READ_CONTENT)
@writes
def export() -> ResponseReturnValue:
    return downloads.workbook(service.export(session(), actor()), "目標一覧")


@blueprint.get("/goals/new")
@allow(Permission.EDIT_GOALS)
def new() -> ResponseReturnValue:
    """`?parent=` names the goal under which the new one is to hang."""
    code = request.args.get("parent", "").strip()
    parent = queries.by_code(session(), actor(), code) if code else None
    form = shown(
        {
            "parent_id": parent.id if parent else None,
            "viewpoint": parent.viewpoint.value if parent else None,
            "horizon": parent.horizon.value if parent else None,
            "beneficiary": parent.beneficiary.value if parent else None,
        }
    )
    return _new_page(form)


@blueprint.post("/goals/new")
@allow(Permission.EDIT_GOALS)
@writes
def create() -> ResponseReturnValue:
    form = bind(NewGoalSchema())
    if form.ok:
        with form.catching():
            goal = service.create_goal(session(), actor(), **form.data)
            flash(f"目標 {goal.code} を追加しました。", "success")
            return redirect(url_for("goals.page", code=goal.code), 303)
    return _new_page(form), 422


@blueprint.get("/goals/<string:code>")
@allow(Permission.READ_CONTENT)
def page(code: str) -> ResponseReturnValue:
    return _page(queries.by_code(session(), actor(), code))


@blueprint.get("/goals/<string:code>/edit")
@allow(Permission.EDIT_GOALS)
def edit(code: str) -> ResponseReturnValue:
    goal = queries.by_code(session(), actor(), code)
    return _edit_page(goal, shown(_values(goal), goal.version))


@blueprint.post("/goals/<string:code>/edit")
@allow(Permission.EDIT_GOALS)
@writes
def update(code: str) -> ResponseReturnValue:
    goal = queries.by_code(session(), actor(), code)
    form = bind(GoalSchema())
    if form.ok:
        try:
            with form.catching():
                service.update_goal(session(), actor(), goal, version=form.version, **form.data)
                flash(f"目標 {goal.code} を保存しました。", "success")
                return redirect(url_for("goals.page", code=code), 303)
        except Conflict as stale:
            labels = {name: LABELS[name] for name in _values(goal)}
            found = conflicts.compare(form, _values(goal), goal.version, labels, CHOICES)
            return _edit_page(goal, form, conflict=(stale.message, found)), 409
    return _edit_page(goal, form), 422


@blueprint.get("/goals/<string:code>/move")
@allow(Permission.EDIT_GOALS)
def move_page(code: str) -> ResponseReturnValue:
    goals = queries.all_goals(session(), actor())
    goal = queries.by_code(session(), actor(), code)
    return _move_page(goals, goal, shown(_place(goals, goal), goal.version))


@blueprint.post("/goals/<string:code>/move")
@allow(Permission.EDIT_GOALS)
@writes
def move(code: str) -> ResponseReturnValue:
    goal = queries.by_code(session(), actor(), code)
    form = bind(MoveSchema())
    if form.ok:
        try:
            with form.catching():
                service.move_goal(session(), actor(), goal, version=form.version, **form.data)
                flash(f"目標 {goal.code} を、下にある目標ごと移しました。", "success")
                return redirect(url_for("goals.page", code=code), 303)
        except Conflict as stale:
            goals = queries.all_goals(session(), actor())
            words = {"parent_id": {str(one.id): _title(one) for one in goals}}
            found = conflicts.compare(form, _place(goals, goal), goal.version, PLACE_LABELS, words)
            return _move_page(goals, goal, form, conflict=(stale.message, found)), 409
    return _move_page(queries.all_goals(session(), actor()), goal, form), 422


@blueprint.post("/goals/<string:code>/close")
@allow(Permission.EDIT_GOALS)
@writes
def close(code: str) -> ResponseReturnValue:
    """Close the goal, or open it again (`closed`)."""
    goal = queries.by_code(session(), actor(), code)
    form = bind(ClosedSchema())
    if not form.ok:
        raise Invalid(form.message, form.errors)
    closed: bool = form.data["closed"]
    try:
        service.close_goal(session(), actor(), goal, version=form.version, closed=closed)
    except Conflict:
        return _page(goal, stale=True), 409
    except Invalid as refused:
        return _page(goal, refused=refused.message), 422
    done = "閉じました。新しい要件は付けられません。" if closed else "再び使えるようにしました。"
    flash(f"目標 {goal.code} を{done}", "success")
    return redirect(url_for("goals.page", code=code), 303)


def _page(goal: Goal, *, stale: bool = False, refused: str = "") -> str:
    goals = queries.all_goals(session(), actor())
    chain = tree.ancestors({one.id: one for one in goals}, goal.id)
    siblings = [one for one in goals if one.parent_id == goal.parent_id]
    return render_template(
        "goals/page.html",
        goal=goal,
        reasons=chain[-2::-1],
        children=[one for one in goals if one.parent_id == goal.id],
        place=siblings.index(goal) + 1,
        siblings=len(siblings),
        level=len(chain),
        most_levels=tree.MAX_LEVEL,
        stale=stale,
        refused=refused,
        open_below=queries.open_below(goals, goal),
        closed_above=next((one for one in chain[-2:-1] if one.closed), None),
    )


def _new_page(form: Form) -> str:
    goals = queries.all_goals(session(), actor())
    return render_template(
        "goals/edit.html",
        goal=None,
        form=form,
        labels=LABELS,
        parents=_parents(goals, form, barred=frozenset()),
    )


def _edit_page(
    goal: Goal, form: Form, conflict: tuple[str, list[conflicts.Difference]] | None = None
) -> str:
    return render_template(
        "goals/edit.html", goal=goal, form=form, labels=LABELS, conflict=conflict
    )


def _move_page(
    goals: Sequence[Goal],
    goal: Goal,
    form: Form,
    conflict: tuple[str, list[conflicts.Difference]] | None = None,
) -> str:
    below = tree.branch(goals, goal.id)
    return render_template(
        "goals/move.html",
        goal=goal,
        form=form,
        labels=PLACE_LABELS,
        parents=_parents(goals, form, barred=below),
        below=len(below) - 1,
        conflict=conflict,
    )


def _parents(
    goals: Sequence[Goal], form: Form, *, barred: Collection[int]
) -> list[tuple[int, str]]:
    """Where a goal may hang, indented by level; what was typed stays choosable beside its error."""
    typed = str(form.values.get("parent_id", ""))
    return [
        (node.goal.id, "　" * (node.level - 1) + _title(node.goal))
        for node in tree.walk(tree.grow(goals))
        if str(node.goal.id) == typed or not (node.goal.id in barred or node.goal.closed)
    ]


def _title(goal: Goal) -> str:
    return f"{goal.code} {goal.statement}"


def _values(goal: Goal) -> dict[str, Any]:
    """What the edit form shows of a goal."""
    return {
        "statement": goal.statement,
        "viewpoint": goal.viewpoint.value,
        "horizon": goal.horizon.value,
        "beneficiary": goal.beneficiary.value,
        "indicator_kind": goal.indicator_kind.value if goal.indicator_kind else "",
        "measure": goal.measure,
        "unit": goal.unit,
        "now": goal.now,
        "target": goal.target,
        "due": goal.due.isoformat() if goal.due else "",
        "judgement": goal.judgement,
    }


def _place(goals: Sequence[Goal], goal: Goal) -> dict[str, Any]:
    siblings = [one.id for one in goals if one.parent_id == goal.parent_id]
    return {"parent_id": goal.parent_id, "position": siblings.index(goal.id) + 1}


def _fits(goal: Goal, viewpoint: Viewpoint | None, horizon: Horizon | None) -> bool:
    return viewpoint in {None, goal.viewpoint} and horizon in {None, goal.horizon}


def _board(goals: Sequence[Goal]) -> list[dict[str, Any]]:
    """How many goals each viewpoint has at each horizon; an empty field is meant to be seen."""
    return [
        {
            "viewpoint": viewpoint,
            "total": sum(goal.viewpoint is viewpoint for goal in goals),
            "cells": [
                (horizon, sum(_fits(goal, viewpoint, horizon) for goal in goals))
                for horizon in Horizon
            ],
        }
        for viewpoint in Viewpoint
    ]


def _picture(kept: Sequence[Goal], chosen: Collection[int]) -> dict[str, Any]:
    """What the macro `tree_picture` draws; goals that only lead to chosen ones are quiet."""
    drawn = drawing.draw(tree.grow(kept))
    goals = {goal.id: goal for goal in kept}
    nodes = []
    for box in drawn.boxes:
        goal = goals[box.goal_id]
        words = f"{goal.viewpoint.label}・{goal.horizon.label}"
        nodes.append(
            asdict(box)
            | {
                "href": url_for("goals.page", code=goal.code),
                "mark": (goal.viewpoint.value, f"{words}・閉" if goal.closed else words),
                "quiet": goal.id not in chosen,
            }
        )
    return {
        "nodes": nodes,
        "edges": drawn.edges,
        "width": drawn.width,
        "height": drawn.height,
        "levels": max((box.level for box in drawn.boxes), default=0),
    }
