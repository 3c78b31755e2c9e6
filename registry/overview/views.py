"""The first page after signing in, running jobs, the audit record, help."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from registry import audit
from registry.access import Permission, Role
from registry.errors import Invalid, NotFound
from registry.jobs import JobState
from registry.overview import export, progress, quality, queries, tasks
from registry.overview.schemas import AuditFilterSchema, JobFilterSchema
from registry.paging import paginate
from registry.web import downloads, paging
from registry.web.database import actor, session, state
from registry.web.forms import Form, bind
from registry.web.gates import allow, writes

blueprint = Blueprint("overview", __name__)


@blueprint.get("/")
@allow(Permission.SIGNED_IN)
def home() -> ResponseReturnValue:
    person = actor()
    rates = progress.of_region(session(), person) if person.may(Permission.READ_CONTENT) else []
    return render_template(
        "overview/home.html",
        tasks=[
            {
                "text": task.text,
                "note": f"{task.count} 件 {task.note}".strip(),
                "href": url_for(task.endpoint, **task.arguments),
            }
            for task in tasks.of(session(), person)
        ],
        measures=progress.MEASURES,
        definitions=progress.DEFINITIONS,
        rows=[{"label": town.name, "values": town.values} for town in rates],
    )


@blueprint.post("/progress/export")
@allow(Permission.READ_CONTENT)
@writes
def export_progress() -> ResponseReturnValue:
    return downloads.workbook(export.towns(session(), actor()), "団体ごとの進み具合")


@blueprint.get("/jobs/<int:job_id>")
@allow(Permission.SIGNED_IN)
def job(job_id: int) -> ResponseReturnValue:
    found = queries.job(session(), actor(), job_id)
    return render_template(
        "overview/job.html", job=found, title=queries.KINDS.get(found.kind, found.kind)
    )


@blueprint.get("/jobs/<int:job_id>/progress")
@allow(Permission.SIGNED_IN)
def job_fragment(job_id: int) -> ResponseReturnValue:
    """Only the part of the page that changes, for htmx to ask each second."""
    found = queries.job(session(), actor(), job_id)
    return render_template(
        "overview/job_fragment.html", job=found, title=queries.KINDS.get(found.kind, found.kind)
    )


@blueprint.get("/jobs")
@allow(Permission.MANAGE_JOBS)
def jobs() -> ResponseReturnValue:
    form = _filter(JobFilterSchema())
    page, size = paging.asked()
    query = queries.jobs(actor(), form.data["state"])
    found = paginate(session(), query, page=page, page_size=size, scalars=False)
    return render_template(
        "overview/jobs.html",
        form=form,
        page=found,
        kinds=queries.KINDS,
        states=JobState.choices(),
        href=_page,
    )


@blueprint.post("/jobs/export")
@allow(Permission.MANAGE_JOBS)
@writes
def export_jobs() -> ResponseReturnValue:
    return downloads.workbook(export.jobs(session(), actor()), "処理状況")


@blueprint.get("/audit", endpoint="audit")
@allow(Permission.READ_AUDIT)
def audit_page() -> ResponseReturnValue:
    form = _filter(AuditFilterSchema())
    page, size = paging.asked()
    query = queries.audit_events(actor(), queries.audit_filter(**form.data))
    found = paginate(session(), query, page=page, page_size=size)
    return render_template(
        "overview/audit.html",
        form=form,
        page=found,
        events=[queries.shown(event) for event in found.items],
        href=_page,
    )


@blueprint.get("/audit/verification")
@allow(Permission.READ_AUDIT)
def audit_verification() -> ResponseReturnValue:
    """Walk the chain now and say how it stands."""
    found = audit.verify(session(), state().config.audit_key)
    return render_template("overview/audit_verification.html", found=found)


@blueprint.post("/audit/export")
@allow(Permission.READ_AUDIT)
@writes
def export_audit() -> ResponseReturnValue:
    form = bind(AuditFilterSchema())
    if not form.ok:
        raise Invalid(form.message, form.errors)
    wanted = queries.audit_filter(**form.data)
    return downloads.workbook(export.audit_events(session(), actor(), wanted), "監査記録")


@blueprint.get("/help", endpoint="help")
@allow(Permission.SIGNED_IN)
def help_index() -> ResponseReturnValue:
    return render_template("overview/help/index.html", roles=Role.choices())


@blueprint.get("/help/engines")
@allow(Permission.SIGNED_IN)
def help_engines() -> ResponseReturnValue:
    """What the machine proposes and judges, how good it is at that, and where it errs."""
    return render_template(
        "overview/help/engines.html",
        quality=quality.measured("matching"),
        clarity_quality=quality.measured("clarity"),
    )


@blueprint.get("/help/<string:role>")
@allow(Permission.SIGNED_IN)
def help_page(role: str) -> ResponseReturnValue:
    if role not in Role.values():
        raise NotFound
    return render_template(f"overview/help/{role}.html", role=Role(role))


def _filter(schema: JobFilterSchema | AuditFilterSchema) -> Form:
    form = bind(schema, request.args)
    if not form.ok:
        raise Invalid("絞り込みの条件を確かめてください。", form.errors)
    return form


def _page(number: int) -> str:
    arguments: dict[str, Any] = {**request.args.to_dict(), "page": number}
    return url_for(str(request.endpoint), **arguments)
