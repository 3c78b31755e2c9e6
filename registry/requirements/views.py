"""The pages of requirements: the businesses, a town's table, the towns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from registry.access import Actor, Permission
from registry.errors import NotFound
from registry.goals import queries as goals
from registry.municipalities.models import Municipality
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements import (
    clarity,
    count_queries,
    editing,
    export,
    line_queries,
    queries,
    service,
)
from registry.requirements.grid import (
    LABELS,
    goal_options,
    grid_columns,
    grid_rows,
    read_columns,
)
from registry.requirements.layout import COLUMNS, Layout, chosen, remembered
from registry.requirements.line_queries import SORTS, Filter, Line
from registry.requirements.models import RequirementState
from registry.web import downloads, paging
from registry.web.database import actor, session, state
from registry.web.forms import Form, shown
from registry.web.gates import allow, writes

blueprint = Blueprint("requirements", __name__)
"""For all pages of requirements: the modules beside this one add theirs."""

PAGE_SIZE: Final = 100
_LAYOUT_COOKIE: Final = "kaizu-columns"
_YEAR: Final = 365 * 24 * 60 * 60
_NARROWING: Final = ("municipality", "q", "state", "section", "goal", "sort", "order", "page_size")
_LAYOUT: Final = ("columns", "density")


@blueprint.get("/requirements")
@allow(Permission.READ_CONTENT)
def listing() -> ResponseReturnValue:
    """Choose a business; the own town's progress in each."""
    own = count_queries.own_counts(session(), actor())
    region = count_queries.towns_submitted(session(), actor())
    rows = [
        {
            "business": one,
            "own": own.get(one.id, count_queries.Counts()),
            "region": region.get(one.id, (0, 0)),
        }
        for one in processes.businesses(session(), actor())
    ]
    return render_template("requirements/listing.html", rows=rows, may=may(actor()))


@blueprint.get("/requirements/<string:slug>")
@allow(Permission.READ_CONTENT)
def table(slug: str) -> ResponseReturnValue:
    """The own town's table to work in; another town's submitted lines to read."""
    business = processes.business(session(), actor(), slug)
    code = asked_for("municipality") or actor().municipality_code
    if code is None:
        return redirect(url_for("requirements.towns", slug=slug), 303)
    if request.args.get("remember"):
        return _remember_layout(slug)
    return table_page(business, queries.municipality(session(), actor(), code))


def _remember_layout(slug: str) -> ResponseReturnValue:
    """Keep the choice in this browser and go to its address.

    That address shows the same to whoever gets it, without changing what their browser keeps.
    """
    response = make_response(
        redirect(url_for("requirements.table", slug=slug, **kept_arguments()), 303)
    )
    response.set_cookie(
        _LAYOUT_COOKIE,
        _layout().words(),
        max_age=_YEAR,
        secure=not state().config.insecure_http,
        httponly=True,
        samesite="Lax",
        path="/requirements",
    )
    return response


@blueprint.get("/requirements/<string:slug>/towns")
@allow(Permission.READ_CONTENT)
def towns(slug: str) -> ResponseReturnValue:
    """Every town with what may be known of its lines."""
    business = processes.business(session(), actor(), slug)
    counts = count_queries.town_counts(session(), actor(), business.id)
    return render_template("requirements/towns.html", business=business, towns=counts)


@blueprint.post("/requirements/<string:slug>/export")
@allow(Permission.READ_CONTENT)
@writes
def export_table(slug: str) -> ResponseReturnValue:
    """All lines of the town as xlsx, whatever the table was narrowed to."""
    business, town, lines = taken_lines(slug)
    own = town.id == actor().municipality_id
    title = f"{town.name} {business.name} 要件"
    content = export.town_workbook(session(), actor(), title, lines, own=own)
    return downloads.workbook(content, f"{town.name}_{business.name}_要件")


def table_page(
    business: Business,
    town: Municipality,
    *,
    answers: Sequence[editing.Answer] = (),
    typed: Sequence[editing.Row] = (),
    message: str = "",
) -> str:
    """The table; after a failed save with what was typed, the answers to it and a message."""
    narrowed, (page, size) = _filter(), paging.asked(PAGE_SIZE)
    sort_href = _sort_href(business.slug, narrowed)
    own = town.id == actor().municipality_id
    owner = {"municipality_id": town.id, "business_id": business.id}
    readable = queries.may_read(session(), actor(), town.id, business.id)
    found = line_queries.lines(
        session(), actor(), **owner, narrowed=narrowed, page=page, page_size=size
    )
    every = goals.all_goals(session(), actor())
    editable = own and actor().may(Permission.WRITE_REQUIREMENTS)
    layout = _layout()
    return render_template(
        "requirements/table.html",
        business=business,
        town=town,
        own=own,
        readable=readable,
        editable=editable,
        may=may(actor()),
        counts=count_queries.own_counts(session(), actor()).get(
            business.id, count_queries.Counts()
        ),
        town_counts=None
        if own
        else next(
            one
            for one in count_queries.town_counts(session(), actor(), business.id)
            if one.municipality_id == town.id
        ),
        page=found,
        rows=grid_rows(found.items, answers, typed, layout),
        markers=clarity.of_rows(session(), actor(), {line.id: line.text for line in found.items}),
        columns=grid_columns(every, narrowed, sort_href, layout),
        narrowed=narrowed,
        filter_form=_filter_form(narrowed, town, own=own),
        sections=[
            (one, one)
            for one in (line_queries.sections(session(), actor(), **owner) if readable else [])
        ],
        goals=every,
        goal_filter=[("-", "目標なし"), *goal_options(every, short=20)[1:]],
        states=[
            one for one in RequirementState.choices() if own or one[0] in {"submitted", "confirmed"}
        ],
        complete=found.total <= size and narrowed == Filter() and not answers,
        href=_page_href(business.slug),
        error=message,
        blanks=0 if any(row.id.startswith("new-") for row in typed) else 3,
        narrowed_at_all=narrowed != Filter(sort=narrowed.sort, descending=narrowed.descending),
        form_action=url_for("requirements.table", slug=business.slug, **kept_arguments()),
        read_columns=read_columns(narrowed, sort_href, layout),
        layout=layout,
        column_choices=[(name, LABELS[name]) for name in COLUMNS],
        hidden_columns={name: LABELS[name] for name in layout.hidden},
        kept=kept_arguments(),
        kept_layout=_kept(_LAYOUT),
        kept_narrowing=_kept(_NARROWING),
    )


def _layout() -> Layout:
    """The columns and row height of the address, else those this browser keeps."""
    if "columns" not in request.args:
        return remembered(request.cookies.get(_LAYOUT_COOKIE, ""))
    return chosen(request.args.getlist("columns"), dense=request.args.get("density") == "dense")


def _filter() -> Filter:
    """What the address narrows the table to; a state that does not exist is no filter."""
    state, sort = asked_for("state"), asked_for("sort")
    return Filter(
        state=RequirementState(state) if state in RequirementState.values() else None,
        section=asked_for("section"),
        goal=asked_for("goal"),
        q=asked_for("q")[:200],
        sort=sort if sort in SORTS else "position",
        descending=request.args.get("order") == "descending",
    )


def _filter_form(narrowed: Filter, town: Municipality, *, own: bool) -> Form:
    return shown(
        {
            "q": narrowed.q,
            "state": narrowed.state.value if narrowed.state else "",
            "section": narrowed.section,
            "goal": narrowed.goal,
            "municipality": "" if own else town.code,
        }
    )


def _page_href(slug: str) -> Any:
    def href(page: int) -> str:
        return url_for("requirements.table", slug=slug, **kept_arguments() | {"page": str(page)})

    return href


def _sort_href(slug: str, narrowed: Filter) -> Callable[[str], str]:
    def href(key: str) -> str:
        down = narrowed.sort == key and not narrowed.descending
        order = {"sort": key, "order": "descending" if down else "ascending"}
        return url_for("requirements.table", slug=slug, **kept_arguments() | order)

    return href


# ── shared with the modules beside this one ──


def taken_lines(slug: str) -> tuple[Business, Municipality, Sequence[Line]]:
    """The posted town's lines of a business for a file; that they were taken is recorded.

    Without a town in the form it is the person's own. Raises NotFound, also where the town hides
    its detail.
    """
    business = processes.business(session(), actor(), slug)
    code = posted("municipality") or actor().municipality_code or ""
    town = queries.municipality(session(), actor(), code)
    if not queries.may_read(session(), actor(), town.id, business.id):
        raise NotFound("この団体は内訳を公開していません。")
    owner = {"municipality_id": town.id, "business_id": business.id}
    lines = line_queries.lines(session(), actor(), **owner, narrowed=Filter()).items
    service.record_export(session(), actor(), **owner, count=len(lines))
    return business, town, lines


def may(person: Actor) -> dict[str, bool]:
    """What the buttons of a page ask."""
    return {
        "write": person.may(Permission.WRITE_REQUIREMENTS),
        "submit": person.may(Permission.SUBMIT_REQUIREMENTS),
        "import": person.may(Permission.IMPORT_REQUIREMENTS),
        "confirm": person.may(Permission.CONFIRM_REQUIREMENTS),
        "own": person.municipality_id is not None,
        "settings": person.may(Permission.EDIT_BUSINESSES),
    }


def asked_for(name: str) -> str:
    """A word of the address; the character that PostgreSQL takes in no text asks for nothing."""
    return request.args.get(name, "").replace("\x00", "").strip()


def posted(name: str) -> str:
    """A word of the form, cleaned like `asked_for`."""
    return request.form.get(name, "").replace("\x00", "").strip()


def kept_arguments() -> dict[str, Any]:
    """What of the address stays when one goes on within the table."""
    return _kept(_NARROWING) | _kept(_LAYOUT)


def _kept(names: Sequence[str]) -> dict[str, Any]:
    """These words of the address as far as it has them; the columns as one word."""
    found = {name: value for name in names if (value := asked_for(name))}
    if "columns" in names and "columns" in request.args:
        found["columns"] = ".".join(_layout().columns)
    return found


def own_town(person: Actor) -> Municipality:
    """The town whose table this person writes. Raises NotFound for people without one."""
    if person.municipality_code is None:
        raise NotFound
    return queries.municipality(session(), person, person.municipality_code)
