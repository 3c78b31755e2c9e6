"""The step table of a flow as a form: one row a step, without JavaScript, for everybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Final

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.errors import Conflict
from registry.processes import flow_queries, flow_service, step_table
from registry.processes.bpmn import writing
from registry.processes.flow import Flow, StepKind, Work
from registry.processes.flow_schemas import FlowHeadSchema
from registry.processes.flow_views import (
    LABELS,
    blueprint,
    business_of,
    clash,
    document_of,
    open_flow,
    own_flow,
    own_town,
    saved,
    to_flow_page,
)
from registry.processes.models import Business, FlowKind, FlowRecord
from registry.processes.step_table import HEADINGS, MAX_ROWS, Row
from registry.web.conflicts import Difference
from registry.web.database import actor, session
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, writes

_BLANKS: Final = 3
_CELL: Final = re.compile(r"rows-([0-9]{1,4})-([a-z]+)")
_ACT: Final = re.compile(r"(insert|remove)-([0-9]{1,4})")


@blueprint.get("/businesses/<string:slug>/flows/new")
@allow(Permission.WRITE_REQUIREMENTS)
def new(slug: str) -> ResponseReturnValue:
    business = business_of(slug)
    form = shown({"title": business.name, "kind": FlowKind.AS_IS.value, "note": ""})
    return table_page(business, None, form, [Row()] * 6)


@blueprint.post("/businesses/<string:slug>/flows/new")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def create(slug: str) -> ResponseReturnValue:
    business = business_of(slug)
    form, rows = bind(FlowHeadSchema()), _rows()
    act = _changed_rows(rows)
    if act is not None:
        return table_page(business, None, Form(values=form.values), act)
    if form.ok:
        with form.catching():
            flow = step_table.to_flow(rows, title=form.data["title"])
            made = flow_service.create_flow(
                session(),
                actor(),
                municipality_id=own_town(),
                business=business,
                document=writing.compose(flow),
                **form.data,
            )
            flash(f"フロー「{made.title}」を保存しました。", "success")
            return to_flow_page(slug, made)
    return table_page(business, None, form, rows), 422


@blueprint.get("/businesses/<string:slug>/flows/<int:flow_id>/table")
@allow(Permission.WRITE_REQUIREMENTS)
def edit_table(slug: str, flow_id: int) -> ResponseReturnValue:
    business, record = open_flow(slug, flow_id)
    flow = document_of(flow_queries.version(session(), record)).flow
    form = shown({"title": record.title, "kind": record.kind.value, "note": ""}, record.version)
    return table_page(business, record, form, list(step_table.to_rows(flow)), flow)


@blueprint.post("/businesses/<string:slug>/flows/<int:flow_id>/table")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def save_table(slug: str, flow_id: int) -> ResponseReturnValue:
    """Save the table as a new version; what it does not show stays as it was in the file."""
    business, record = own_flow(slug, flow_id)
    document = document_of(flow_queries.version(session(), record))
    form, rows = bind(FlowHeadSchema()), _rows()
    act = _changed_rows(rows)
    if act is not None:
        return table_page(business, record, Form(values=form.values), act, document.flow)
    if form.ok:
        try:
            with form.catching():
                flow = step_table.to_flow(rows, title=form.data["title"], base=document.flow)
                return saved(slug, business, record, form, writing.apply(document, flow))
        except Conflict as stale:
            conflict = clash(record, form, stale)
            return table_page(business, record, form, rows, document.flow, conflict), 409
    return table_page(business, record, form, rows, document.flow), 422


def table_page(
    business: Business,
    record: FlowRecord | None,
    form: Form,
    rows: list[Row],
    base: Flow | None = None,
    conflict: tuple[str, list[Difference]] | None = None,
) -> str:
    """The form of a step table; `record` is None for a new flow."""
    numbered = [
        row if row.number or row.is_empty else replace(row, number=str(at))
        for at, row in enumerate(rows, start=1)
    ]
    blanks = [Row()] * (_BLANKS if len(rows) < MAX_ROWS else 0)
    inner = sum(1 for step in base.steps if step.parent) if base else 0
    return render_template(
        "processes/flow_table.html",
        business=business,
        flow=record,
        form=form,
        labels={**LABELS, **_cell_labels(len(rows))},
        rows=[asdict(row) for row in (*numbered, *blanks)],
        headings=HEADINGS,
        lanes=sorted({row.lane for row in rows if row.lane}),
        works=[work.label for work in Work],
        step_kinds=[kind.label for kind in StepKind if kind is not StepKind.TASK],
        kinds=FlowKind.choices(),
        inner=inner,
        conflict=conflict,
    )


def _rows() -> list[Row]:
    """The rows as typed, in the order of their numbers; empty ones fall away."""
    cells: dict[int, dict[str, str]] = {}
    for name, value in request.form.items():
        found = _CELL.fullmatch(name)
        if found and found.group(2) in {*HEADINGS, "id"} and int(found.group(1)) <= 2 * MAX_ROWS:
            text = value.replace("\r\n", "\n")[:1000]
            cells.setdefault(int(found.group(1)), {})[found.group(2)] = text
    rows = [Row(**cells[at]) for at in sorted(cells)]
    act = _ACT.fullmatch(request.form.get("act", ""))
    return rows if act else [row for row in rows if not row.is_empty]


def _changed_rows(rows: list[Row]) -> list[Row] | None:
    """The rows after 「行を加える」 or 「行を消す」; None when the table is to be saved."""
    act = request.form.get("act", "save")
    if act == "add":
        return [*rows, *[Row()] * _BLANKS]
    found = _ACT.fullmatch(act)
    if found is None:
        return None
    at = int(found.group(2))
    if found.group(1) == "remove":
        return [row for place, row in enumerate(rows, start=1) if place != at] or [Row()]
    return [*rows[:at], Row(number=_free_number(rows)), *rows[at:]]


def _free_number(rows: list[Row]) -> str:
    """One after the highest number in the table, so that 「次へ」 of the others stays true."""
    taken = [int(row.number) for row in rows if row.number.isascii() and row.number.isdecimal()]
    return str(max([*taken, len(rows)]) + 1)


def _cell_labels(count: int) -> Mapping[str, str]:
    return {
        f"rows-{at}-{name}": f"{at} 行目の{heading}"
        for at in range(1, count + 1)
        for name, heading in HEADINGS.items()
    }
