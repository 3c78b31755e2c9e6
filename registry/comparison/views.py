"""The comparison on screen: the list of businesses and the matrix of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, render_template, request
from flask import url_for as address
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.comparison import commands, queries, service
from registry.comparison.matrix import Matrix, Row, Show, Town
from registry.comparison.queries import GoalChoice
from registry.comparison.schemas import MatrixFilterSchema
from registry.errors import Invalid
from registry.goals import tree
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.web import downloads, paging
from registry.web.database import actor, session
from registry.web.forms import Form, bind
from registry.web.gates import allow, writes
from registry.workbook import write_table

blueprint = Blueprint("comparison", __name__)
"""For all pages of the comparison: the modules beside this one add theirs."""

PAGE_SIZE: Final = 50
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
    subject = subject_of(slug)
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
        goal_options=goal_options(goals),
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
    subject = subject_of(slug)
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
    goal = choice_of("goal", form.data["goal"], goals)
    town = choice_of("town", form.data["town"], list(found.towns))
    show: Show = form.data["show"] or Show.ALL
    words = {"show": show.value if show is not Show.ALL else ""}
    words |= {"goal": goal.code if goal else "", "town": town.code if town else ""}
    return Wanted(show, goal, town, {name: word for name, word in words.items() if word})


def _selected(found: Matrix, goals: list[GoalChoice], wanted: Wanted) -> list[Row]:
    branch = tree.branch(goals, wanted.goal.id) if wanted.goal is not None else None
    return found.select(show=wanted.show, goal_ids=branch, town=wanted.town)


def _same_filters(slug: str, wanted: Wanted, name: str) -> Callable[[Any], str]:
    """The address with one filter replaced; another filter begins at the first page again."""

    def href(value: Any) -> str:
        words = {**wanted.address, name: value}
        return address("comparison.business", slug=slug, **{k: v for k, v in words.items() if v})

    return href


# ---- shared with the modules beside this one ----------------------------------------------------


def subject_of(slug: str) -> Business:
    """The business a page is about. Raises NotFound."""
    return processes.business(session(), actor(), slug)


def choice_of(name: str, code: str, choices: list[Any]) -> Any:
    """What a filter names, None for an empty one. Raises Invalid for a code that is not there."""
    if not code:
        return None
    for choice in choices:
        if choice.code == code:
            return choice
    raise Invalid(
        "この条件では絞り込めません。条件を選び直してください。",
        {name: [f"{code} は見つかりませんでした。"]},
    )


def goal_options(goals: list[GoalChoice], *, open_only: bool = False) -> list[tuple[str, str]]:
    """Goals for a select box, in printed order and indented by level."""
    return [
        (node.goal.code, f"{'　' * (node.level - 1)}{node.goal.code} {node.goal.statement}")
        for node in tree.walk(tree.grow(goals))
        if not (open_only and node.goal.closed)
    ]
