"""Lines in no group on screen, and putting them into one."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request
from flask import url_for as address
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.comparison import queries, service, variant_queries
from registry.comparison.group_views import target_of
from registry.comparison.schemas import LooseFilterSchema, PutSchema
from registry.comparison.views import LABELS, PAGE_SIZE, blueprint, choice_of, subject_of
from registry.errors import Invalid
from registry.processes.models import Business
from registry.standards.models import Relation, RequirementGroup
from registry.web import paging
from registry.web.database import actor, session
from registry.web.forms import Form, bind
from registry.web.gates import allow, writes


@blueprint.get("/compare/<string:slug>/unaligned")
@allow(Permission.READ_CONTENT)
def unaligned(slug: str) -> ResponseReturnValue:
    return _loose_page(subject_of(slug))


@blueprint.post("/compare/<string:slug>/unaligned")
@allow(Permission.ALIGN)
@writes
def put(slug: str) -> ResponseReturnValue:
    subject = subject_of(slug)
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
    target = target_of(subject, form.data["target"])
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
    town = choice_of("town", asked.data["town"], list(matrix.towns))
    page, page_size = paging.asked(PAGE_SIZE)
    found = variant_queries.loose_lines(
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
            names=variant_queries.group_names(session(), subject.id) if may_align else [],
            relations=Relation.choices(),
            form=form or Form(values={"relation": Relation.SAME.value}),
            labels=LABELS,
            may_align=may_align,
        ),
        status,
    )
