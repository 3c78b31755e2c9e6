"""What a vendor has been given, for its programs."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.paging import cut
from registry.specs import file_api
from registry.specs import queries as specs
from registry.vendors import queries, service
from registry.vendors.api import blueprint
from registry.vendors.queries import Received
from registry.web import api
from registry.web.database import actor, session
from registry.web.gates import allow, writes

RECEIVED: Final = "/received/<int:delivery_id>"


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
    files = fields.List(fields.Nested(file_api.FileSchema), required=True)


ReceivedPageSchema = api.envelope(ReceivedAnswerSchema)


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
@blueprint.doc(responses=file_api.FILE_ANSWER)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.RECEIVE)
@writes
def fetch_file(delivery_id: int, name: str) -> Response:
    """Fetch a delivered file; that it was fetched is recorded."""
    found = queries.received_one(session(), actor(), delivery_id)
    file = service.fetch_file(session(), actor(), delivery_id=delivery_id, name=name)
    return file_api.attachment(file.content, file.media_type, f"{found.slug}-{found.number}-{name}")


def _in_hand(found: Received) -> dict[str, Any]:
    names = set(ReceivedAnswerSchema().fields) - {"business", "business_name"}
    return {name: getattr(found, name) for name in names} | {
        "business": found.slug,
        "business_name": found.business,
    }
