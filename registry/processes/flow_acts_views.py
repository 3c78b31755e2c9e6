"""What is done with a flow as a whole: taken over as one's own, taken out, brought back."""

from __future__ import annotations

from flask import flash
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.errors import Conflict, Invalid
from registry.processes import flow_service
from registry.processes.flow_schemas import FlowCopySchema, FlowWithdrawSchema
from registry.processes.flow_views import (
    blueprint,
    flow_page,
    own_flow,
    own_town,
    to_flow_page,
    visible_flow,
)
from registry.schemas import Schema
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


@blueprint.post("/businesses/<string:slug>/flows/<int:flow_id>/withdraw")
@allow(Permission.HIDE_DETAIL)
@writes
def withdraw(slug: str, flow_id: int) -> ResponseReturnValue:
    """Take out a flow made by mistake; it can be brought back."""
    business, record = own_flow(slug, flow_id)
    form = bind(FlowWithdrawSchema())
    if form.ok:
        try:
            with form.catching():
                flow_service.withdraw_flow(
                    session(), actor(), record, business=business, version=form.version, **form.data
                )
                flash(
                    f"フロー「{record.title}」を取り下げました。"
                    "元に戻すときは「取下げをやめる」を押してください。",
                    "success",
                )
                return to_flow_page(slug, record)
        except Conflict as stale:
            form.collided(stale.message, record.version)
            return flow_page(business, record, form), 409
    form.message = "まだ取り下げていません。入力した内容はこの画面に残っています。"
    return flow_page(business, record, form), 422


@blueprint.post("/businesses/<string:slug>/flows/<int:flow_id>/restore")
@allow(Permission.HIDE_DETAIL)
@writes
def restore(slug: str, flow_id: int) -> ResponseReturnValue:
    """Bring a withdrawn flow back as it was."""
    business, record = own_flow(slug, flow_id)
    form = bind(Schema())
    try:
        flow_service.restore_flow(
            session(), actor(), record, business=business, version=form.version
        )
    except Invalid as refused:
        form.message = refused.message
        return flow_page(business, record, form), 422
    except Conflict as stale:
        form.collided(stale.message, record.version)
        return flow_page(business, record, form), 409
    flash(f"フロー「{record.title}」の取下げをやめました。", "success")
    return to_flow_page(slug, record)
