"""The catalogue of businesses, their terms, and the own town's record of one."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.errors import Conflict, Forbidden, Invalid
from registry.processes import queries, service
from registry.processes.models import Business, BusinessTerm
from registry.processes.schemas import (
    BusinessChangeSchema,
    BusinessSchema,
    RecordSchema,
    TermChangeSchema,
    TermRemovalSchema,
    TermSchema,
)
from registry.web import conflicts, downloads
from registry.web.conflicts import Difference
from registry.web.database import actor, session
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, writes

blueprint = Blueprint("processes", __name__)

LABELS: Final = {"name": "業務名", "summary": "概要", "slug": "業務コード", "number": "業務番号"}
TERM_LABELS: Final = {"term": "用語", "meaning": "意味"}
RECORD_LABELS: Final = {"division": "担当課", "hidden": "内訳"}
RECORD_WORDS: Final = {"hidden": {"1": "公開しない", "": "公開する"}}
Clash = tuple[str, list[Difference]]


@blueprint.get("/businesses")
@allow(Permission.READ_CONTENT)
def listing() -> ResponseReturnValue:
    person = actor()
    return render_template(
        "processes/listing.html",
        businesses=queries.businesses(session(), person),
        hidden=queries.hidden_businesses(session(), person.municipality_id)
        if person.municipality_id
        else None,
    )


@blueprint.post("/businesses/export")
@allow(Permission.READ_CONTENT)
@writes
def export() -> ResponseReturnValue:
    return downloads.workbook(service.export(session(), actor()), "業務一覧")


@blueprint.get("/businesses/new")
@allow(Permission.EDIT_BUSINESSES)
def new() -> ResponseReturnValue:
    return _edit_page(None, Form())


@blueprint.post("/businesses/new")
@allow(Permission.EDIT_BUSINESSES)
@writes
def create() -> ResponseReturnValue:
    form = bind(BusinessSchema())
    if form.ok:
        with form.catching():
            made = service.create_business(session(), actor(), **form.data)
            flash(f"業務「{made.name}」を追加しました(業務番号 {made.number})。", "success")
            return redirect(url_for("processes.page", slug=made.slug), 303)
    return _edit_page(None, form), 422


@blueprint.get("/businesses/<string:slug>")
@allow(Permission.READ_CONTENT)
def page(slug: str) -> ResponseReturnValue:
    return _page(queries.business(session(), actor(), slug))


@blueprint.get("/businesses/<string:slug>/edit")
@allow(Permission.EDIT_BUSINESSES)
def edit(slug: str) -> ResponseReturnValue:
    business = queries.business(session(), actor(), slug)
    return _edit_page(business, shown(_values(business), business.version))


@blueprint.post("/businesses/<string:slug>/edit")
@allow(Permission.EDIT_BUSINESSES)
@writes
def update(slug: str) -> ResponseReturnValue:
    business = queries.business(session(), actor(), slug)
    form = bind(BusinessChangeSchema())
    if form.ok:
        try:
            with form.catching():
                service.update_business(
                    session(), actor(), business, version=form.version, **form.data
                )
                flash("業務を保存しました。", "success")
                return redirect(url_for("processes.page", slug=slug), 303)
        except Conflict as stale:
            labels = {name: LABELS[name] for name in _values(business)}
            found = conflicts.compare(form, _values(business), business.version, labels)
            return _edit_page(business, form, (stale.message, found)), 409
    return _edit_page(business, form), 422


@blueprint.post("/businesses/<string:slug>/towns/export")
@allow(Permission.READ_CONTENT)
@writes
def export_towns(slug: str) -> ResponseReturnValue:
    business = queries.business(session(), actor(), slug)
    content = service.export_towns(session(), actor(), business)
    return downloads.workbook(content, f"{business.name}_団体一覧")


@blueprint.post("/businesses/<string:slug>/terms/export")
@allow(Permission.READ_CONTENT)
@writes
def export_terms(slug: str) -> ResponseReturnValue:
    business = queries.business(session(), actor(), slug)
    content = service.export_terms(session(), actor(), business)
    return downloads.workbook(content, f"{business.name}_用語一覧")


@blueprint.post("/businesses/<string:slug>/terms")
@allow(Permission.EDIT_BUSINESSES)
@writes
def add_term(slug: str) -> ResponseReturnValue:
    business = queries.business(session(), actor(), slug)
    form = bind(TermSchema())
    if form.ok:
        with form.catching():
            service.add_term(session(), actor(), business=business, **form.data)
            flash(f"用語「{form.data['term']}」を追加しました。", "success")
            return _to_terms(slug)
    return _page(business, term_form=form), 422


@blueprint.get("/businesses/<string:slug>/terms/<int:term_id>")
@allow(Permission.EDIT_BUSINESSES)
def edit_term(slug: str, term_id: int) -> ResponseReturnValue:
    business = queries.business(session(), actor(), slug)
    known = queries.term(session(), business.id, term_id)
    return _term_page(business, known, shown({"meaning": known.meaning, "was": known.meaning}))


@blueprint.post("/businesses/<string:slug>/terms/<int:term_id>")
@allow(Permission.EDIT_BUSINESSES)
@writes
def change_term(slug: str, term_id: int) -> ResponseReturnValue:
    business = queries.business(session(), actor(), slug)
    known = queries.term(session(), business.id, term_id)
    form = bind(TermChangeSchema())
    if form.ok:
        try:
            service.change_term(session(), actor(), business=business, known=known, **form.data)
            flash(f"用語「{known.term}」の意味を変えました。", "success")
            return _to_terms(slug)
        except Conflict as stale:
            difference = Difference("意味", form.values["meaning"], known.meaning)
            form.values["was"] = known.meaning
            return _term_page(business, known, form, (stale.message, [difference])), 409
    return _term_page(business, known, form), 422


@blueprint.post("/businesses/<string:slug>/terms/<int:term_id>/remove")
@allow(Permission.EDIT_BUSINESSES)
@writes
def remove_term(slug: str, term_id: int) -> ResponseReturnValue:
    business = queries.business(session(), actor(), slug)
    known = queries.term(session(), business.id, term_id)
    form = bind(TermRemovalSchema())
    if not form.ok:
        raise Invalid(form.message, form.errors)
    try:
        service.remove_term(session(), actor(), business=business, known=known, **form.data)
    except Conflict as stale:
        return _page(business, stale=stale.message), 409
    flash(f"用語「{known.term}」を削除しました。", "success")
    return _to_terms(slug)


@blueprint.get("/businesses/<string:slug>/record")
@allow(Permission.HIDE_DETAIL)
def record_page(slug: str) -> ResponseReturnValue:
    business = queries.business(session(), actor(), slug)
    values, version = _record(business)
    return _record_page(business, shown(values, version))


@blueprint.post("/businesses/<string:slug>/record")
@allow(Permission.HIDE_DETAIL)
@writes
def save_record(slug: str) -> ResponseReturnValue:
    """The own town's record; whose it is follows from who is signed in, not from the form."""
    business = queries.business(session(), actor(), slug)
    form = bind(RecordSchema())
    if form.ok:
        try:
            with form.catching():
                service.save_record(
                    session(),
                    actor(),
                    municipality_id=_own_town(),
                    business=business,
                    version=form.version,
                    **form.data,
                )
                state = "公開していません" if form.data["hidden"] else "公開しています"
                flash(f"記録を保存しました。要件の内訳は、ほかの団体に{state}。", "success")
                return redirect(url_for("processes.page", slug=slug), 303)
        except Conflict as stale:
            values, version = _record(business)
            found = conflicts.compare(form, values, version, RECORD_LABELS, RECORD_WORDS)
            return _record_page(business, form, (stale.message, found)), 409
    return _record_page(business, form), 422


def _page(business: Business, *, term_form: Form | None = None, stale: str = "") -> str:
    towns = queries.town_records(session(), actor(), business.id)
    own = next((one for one in towns if one.town.id == actor().municipality_id), None)
    return render_template(
        "processes/page.html",
        business=business,
        towns=towns,
        own=own,
        terms=queries.terms(session(), business.id),
        form=term_form or Form(),
        labels=TERM_LABELS,
        stale=stale,
    )


def _edit_page(business: Business | None, form: Form, conflict: Clash | None = None) -> str:
    return render_template(
        "processes/edit.html", business=business, form=form, labels=LABELS, conflict=conflict
    )


def _term_page(
    business: Business, known: BusinessTerm, form: Form, conflict: Clash | None = None
) -> str:
    return render_template(
        "processes/term.html",
        business=business,
        term=known,
        form=form,
        labels=TERM_LABELS,
        conflict=conflict,
    )


def _record_page(business: Business, form: Form, conflict: Clash | None = None) -> str:
    return render_template(
        "processes/record.html",
        business=business,
        form=form,
        labels=RECORD_LABELS,
        conflict=conflict,
    )


def _values(business: Business) -> dict[str, Any]:
    return {"name": business.name, "summary": business.summary}


def _record(business: Business) -> tuple[dict[str, Any], int]:
    """(values as the form shows them, version) of the own town's record."""
    record = queries.process(session(), municipality_id=_own_town(), business_id=business.id)
    if record is None:
        return {"division": "", "hidden": ""}, 0
    hidden = "1" if record.hides_detail else ""
    return {"division": record.division, "hidden": hidden}, record.version


def _own_town() -> int:
    town = actor().municipality_id
    if town is None:
        raise Forbidden
    return town


def _to_terms(slug: str) -> ResponseReturnValue:
    return redirect(url_for("processes.page", slug=slug, _anchor="terms"), 303)
