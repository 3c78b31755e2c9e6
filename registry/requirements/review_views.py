"""Submitting a town's lines, and what waits for its approver."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.errors import Invalid
from registry.processes import queries as processes
from registry.requirements import queries, service
from registry.requirements.grid import LABELS
from registry.requirements.models import RequirementState
from registry.requirements.queries import Filter
from registry.requirements.schemas import ReviewSchema
from registry.requirements.table_views import save_typed, ticked
from registry.requirements.values import row_id
from registry.requirements.views import PAGE_SIZE, asked_for, blueprint, own_town
from registry.text.worddiff import diff_words
from registry.web import paging
from registry.web.database import actor, session
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, writes


@blueprint.get("/requirements/<string:slug>/submit")
@allow(Permission.SUBMIT_REQUIREMENTS)
def submit_page(slug: str) -> ResponseReturnValue:
    """What would be submitted, and what is worth a look before."""
    business, town = processes.business(session(), actor(), slug), own_town(actor())
    every = queries.lines(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        narrowed=Filter(),
    ).items
    open_states = {RequirementState.DRAFT, RequirementState.RETURNED}
    return render_template(
        "requirements/submit.html",
        business=business,
        lines=[line for line in every if line.state in open_states],
        total=len(every),
    )


@blueprint.post("/requirements/<string:slug>/submit")
@allow(Permission.SUBMIT_REQUIREMENTS)
@writes
def submit(slug: str) -> ResponseReturnValue:
    """Submit the ticked rows, or all drafts when the page says so."""
    business, town = processes.business(session(), actor(), slug), own_town(actor())
    everything = request.form.get("everything") == "1"
    _, failed_page = save_typed(business, town)
    if failed_page:
        return failed_page, 422
    count = service.submit(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        requirement_ids=None if everything else ticked(),
    )
    if count:
        flash(f"{count}件を提出しました。団体承認者の確定を待っています。", "success")
    else:
        flash("提出する下書きはありませんでした。選んだ要件はすでに提出されています。", "info")
    return redirect(url_for("requirements.table", slug=slug), 303)


@blueprint.get("/approvals")
@allow(Permission.CONFIRM_REQUIREMENTS)
def approvals() -> ResponseReturnValue:
    return _approvals_page(Form())


def _approvals_page(form: Form) -> str:
    slug = asked_for("business")
    business = processes.business(session(), actor(), slug) if slug else None
    page, size = paging.asked(PAGE_SIZE)
    found = queries.waiting(
        session(),
        actor(),
        business_id=business.id if business else None,
        page=page,
        page_size=size,
    )
    items = [
        {
            "line": one,
            "pieces": diff_words(one.confirmed_text, one.text)
            if one.confirmed_text is not None
            else None,
        }
        for one in found.items
    ]

    def href(number: int) -> str:
        return url_for("requirements.approvals", business=slug or None, page=number)

    return render_template(
        "requirements/approvals.html",
        page=found,
        items=items,
        business=business,
        business_options=[(one.slug, one.name) for one in processes.businesses(session(), actor())],
        href=href,
        form=form,
        filter_form=shown({"business": slug}),
        labels=LABELS,
    )


@blueprint.post("/approvals/confirm")
@allow(Permission.CONFIRM_REQUIREMENTS)
@writes
def confirm() -> ResponseReturnValue:
    count = service.confirm(session(), actor(), items=_reviewed())
    flash(f"{count}件を確定しました。", "success")
    return redirect(url_for("requirements.approvals"), 303)


@blueprint.post("/approvals/send-back")
@allow(Permission.CONFIRM_REQUIREMENTS)
@writes
def send_back() -> ResponseReturnValue:
    form = bind(ReviewSchema())
    if form.ok:
        with form.catching():
            count = service.send_back(
                session(), actor(), items=_reviewed(), reason=form.data["reason"]
            )
            flash(f"{count}件を差し戻しました。理由は入力した人に表示されます。", "success")
            return redirect(url_for("requirements.approvals"), 303)
    return _approvals_page(form), 422


def _reviewed() -> list[tuple[int, int]]:
    """The ticked submissions. Raises Invalid for anything that this page did not send."""
    items = []
    for one in request.form.getlist("selected"):
        requirement_id, version_id = map(row_id, (one + "-").split("-")[:2])
        if requirement_id is None or version_id is None:
            raise Invalid("選ばれた要件を読み取れませんでした。画面を開き直してください。")
        items.append((requirement_id, version_id))
    return items
