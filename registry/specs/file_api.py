"""The files of an edition and of its draft for programs: built, fetched."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

from flask import Response, send_file
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.paging import cut
from registry.specs import building, queries, service
from registry.specs.api import BUSINESS, EDITION, blueprint, business_of, edition_of
from registry.web import api
from registry.web.database import actor, session
from registry.web.gates import allow, writes


class FileSchema(schemas.Schema):
    name = fields.String(required=True)
    media_type = fields.String(required=True)
    sha256 = fields.String(required=True)
    size = fields.Integer(required=True)


FilePageSchema = api.envelope(FileSchema)
FILE_ANSWER: Final = {
    "200": {
        "description": "ファイル",
        "content": dict.fromkeys(dict.fromkeys(building.MEDIA_TYPES.values()), api.BINARY),
    }
}
"""What a download answers with, for the description."""


@blueprint.route(f"{EDITION}/files", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, FilePageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def files(query: dict[str, int], slug: str, number: str) -> dict[str, Any]:
    """The built files, the PDF first; none before the job has finished."""
    return api.listed(cut(queries.files(session(), edition_of(slug, number).id), **query))


@blueprint.route(f"{EDITION}/files/<string:name>", methods=["POST"])
@blueprint.doc(responses=FILE_ANSWER)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def fetch_file(slug: str, number: str, name: str) -> Response:
    """Fetch a file; who fetched what is recorded."""
    found = service.fetch_file(session(), actor(), edition=edition_of(slug, number), name=name)
    return attachment(found.content, found.media_type, f"{slug}-{number}-{name}")


@blueprint.route(f"{EDITION}/build", methods=["POST"])
@blueprint.response(202, api.StartedSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.FREEZE_EDITIONS)
@writes
def build(slug: str, number: str) -> Any:
    """Have the files built again after their job has failed."""
    return api.started(service.enqueue_build(session(), actor(), edition_of(slug, number)).id)


@blueprint.route(f"{BUSINESS}/draft", methods=["POST"])
@blueprint.response(202, api.StartedSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.FREEZE_EDITIONS)
@writes
def build_draft(slug: str) -> Any:
    """Have the draft PDF drawn, with what is undecided marked so."""
    business = business_of(slug)
    return api.started(service.enqueue_draft(session(), actor(), business_id=business.id).id)


@blueprint.route(f"{BUSINESS}/draft/file", methods=["POST"])
@blueprint.doc(
    responses={
        "200": {"description": "案の PDF", "content": {"application/pdf": api.BINARY}},
    }
)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.FREEZE_EDITIONS)
@writes
def fetch_draft(slug: str) -> Response:
    """Fetch the newest draft PDF."""
    business = business_of(slug)
    content = service.fetch_draft(session(), actor(), business=business)
    return attachment(content, "application/pdf", f"{slug}-draft.pdf")


def attachment(content: bytes, media_type: str, name: str) -> Response:
    """A file to save under `name`."""
    return send_file(BytesIO(content), mimetype=media_type, as_attachment=True, download_name=name)
