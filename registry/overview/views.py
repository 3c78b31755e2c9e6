"""The first page after signing in, running jobs, the audit record, help."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from registry import audit
from registry.access import Permission, Role
from registry.errors import Invalid, NotFound
from registry.jobs import JobState
from registry.overview import progress, queries, tasks
from registry.overview.schemas import AuditFilterSchema, JobFilterSchema
from registry.paging import paginate
from registry.web import downloads, paging
from registry.web.database import actor, session, state
from registry.web.filters import JAPAN, moment_short, percent
from registry.web.forms import Form, bind
from registry.web.gates import allow, writes
from registry.workbook import Column, write_table

blueprint = Blueprint("overview", __name__)

KINDS: Final = {
    "requirements.import": "要件の取込",
    "comparison.propose": "対応付けの提案",
    "specs.build_edition": "仕様書の作成",
    "specs.build_draft": "仕様書の案の作成",
}
MAX_EXPORT: Final = 50_000


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
    towns = progress.of_region(session(), actor())
    columns = [Column("団体コード", code=True), Column("団体")]
    for _, label in progress.MEASURES:
        columns += [Column(label), Column(f"{label}の内訳")]
    rows = [
        [town.code, town.name]
        + [
            cell
            for key, _ in progress.MEASURES
            for cell in (percent(*town.values[key]), "/".join(map(str, town.values[key])))
        ]
        for town in towns
    ]
    audit.record(session(), actor(), "overview.export", "region:", after={"rows": len(rows)})
    return downloads.workbook(write_table("進み具合", columns, rows), "団体ごとの進み具合")


@blueprint.get("/jobs/<int:job_id>")
@allow(Permission.SIGNED_IN)
def job(job_id: int) -> ResponseReturnValue:
    found = queries.job(session(), actor(), job_id)
    return render_template("overview/job.html", job=found, title=KINDS.get(found.kind, found.kind))


@blueprint.get("/jobs/<int:job_id>/progress")
@allow(Permission.SIGNED_IN)
def job_fragment(job_id: int) -> ResponseReturnValue:
    """Only the part of the page that changes, for htmx to ask each second."""
    found = queries.job(session(), actor(), job_id)
    return render_template(
        "overview/job_fragment.html", job=found, title=KINDS.get(found.kind, found.kind)
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
        kinds=KINDS,
        states=JobState.choices(),
        href=_page,
    )


@blueprint.post("/jobs/export")
@allow(Permission.MANAGE_JOBS)
@writes
def export_jobs() -> ResponseReturnValue:
    found = session().execute(queries.jobs(actor(), None).limit(MAX_EXPORT)).all()
    columns = [
        Column(heading)
        for heading in ("番号", "処理", "状態", "だれが", "受付", "終了", "試行", "メッセージ")
    ]
    rows = [
        [
            str(row.id),
            KINDS.get(row.kind, row.kind),
            row.state.label,
            who or "",
            moment_short(row.created_at),
            moment_short(row.finished_at),
            str(row.attempt),
            row.error or row.message,
        ]
        for row, who in found
    ]
    audit.record(session(), actor(), "jobs.export", "job:", after={"rows": len(rows)})
    return downloads.workbook(write_table("処理状況", columns, rows), "処理状況")


@blueprint.get("/audit", endpoint="audit")
@allow(Permission.READ_AUDIT)
def audit_page() -> ResponseReturnValue:
    form = _filter(AuditFilterSchema())
    page, size = paging.asked()
    query = queries.audit_events(actor(), _wanted(form))
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
    events = session().scalars(queries.audit_events(actor(), _wanted(form)).limit(MAX_EXPORT))
    columns = [
        Column(heading)
        for heading in ("番号", "日時", "だれが", "役割", "団体", "操作", "対象", "ハッシュ")
    ]
    rows = [
        [
            str(event.sequence),
            moment_short(event.at),
            event.actor,
            _role(event.role),
            event.municipality_code or "",
            event.action,
            event.subject,
            event.hash,
        ]
        for event in events
    ]
    audit.record(session(), actor(), "audit.export", "audit_event:", after={"rows": len(rows)})
    return downloads.workbook(write_table("監査記録", columns, rows), "監査記録")


@blueprint.get("/help", endpoint="help")
@allow(Permission.SIGNED_IN)
def help_index() -> ResponseReturnValue:
    return render_template("overview/help/index.html", roles=Role.choices())


@blueprint.get("/help/<string:role>")
@allow(Permission.SIGNED_IN)
def help_page(role: str) -> ResponseReturnValue:
    if role not in Role.values():
        raise NotFound
    return render_template(f"overview/help/{role}.html", role=Role(role))


def _role(value: str) -> str:
    return Role(value).label if value in Role.values() else value


def _filter(schema: JobFilterSchema | AuditFilterSchema) -> Form:
    form = bind(schema, request.args)
    if not form.ok:
        raise Invalid("絞り込みの条件を確かめてください。", form.errors)
    return form


def _wanted(form: Form) -> queries.AuditFilter:
    data = form.data
    return queries.AuditFilter(
        who=data["who"],
        action=data["action"],
        subject=data["subject"],
        since=_midnight(data["since"]),
        until=_midnight(data["until"] + timedelta(days=1) if data["until"] else None),
    )


def _midnight(day: date | None) -> datetime | None:
    """The start of a day in Japan, as stored."""
    return datetime.combine(day, time(), JAPAN).astimezone(UTC) if day else None


def _page(number: int) -> str:
    arguments: dict[str, Any] = {**request.args.to_dict(), "page": number}
    return url_for(str(request.endpoint), **arguments)
