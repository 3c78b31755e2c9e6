"""The drawing editor: bpmn-js on the stored file."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.errors import Conflict
from registry.processes import flow_queries
from registry.processes.bpmn import reading
from registry.processes.flow_schemas import DrawingSchema
from registry.processes.flow_views import LABELS, blueprint, clash, open_flow, own_flow, saved
from registry.processes.models import Business, FlowKind, FlowRecord
from registry.web.conflicts import Difference
from registry.web.database import session
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, writes


@blueprint.get("/businesses/<string:slug>/flows/<int:flow_id>/drawing")
@allow(Permission.WRITE_REQUIREMENTS)
def edit_drawing(slug: str, flow_id: int) -> ResponseReturnValue:
    """bpmn-js on the stored file; the step table beside it is for everybody without a mouse."""
    business, record = open_flow(slug, flow_id)
    form = shown(
        {
            "title": record.title,
            "kind": record.kind.value,
            "note": "",
            "bpmn": flow_queries.version(session(), record).bpmn,
        },
        record.version,
    )
    return _drawing_page(business, record, form)


@blueprint.post("/businesses/<string:slug>/flows/<int:flow_id>/drawing")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def save_drawing(slug: str, flow_id: int) -> ResponseReturnValue:
    business, record = own_flow(slug, flow_id)
    form = bind(DrawingSchema())
    if form.ok:
        try:
            with form.catching():
                document = reading.read_text(form.data.pop("bpmn"))
                return saved(slug, business, record, form, document)
        except Conflict as stale:
            return _drawing_page(business, record, form, clash(record, form, stale)), 409
    return _drawing_page(business, record, form), 422


def _drawing_page(
    business: Business,
    record: FlowRecord,
    form: Form,
    conflict: tuple[str, list[Difference]] | None = None,
) -> str:
    return render_template(
        "processes/flow_drawing.html",
        business=business,
        flow=record,
        form=form,
        labels=LABELS,
        kinds=FlowKind.choices(),
        conflict=conflict,
    )
