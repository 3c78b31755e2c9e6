"""One standard: why it is there, how each town says it, for whom it counts, and who decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import (
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.errors import Conflict
from registry.processes.models import Business
from registry.standards import (
    application_queries,
    applying,
    deciding,
    decision_queries,
    group_queries,
    queries,
    standings,
)
from registry.standards.application_queries import ApplicationRow
from registry.standards.group_queries import GroupLine
from registry.standards.models import (
    ApplicationState,
    Outcome,
    StandardRequirement,
)
from registry.standards.schemas import (
    ApplicationSchema,
    DecisionSchema,
)
from registry.standards.views import blueprint, of_slug, silent_towns, standard_of, today
from registry.text.worddiff import Piece, PieceKind, diff_words
from registry.web.database import actor, session
from registry.web.forms import VERSION, Form, bind, shown
from registry.web.gates import allow, writes


@dataclass(frozen=True)
class Wording:
    """A town's line beside the standard: `parts` mark the words that differ."""

    line: GroupLine
    parts: list[Piece]


@blueprint.get("/standards/<string:slug>/<string:code>")
@allow(Permission.READ_CONTENT)
def show(slug: str, code: str) -> ResponseReturnValue:
    business = of_slug(slug)
    return _standard_page(business, standard_of(business, code))


@blueprint.post("/standards/<string:slug>/<string:code>/decide")
@allow(Permission.DECIDE)
@writes
def decide(slug: str, code: str) -> ResponseReturnValue:
    business = of_slug(slug)
    standard = standard_of(business, code)
    form = bind(DecisionSchema())
    try:
        if form.ok:
            with form.catching():
                deciding.decide(
                    session(), actor(), standard=standard, version=form.version, **form.data
                )
                flash(f"{code} の採否を記録しました。", "success")
                return redirect(url_for("standards.show", slug=slug, code=code), 303)
    except Conflict as conflict:
        session().refresh(standard)
        form.message = conflict.message
        return _standard_page(
            business, standard, decide_form=form, theirs=conflict.theirs, status=409
        )
    return _standard_page(business, standard, decide_form=form, status=422)


@blueprint.post("/standards/<string:slug>/<string:code>/applications")
@allow(Permission.DRAFT_STANDARDS)
@writes
def save_applications(slug: str, code: str) -> ResponseReturnValue:
    business = of_slug(slug)
    standard = standard_of(business, code)
    form = Form(values=request.form.to_dict())
    status = 422
    try:
        _save_applications(standard, form)
        if form.ok and "confirm" in form.values:
            with form.catching():
                applying.confirm_applications(session(), actor(), standard=standard)
        if form.ok:
            flash("団体別の適用を保存しました。", "success")
            return redirect(_to_applications(slug, code), 303)
    except Conflict as conflict:
        form.message, status = conflict.message, 409
    session().rollback()
    return _standard_page(business, standard_of(business, code), apply_form=form, status=status)


@blueprint.post("/standards/<string:slug>/<string:code>/applications/propose")
@allow(Permission.DRAFT_STANDARDS)
@writes
def propose_applications(slug: str, code: str) -> ResponseReturnValue:
    standard = standard_of(of_slug(slug), code)
    changed = applying.propose_applications(session(), actor(), standard=standard)
    if changed:
        flash(f"いまの対応付けから、{changed} 団体の提案を作り直しました。", "success")
    else:
        flash("提案はいまの対応付けのとおりです。変わったものはありません。", "info")
    return redirect(_to_applications(slug, code), 303)


def _save_applications(standard: StandardRequirement, form: Form) -> None:
    """Save the rows that were changed on the page, and collect what is wrong with them."""
    for row in application_queries.applications(session(), actor(), standard):
        town = row.municipality_code
        if f"state-{town}" not in form.values:
            continue
        sent = bind(
            ApplicationSchema(),
            {"state": form.values[f"state-{town}"], "value": form.values.get(f"value-{town}", "")},
        )
        if not sent.ok:
            messages = [text for texts in sent.errors.values() for text in texts]
            form.errors[f"value-{town}"] = [f"{row.municipality_name}: {text}" for text in messages]
            continue
        if _unchanged(row, sent.data):
            continue
        opened = Form(values={VERSION: form.values.get(f"version-{town}", "")})
        with form.catching():
            applying.set_application(
                session(),
                actor(),
                standard=standard,
                municipality_id=row.municipality_id,
                version=opened.version if row.version else None,
                **sent.data,
            )


def _unchanged(row: ApplicationRow, sent: dict[str, Any]) -> bool:
    worded = sent["value"] if sent["state"] in applying.NEEDS_VALUE else ""
    return (row.state, row.value) == (sent["state"], worded)


def _to_applications(slug: str, code: str) -> str:
    return url_for("standards.show", slug=slug, code=code, _anchor="applications")


def _standard_page(
    business: Business,
    standard: StandardRequirement,
    *,
    decide_form: Form | None = None,
    apply_form: Form | None = None,
    theirs: dict[str, object] | None = None,
    status: int = 200,
) -> Response:
    groups = queries.answered_groups(session(), standard.id)
    lines = group_queries.group_lines(
        session(), actor(), business.id, [group.id for group in groups]
    )
    history = decision_queries.history(session(), standard=standard)
    newest = history[0] if history else None
    applications = application_queries.applications(session(), actor(), standard)
    failed = decide_form or apply_form
    return make_response(
        render_template(
            "standards/standard.html",
            business=business,
            standard=standard,
            standing=standings.standing(
                standard.version,
                newest.outcome if newest is not None else None,
                newest.subject_version if newest is not None else None,
            ),
            newest=newest,
            changes=_changes(standard, newest.snapshot if newest is not None else None),
            goals=queries.goal_chain(session(), actor(), standard.goal_id),
            groups=groups,
            wordings=[Wording(line, _beside(standard.text, line.text)) for line in lines],
            silent=silent_towns(business, lines),
            applications=applications,
            applied=any(row.state is not None for row in applications),
            unconfirmed=sum(not row.confirmed for row in applications),
            application_states=ApplicationState.choices(),
            history=history,
            edits=decision_queries.changes(session(), standard=standard),
            outcomes=Outcome.choices(),
            decide_form=decide_form or shown({"decided_on": today()}),
            apply_form=apply_form or Form(),
            form=failed or Form(),
            theirs=theirs or {},
            may_draft=actor().may(Permission.DRAFT_STANDARDS),
            may_decide=actor().may(Permission.DECIDE),
        ),
        status,
    )


def _beside(standard_text: str, text: str) -> list[Piece]:
    """The town's line with its own words marked, and those only the standard has struck out.

    Where the two share less than half, struck words would bury the line, so they are left out.
    """
    parts = diff_words(standard_text, text)
    shared = sum(len(part.text) for part in parts if part.kind is PieceKind.EQUAL)
    if 2 * shared >= len(standard_text):
        return parts
    return [part for part in parts if part.kind is not PieceKind.DELETE]


def _changes(standard: StandardRequirement, snapshot: Any) -> list[tuple[str, list[Piece]]]:
    """What the wording has become since the decision, field by field."""
    if snapshot is None:
        return []
    return [
        (label, diff_words(str(snapshot.get(field) or ""), str(getattr(standard, field))))
        for field, label in (("title", "件名"), ("text", "要件"), ("reason", "理由"))
        if snapshot.get(field) != getattr(standard, field)
    ]
