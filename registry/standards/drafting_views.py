"""Writing a standard from the lines of its groups, and changing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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
from registry.errors import Conflict, Invalid, NotFound
from registry.goals import queries as goals
from registry.processes.models import Business
from registry.requirements.models import Obligation, RequirementKind
from registry.standards import (
    decision_queries,
    drafting,
    group_queries,
    queries,
)
from registry.standards.group_queries import GroupLine
from registry.standards.models import (
    Phase,
    RequirementGroup,
    StandardRequirement,
)
from registry.standards.schemas import (
    StandardEditSchema,
    StandardSchema,
)
from registry.standards.views import blueprint, goal_options, of_slug, standard_of
from registry.text.normalise import body_text
from registry.web.database import actor, session
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, writes


@blueprint.get("/standards/<string:slug>/new")
@allow(Permission.DRAFT_STANDARDS)
def new(slug: str) -> ResponseReturnValue:
    business = of_slug(slug)
    groups = [
        queries.group(session(), actor(), business.id, code)
        for code in dict.fromkeys(request.args.getlist("group"))
    ]
    return _edit_page(business, None, _suggested(business, groups))


@blueprint.post("/standards/<string:slug>/new")
@allow(Permission.DRAFT_STANDARDS)
@writes
def create(slug: str) -> ResponseReturnValue:
    business = of_slug(slug)
    form = bind(StandardSchema())
    if form.ok:
        with form.catching():
            standard = drafting.draft_standard(
                session(), actor(), business_id=business.id, **_checked(business, form)
            )
            flash(f"標準要件の案 {standard.code} を作りました。", "success")
            return redirect(url_for("standards.show", slug=slug, code=standard.code), 303)
    return _edit_page(business, None, form, status=422)


@blueprint.get("/standards/<string:slug>/<string:code>/edit")
@allow(Permission.DRAFT_STANDARDS)
def edit(slug: str, code: str) -> ResponseReturnValue:
    business = of_slug(slug)
    standard = standard_of(business, code)
    return _edit_page(business, standard, _stored(standard))


@blueprint.post("/standards/<string:slug>/<string:code>/edit")
@allow(Permission.DRAFT_STANDARDS)
@writes
def update(slug: str, code: str) -> ResponseReturnValue:
    business = of_slug(slug)
    standard = standard_of(business, code)
    form = bind(StandardEditSchema())
    try:
        if form.ok:
            with form.catching():
                drafting.update_standard(
                    session(),
                    actor(),
                    standard,
                    version=form.version,
                    **_checked(business, form),
                )
                flash(f"{code} を保存しました。", "success")
                return redirect(url_for("standards.show", slug=slug, code=code), 303)
    except Conflict as conflict:
        session().refresh(standard)
        form.collided(conflict.message, standard.version)
        return _edit_page(business, standard, form, theirs=conflict.theirs, status=409)
    return _edit_page(business, standard, form, status=422)


def _edit_page(
    business: Business,
    standard: StandardRequirement | None,
    form: Form,
    *,
    theirs: dict[str, object] | None = None,
    status: int = 200,
) -> Response:
    groups = group_queries.groups(session(), actor(), business.id)
    chosen = set(form.values.get("groups", []))
    lines = group_queries.group_lines(
        session(), actor(), business.id, [row.id for row in groups if row.code in chosen]
    )
    return make_response(
        render_template(
            "standards/edit.html",
            business=business,
            standard=standard,
            form=form,
            theirs=theirs or {},
            chosen=[row for row in groups if row.code in chosen],
            others=[row for row in groups if row.code not in chosen],
            wordings=_wordings(lines),
            goal_options=goal_options(open_only=True, kept=str(form.values.get("goal", ""))),
            obligations=Obligation.choices(),
            kinds=RequirementKind.choices(),
            phases=Phase.choices(),
            decided=standard is not None
            and decision_queries.newest_decision(session(), standard=standard) is not None,
        ),
        status,
    )


def _checked(business: Business, form: Form) -> dict[str, Any]:
    """The form's values as the service takes them. Raises Invalid for unknown goals or groups."""
    values = dict(form.data)
    errors: dict[str, list[str]] = {}
    goal, values["goal_id"] = values.pop("goal"), None
    if goal:
        try:
            values["goal_id"] = goals.by_code(session(), actor(), goal).id
        except NotFound as missing:
            errors["goal"] = [missing.message]
    known = {row.code: row.id for row in group_queries.groups(session(), actor(), business.id)}
    asked = values.pop("groups")
    unknown = [code for code in asked if code not in known]
    if unknown:
        errors["groups"] = [f"まとまり {'、'.join(unknown)} は、この業務にありません。"]
    if errors:
        raise Invalid("保存していません。", errors)
    values["group_ids"] = [known[code] for code in asked]
    return values


def _stored(standard: StandardRequirement) -> Form:
    chain = queries.goal_chain(session(), actor(), standard.goal_id)
    return shown(
        {
            "title": standard.title,
            "text": standard.text,
            "obligation": standard.obligation.value,
            "kind": standard.kind.value,
            "phase": standard.phase.value if standard.phase is not None else "",
            "goal": chain[-1].code if chain else "",
            "reason": standard.reason,
            "target_edition": standard.target_edition,
            "groups": [group.code for group in queries.answered_groups(session(), standard.id)],
        },
        standard.version,
    )


def _suggested(business: Business, groups: Sequence[RequirementGroup]) -> Form:
    """A new standard begins with the groups' name, goal and most frequent wording."""
    lines = group_queries.group_lines(
        session(), actor(), business.id, [group.id for group in groups]
    )
    wordings = _wordings(lines)
    duties = Counter(line.obligation for line in lines if line.obligation is not None)
    duty = duties.most_common(1)[0][0] if duties else Obligation.MANDATORY
    goal_id = next((group.goal_id for group in groups if group.goal_id is not None), None)
    chain = queries.goal_chain(session(), actor(), goal_id)
    return shown(
        {
            "title": "・".join(group.label for group in groups),
            "text": wordings[0].text if wordings else "",
            "obligation": duty.value,
            "kind": RequirementKind.FUNCTIONAL.value,
            "phase": Phase.PHASE_1.value,
            "goal": chain[-1].code if chain else "",
            "groups": [group.code for group in groups],
        }
    )


@dataclass(frozen=True)
class SharedWording:
    """One way of saying it, in the words of the town with the lowest code, and who says it."""

    text: str
    relations: list[str]
    towns: list[str]


def _wordings(lines: Sequence[GroupLine]) -> list[SharedWording]:
    """The different wordings of the lines, the most frequent first (tie: lowest town code)."""
    found: dict[str, list[GroupLine]] = {}
    for line in lines:
        if not line.withdrawn:
            found.setdefault(body_text(line.text), []).append(line)
    ordered = sorted(found.values(), key=len, reverse=True)  # stable: towns come by code
    return [
        SharedWording(
            text=same[0].text,
            relations=list(dict.fromkeys(line.relation.label for line in same)),
            towns=list(dict.fromkeys(line.municipality_name for line in same)),
        )
        for same in ordered
    ]
