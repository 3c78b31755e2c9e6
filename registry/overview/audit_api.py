"""The audit record for the programs of an administrator: read, verified, taken away."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from registry import audit, schemas
from registry.access import Permission
from registry.overview import export, queries
from registry.overview.api import blueprint
from registry.overview.schemas import AuditFilterSchema
from registry.paging import paginate
from registry.web import api, downloads
from registry.web.database import actor, session, state
from registry.web.gates import allow, writes


class AuditQuerySchema(api.PageQuery, AuditFilterSchema):
    """`who`, `action` and `subject` are looked for inside; the days are those of Japan."""


class AuditEventSchema(schemas.Schema):
    """An event; `before` and `after` are null where administrators may not read (`readable`)."""

    sequence = fields.Integer(required=True)
    at = fields.DateTime(required=True)
    actor = fields.String(required=True)
    role = fields.String(required=True)
    municipality_code = fields.String(required=True, allow_none=True)
    action = fields.String(required=True)
    subject = fields.String(required=True)
    before = fields.Dict(keys=fields.String(), required=True, allow_none=True)
    after = fields.Dict(keys=fields.String(), required=True, allow_none=True)
    readable = fields.Boolean(required=True)
    hash = fields.String(required=True)


class VerificationSchema(schemas.Schema):
    """`broken` is the sequence of the first event that does not fit, and `reason` says why."""

    count = fields.Integer(required=True)
    head = fields.String(required=True)
    broken = fields.Integer(required=True, allow_none=True)
    reason = fields.String(required=True)


AuditEventPageSchema = api.envelope(AuditEventSchema)


@blueprint.route("/audit-events", methods=["GET"])
@blueprint.arguments(AuditQuerySchema, location="query")
@blueprint.response(200, AuditEventPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_AUDIT)
def audit_events(query: dict[str, Any]) -> dict[str, Any]:
    """The region's audit record, the newest event first."""
    page, size = query.pop("page"), query.pop("page_size")
    wanted = queries.audit_events(actor(), queries.audit_filter(**query))
    found = paginate(session(), wanted, page=page, page_size=size)
    return api.listed(found) | {"items": [queries.shown(event) for event in found.items]}


@blueprint.route("/audit-events/verification", methods=["GET"])
@blueprint.response(200, VerificationSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_AUDIT)
def verification() -> Any:
    """Walk the whole chain now and say how it stands."""
    return audit.verify(session(), state().config.audit_key)


@blueprint.route("/audit-events/workbook", methods=["POST"])
@blueprint.arguments(AuditFilterSchema, location="query")
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_AUDIT)
@writes
def take_audit_events(query: dict[str, Any]) -> Response:
    """The events that fit as a workbook; that it was taken is itself an event."""
    wanted = queries.audit_filter(**query)
    return downloads.workbook(export.audit_events(session(), actor(), wanted), "監査記録")
