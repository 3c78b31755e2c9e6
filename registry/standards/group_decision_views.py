"""Deciding about a group that needs no standard."""

from __future__ import annotations

from flask import (
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    url_for,
)
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.errors import Conflict
from registry.processes.models import Business
from registry.standards import (
    deciding,
    decision_queries,
    group_queries,
    queries,
)
from registry.standards.models import (
    Outcome,
    RequirementGroup,
)
from registry.standards.schemas import (
    GroupDecisionSchema,
)
from registry.standards.views import blueprint, of_slug, silent_towns, today
from registry.web.database import actor, session
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, writes


@blueprint.get("/standards/<string:slug>/groups/<string:code>/decide")
@allow(Permission.READ_CONTENT)
def group_decision(slug: str, code: str) -> ResponseReturnValue:
    business = of_slug(slug)
    group = queries.group(session(), actor(), business.id, code)
    return _group_page(business, group, shown({"decided_on": today()}, group.version))


@blueprint.post("/standards/<string:slug>/groups/<string:code>/decide")
@allow(Permission.DECIDE)
@writes
def decide_group(slug: str, code: str) -> ResponseReturnValue:
    business = of_slug(slug)
    group = queries.group(session(), actor(), business.id, code)
    form = bind(GroupDecisionSchema())
    try:
        if form.ok:
            with form.catching():
                deciding.decide(session(), actor(), group=group, version=form.version, **form.data)
                flash(f"まとまり {code} の採否を記録しました。", "success")
                return redirect(url_for("standards.of_business", slug=slug), 303)
    except Conflict as conflict:
        session().refresh(group)
        form.collided(conflict.message, group.version)
        return _group_page(business, group, form, theirs=conflict.theirs, status=409)
    return _group_page(business, group, form, status=422)


def _group_page(
    business: Business,
    group: RequirementGroup,
    form: Form,
    *,
    theirs: dict[str, object] | None = None,
    status: int = 200,
) -> Response:
    lines = group_queries.group_lines(session(), actor(), business.id, [group.id])
    return make_response(
        render_template(
            "standards/group.html",
            business=business,
            group=group,
            form=form,
            theirs=theirs or {},
            lines=lines,
            silent=silent_towns(business, lines),
            standards=group_queries.standards_answering(session(), group.id),
            history=decision_queries.history(session(), group=group),
            outcomes=[one for one in Outcome.choices() if one[0] in ("reject", "defer")],
            may_draft=actor().may(Permission.DRAFT_STANDARDS),
            may_decide=actor().may(Permission.DECIDE),
        ),
        status,
    )
