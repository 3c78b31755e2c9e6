"""The comparison on screen: the matrix, one group, what belongs together, lines in no group."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request
from flask import url_for as address
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.comparison import commands, proposing, queries, service
from registry.comparison.matrix import CellState, Matrix, Row, Show, Town
from registry.comparison.queries import AnsweringStandard, GoalChoice, Kind, VariantLine
from registry.comparison.schemas import (
    ClusterSchema,
    GroupSchema,
    LooseFilterSchema,
    MatrixFilterSchema,
    MoveSchema,
    ProposalFilterSchema,
    PutSchema,
    ReconfirmSchema,
    SelectedSchema,
    SplitSchema,
)
from registry.comparison.variants import Variant, compare
from registry.errors import Conflict, Invalid, NotFound
from registry.goals import tree
from registry.jobs import Job
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.standards import group_queries
from registry.standards import queries as standards_queries
from registry.standards import service as standards
from registry.standards.models import Relation, RequirementGroup
from registry.web import downloads, paging
from registry.web.database import actor, session
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, writes
from registry.workbook import write_table

blueprint = Blueprint("comparison", __name__)

PAGE_SIZE: Final = 50
QUESTIONS: Final = 20
"""Proposals on one page: each wants to be read."""
LABELS: Final = {
    "selected": "行の選択",
    "label": "まとまりの名称",
    "goal": "目標",
    "target": "まとまり",
    "relation": "関係",
}


# ---- the list of businesses -------------------------------------------------------------------


@dataclass(frozen=True)
class BusinessRow:
    """How far the comparison of a business has come; `silent` towns have submitted nothing."""

    slug: str
    number: str
    name: str
    matrix: Matrix
    silent: list[str]


@blueprint.get("/compare")
@allow(Permission.READ_CONTENT)
def listing() -> ResponseReturnValue:
    businesses = processes.businesses(session(), actor())
    found = queries.matrices(session(), actor(), [business.id for business in businesses])
    rows = [
        BusinessRow(
            slug=business.slug,
            number=business.number,
            name=business.name,
            matrix=found[business.id],
            silent=[town.name for town in found[business.id].towns if not town.submitted],
        )
        for business in businesses
    ]
    return render_template("comparison/listing.html", rows=rows, Show=Show)


# ---- the matrix -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """The filters of the matrix, checked; `address` is what the query string says of them."""

    show: Show
    goal: GoalChoice | None
    town: Town | None
    address: dict[str, str]


@blueprint.get("/compare/<string:slug>")
@allow(Permission.READ_CONTENT)
def business(slug: str) -> ResponseReturnValue:
    subject = _business(slug)
    found = queries.of_business(session(), actor(), subject)
    goals = queries.goals(session(), actor())
    wanted = _wanted(found, goals)
    rows = _selected(found, goals, wanted)
    page, page_size = paging.asked(PAGE_SIZE)
    on_page = rows[(page - 1) * page_size : page * page_size]
    return render_template(
        "comparison/matrix.html",
        business=subject,
        matrix=found,
        wanted=wanted,
        total=len(rows),
        rows=on_page,
        wordings=queries.wordings(session(), on_page),
        goals={goal.id: goal for goal in goals},
        goal_options=_goal_options(goals),
        town_options=[(town.code, town.name) for town in found.towns],
        filters=Form(values={name: request.args.get(name, "") for name in ("goal", "town")}),
        shows=list(Show),
        page=page,
        page_size=page_size,
        pages=max(1, -(-len(rows) // page_size)),
        page_href=_same_filters(subject.slug, wanted, "page"),
        show_href=_same_filters(subject.slug, wanted, "show"),
        town_href=_same_filters(subject.slug, wanted, "town"),
        may_align=actor().may(Permission.ALIGN),
    )


@blueprint.post("/compare/<string:slug>/export")
@allow(Permission.READ_CONTENT)
@writes
def export(slug: str) -> ResponseReturnValue:
    subject = _business(slug)
    found = queries.of_business(session(), actor(), subject)
    goals = queries.goals(session(), actor())
    rows = _selected(found, goals, _wanted(found, goals))
    columns, lines = commands.table(
        found.towns,
        rows,
        queries.wordings(session(), rows),
        {goal.id: goal.code for goal in goals},
    )
    service.record_export(session(), actor(), business=subject, rows=len(lines))
    content = write_table(f"{subject.name} 比較表", columns, lines)
    return downloads.workbook(content, f"比較表_{subject.slug}")


def _wanted(found: Matrix, goals: list[GoalChoice]) -> Wanted:
    """The filters in the address. Raises Invalid for a goal or town that is not there."""
    form = bind(MatrixFilterSchema(), request.args)
    if not form.ok:
        raise Invalid("この条件では絞り込めません。条件を選び直してください。", form.errors)
    goal = _one("goal", form.data["goal"], goals)
    town = _one("town", form.data["town"], list(found.towns))
    show: Show = form.data["show"] or Show.ALL
    words = {"show": show.value if show is not Show.ALL else ""}
    words |= {"goal": goal.code if goal else "", "town": town.code if town else ""}
    return Wanted(show, goal, town, {name: word for name, word in words.items() if word})


def _one(name: str, code: str, choices: list[Any]) -> Any:
    if not code:
        return None
    for choice in choices:
        if choice.code == code:
            return choice
    raise Invalid(
        "この条件では絞り込めません。条件を選び直してください。",
        {name: [f"{code} は見つかりませんでした。"]},
    )


def _selected(found: Matrix, goals: list[GoalChoice], wanted: Wanted) -> list[Row]:
    branch = tree.branch(goals, wanted.goal.id) if wanted.goal is not None else None
    return found.select(show=wanted.show, goal_ids=branch, town=wanted.town)


def _same_filters(slug: str, wanted: Wanted, name: str) -> Callable[[Any], str]:
    """The address with one filter replaced; another filter begins at the first page again."""

    def href(value: Any) -> str:
        words = {**wanted.address, name: value}
        return address("comparison.business", slug=slug, **{k: v for k, v in words.items() if v})

    return href


def _goal_options(goals: list[GoalChoice], *, open_only: bool = False) -> list[tuple[str, str]]:
    return [
        (node.goal.code, f"{'　' * (node.level - 1)}{node.goal.code} {node.goal.statement}")
        for node in tree.walk(tree.grow(goals))
        if not (open_only and node.goal.closed)
    ]


# ---- one group --------------------------------------------------------------------------------


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
    subject = _business(slug)
    return _group_page(subject, _group(subject, code))


@blueprint.post("/compare/<string:slug>/groups/<string:code>/edit")
@allow(Permission.ALIGN)
@writes
def edit_group(slug: str, code: str) -> ResponseReturnValue:
    subject = _business(slug)
    found = _group(subject, code)
    form = bind(GroupSchema())
    try:
        if form.ok:
            with form.catching():
                standards.update_group(
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
        form.message = conflict.message
        form.values["version"] = found.version  # a second try is made in sight of theirs
        return _group_page(subject, found, edit_form=form, theirs=conflict.theirs, status=409)
    return _group_page(subject, found, edit_form=form, status=422)


@blueprint.post("/compare/<string:slug>/groups/<string:code>/reconfirm")
@allow(Permission.ALIGN)
@writes
def reconfirm(slug: str, code: str) -> ResponseReturnValue:
    subject = _business(slug)
    found = _group(subject, code)
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
    subject = _business(slug)
    found = _group(subject, code)
    form = bind(MoveSchema())
    if form.ok:
        with form.catching():
            target = _target(subject, form.data["target"])
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
    subject = _business(slug)
    found = _group(subject, code)
    form = bind(SplitSchema())
    try:
        if form.ok:
            with form.catching():
                new = standards.split_group(
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
    subject = _business(slug)
    found = _group(subject, code)
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
        found = _group(subject, found.code)
    matrix = queries.of_business(session(), actor(), subject)
    row = next(row for row in matrix.rows if row.group.id == found.id)
    goals = queries.goals(session(), actor())
    goal = next((goal for goal in goals if goal.id == found.goal_id), None)
    answering = queries.answering(session(), found)
    base = _base(row, answering)
    towns = {town.id: town for town in matrix.towns}
    lines = [
        _shown(line, towns[line.municipality_id], base)
        for line in queries.variant_lines(session(), actor(), found)
    ]
    before, after = queries.neighbours(session(), found)
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
            decision=queries.group_decision(session(), found),
            before=before,
            after=after,
            names=queries.group_names(session(), subject.id) if may_align else [],
            relations=Relation.choices(),
            goal_options=_goal_options(goals, open_only=True),
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


# ---- proposals --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A proposal with its lines beside what they are compared with."""

    question: queries.Question
    group: tuple[str, str] | None
    base: str
    variants: list[Variant | None]


@blueprint.get("/compare/<string:slug>/proposals")
@allow(Permission.READ_CONTENT)
def proposals(slug: str) -> ResponseReturnValue:
    return _proposals_page(_business(slug))


@blueprint.post("/compare/<string:slug>/proposals/compute")
@allow(Permission.ALIGN)
@writes
def compute(slug: str) -> ResponseReturnValue:
    subject = _business(slug)
    proposing.enqueue(session(), actor(), subject)
    return redirect(address("comparison.proposals", slug=slug), 303)


@blueprint.get("/compare/<string:slug>/proposals/jobs/<int:job_id>")
@allow(Permission.READ_CONTENT)
def job(slug: str, job_id: int) -> ResponseReturnValue:
    """The progress of one run, for the page that waits for it."""
    subject = _business(slug)
    found = session().get(Job, job_id)
    if (
        found is None
        or found.kind != queries.JOB_KIND
        or found.payload.get("business_id") != subject.id
    ):
        raise NotFound
    return render_template("comparison/_job.html", business=subject, job=found)


@blueprint.post("/compare/<string:slug>/proposals/join")
@allow(Permission.ALIGN)
@writes
def confirm_joins(slug: str) -> ResponseReturnValue:
    subject = _business(slug)
    form = bind(SelectedSchema())
    if form.ok:
        with form.catching():
            count = service.confirm_joins(
                session(), actor(), business=subject, proposal_ids=form.data["selected"]
            )
            flash(f"{count} 行をまとまりに加えました。", "success")
            return redirect(_to_proposals(slug, Kind.JOIN), 303)
    return _proposals_page(subject, form=form, kind=Kind.JOIN, status=422)


@blueprint.post("/compare/<string:slug>/proposals/dismiss")
@allow(Permission.ALIGN)
@writes
def dismiss_joins(slug: str) -> ResponseReturnValue:
    subject = _business(slug)
    form = bind(SelectedSchema())
    if form.ok:
        with form.catching():
            count = service.dismiss(
                session(), actor(), business=subject, proposal_ids=form.data["selected"]
            )
            flash(f"{count} 件の提案を退けました。同じ提案はもう出ません。", "success")
            return redirect(_to_proposals(slug, Kind.JOIN), 303)
    return _proposals_page(subject, form=form, kind=Kind.JOIN, status=422)


@blueprint.post("/compare/<string:slug>/proposals/clusters/<int:cluster>/confirm")
@allow(Permission.ALIGN)
@writes
def confirm_cluster(slug: str, cluster: int) -> ResponseReturnValue:
    subject = _business(slug)
    kind = _kind_of(subject, cluster)
    form = bind(ClusterSchema())
    form.values["cluster"] = cluster
    if form.ok:
        with form.catching():
            made = service.confirm_cluster(
                session(),
                actor(),
                business=subject,
                proposal_ids=form.data["selected"],
                label=form.data["label"],
                relations=_relations(form.data["selected"]),
            )
            flash(
                f"{made.code} {made.label} を作り、{len(set(form.data['selected']))} 行を入れました。",
                "success",
            )
            return redirect(_to_proposals(slug, kind), 303)
    return _proposals_page(subject, form=form, kind=kind, status=422)


@blueprint.post("/compare/<string:slug>/proposals/clusters/<int:cluster>/dismiss")
@allow(Permission.ALIGN)
@writes
def dismiss_cluster(slug: str, cluster: int) -> ResponseReturnValue:
    subject = _business(slug)
    kind = _kind_of(subject, cluster)
    service.dismiss(session(), actor(), business=subject, cluster=cluster)
    flash("提案を退けました。同じ提案はもう出ません。", "success")
    return redirect(_to_proposals(slug, kind), 303)


def _kind_of(subject: Business, cluster: int) -> Kind:
    """Raises Conflict when the cluster is no question any more."""
    found = queries.open_proposals(session(), actor(), subject.id)
    if cluster in found.news:
        return Kind.NEW
    if cluster in found.besides:
        return Kind.BESIDE
    raise Conflict(
        "この提案は作り直されたか、ほかの人が先に処理したため、何も変更していません。"
        "提案の画面を開き直してください。"
    )


def _relations(ticked: list[int]) -> dict[int, Relation]:
    """What the person said of each line. Raises Invalid for an unknown relation."""
    found = {}
    for proposal_id in ticked:
        sent = request.form.get(f"relation-{proposal_id}", "")
        if sent and sent not in Relation.values():
            raise Invalid("何も変更していません。", {"relation": ["関係を選び直してください。"]})
        if sent:
            found[proposal_id] = Relation(sent)
    return found


def _proposals_page(
    subject: Business, *, form: Form | None = None, kind: Kind | None = None, status: int = 200
) -> Response:
    if status >= 400:
        session().rollback()
    asked = bind(ProposalFilterSchema(), request.args)
    if not asked.ok:
        raise Invalid("この条件では絞り込めません。条件を選び直してください。", asked.errors)
    opened = queries.open_proposals(session(), actor(), subject.id)
    chosen: Kind = (
        kind or asked.data["kind"] or next((one for one in Kind if opened.of(one)), Kind.JOIN)
    )
    page, page_size = paging.asked(QUESTIONS)
    numbers = opened.of(chosen)
    on_page = numbers[(page - 1) * page_size : page * page_size]
    found = queries.questions(session(), actor(), subject.id, chosen, on_page)
    matrix = queries.of_business(session(), actor(), subject)
    bases = {
        row.group.id: row
        for row in matrix.rows
        if any(row.group.id == question.group_id for question in found)
    }
    wordings = queries.wordings(session(), bases.values())
    return make_response(
        render_template(
            "comparison/proposals.html",
            business=subject,
            matrix=matrix,
            kinds=[(one, len(opened.of(one))) for one in Kind],
            kind=chosen,
            asked=[_asked(question, bases, wordings) for question in found],
            total=len(numbers),
            page=page,
            page_size=page_size,
            pages=max(1, -(-len(numbers) // page_size)),
            page_href=lambda number: address(
                "comparison.proposals", slug=subject.slug, kind=chosen.value, page=number
            ),
            job=queries.latest_job(session(), actor(), subject.id),
            quiet=bool(group_queries.unreadable_towns(session(), actor(), subject.id)),
            relations=Relation.choices(),
            form=form or Form(),
            plain_form=Form(),
            labels=LABELS,
            may_align=actor().may(Permission.ALIGN),
        ),
        status,
    )


def _asked(question: queries.Question, bases: dict[int, Row], wordings: dict[int, str]) -> Asked:
    """Lines of a cluster stand beside its first line, a joining line beside its group's wording."""
    if question.kind is Kind.JOIN:
        row = bases[question.group_id or 0]
        base = wordings.get(row.group.id, "")
        variants = [compare(base, line.text) if base else None for line in question.lines]
        return Asked(question, (row.group.code, row.group.label), base, variants)
    first, *rest = question.lines
    variants = [None, *(compare(first.text, line.text) for line in rest)]
    return Asked(question, None, first.text, variants)


# ---- lines in no group ------------------------------------------------------------------------


@blueprint.get("/compare/<string:slug>/unaligned")
@allow(Permission.READ_CONTENT)
def unaligned(slug: str) -> ResponseReturnValue:
    return _loose_page(_business(slug))


@blueprint.post("/compare/<string:slug>/unaligned")
@allow(Permission.ALIGN)
@writes
def put(slug: str) -> ResponseReturnValue:
    subject = _business(slug)
    form = bind(PutSchema())
    if form.ok:
        with form.catching():
            if bool(form.data["target"]) == bool(form.data["label"]):
                raise Invalid(
                    "何も変更していません。",
                    {
                        "target": [
                            "入れるまとまりと、新しいまとまりの名称の、どちらか一方を入力してください。"
                        ]
                    },
                )
            made = _put(subject, form)
            flash(
                f"{len(set(form.data['selected']))} 行を {made.code} {made.label} に入れました。",
                "success",
            )
            return redirect(address("comparison.unaligned", slug=slug, **_loose_words()), 303)
    return _loose_page(subject, form=form, status=422)


def _loose_words() -> dict[str, Any]:
    """The filters in the address, to stay where one was."""
    return {name: request.args[name] for name in ("town", "q") if request.args.get(name)}


def _put(subject: Business, form: Form) -> RequirementGroup:
    if form.data["label"]:
        return service.put_into_new_group(
            session(),
            actor(),
            business=subject,
            requirement_ids=form.data["selected"],
            label=form.data["label"],
            relation=form.data["relation"],
        )
    target = _target(subject, form.data["target"])
    service.put_into_group(
        session(),
        actor(),
        group=target,
        requirement_ids=form.data["selected"],
        relation=form.data["relation"],
    )
    return target


def _loose_page(subject: Business, *, form: Form | None = None, status: int = 200) -> Response:
    if status >= 400:
        session().rollback()
    asked = bind(LooseFilterSchema(), request.args)
    if not asked.ok:
        raise Invalid("この条件では絞り込めません。条件を選び直してください。", asked.errors)
    matrix = queries.of_business(session(), actor(), subject)
    town = _one("town", asked.data["town"], list(matrix.towns))
    page, page_size = paging.asked(PAGE_SIZE)
    found = queries.loose_lines(
        session(),
        actor(),
        subject.id,
        municipality_id=town.id if town is not None else None,
        words=asked.data["q"],
        page=page,
        page_size=page_size,
    )
    may_align = actor().may(Permission.ALIGN)
    words = {name: value for name, value in asked.data.items() if value}
    return make_response(
        render_template(
            "comparison/unaligned.html",
            business=subject,
            matrix=matrix,
            found=found,
            filters=Form(values=asked.values),
            town_options=[(one.code, one.name) for one in matrix.towns],
            filtered=bool(words),
            words=words,
            page_href=lambda number: address(
                "comparison.unaligned", slug=subject.slug, page=number, **words
            ),
            names=queries.group_names(session(), subject.id) if may_align else [],
            relations=Relation.choices(),
            form=form or Form(values={"relation": Relation.SAME.value}),
            labels=LABELS,
            may_align=may_align,
        ),
        status,
    )


# ---- shared by the above ----------------------------------------------------------------------


def _business(slug: str) -> Business:
    return processes.business(session(), actor(), slug)


def _group(subject: Business, code: str) -> RequirementGroup:
    return standards_queries.group(session(), actor(), subject.id, code)


def _target(subject: Business, typed: str) -> RequirementGroup:
    """The group somebody named, by code or as the list offers it (「F-012 空き状況の検索」)."""
    words = unicodedata.normalize("NFKC", typed).upper().split()
    try:
        return _group(subject, words[0] if words else "")
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


def _to_proposals(slug: str, kind: Kind) -> str:
    return address("comparison.proposals", slug=slug, kind=kind.value)
