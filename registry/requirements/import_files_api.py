"""The workbooks around an import, for programs: the empty list, its result, what was refused."""

from __future__ import annotations

from flask import Response

from registry.access import Permission
from registry.requirements import importing, queries, service
from registry.requirements.api import TOWN, blueprint, own_place, own_town
from registry.requirements.import_api import own_import, rejections_of
from registry.requirements.import_views import annotated, rejection_workbook, stem
from registry.web import api, downloads
from registry.web.database import actor, session, state
from registry.web.gates import allow, prepares, writes


@blueprint.route(f"{TOWN}/imports/template", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def take_template(code: str, slug: str) -> Response:
    """An empty list with drop-downs, to fill in and import."""
    _, business = own_place(code, slug)
    title = f"{business.name} 要件"
    content = importing.template(session(), actor(), business=business, title=title)
    return downloads.workbook(content, f"{business.name}_要件のひな形")


def _annotated(code: str, slug: str, list_id: int) -> bytes:
    """Written before the lock, as for the page. Raises NotFound, Forbidden, Conflict, Invalid."""
    with state().database.read() as reading:
        own_town(code, reading)
    return annotated(slug, list_id)


@blueprint.route(f"{TOWN}/imports/<int:list_id>/annotated", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
@prepares(_annotated)
def take_annotated(code: str, slug: str, list_id: int, prepared: bytes) -> Response:
    """The list as it was sent, with the result of each row written into it."""
    found = own_import(code, slug, list_id)
    importing.record_annotated(session(), actor(), found)
    return downloads.workbook(prepared, f"{stem(found.source_name or found.name)}_取込の結果")


@blueprint.route(f"{TOWN}/imports/<int:list_id>/rejections/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def take_rejections(code: str, slug: str, list_id: int) -> Response:
    """The refused cells as a workbook; that it was taken is recorded."""
    town, business = own_place(code, slug)
    rows = rejections_of(queries.get_list(session(), actor(), business.id, list_id))
    service.record_export(
        session(), actor(), municipality_id=town.id, business_id=business.id, count=len(rows)
    )
    return downloads.workbook(rejection_workbook(rows), f"{business.name}_取り込めない行")
