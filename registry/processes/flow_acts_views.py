"""What is done with a flow as a whole: taken over as one's own."""

from __future__ import annotations

from flask import flash
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.errors import Invalid
from registry.processes import flow_service
from registry.processes.flow_schemas import FlowCopySchema
from registry.processes.flow_views import blueprint, own_town, to_flow_page, visible_flow
from registry.web.database import actor, session
from registry.web.forms import bind
from registry.web.gates import allow, writes


@blueprint.post("/businesses/<string:slug>/flows/<int:flow_id>/copy")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def copy(slug: str, flow_id: int) -> ResponseReturnValue:
    """Take over a flow as one's own; where it came from stays written in its history."""
    business, record = visible_flow(slug, flow_id)
    form = bind(FlowCopySchema())
    if not form.ok:
        raise Invalid(form.message, form.errors)
    made = flow_service.copy_flow(
        session(),
        actor(),
        business=business,
        source=record,
        municipality_id=own_town(),
        **form.data,
    )
    flash(f"「{made.title}」として複製しました。出典は履歴に残ります。", "success")
    return to_flow_page(slug, made)
