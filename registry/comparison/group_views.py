"""One group on screen: its lines side by side, and what a person does with them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, make_response, redirect, render_template
from flask import url_for as address
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.comparison import queries, service, variant_queries
from registry.comparison.matrix import CellState, Row, Town
from registry.comparison.schemas import (
    GroupSchema,
    MoveSchema,
    ReconfirmSchema,
    SelectedSchema,
    SplitSchema,
)
from registry.comparison.variant_queries import AnsweringStandard, VariantLine
from registry.comparison.variants import Variant, compare
from registry.comparison.views import LABELS, blueprint, goal_options, subject_of
from registry.errors import Conflict, Invalid, NotFound
from registry.processes.models import Business
from registry.standards import aligning
from registry.standards import queries as standards_queries
from registry.standards.models import Relation, RequirementGroup
from registry.web.database import actor, session
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, writes


@dataclass(frozen=True)
class Shown:
    """A line of a group as the page shows it; `before` is the wording somebody once aligned."""

    line: VariantLine
    town: Town
    variant: Variant | None
    before: Variant | None


@dataclass(frozen=True)
class Base:
    """The wording the lines stand beside: a standard's, or the most frequent one."""

    text: str
    standard: AnsweringStandard | None
    town: Town | None
    towns: int


@blueprint.get("/compare/<string:slug>/groups/<string:code>")
@allow(Permission.READ_CONTENT)
def group(slug: str, code: str) -> ResponseReturnValue:
    subject = subject_of(slug)
    return _group_page(subject, group_of(subject, code))


@blueprint.post("/compare/<string:slug>/groups/<string:code>/edit")
@allow(Permission.ALIGN)
@writes
def edit_group(slug: str, code: str) -> ResponseReturnValue:
    subject = subject_of(slug)
    found = group_of(subject, code)
    form = bind(GroupSchema())
    try:
        if form.ok:
            with form.catching():
                aligning.update_group(
                    session(),
                    actor(),
                    found,
                    version=form.version,
                    label=form.data["label"],
                    goal_id=_goal_id(form.data["goal"]),
                )
                flash(f"{code} の名称と目標を保存しました。", "success")
                return redirect(_to_group(slug, code), 303)
    except Conflict as conflict:
        session().refresh(found)
        form.collided(conflict.message, found.version)
        return _group_page(subject, found, edit_form=form, theirs=conflict.theirs, status=409)
    return _group_page(subject, found, edit_form=form, status=422)


@blueprint.post("/compare/<string:slug>/groups/<string:code>/reconfirm")
@allow(Permission.ALIGN)
@writes
def reconfirm(slug: str, code: str) -> ResponseReturnValue:
    subject = subject_of(slug)
    found = group_of(subject, code)
    form = bind(ReconfirmSchema())
    if form.ok:
        with form.catching():
            count = service.reconfirm(
                session(),
                actor(),
                group=found,
                alignment_ids=form.data["selected"],
                relation=form.data["relation"],
            )
            flash(f"{count} 行の対応付けを確認しました。", "success")
            return redirect(_to_group(slug, code), 303)
    return _group_page(subject, found, form=form, status=422)


@blueprint.post("/compare/<string:slug>/groups/<string:code>/move")
@allow(Permission.ALIGN)
@writes
def move(slug: str, code: str) -> ResponseReturnValue:
    subject = subject_of(slug)
    found = group_of(subject, code)
    form = bind(MoveSchema())
    if form.ok:
        with form.catching():
            target = target_of(subject, form.data["target"])
            count = service.move(
                session(),
                actor(),
                group=found,
                alignment_ids=form.data["selected"],
                target=target,
            )
            flash(f"{count} 行を {target.code} {target.label} に移しました。", "success")
            return redirect(_to_group(slug, code), 303)
    return _group_page(subject, found, form=form, status=422)


@blueprint.post("/compare/<string:slug>/groups/<string:code>/split")
@allow(Permission.ALIGN)
@writes
def split(slug: str, code: str) -> ResponseReturnValue:
    subject = subject_of(slug)
    found = group_of(subject, code)
    form = bind(SplitSchema())
    try:
        if form.ok:
            with form.catching():
                new = aligning.split_group(
                    session(),
                    actor(),
                    group=found,
                    version=form.version,
                    alignment_ids=form.data["selected"],
                    label=form.data["label"],
                )
                flash(f"選んだ行から {new.code} {new.label} を作りました。", "success")
                return redirect(_to_group(slug, new.code), 303)
    except Conflict as conflict:
        session().refresh(found)
        form.message = conflict.message
        return _group_page(subject, found, form=form, theirs=conflict.theirs, status=409)
    form.errors["selected"] = form.errors.pop("alignments", form.errors.get("selected", []))
    form.errors = {name: texts for name, texts in form.errors.items() if texts}
    return _group_page(subject, found, form=form, status=422)


@blueprint.post("/compare/<string:slug>/groups/<string:code>/take-out")
@allow(Permission.ALIGN)
@writes
def take_out(slug: str, code: str) -> ResponseReturnValue:
    subject = subject_of(slug)
    found = group_of(subject, code)
    form = bind(SelectedSchema())
    if form.ok:
        with form.catching():
            count = service.take_out(
                session(), actor(), group=found, alignment_ids=form.data["selected"]
            )
            flash(f"{count} 行を外しました。行は「未対応の行」にあります。", "success")
            return redirect(_to_group(slug, code), 303)
    return _group_page(subject, found, form=form, status=422)


def _group_page(
    subject: Business,
    found: RequirementGroup,
    *,
    form: Form | None = None,
    edit_form: Form | None = None,
    theirs: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    if status >= 400:
        session().rollback()  # a refused act leaves nothing behind that the page could show
        found = group_of(subject, found.code)
    matrix = queries.of_business(session(), actor(), subject)
    row = next(row for row in matrix.rows if row.group.id == found.id)
    goals = queries.goals(session(), actor())
    goal = next((goal for goal in goals if goal.id == found.goal_id), None)
    answering = variant_queries.answering(session(), found)
    base = _base(row, answering)
    towns = {town.id: town for town in matrix.towns}
    lines = [
        _shown(line, towns[line.municipality_id], base)
        for line in variant_queries.variant_lines(session(), actor(), found)
    ]
    before, after = variant_queries.neighbours(session(), found)
    may_align = actor().may(Permission.ALIGN)
    silent = {
        state: [
            town.name
            for town, found_state in zip(row.towns, row.states, strict=True)
            if found_state is state
        ]
        for state in (CellState.ABSENT, CellState.NOT_SUBMITTED, CellState.HIDDEN)
    }
    return make_response(
        render_template(
            "comparison/group.html",
            business=subject,
            group=found,
            goal=goal,
            base=base,
            lines=lines,
            states={town.id: state for town, state in zip(row.towns, row.states, strict=True)},
            silent=silent,
            suspects=sum(one.before is not None for one in lines),
            answering=answering,
            decision=variant_queries.group_decision(session(), found),
            before=before,
            after=after,
            names=variant_queries.group_names(session(), subject.id) if may_align else [],
            relations=Relation.choices(),
            goal_options=goal_options(goals, open_only=True),
            form=form or edit_form or Form(),
            act_form=form or Form(),
            edit_form=edit_form
            or shown(
                {"label": found.label, "goal": goal.code if goal else ""}, version=found.version
            ),
            theirs=theirs or {},
            labels=LABELS,
            may_align=may_align,
            may_draft=actor().may(Permission.DRAFT_STANDARDS),
        ),
        status,
    )


def _base(row: Row, answering: list[AnsweringStandard]) -> Base | None:
    if answering:
        return Base(answering[0].text, answering[0], None, 0)
    if row.base is None:
        return None
    text = queries.wordings(session(), [row])[row.group.id]
    town = next(town for town in row.towns if town.id == row.base.municipality_id)
    alike = [
        lines for lines in row.lines.values() if any(line.body_id in row.bases for line in lines)
    ]
    return Base(text, None, town, len(alike))


def _shown(line: VariantLine, town: Town, base: Base | None) -> Shown:
    variant = None
    if base is not None:
        obligation = base.standard.obligation if base.standard is not None else None
        variant = compare(base.text, line.text, obligation, line.obligation)
    before = None
    if line.aligned_text is not None and not line.withdrawn:
        before = compare(line.aligned_text, line.text)
    return Shown(line, town, variant, before)


def group_of(subject: Business, code: str) -> RequirementGroup:
    return standards_queries.group(session(), actor(), subject.id, code)


def target_of(subject: Business, typed: str) -> RequirementGroup:
    """The group somebody named, by code or as the list offers it (「F-012 空き状況の検索」)."""
    words = unicodedata.normalize("NFKC", typed).upper().split()
    try:
        return group_of(subject, words[0] if words else "")
    except NotFound as missing:
        raise Invalid(
            "何も変更していません。",
            {"target": [f"{typed} は見つかりませんでした。F-001 のように番号で選んでください。"]},
        ) from missing


def _goal_id(code: str) -> int | None:
    if not code:
        return None
    for goal in queries.goals(session(), actor()):
        if goal.code == code:
            return goal.id
    raise Invalid("保存していません。", {"goal": [f"目標 {code} は見つかりませんでした。"]})


def _to_group(slug: str, code: str) -> str:
    return address("comparison.group", slug=slug, code=code)
