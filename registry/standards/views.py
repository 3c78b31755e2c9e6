"""The standards: what is drafted, from which lines, what it means for whom, and who decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import (
    Blueprint,
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
from registry.goals import tree
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements.models import Obligation, RequirementKind
from registry.standards import (
    application_queries,
    applying,
    deciding,
    decision_queries,
    drafting,
    export,
    group_queries,
    queries,
    standings,
)
from registry.standards.application_queries import ApplicationRow
from registry.standards.group_queries import GroupLine
from registry.standards.models import (
    ApplicationState,
    Outcome,
    Phase,
    RequirementGroup,
    StandardRequirement,
)
from registry.standards.schemas import (
    AdoptNationalSchema,
    ApplicationSchema,
    DecisionSchema,
    FilterSchema,
    GroupDecisionSchema,
    StandardEditSchema,
    StandardSchema,
)
from registry.standards.standings import Standing, Wanted
from registry.text.normalise import body_text
from registry.text.worddiff import Piece, PieceKind, diff_words
from registry.web import downloads, paging
from registry.web.database import actor, session
from registry.web.filters import JAPAN
from registry.web.forms import VERSION, Form, bind, shown
from registry.web.gates import allow, writes

blueprint = Blueprint("standards", __name__)


# ---- lists ------------------------------------------------------------------------------------


@blueprint.get("/standards")
@allow(Permission.READ_CONTENT)
def listing() -> ResponseReturnValue:
    return render_template(
        "standards/listing.html", businesses=standings.overview(session(), actor())
    )


@blueprint.get("/standards/<string:slug>")
@allow(Permission.READ_CONTENT)
def of_business(slug: str) -> ResponseReturnValue:
    return _list_page(_business(slug))


@blueprint.post("/standards/<string:slug>/workbook")
@allow(Permission.READ_CONTENT)
@writes
def workbook(slug: str) -> ResponseReturnValue:
    business = _business(slug)
    content = export.export_list(
        session(), actor(), business=business, wanted=_wanted(request.form)
    )
    return downloads.workbook(content, f"標準要件_{business.name}")


@blueprint.post("/standards/<string:slug>/adopt-national")
@allow(Permission.DECIDE)
@writes
def adopt_national(slug: str) -> ResponseReturnValue:
    business = _business(slug)
    form = bind(AdoptNationalSchema())
    if form.ok:
        with form.catching():
            count = deciding.adopt_national(
                session(), actor(), business_id=business.id, **form.data
            )
            flash(f"{count} 件を国標準のとおり採用しました。", "success")
            return redirect(url_for("standards.of_business", slug=slug), 303)
    return _list_page(business, adopt_form=form, status=422)


def _list_page(business: Business, adopt_form: Form | None = None, status: int = 200) -> Response:
    wanted = _wanted(request.args)
    page, page_size = paging.asked(standings.PAGE_SIZE)
    found = standings.listing(
        session(), actor(), business.id, wanted, page=page, page_size=page_size
    )
    groups = group_queries.groups(session(), actor(), business.id)
    return make_response(
        render_template(
            "standards/business.html",
            business=business,
            found=found,
            wanted=wanted,
            filters=Form(values=dict(request.args.items())),
            page_href=lambda number: url_for(
                "standards.of_business", slug=business.slug, **{**request.args, "page": number}
            ),
            goal_options=[(code, _cut(label)) for code, label in _goal_options()],
            standings=Standing.choices(),
            bare=[one for one in groups if one.lines and not one.standards and not one.outcome],
            settled=[one for one in groups if one.outcome and not one.standards],
            has_groups=bool(groups),
            open_national=standings.open_national(session(), business.id),
            form=adopt_form or shown({"decided_on": _today()}),
            may_draft=actor().may(Permission.DRAFT_STANDARDS),
            may_decide=actor().may(Permission.DECIDE),
        ),
        status,
    )


def _wanted(source: Any) -> Wanted:
    """The filters asked for. Raises Invalid for a state or goal that does not exist."""
    form = bind(FilterSchema(), source)
    if not form.ok:
        raise Invalid("この条件では絞り込めません。条件を選び直してください。", form.errors)
    goal_id = None
    if form.data["goal"]:
        goal_id = goals.by_code(session(), actor(), form.data["goal"]).id
    return Wanted(standing=form.data["state"], goal_id=goal_id, text=form.data["q"])


# ---- one standard -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Wording:
    """A town's line beside the standard: `parts` mark the words that differ."""

    line: GroupLine
    parts: list[Piece]


@blueprint.get("/standards/<string:slug>/<string:code>")
@allow(Permission.READ_CONTENT)
def show(slug: str, code: str) -> ResponseReturnValue:
    business = _business(slug)
    return _standard_page(business, _standard(business, code))


@blueprint.post("/standards/<string:slug>/<string:code>/decide")
@allow(Permission.DECIDE)
@writes
def decide(slug: str, code: str) -> ResponseReturnValue:
    business = _business(slug)
    standard = _standard(business, code)
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
    business = _business(slug)
    standard = _standard(business, code)
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
    return _standard_page(business, _standard(business, code), apply_form=form, status=status)


@blueprint.post("/standards/<string:slug>/<string:code>/applications/propose")
@allow(Permission.DRAFT_STANDARDS)
@writes
def propose_applications(slug: str, code: str) -> ResponseReturnValue:
    standard = _standard(_business(slug), code)
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
            silent=_silent_towns(business, lines),
            applications=applications,
            applied=any(row.state is not None for row in applications),
            unconfirmed=sum(not row.confirmed for row in applications),
            application_states=ApplicationState.choices(),
            history=history,
            edits=decision_queries.changes(session(), standard=standard),
            outcomes=Outcome.choices(),
            decide_form=decide_form or shown({"decided_on": _today()}),
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


def _silent_towns(business: Business, lines: Sequence[GroupLine]) -> dict[str, list[str]]:
    """The towns no wording is shown of, by the reason why."""
    hidden = group_queries.unreadable_towns(session(), actor(), business.id)
    submitted = group_queries.submitted_towns(session(), business.id)
    spoken = {line.municipality_id for line in lines}
    silent: dict[str, list[str]] = {"hidden": [], "not_submitted": [], "absent": []}
    for town in queries.towns(session(), actor()):
        if town.id not in submitted:
            silent["not_submitted"].append(town.name)
        elif town.id in hidden:
            silent["hidden"].append(town.name)
        elif town.id not in spoken:
            silent["absent"].append(town.name)
    return silent


# ---- drafting and editing ---------------------------------------------------------------------


@blueprint.get("/standards/<string:slug>/new")
@allow(Permission.DRAFT_STANDARDS)
def new(slug: str) -> ResponseReturnValue:
    business = _business(slug)
    groups = [
        queries.group(session(), actor(), business.id, code)
        for code in dict.fromkeys(request.args.getlist("group"))
    ]
    return _edit_page(business, None, _suggested(business, groups))


@blueprint.post("/standards/<string:slug>/new")
@allow(Permission.DRAFT_STANDARDS)
@writes
def create(slug: str) -> ResponseReturnValue:
    business = _business(slug)
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
    business = _business(slug)
    standard = _standard(business, code)
    return _edit_page(business, standard, _stored(standard))


@blueprint.post("/standards/<string:slug>/<string:code>/edit")
@allow(Permission.DRAFT_STANDARDS)
@writes
def update(slug: str, code: str) -> ResponseReturnValue:
    business = _business(slug)
    standard = _standard(business, code)
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
        form.message = conflict.message
        form.values["version"] = standard.version  # a second try is made in sight of theirs
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
            goal_options=_goal_options(open_only=True, kept=str(form.values.get("goal", ""))),
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


# ---- groups without a standard ----------------------------------------------------------------


@blueprint.get("/standards/<string:slug>/groups/<string:code>/decide")
@allow(Permission.READ_CONTENT)
def group_decision(slug: str, code: str) -> ResponseReturnValue:
    business = _business(slug)
    group = queries.group(session(), actor(), business.id, code)
    return _group_page(business, group, shown({"decided_on": _today()}, group.version))


@blueprint.post("/standards/<string:slug>/groups/<string:code>/decide")
@allow(Permission.DECIDE)
@writes
def decide_group(slug: str, code: str) -> ResponseReturnValue:
    business = _business(slug)
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
        form.message = conflict.message
        form.values["version"] = group.version
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
            silent=_silent_towns(business, lines),
            standards=group_queries.standards_answering(session(), group.id),
            history=decision_queries.history(session(), group=group),
            outcomes=[one for one in Outcome.choices() if one[0] in ("reject", "defer")],
            may_draft=actor().may(Permission.DRAFT_STANDARDS),
            may_decide=actor().may(Permission.DECIDE),
        ),
        status,
    )


# ---- shared by the above ----------------------------------------------------------------------


def _business(slug: str) -> Business:
    return processes.business(session(), actor(), slug)


def _standard(business: Business, code: str) -> StandardRequirement:
    return queries.standard(session(), actor(), business.id, code)


def _goal_options(*, open_only: bool = False, kept: str = "") -> list[tuple[str, str]]:
    """(code, code and statement) in printed order, deeper goals further in."""
    placed = tree.walk(tree.grow(goals.all_goals(session(), actor())))
    return [
        (node.goal.code, f"{'　' * (node.level - 1)}{node.goal.code} {node.goal.statement}")
        for node in placed
        if not (open_only and node.goal.closed and node.goal.code != kept)
    ]


def _cut(label: str, length: int = 28) -> str:
    """Short enough for a filter that shares its row with others."""
    return label if len(label) <= length else label[: length - 1] + "…"


def _today() -> str:
    return datetime.now(JAPAN).date().isoformat()
