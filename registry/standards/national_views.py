"""The library of national standards on screen, and a business made of one."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.errors import Invalid
from registry.standards import library, library_business
from registry.standards.models import NationalSpec
from registry.standards.schemas import NationalBusinessSchema, SearchSchema
from registry.standards.views import blueprint
from registry.web import downloads, paging
from registry.web.database import actor, session
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, writes


@blueprint.get("/national")
@allow(Permission.READ_CONTENT)
def national_listing() -> ResponseReturnValue:
    return render_template(
        "standards/national_listing.html",
        specs=library.specs(session(), actor()),
        form=Form(),
        may_draft=actor().may(Permission.DRAFT_STANDARDS),
    )


@blueprint.get("/national/search")
@allow(Permission.READ_CONTENT)
def national_search() -> ResponseReturnValue:
    form = bind(SearchSchema(), request.args)
    if not form.ok:
        raise Invalid("この言葉では探せません。", form.errors)
    page, page_size = paging.asked()
    spec_id = form.data["spec"]
    within = library.spec(session(), actor(), spec_id) if spec_id is not None else None
    found = library.search(
        session(), actor(), form.data["q"], spec_id=spec_id, page=page, page_size=page_size
    )
    return render_template(
        "standards/national_search.html",
        form=form,
        within=within,
        found=found.lines,
        titles=found.titles,
        page_href=lambda number: url_for(
            "standards.national_search", **{**request.args, "page": number}
        ),
        specs=library.specs(session(), actor()),
    )


@blueprint.get("/national/<int:spec_id>")
@allow(Permission.READ_CONTENT)
def national_outline(spec_id: int) -> ResponseReturnValue:
    spec = _spec(spec_id)
    return render_template(
        "standards/national_outline.html",
        spec=spec,
        headings=library.outline(session(), spec),
        form=Form(values={"spec": spec.id}),
        may_draft=actor().may(Permission.DRAFT_STANDARDS),
    )


@blueprint.get("/national/<int:spec_id>/items/<string:number>")
@allow(Permission.READ_CONTENT)
def national_item(spec_id: int, number: str) -> ResponseReturnValue:
    spec = _spec(spec_id)
    item = library.item(session(), spec, number)
    return render_template(
        "standards/national_item.html",
        spec=spec,
        item=item,
        below=library.outline(session(), spec, under=number),
    )


@blueprint.post("/national/<int:spec_id>/workbook")
@allow(Permission.READ_CONTENT)
@writes
def national_workbook(spec_id: int) -> ResponseReturnValue:
    spec = _spec(spec_id)
    content = library.export_lines(session(), actor(), spec=spec)
    return downloads.workbook(content, f"{spec.name}_{spec.edition}")


@blueprint.get("/national/<int:spec_id>/business")
@allow(Permission.DRAFT_STANDARDS)
def new_national_business(spec_id: int) -> ResponseReturnValue:
    spec = _spec(spec_id)
    return _business_page(spec, shown({"name": spec.name}))


@blueprint.post("/national/<int:spec_id>/business")
@allow(Permission.DRAFT_STANDARDS)
@writes
def make_national_business(spec_id: int) -> ResponseReturnValue:
    spec = _spec(spec_id)
    form = bind(NationalBusinessSchema())
    if form.ok:
        with form.catching():
            business, count = library_business.make_business(
                session(), actor(), spec=spec, **form.data
            )
            flash(
                f"業務「{business.name}」を作り、標準要件の案を {count} 件登録しました。"
                "続けて、採否を決めてください。",
                "success",
            )
            return redirect(url_for("standards.of_business", slug=business.slug), 303)
    return _business_page(spec, form), 422


def _business_page(spec: NationalSpec, form: Form) -> str:
    return render_template(
        "standards/national_business.html",
        spec=spec,
        form=form,
        lines=library_business.usable_lines(session(), spec),
    )


def _spec(spec_id: int) -> NationalSpec:
    return library.spec(session(), actor(), spec_id)
