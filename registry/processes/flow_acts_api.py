"""What programs do with a flow as a whole: copied, withdrawn, brought back, taken out as a table."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from registry.access import Permission
from registry.processes import flow_export, flow_service
from registry.processes.api import blueprint
from registry.processes.flow_api import FlowDetailSchema, detail
from registry.processes.flow_schemas import FlowCopySchema, FlowWithdrawSchema
from registry.processes.flow_views import own_flow, own_town, visible_flow
from registry.web import api, downloads
from registry.web.database import actor, session
from registry.web.gates import allow, writes


@blueprint.route("/businesses/<string:slug>/flows/<int:flow_id>/steps-workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_steps(slug: str, flow_id: int) -> Response:
    """The steps as a workbook; that it was taken is recorded."""
    _, found = visible_flow(slug, flow_id)
    content = flow_export.export_steps(session(), actor(), found, number=None)
    return downloads.workbook(content, found.title)


@blueprint.route("/businesses/<string:slug>/flows/<int:flow_id>/copy", methods=["POST"])
@blueprint.arguments(FlowCopySchema)
@blueprint.response(201, FlowDetailSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def copy_flow(values: dict[str, Any], slug: str, flow_id: int) -> Any:
    """Take over a flow as one's own, with credit."""
    business, found = visible_flow(slug, flow_id)
    made = flow_service.copy_flow(
        session(),
        actor(),
        business=business,
        source=found,
        municipality_id=own_town(),
        **values,
    )
    address = url_for("api_processes.flow", slug=slug, flow_id=made.id)
    return api.created(detail(made), address, api.etag(made))


@blueprint.route("/businesses/<string:slug>/flows/<int:flow_id>/withdrawal", methods=["POST"])
@blueprint.arguments(FlowWithdrawSchema)
@blueprint.response(200, FlowDetailSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.HIDE_DETAIL)
@writes
def withdraw_flow(values: dict[str, Any], slug: str, flow_id: int) -> Any:
    """Take out a flow made by mistake; its versions stay, and it can be brought back."""
    business, found = own_flow(slug, flow_id)
    version = api.sent_version(found)
    flow_service.withdraw_flow(
        session(), actor(), found, business=business, version=version, **values
    )
    session().flush()  # the answer names the new version
    return api.with_etag(detail(found), found)


@blueprint.route("/businesses/<string:slug>/flows/<int:flow_id>/withdrawal", methods=["DELETE"])
@blueprint.response(200, FlowDetailSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.HIDE_DETAIL)
@writes
def restore_flow(slug: str, flow_id: int) -> Any:
    """Bring a withdrawn flow back as it was."""
    business, found = own_flow(slug, flow_id)
    version = api.sent_version(found)
    flow_service.restore_flow(session(), actor(), found, business=business, version=version)
    session().flush()  # the answer names the new version
    return api.with_etag(detail(found), found)
