"""What the comparison proposes to put together, confirmed or dismissed by a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Response, flash, make_response, redirect, render_template, request
from flask import url_for as address
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.comparison import proposal_queries, proposing, queries, service
from registry.comparison.matrix import Row
from registry.comparison.proposal_queries import Kind
from registry.comparison.schemas import ClusterSchema, ProposalFilterSchema, SelectedSchema
from registry.comparison.variants import Variant, compare
from registry.comparison.views import LABELS, blueprint, subject_of
from registry.errors import Conflict, Invalid, NotFound
from registry.jobs import Job
from registry.processes.models import Business
from registry.standards import group_queries
from registry.standards.models import Relation
from registry.web import paging
from registry.web.database import actor, session
from registry.web.forms import Form, bind
from registry.web.gates import allow, writes

QUESTIONS: Final = 20
"""Proposals on one page: each wants to be read."""


@dataclass(frozen=True)
class Asked:
    """A proposal with its lines beside what they are compared with."""

    question: proposal_queries.Question
    group: tuple[str, str] | None
    base: str
    variants: list[Variant | None]


@blueprint.get("/compare/<string:slug>/proposals")
@allow(Permission.READ_CONTENT)
def proposals(slug: str) -> ResponseReturnValue:
    return _proposals_page(subject_of(slug))


@blueprint.post("/compare/<string:slug>/proposals/compute")
@allow(Permission.ALIGN)
@writes
def compute(slug: str) -> ResponseReturnValue:
    subject = subject_of(slug)
    proposing.enqueue(session(), actor(), subject)
    return redirect(address("comparison.proposals", slug=slug), 303)


@blueprint.get("/compare/<string:slug>/proposals/jobs/<int:job_id>")
@allow(Permission.READ_CONTENT)
def job(slug: str, job_id: int) -> ResponseReturnValue:
    """The progress of one run, for the page that waits for it."""
    subject = subject_of(slug)
    found = session().get(Job, job_id)
    if (
        found is None
        or found.kind != proposal_queries.JOB_KIND
        or found.payload.get("business_id") != subject.id
    ):
        raise NotFound
    return render_template("comparison/_job.html", business=subject, job=found)


@blueprint.post("/compare/<string:slug>/proposals/join")
@allow(Permission.ALIGN)
@writes
def confirm_joins(slug: str) -> ResponseReturnValue:
    subject = subject_of(slug)
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
    subject = subject_of(slug)
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
    subject = subject_of(slug)
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
    subject = subject_of(slug)
    kind = _kind_of(subject, cluster)
    service.dismiss(session(), actor(), business=subject, cluster=cluster)
    flash("提案を退けました。同じ提案はもう出ません。", "success")
    return redirect(_to_proposals(slug, kind), 303)


def _kind_of(subject: Business, cluster: int) -> Kind:
    """Raises Conflict when the cluster is no question any more."""
    found = proposal_queries.open_proposals(session(), actor(), subject.id)
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
    opened = proposal_queries.open_proposals(session(), actor(), subject.id)
    chosen: Kind = (
        kind or asked.data["kind"] or next((one for one in Kind if opened.of(one)), Kind.JOIN)
    )
    page, page_size = paging.asked(QUESTIONS)
    numbers = opened.of(chosen)
    on_page = numbers[(page - 1) * page_size : page * page_size]
    found = proposal_queries.questions(session(), actor(), subject.id, chosen, on_page)
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
            job=proposal_queries.latest_job(session(), actor(), subject.id),
            quiet=bool(group_queries.unreadable_towns(session(), actor(), subject.id)),
            relations=Relation.choices(),
            form=form or Form(),
            plain_form=Form(),
            labels=LABELS,
            words_of=_words_of,
            may_align=actor().may(Permission.ALIGN),
        ),
        status,
    )


def _words_of(shared: list[str]) -> tuple[list[str], list[str]]:
    """Words both lines have, and pairs (取消≒キャンセル) that were read as one meaning."""
    return [word for word in shared if "≒" not in word], [word for word in shared if "≒" in word]


def _asked(
    question: proposal_queries.Question, bases: dict[int, Row], wordings: dict[int, str]
) -> Asked:
    """Lines of a cluster stand beside its first line, a joining line beside its group's wording."""
    if question.kind is Kind.JOIN:
        row = bases[question.group_id or 0]
        base = wordings.get(row.group.id, "")
        variants = [compare(base, line.text) if base else None for line in question.lines]
        return Asked(question, (row.group.code, row.group.label), base, variants)
    first, *rest = question.lines
    variants = [None, *(compare(first.text, line.text) for line in rest)]
    return Asked(question, None, first.text, variants)


def _to_proposals(slug: str, kind: Kind) -> str:
    return address("comparison.proposals", slug=slug, kind=kind.value)
