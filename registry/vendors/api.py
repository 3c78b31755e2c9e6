"""Vendors and their people for the programs of the bureau."""

from __future__ import annotations

from typing import Any, Final

from flask import url_for
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.paging import cut
from registry.vendors import queries, service
from registry.vendors.models import Vendor
from registry.vendors.schemas import VendorSchema
from registry.web import api
from registry.web.database import actor, session
from registry.web.gates import allow, writes

blueprint = api.blueprint("vendors", "事業者と配布")
VENDOR: Final = "/vendors/<int:vendor_id>"


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


VendorPageSchema = api.envelope(VendorAnswerSchema)


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


def _vendor(found: Vendor) -> Any:
    return next(row for row in queries.vendors(session(), actor()) if row.id == found.id)
