"""The standards of a business: all of them, filtered, as a workbook, and taken from the nation's."""

from __future__ import annotations

from collections.abc import Sequence
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
from registry.errors import Invalid
from registry.goals import queries as goals
from registry.goals import tree
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.standards import (
    deciding,
    export,
    group_queries,
    queries,
    standings,
)
from registry.standards.group_queries import GroupLine
from registry.standards.models import (
    StandardRequirement,
)
from registry.standards.schemas import (
    AdoptNationalSchema,
    FilterSchema,
)
from registry.standards.standings import Standing, Wanted
from registry.web import downloads, paging
from registry.web.database import actor, session
from registry.web.filters import JAPAN
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, writes

blueprint = Blueprint("standards", __name__)


@blueprint.get("/standards")
@allow(Permission.READ_CONTENT)
def listing() -> ResponseReturnValue:
    return render_template(
        "standards/listing.html", businesses=standings.overview(session(), actor())
    )


@blueprint.get("/standards/<string:slug>")
@allow(Permission.READ_CONTENT)
def of_business(slug: str) -> ResponseReturnValue:
    return _list_page(of_slug(slug))


@blueprint.post("/standards/<string:slug>/workbook")
@allow(Permission.READ_CONTENT)
@writes
def workbook(slug: str) -> ResponseReturnValue:
    business = of_slug(slug)
    content = export.export_list(
        session(), actor(), business=business, wanted=_wanted(request.form)
    )
    return downloads.workbook(content, f"標準要件_{business.name}")


@blueprint.post("/standards/<string:slug>/adopt-national")
@allow(Permission.DECIDE)
@writes
def adopt_national(slug: str) -> ResponseReturnValue:
    business = of_slug(slug)
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
            goal_options=[(code, _cut(label)) for code, label in goal_options()],
            standings=Standing.choices(),
            bare=[one for one in groups if one.lines and not one.standards and not one.outcome],
            settled=[one for one in groups if one.outcome and not one.standards],
            has_groups=bool(groups),
            open_national=standings.open_national(session(), business.id),
            form=adopt_form or shown({"decided_on": today()}),
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


def silent_towns(business: Business, lines: Sequence[GroupLine]) -> dict[str, list[str]]:
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


def of_slug(slug: str) -> Business:
    return processes.business(session(), actor(), slug)


def standard_of(business: Business, code: str) -> StandardRequirement:
    return queries.standard(session(), actor(), business.id, code)


def goal_options(*, open_only: bool = False, kept: str = "") -> list[tuple[str, str]]:
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


def today() -> str:
    return datetime.now(JAPAN).date().isoformat()
