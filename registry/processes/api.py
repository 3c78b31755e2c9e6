"""The catalogue of businesses, its terms, and each town's record of a business."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, url_for
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.errors import Forbidden
from registry.municipalities import queries as municipalities
from registry.paging import cut
from registry.processes import queries, service
from registry.processes.models import Business, BusinessTerm
from registry.processes.queries import TownRecord
from registry.processes.schemas import BusinessChangeSchema, BusinessSchema, TermSchema
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


class TermAnswerSchema(schemas.Schema):
    id = fields.Integer(required=True)
    term = fields.String(required=True)
    meaning = fields.String(required=True)


class MeaningSchema(schemas.Schema):
    meaning = schemas.text(length=1000)


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


BusinessPageSchema = api.envelope(BusinessAnswerSchema)
TermPageSchema = api.envelope(TermAnswerSchema)
TownRecordPageSchema = api.envelope(TownRecordSchema)


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
    found = _business(slug)
    return api.with_etag(found, found)


@blueprint.route("/businesses/<string:slug>", methods=["PUT"])
@blueprint.arguments(BusinessChangeSchema)
@blueprint.response(200, BusinessAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.EDIT_BUSINESSES)
@writes
def change_business(values: dict[str, Any], slug: str) -> Any:
    """Replace name and summary; slug and number never change."""
    found = _business(slug)
    service.update_business(session(), actor(), found, version=api.sent_version(found), **values)
    session().flush()  # the answer names the new version
    return api.with_etag(found, found)


# ---- terms ------------------------------------------------------------------------------------


@blueprint.route("/businesses/<string:slug>/terms", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, TermPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def terms(query: dict[str, int], slug: str) -> dict[str, Any]:
    """The terms a spec of the business explains."""
    return api.listed(cut(queries.terms(session(), _business(slug).id), **query))


@blueprint.route("/businesses/<string:slug>/terms/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_terms(slug: str) -> Response:
    """The terms as a workbook; that it was taken is recorded."""
    found = _business(slug)
    content = service.export_terms(session(), actor(), found)
    return downloads.workbook(content, f"{found.name}_用語一覧")


@blueprint.route("/businesses/<string:slug>/terms", methods=["POST"])
@blueprint.arguments(TermSchema)
@blueprint.response(201, TermAnswerSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.EDIT_BUSINESSES)
@writes
def add_term(values: dict[str, Any], slug: str) -> Any:
    """Define a new term."""
    found = _business(slug)
    service.add_term(session(), actor(), business=found, **values)
    session().flush()  # the answer names its id
    made = next(one for one in queries.terms(session(), found.id) if one.term == values["term"])
    address = url_for("api_processes.term", slug=slug, term_id=made.id)
    return api.created(made, address, _term_tag(made))


@blueprint.route("/businesses/<string:slug>/terms/<int:term_id>", methods=["GET"])
@blueprint.response(200, TermAnswerSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def term(slug: str, term_id: int) -> Any:
    """One term; its ETag is what an edit sends back."""
    found = queries.term(session(), _business(slug).id, term_id)
    return found, 200, {"ETag": _term_tag(found)}


@blueprint.route("/businesses/<string:slug>/terms/<int:term_id>", methods=["PUT"])
@blueprint.arguments(MeaningSchema)
@blueprint.response(200, TermAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.EDIT_BUSINESSES)
@writes
def change_term(values: dict[str, Any], slug: str, term_id: int) -> Any:
    """Replace what a term means."""
    of = _business(slug)
    known = queries.term(session(), of.id, term_id)
    api.check_match(_term_tag(known))
    service.change_term(session(), actor(), business=of, known=known, was=known.meaning, **values)
    return known, 200, {"ETag": _term_tag(known)}


@blueprint.route("/businesses/<string:slug>/terms/<int:term_id>", methods=["DELETE"])
@blueprint.response(204)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.EDIT_BUSINESSES)
@writes
def remove_term(slug: str, term_id: int) -> None:
    """Take a term out of the business."""
    of = _business(slug)
    known = queries.term(session(), of.id, term_id)
    api.check_match(_term_tag(known))
    service.remove_term(session(), actor(), business=of, known=known, was=known.meaning)


# ---- a town's record --------------------------------------------------------------------------


@blueprint.route("/businesses/<string:slug>/records", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, TownRecordPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def records(query: dict[str, int], slug: str) -> dict[str, Any]:
    """Every town with its division in charge and whether it hides its detail."""
    found = queries.town_records(session(), actor(), _business(slug).id)
    return api.listed(cut([_record(one) for one in found], **query))


@blueprint.route("/businesses/<string:slug>/records/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_records(slug: str) -> Response:
    """The towns of a business as a workbook; that it was taken is recorded."""
    found = _business(slug)
    content = service.export_towns(session(), actor(), found)
    return downloads.workbook(content, f"{found.name}_団体一覧")


@blueprint.route("/businesses/<string:slug>/records/<string:code>", methods=["GET"])
@blueprint.response(200, TownRecordSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def record(slug: str, code: str) -> Any:
    """One town's record; its ETag is what an edit sends back."""
    found = _town_record(_business(slug), code)
    return _record(found), 200, {"ETag": _record_tag(found)}


@blueprint.route("/businesses/<string:slug>/records/<string:code>", methods=["PUT"])
@blueprint.arguments(RecordChangeSchema)
@blueprint.response(200, TownRecordSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.HIDE_DETAIL)
@writes
def change_record(values: dict[str, Any], slug: str, code: str) -> Any:
    """Replace the own town's record."""
    of = _business(slug)
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


def _business(slug: str) -> Business:
    return queries.business(session(), actor(), slug)


def _term_tag(found: BusinessTerm) -> str:
    """Terms carry no version: what they mean is what an edit was made on."""
    return f'"{found.id}-{hashlib.sha256(found.meaning.encode()).hexdigest()[:16]}"'


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
