"""Deliveries for the programs of the bureau: handed out, watched, taken back."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, url_for
from marshmallow import fields, validate

from registry import schemas
from registry.access import Permission
from registry.db import MAX_ID
from registry.paging import cut
from registry.vendors import queries, service
from registry.vendors.api import blueprint
from registry.vendors.queries import DeliveryRow
from registry.vendors.schemas import WithdrawSchema
from registry.web import api
from registry.web.database import actor, session
from registry.web.downloads import workbook
from registry.web.gates import allow, writes

DELIVERY: Final = "/deliveries/<int:delivery_id>"


class DeliveryQuerySchema(api.PageQuery):
    vendor_id = fields.Integer(
        allow_none=True, load_default=None, validate=validate.Range(1, MAX_ID)
    )


class NewDeliverySchema(schemas.Schema):
    edition_id = api.row_id(required=True)
    vendor_id = api.row_id(required=True)


class DeliveryAnswerSchema(schemas.Schema):
    """A delivery as the bureau sees it; a withdrawn one stays as a record."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    vendor_id = fields.Integer(required=True)
    vendor = fields.String(required=True)
    business = fields.String(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    delivered_at = fields.DateTime(required=True)
    delivered_by = fields.String(required=True)
    opened_at = fields.DateTime(required=True, allow_none=True)
    withdrawn_at = fields.DateTime(required=True, allow_none=True)
    withdrawn_by = fields.String(required=True)
    withdrawn_reason = fields.String(required=True)
    downloads = fields.Integer(required=True)


class DownloadAnswerSchema(schemas.Schema):
    at = fields.DateTime(required=True)
    name = fields.String(required=True)
    who = fields.String(required=True)
    email = fields.String(required=True)


DeliveryPageSchema = api.envelope(DeliveryAnswerSchema)
DownloadPageSchema = api.envelope(DownloadAnswerSchema)


@blueprint.route("/deliveries", methods=["GET"])
@blueprint.arguments(DeliveryQuerySchema, location="query")
@blueprint.response(200, DeliveryPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.DELIVER)
def deliveries(query: dict[str, Any]) -> dict[str, Any]:
    """The region's deliveries, the newest first."""
    vendor_id = query.pop("vendor_id")
    found = cut(queries.deliveries(session(), actor(), vendor_id=vendor_id), **query)
    return api.listed(found) | {"items": [_delivery(row) for row in found.items]}


@blueprint.route("/deliveries/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.DELIVER)
@writes
def take_deliveries() -> Response:
    """All deliveries as a workbook; that it was taken is recorded."""
    return workbook(service.export_deliveries(session(), actor()), "配布の記録")


@blueprint.route("/deliveries", methods=["POST"])
@blueprint.arguments(NewDeliverySchema)
@blueprint.response(201, DeliveryAnswerSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.DELIVER)
@writes
def deliver(values: dict[str, Any]) -> Any:
    """Hand an edition to a vendor."""
    made = service.deliver(session(), actor(), **values)
    row = queries.delivery_row(session(), actor(), made.id)
    address = url_for("api_vendors.delivery", delivery_id=made.id)
    return api.created(_delivery(row), address, api.etag(made))


@blueprint.route(DELIVERY, methods=["GET"])
@blueprint.response(200, DeliveryAnswerSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.DELIVER)
def delivery(delivery_id: int) -> Any:
    """One delivery; its ETag is what taking it back sends."""
    row = queries.delivery_row(session(), actor(), delivery_id)
    return api.with_etag(_delivery(row), row)


@blueprint.route(f"{DELIVERY}/downloads", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, DownloadPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.DELIVER)
def downloads(query: dict[str, int], delivery_id: int) -> dict[str, Any]:
    """Who of the vendor fetched which file when."""
    found = queries.delivery(session(), actor(), delivery_id)
    return api.listed(cut(queries.downloads(session(), found.id), **query))


@blueprint.route(f"{DELIVERY}/withdrawal", methods=["POST"])
@blueprint.arguments(WithdrawSchema)
@blueprint.response(200, DeliveryAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.DELIVER)
@writes
def withdraw(values: dict[str, Any], delivery_id: int) -> Any:
    """Take an edition back: the vendor can neither see nor fetch it from now on."""
    found = queries.delivery(session(), actor(), delivery_id)
    version = api.sent_version(found)
    service.withdraw(session(), actor(), delivery=found, version=version, **values)
    session().flush()  # the answer names the new version
    row = queries.delivery_row(session(), actor(), delivery_id)
    return api.with_etag(_delivery(row), row)


def _delivery(row: DeliveryRow) -> dict[str, Any]:
    names = set(DeliveryAnswerSchema().fields) - {"business"}
    return {name: getattr(row, name) for name in names} | {"business": row.slug}
