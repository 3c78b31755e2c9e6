"""The terms of a business for programs."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, url_for
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.paging import cut
from registry.processes import queries, service
from registry.processes.api import blueprint, business_of
from registry.processes.models import BusinessTerm
from registry.processes.schemas import TermSchema
from registry.web import api, downloads
from registry.web.database import actor, session
from registry.web.gates import allow, writes


class TermAnswerSchema(schemas.Schema):
    id = fields.Integer(required=True)
    term = fields.String(required=True)
    meaning = fields.String(required=True)


class MeaningSchema(schemas.Schema):
    meaning = schemas.text(length=1000)


TermPageSchema = api.envelope(TermAnswerSchema)


@blueprint.route("/businesses/<string:slug>/terms", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, TermPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def terms(query: dict[str, int], slug: str) -> dict[str, Any]:
    """The terms a spec of the business explains."""
    return api.listed(cut(queries.terms(session(), business_of(slug).id), **query))


@blueprint.route("/businesses/<string:slug>/terms/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_terms(slug: str) -> Response:
    """The terms as a workbook; that it was taken is recorded."""
    found = business_of(slug)
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
    found = business_of(slug)
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
    found = queries.term(session(), business_of(slug).id, term_id)
    return found, 200, {"ETag": _term_tag(found)}


@blueprint.route("/businesses/<string:slug>/terms/<int:term_id>", methods=["PUT"])
@blueprint.arguments(MeaningSchema)
@blueprint.response(200, TermAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.EDIT_BUSINESSES)
@writes
def change_term(values: dict[str, Any], slug: str, term_id: int) -> Any:
    """Replace what a term means."""
    of = business_of(slug)
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
    of = business_of(slug)
    known = queries.term(session(), of.id, term_id)
    api.check_match(_term_tag(known))
    service.remove_term(session(), actor(), business=of, known=known, was=known.meaning)


def _term_tag(found: BusinessTerm) -> str:
    """Terms carry no version: what they mean is what an edit was made on."""
    return f'"{found.id}-{hashlib.sha256(found.meaning.encode()).hexdigest()[:16]}"'
