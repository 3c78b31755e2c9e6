"""The towns' records of a business for programs."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.errors import Forbidden
from registry.municipalities import queries as municipalities
from registry.paging import cut
from registry.processes import queries, service
from registry.processes.api import blueprint, business_of
from registry.processes.models import Business
from registry.processes.queries import TownRecord
from registry.web import api, downloads
from registry.web.database import actor, session
from registry.web.gates import allow, writes


class TownRecordSchema(schemas.Schema):
    """A town's record of a business; `version` is 0 before there is one."""

    municipality = fields.String(required=True)
    division = fields.String(required=True)
    hidden = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class RecordChangeSchema(schemas.Schema):
    """`hidden`: other towns see this town's counts only."""

    division = schemas.line(required=False, length=100)
    hidden = fields.Boolean(required=True)


TownRecordPageSchema = api.envelope(TownRecordSchema)


@blueprint.route("/businesses/<string:slug>/records", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, TownRecordPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def records(query: dict[str, int], slug: str) -> dict[str, Any]:
    """Every town with its division in charge and whether it hides its detail."""
    found = queries.town_records(session(), actor(), business_of(slug).id)
    return api.listed(cut([_record(one) for one in found], **query))


@blueprint.route("/businesses/<string:slug>/records/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_records(slug: str) -> Response:
    """The towns of a business as a workbook; that it was taken is recorded."""
    found = business_of(slug)
    content = service.export_towns(session(), actor(), found)
    return downloads.workbook(content, f"{found.name}_団体一覧")


@blueprint.route("/businesses/<string:slug>/records/<string:code>", methods=["GET"])
@blueprint.response(200, TownRecordSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def record(slug: str, code: str) -> Any:
    """One town's record; its ETag is what an edit sends back."""
    found = _town_record(business_of(slug), code)
    return _record(found), 200, {"ETag": _record_tag(found)}


@blueprint.route("/businesses/<string:slug>/records/<string:code>", methods=["PUT"])
@blueprint.arguments(RecordChangeSchema)
@blueprint.response(200, TownRecordSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.HIDE_DETAIL)
@writes
def change_record(values: dict[str, Any], slug: str, code: str) -> Any:
    """Replace the own town's record."""
    of = business_of(slug)
    before = _town_record(of, code)
    if before.town.id != actor().municipality_id:
        raise Forbidden("ほかの団体の情報は変更できません。")
    api.check_match(_record_tag(before))
    service.save_record(
        session(),
        actor(),
        municipality_id=before.town.id,
        business=of,
        version=before.record.version if before.record else 0,
        **values,
    )
    after = _town_record(of, code)
    return _record(after), 200, {"ETag": _record_tag(after)}


def _town_record(of: Business, code: str) -> TownRecord:
    town = municipalities.by_code(session(), actor(), code)
    record = queries.process(session(), municipality_id=town.id, business_id=of.id)
    return TownRecord(town, record)


def _record(found: TownRecord) -> dict[str, Any]:
    return {
        "municipality": found.town.code,
        "division": found.division,
        "hidden": found.hides_detail,
        "version": found.record.version if found.record else 0,
    }


def _record_tag(found: TownRecord) -> str:
    return f'"{found.town.code}-{found.record.version if found.record else 0}"'
