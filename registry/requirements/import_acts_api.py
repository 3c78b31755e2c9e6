"""What is done with an import by programs: read anew, started, put aside, taken back."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app

from registry.access import Permission
from registry.requirements import importing
from registry.requirements.api import TOWN, blueprint
from registry.requirements.import_api import ImportAnswerSchema, own_import, shown_import
from registry.requirements.import_views import USED
from registry.requirements.importing import Used
from registry.requirements.legend_schema import LegendSchema, legend_of
from registry.requirements.models import RequirementList
from registry.web import api
from registry.web.database import actor, session
from registry.web.gates import allow, writes


@blueprint.route(f"{TOWN}/imports/<int:list_id>/legend", methods=["PUT"])
@blueprint.arguments(LegendSchema)
@blueprint.response(200, ImportAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def set_legend(values: dict[str, Any], code: str, slug: str, list_id: int) -> Any:
    """Say what columns and marks mean; the preview is made anew."""
    found = own_import(code, slug, list_id)
    importing.set_legend(
        session(),
        actor(),
        found,
        version=api.sent_version(found),
        legend=legend_of(values),
    )
    return _changed(found)


@blueprint.route(f"{TOWN}/imports/<int:list_id>/start", methods=["POST"])
@blueprint.response(202, api.StartedSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def start_import(code: str, slug: str, list_id: int) -> Any:
    """Import the good rows in the background."""
    found = own_import(code, slug, list_id)
    job = importing.start(session(), actor(), found, version=api.sent_version(found))
    return api.started(job.id)


@blueprint.route(f"{TOWN}/imports/<int:list_id>/cancel", methods=["POST"])
@blueprint.response(200, ImportAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def cancel_import(code: str, slug: str, list_id: int) -> Any:
    """Put a file aside without importing it."""
    found = own_import(code, slug, list_id)
    importing.cancel(session(), actor(), found, version=api.sent_version(found))
    return _changed(found)


@blueprint.route(f"{TOWN}/imports/<int:list_id>/undo", methods=["POST"])
@blueprint.response(200, ImportAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def undo_import(code: str, slug: str, list_id: int) -> Any:
    """Take an import back; lines that were touched since stay and are named."""
    found = own_import(code, slug, list_id)
    used = cast(Used, current_app.extensions[USED])
    importing.undo(session(), actor(), found, version=api.sent_version(found), used=used)
    return _changed(found)


@blueprint.route(f"{TOWN}/imports/<int:list_id>/reopen", methods=["POST"])
@blueprint.response(200, ImportAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def reopen_import(code: str, slug: str, list_id: int) -> Any:
    """Take a failed import back to its preview."""
    found = own_import(code, slug, list_id)
    importing.reopen(session(), actor(), found, version=api.sent_version(found))
    return _changed(found)


def _changed(found: RequirementList) -> Any:
    session().flush()  # the answer names the new version
    return api.with_etag(shown_import(found), found)
