"""The region's businesses for programs."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.paging import cut
from registry.processes import queries, service
from registry.processes.models import Business
from registry.processes.schemas import BusinessChangeSchema, BusinessSchema
from registry.web import api, downloads
from registry.web.database import actor, session
from registry.web.gates import allow, writes

blueprint = api.blueprint("processes", "業務")


class BusinessAnswerSchema(schemas.Schema):
    """`number` is the three digits inside the codes of its standards."""

    slug = fields.String(required=True)
    number = fields.String(required=True)
    name = fields.String(required=True)
    summary = fields.String(required=True)
    id = fields.Integer(required=True)
    version = fields.Integer(required=True)


BusinessPageSchema = api.envelope(BusinessAnswerSchema)


@blueprint.route("/businesses", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, BusinessPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def businesses(query: dict[str, int]) -> dict[str, Any]:
    """The region's catalogue by number."""
    return api.listed(cut(queries.businesses(session(), actor()), **query))


@blueprint.route("/businesses/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_businesses() -> Response:
    """The catalogue as a workbook; that it was taken is recorded."""
    return downloads.workbook(service.export(session(), actor()), "業務一覧")


@blueprint.route("/businesses", methods=["POST"])
@blueprint.arguments(BusinessSchema)
@blueprint.response(201, BusinessAnswerSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.EDIT_BUSINESSES)
@writes
def add_business(values: dict[str, Any]) -> Any:
    """Add a business; without a number the next free one is given."""
    made = service.create_business(session(), actor(), **values)
    address = url_for("api_processes.business", slug=made.slug)
    return api.created(made, address, api.etag(made))


@blueprint.route("/businesses/<string:slug>", methods=["GET"])
@blueprint.response(200, BusinessAnswerSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def business(slug: str) -> Any:
    """One business; its ETag is what an edit sends back."""
    found = business_of(slug)
    return api.with_etag(found, found)


@blueprint.route("/businesses/<string:slug>", methods=["PUT"])
@blueprint.arguments(BusinessChangeSchema)
@blueprint.response(200, BusinessAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.EDIT_BUSINESSES)
@writes
def change_business(values: dict[str, Any], slug: str) -> Any:
    """Replace name and summary; slug and number never change."""
    found = business_of(slug)
    service.update_business(session(), actor(), found, version=api.sent_version(found), **values)
    session().flush()  # the answer names the new version
    return api.with_etag(found, found)


def business_of(slug: str) -> Business:
    """The business of an address. Raises NotFound."""
    return queries.business(session(), actor(), slug)
