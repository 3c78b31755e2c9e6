"""Deliveries for programs: the bureau hands editions out, a vendor fetches its own."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, url_for
from marshmallow import fields, validate

from registry import schemas
from registry.access import Permission
from registry.db import MAX_ID
from registry.paging import cut
from registry.specs import api as specs_api
from registry.specs import queries as specs
from registry.vendors import queries, service
from registry.vendors.models import Vendor
from registry.vendors.queries import DeliveryRow, Received
from registry.vendors.schemas import VendorSchema, WithdrawSchema
from registry.web import api
from registry.web.database import actor, session
from registry.web.downloads import workbook
from registry.web.gates import allow, writes

blueprint = api.blueprint("vendors", "事業者と配布")

VENDOR: Final = "/vendors/<int:vendor_id>"
DELIVERY: Final = "/deliveries/<int:delivery_id>"
RECEIVED: Final = "/received/<int:delivery_id>"


class VendorMemberAnswerSchema(schemas.Schema):
    account_id = fields.Integer(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    active = fields.Boolean(required=True)


class VendorAnswerSchema(schemas.Schema):
    """A vendor; `deliveries` counts the editions it holds now."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    kana = fields.String(required=True)
    members = fields.List(fields.Nested(VendorMemberAnswerSchema), required=True)
    deliveries = fields.Integer(required=True)


class NewMemberSchema(schemas.Schema):
    account_id = api.row_id(required=True)


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


class ReceivedAnswerSchema(schemas.Schema):
    """An edition in the vendor's hands."""

    delivery_id = fields.Integer(required=True)
    business = fields.String(required=True)
    business_name = fields.String(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    issued_on = fields.Date(required=True)
    sha256 = fields.String(required=True)
    delivered_at = fields.DateTime(required=True)
    opened_at = fields.DateTime(required=True, allow_none=True)


class ReceivedWithFilesSchema(ReceivedAnswerSchema):
    files = fields.List(fields.Nested(specs_api.FileSchema), required=True)


VendorPageSchema = api.envelope(VendorAnswerSchema)
DeliveryPageSchema = api.envelope(DeliveryAnswerSchema)
DownloadPageSchema = api.envelope(DownloadAnswerSchema)
ReceivedPageSchema = api.envelope(ReceivedAnswerSchema)


# ---- the bureau's side ------------------------------------------------------------------------


@blueprint.route("/vendors", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, VendorPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.DELIVER)
def vendors(query: dict[str, int]) -> dict[str, Any]:
    """The region's vendors by reading, with their people."""
    return api.listed(cut(queries.vendors(session(), actor()), **query))


@blueprint.route("/vendors", methods=["POST"])
@blueprint.arguments(VendorSchema)
@blueprint.response(201, VendorAnswerSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.DELIVER)
@writes
def add_vendor(values: dict[str, Any]) -> Any:
    """A new vendor of the region."""
    made = service.create_vendor(session(), actor(), **values)
    location = url_for("api_vendors.vendor", vendor_id=made.id)
    return _vendor(made), 201, {"Location": location}


@blueprint.route(VENDOR, methods=["GET"])
@blueprint.response(200, VendorAnswerSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.DELIVER)
def vendor(vendor_id: int) -> Any:
    """One vendor with its people."""
    return _vendor(queries.vendor(session(), actor(), vendor_id))


@blueprint.route(f"{VENDOR}/members", methods=["POST"])
@blueprint.arguments(NewMemberSchema)
@blueprint.response(201, VendorAnswerSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.DELIVER)
@writes
def add_member(values: dict[str, Any], vendor_id: int) -> Any:
    """Let a vendor account act for a vendor."""
    found = queries.vendor(session(), actor(), vendor_id)
    service.add_member(session(), actor(), vendor=found, **values)
    return _vendor(found)


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


# ---- the vendor's own side --------------------------------------------------------------------


@blueprint.route("/received", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, ReceivedPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.RECEIVE)
def received(query: dict[str, int]) -> dict[str, Any]:
    """What was delivered to one's vendor and not withdrawn, the newest first."""
    found = cut(queries.received(session(), actor()), **query)
    return api.listed(found) | {"items": [_in_hand(one) for one in found.items]}


@blueprint.route(RECEIVED, methods=["GET"])
@blueprint.response(200, ReceivedWithFilesSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.RECEIVE)
def received_edition(delivery_id: int) -> dict[str, Any]:
    """One delivered edition and the files to fetch."""
    found = queries.received_one(session(), actor(), delivery_id)
    return _in_hand(found) | {"files": specs.files(session(), found.edition_id)}


@blueprint.route(f"{RECEIVED}/files/<string:name>", methods=["POST"])
@blueprint.doc(responses=specs_api.FILE_ANSWER)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.RECEIVE)
@writes
def fetch_file(delivery_id: int, name: str) -> Response:
    """Fetch a delivered file; that it was fetched is recorded."""
    found = queries.received_one(session(), actor(), delivery_id)
    file = service.fetch_file(session(), actor(), delivery_id=delivery_id, name=name)
    return specs_api.attachment(
        file.content, file.media_type, f"{found.slug}-{found.number}-{name}"
    )


# ---- shared by the above ----------------------------------------------------------------------


def _vendor(found: Vendor) -> Any:
    return next(row for row in queries.vendors(session(), actor()) if row.id == found.id)


def _delivery(row: DeliveryRow) -> dict[str, Any]:
    names = set(DeliveryAnswerSchema().fields) - {"business"}
    return {name: getattr(row, name) for name in names} | {"business": row.slug}


def _in_hand(found: Received) -> dict[str, Any]:
    names = set(ReceivedAnswerSchema().fields) - {"business", "business_name"}
    return {name: getattr(found, name) for name in names} | {
        "business": found.slug,
        "business_name": found.business,
    }
