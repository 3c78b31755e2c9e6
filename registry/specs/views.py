"""Editions: what the next one would hold, its draft, freezing it, and what was frozen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.db import now
from registry.errors import Invalid, NotFound
from registry.jobs import Job
from registry.paging import Page
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.specs import building, content_queries, export, queries, readiness_queries, service
from registry.specs.schemas import ContentFilterSchema, FreezeSchema
from registry.standards.models import Phase
from registry.text.normalise import search_key
from registry.web import downloads, paging
from registry.web.database import actor, session, state
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, prepares, writes

blueprint = Blueprint("specs", __name__)

PAGE_SIZE: Final = 100
LABELS: Final = {
    "number": "版の番号",
    "issued_on": "発行日",
    "title": "件名",
    "confirmed": "確認",
}


# ---- lists ------------------------------------------------------------------------------------


@blueprint.get("/editions")
@allow(Permission.READ_CONTENT)
def listing() -> ResponseReturnValue:
    return render_template("specs/listing.html", businesses=queries.overview(session(), actor()))


@blueprint.post("/editions/workbook")
@allow(Permission.READ_CONTENT)
@writes
def workbook() -> ResponseReturnValue:
    rows = queries.editions(session(), actor())
    service.record_export(session(), actor(), subject=f"region:{actor().region_id}", rows=len(rows))
    return downloads.workbook(export.editions(rows), "版の一覧")


# ---- the next edition of a business -----------------------------------------------------------


@blueprint.get("/editions/<string:slug>")
@allow(Permission.READ_CONTENT)
def of_business(slug: str) -> ResponseReturnValue:
    return _business_page(_business(slug))


@blueprint.post("/editions/<string:slug>/draft")
@allow(Permission.FREEZE_EDITIONS)
@writes
def build_draft(slug: str) -> ResponseReturnValue:
    business = _business(slug)
    service.enqueue_draft(session(), actor(), business_id=business.id)
    return redirect(url_for("specs.of_business", slug=slug, _anchor="draft"), 303)


@blueprint.get("/editions/<string:slug>/draft-progress")
@allow(Permission.FREEZE_EDITIONS)
def draft_progress(slug: str) -> ResponseReturnValue:
    business = _business(slug)
    job = _found(queries.draft_job(session(), actor(), business.id))
    return render_template("specs/draft_job.html", business=business, job=job)


@blueprint.post("/editions/<string:slug>/draft-file")
@allow(Permission.FREEZE_EDITIONS)
@writes
def draft_file(slug: str) -> ResponseReturnValue:
    business = _business(slug)
    content = service.fetch_draft(session(), actor(), business=business)
    return _attachment(content, "application/pdf", f"{business.slug}-draft.pdf")


def _rehearse(slug: str) -> Form:
    """Check the form, and that all of it can be printed, before the write lock is taken."""
    form = bind(FreezeSchema())
    if not form.ok:
        return form
    with state().database.read() as reading, form.catching():
        business = processes.business(reading, actor(), slug)
        if not readiness_queries.readiness(reading, actor(), business).problems:
            building.rehearse(
                service.preview(reading, actor(), business_id=business.id, **_issue(form))
            )
    return form


@blueprint.post("/editions/<string:slug>")
@allow(Permission.FREEZE_EDITIONS)
@writes
@prepares(_rehearse)
def freeze(slug: str, prepared: Form) -> ResponseReturnValue:
    business, form = _business(slug), prepared
    if form.ok:
        with form.catching():
            edition = service.freeze_edition(
                session(), actor(), business_id=business.id, **_issue(form)
            )
            flash(f"第{edition.number}版を発行しました。ファイルを作っています。", "success")
            return redirect(
                url_for("specs.edition", slug=business.slug, number=edition.number), 303
            )
    return _business_page(business, form, 422)


def _issue(form: Form) -> dict[str, Any]:
    return {
        "number": form.data["number"],
        "issued_on": form.data["issued_on"],
        "title": form.data["title"] or None,
    }


def _business_page(business: Business, form: Form | None = None, status: int = 200) -> Response:
    spec, changed = content_queries.next_changes(session(), actor(), business)
    job = queries.draft_job(session(), actor(), business.id)
    draft = queries.draft(session(), business.id)
    return make_response(
        render_template(
            "specs/business.html",
            business=business,
            editions=queries.editions(session(), actor(), business.id),
            ready=readiness_queries.readiness(session(), actor(), business),
            changes=changed,
            next_number=spec["edition"]["number"],
            predecessor=spec["edition"]["predecessor"],
            draft_at=draft.created_at if draft else None,
            job=job,
            form=form
            or shown(
                {
                    "number": spec["edition"]["number"],
                    "issued_on": now().astimezone(building.JAPAN).date().isoformat(),
                    "title": spec["edition"]["title"],
                }
            ),
            labels=LABELS,
            may_freeze=actor().may(Permission.FREEZE_EDITIONS),
        ),
        status,
    )


# ---- a frozen edition -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a frozen edition; `section` is set on the first of its section on the page."""

    chapter: str
    section: str
    row: Mapping[str, Any]
    phase: str
    differing: Sequence[tuple[str, str]]


@blueprint.get("/editions/<string:slug>/<string:number>")
@allow(Permission.READ_CONTENT)
def edition(slug: str, number: str) -> ResponseReturnValue:
    """`?chapter=` and `?q=` choose lines; `?page=` turns the page."""
    business = _business(slug)
    found = queries.edition(session(), actor(), business.id, number)
    spec = queries.frozen_spec(session(), found.id)
    wanted = bind(ContentFilterSchema(), request.args)
    if not wanted.ok:
        raise Invalid(wanted.message, wanted.errors)
    files = queries.files(session(), found.id)
    built = len(files) == len(queries.FILES)
    return render_template(
        "specs/edition.html",
        business=business,
        number=number,
        edition_id=found.id,
        spec=spec,
        sha256=found.sha256,
        created_at=found.created_at,
        issued_on=found.issued_on,
        files=files if built else [],
        addresses={
            one.name: url_for("specs.file", slug=slug, number=number, name=one.name)
            for one in files
        },
        job=None if built else queries.edition_job(session(), actor(), found.id),
        chapters=[(one["number"], f"{one['number']} {one['title']}") for one in spec["chapters"]],
        total=sum(1 for _ in _lines(spec, "", "")),
        lines=_page(list(_lines(spec, wanted.data["chapter"], wanted.data["q"]))),
        filters=Form(values=dict(request.args.items())),
        filtered=bool(wanted.data["chapter"] or wanted.data["q"]),
        page_href=lambda page: url_for(
            "specs.edition", slug=slug, number=number, **{**request.args, "page": page}
        ),
        may_freeze=actor().may(Permission.FREEZE_EDITIONS),
        may_deliver=actor().may(Permission.DELIVER),
    )


@blueprint.get("/editions/<string:slug>/<string:number>/progress")
@allow(Permission.READ_CONTENT)
def progress(slug: str, number: str) -> ResponseReturnValue:
    business = _business(slug)
    found = queries.edition(session(), actor(), business.id, number)
    job = _found(queries.edition_job(session(), actor(), found.id))
    return render_template(
        "specs/edition_job.html",
        business=business,
        number=number,
        job=job,
        may_freeze=actor().may(Permission.FREEZE_EDITIONS),
    )


@blueprint.post("/editions/<string:slug>/<string:number>/build")
@allow(Permission.FREEZE_EDITIONS)
@writes
def build(slug: str, number: str) -> ResponseReturnValue:
    found = queries.edition(session(), actor(), _business(slug).id, number)
    service.enqueue_build(session(), actor(), found)
    return redirect(url_for("specs.edition", slug=slug, number=number), 303)


@blueprint.post("/editions/<string:slug>/<string:number>/files/<string:name>")
@allow(Permission.READ_CONTENT)
@writes
def file(slug: str, number: str, name: str) -> ResponseReturnValue:
    found = queries.edition(session(), actor(), _business(slug).id, number)
    stored = service.fetch_file(session(), actor(), edition=found, name=name)
    return _attachment(stored.content, stored.media_type, f"{slug}-{number}-{name}")


@blueprint.post("/editions/<string:slug>/<string:number>/workbook")
@allow(Permission.READ_CONTENT)
@writes
def lines_workbook(slug: str, number: str) -> ResponseReturnValue:
    found = queries.edition(session(), actor(), _business(slug).id, number)
    spec = queries.frozen_spec(session(), found.id)
    rows = sum(1 for _ in _lines(spec, "", ""))
    service.record_export(session(), actor(), subject=f"edition:{found.id}", rows=rows)
    return downloads.workbook(export.lines(spec), f"機能要件一覧_{slug}_{number}")


def _lines(spec: Mapping[str, Any], chapter_number: str, text: str) -> Iterator[Line]:
    names = {town["code"]: town["name"] for town in spec["municipalities"]}
    key = search_key(text)
    for chapter in spec["chapters"]:
        if chapter_number and chapter["number"] != chapter_number:
            continue
        for section in chapter["sections"]:
            for row in section["requirements"]:
                if key and key not in search_key(f"{row['code']}\n{row['title']}\n{row['text']}"):
                    continue
                yield Line(
                    chapter=f"{chapter['number']} {chapter['title']}",
                    section=f"{section['number']} {section['title']}",
                    row=row,
                    phase=Phase(row["phase"]).label if row["phase"] else "",
                    differing=[
                        (names[code], export.applied(one))
                        for code, one in row["applications"].items()
                        if one["state"] != "follows"
                    ],
                )


def _page(lines: Sequence[Line]) -> Page[Line]:
    page, size = paging.asked(PAGE_SIZE)
    return Page(list(lines[(page - 1) * size : page * size]), page, size, len(lines))


def _business(slug: str) -> Business:
    return processes.business(session(), actor(), slug)


def _found(job: Job | None) -> Job:
    if job is None:
        raise NotFound("この処理は見つかりませんでした。")
    return job


def _attachment(content: bytes, media_type: str, name: str) -> Response:
    return send_file(BytesIO(content), mimetype=media_type, as_attachment=True, download_name=name)
