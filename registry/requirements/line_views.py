"""One line: written, changed, read with its history, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.db import check_version
from registry.errors import Invalid
from registry.goals import queries as goals
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements import clarity, diffs, editing, findings, queries, service
from registry.requirements.grid import LABELS, goal_options
from registry.requirements.legend import Axis
from registry.requirements.models import (
    Obligation,
    Requirement,
    RequirementKind,
    RequirementList,
    RequirementVersion,
)
from registry.requirements.schemas import FIELDS, RequirementSchema
from registry.requirements.values import COLUMNS, Values, remark
from registry.requirements.views import asked_for, blueprint, may, own_town, posted
from registry.web.database import actor, session
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, writes


@blueprint.get("/requirements/<string:slug>/new")
@allow(Permission.WRITE_REQUIREMENTS)
def new(slug: str) -> ResponseReturnValue:
    business = processes.business(session(), actor(), slug)
    return _edit_page(business, None, Form())


@blueprint.post("/requirements/<string:slug>/new")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def create(slug: str) -> ResponseReturnValue:
    business, town = processes.business(session(), actor(), slug), own_town(actor())
    form = bind(RequirementSchema())
    if wanted := posted("take"):
        return _edit_page(business, None, Form(values=form.values), take=wanted)
    _check_filled(form)
    if form.ok:
        with form.catching(), by_field():
            made = service.save_new(
                session(),
                actor(),
                requirement_list=service.hand_kept_list(
                    session(), actor(), municipality_id=town.id, business_id=business.id
                ),
                values=_values(None, form),
            )
            flash("要件を下書きとして保存しました。", "success")
            if request.form.get("again"):
                return redirect(url_for("requirements.new", slug=slug), 303)
            return redirect(url_for("requirements.detail", slug=slug, requirement_id=made.id), 303)
    return _edit_page(business, None, form), 422


@blueprint.get("/requirements/<string:slug>/<int:requirement_id>/edit")
@allow(Permission.WRITE_REQUIREMENTS)
def edit(slug: str, requirement_id: int) -> ResponseReturnValue:
    business = processes.business(session(), actor(), slug)
    row = queries.get_own(session(), actor(), business.id, requirement_id)
    codes = {goal.id: goal.code for goal in goals.all_goals(session(), actor())}
    held = editing.to_fields(values_of(_draft(row)), codes)
    held["kind"] = _draft(row).kind.value
    return _edit_page(business, row, shown(held, row.version), take=asked_for("take"))


@blueprint.post("/requirements/<string:slug>/<int:requirement_id>/edit")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def update(slug: str, requirement_id: int) -> ResponseReturnValue:
    business = processes.business(session(), actor(), slug)
    row = queries.get_own(session(), actor(), business.id, requirement_id)
    form = bind(RequirementSchema())
    if wanted := posted("take"):
        return _edit_page(business, row, Form(values=form.values), take=wanted)
    _check_filled(form, _draft(row).text)
    if form.ok:
        with form.catching(), by_field():
            before = values_of(_draft(row))
            check_version(row.version, form.version, _theirs(row, before))
            legends = editing.legends(session(), [row.list_id])
            values = remark(_values(before, form), legends.get(row.list_id))
            service.save_edit(session(), actor(), row, version=form.version, values=values)
            flash("保存しました。ほかの団体に見せるには、提出してください。", "success")
            return redirect(url_for("requirements.detail", slug=slug, requirement_id=row.id), 303)
    return _edit_page(business, row, form), 422


def _check_filled(form: Form, before: str = "") -> None:
    """A proposal's blanks are filled before it is saved."""
    if left := findings.unfilled(form.data.get("text", ""), before):
        form.errors = {**form.errors, "text": left}
        form.message = f"{service.NOT_SAVED}〔 〕の中を書き換えてください。"


def _theirs(row: Requirement, before: Values) -> dict[str, object]:
    """The stored side of the page on colliding edits, in the form's own fields."""
    codes = {goal.id: goal.code for goal in goals.all_goals(session(), actor())}
    held: dict[str, object] = dict(editing.to_fields(before, codes))
    return held | {"kind": before.kind.value, "version": row.version}


@contextmanager
def by_field() -> Iterator[None]:
    """What services call "0.goal_id" is the field `goal` of the form and of the API."""
    try:
        yield
    except Invalid as error:
        error.fields = {
            name.removeprefix("0.").replace("goal_id", "goal"): texts
            for name, texts in error.fields.items()
        }
        raise


def _values(before: Values | None, form: Form) -> Values:
    by_code = {goal.code: goal for goal in goals.all_goals(session(), actor())}
    return editing.with_fields(before, form.data, by_code)


def values_of(version: RequirementVersion) -> Values:
    """What a wording holds."""
    return Values(**{name: getattr(version, name) for name in COLUMNS})


def _draft(row: Requirement) -> RequirementVersion:
    return session().get_one(RequirementVersion, row.draft_version_id)


def _edit_page(business: Business, row: Requirement | None, form: Form, *, take: str = "") -> str:
    """The form; with `take` (a finding as "RULE.START") that finding's proposal stands in it."""
    text = form.values.get("text", "").replace("\r\n", "\n")
    proposal = clarity.proposal(session(), actor(), text, take) if take else None
    if proposal:
        form.values["text"] = text = proposal.text
    held = _draft(row) if row else None
    return render_template(
        "requirements/edit.html",
        business=business,
        requirement=row,
        draft=held,
        proposal=proposal,
        gone=take and not proposal,
        original=held.text if held and (proposal or posted("proposed")) else "",
        checked=clarity.of_typed(session(), actor(), row, text),
        unchanged=held is not None and held.text == text,
        form=form,
        labels=LABELS,
        fields=FIELDS,
        obligations=Obligation.choices(),
        kinds=RequirementKind.choices(),
        goals=goal_options(
            [
                goal
                for goal in goals.all_goals(session(), actor())
                if not goal.closed or goal.code == form.values.get("goal")
            ]
        ),
    )


@blueprint.get("/requirements/<string:slug>/<int:requirement_id>")
@allow(Permission.READ_CONTENT)
def detail(slug: str, requirement_id: int) -> ResponseReturnValue:
    """One line with its own mark, section and number, and who changed what when."""
    return detail_page(processes.business(session(), actor(), slug), requirement_id)


def detail_page(business: Business, requirement_id: int, *, form: Form | None = None) -> str:
    """The line's page; after a refused act on a finding with what was typed and why."""
    row, town = queries.get_readable(session(), actor(), business.id, requirement_id)
    own = town.id == actor().municipality_id
    codes = {goal.id: goal.code for goal in goals.all_goals(session(), actor())}
    entries = queries.history(session(), actor(), row)
    older: list[queries.HistoryEntry | None] = [*entries[1:], None]
    history = [
        {
            "entry": entry,
            "changes": diffs.changed_fields(
                values_of(before.version), values_of(entry.version), codes
            )
            if before
            else [],
            "first": before is None,
        }
        for entry, before in zip(entries, older, strict=True)
    ]
    shown_id = row.draft_version_id if own else row.submitted_version_id
    current = next(entry for entry in entries if entry.version.id == shown_id)
    on_list = session().get(RequirementList, row.list_id) if own else None
    return render_template(
        "requirements/detail.html",
        business=business,
        town=town,
        own=own,
        requirement=row,
        current=current,
        history=history,
        mark_meaning=_mark_meaning(current.version),
        list_name=on_list.name if on_list else "",
        goal=next(
            (
                goal
                for goal in goals.all_goals(session(), actor())
                if goal.id == current.version.goal_id
            ),
            None,
        ),
        editable=own and actor().may(Permission.WRITE_REQUIREMENTS),
        may=may(actor()),
        form=form or Form(),
        form_of=shown,
        **clarity.of_line(session(), actor(), row, current.version.text),
    )


def _mark_meaning(version: RequirementVersion) -> str:
    """What the list's legend says of the mark, in words."""
    meaning = version.meaning or {}
    axis = meaning.get("axis", "")
    if axis not in Axis.values():
        return ""
    value = meaning.get("value") or ""
    words = dict(Obligation.choices()).get(value, value) if axis == Axis.OBLIGATION else value
    return f"{Axis(axis).label}: {words}" if words else Axis(axis).label


@blueprint.post("/requirements/<string:slug>/<int:requirement_id>/delete")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def delete(slug: str, requirement_id: int) -> ResponseReturnValue:
    business = processes.business(session(), actor(), slug)
    row = queries.get_own(session(), actor(), business.id, requirement_id)
    service.delete(session(), actor(), row, version=Form(values=dict(request.form)).version)
    flash("下書きを削除しました。", "success")
    return redirect(url_for("requirements.table", slug=slug), 303)
