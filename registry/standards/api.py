"""Standards for programs: drafted, applied to the towns, decided; and the national library."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response, url_for
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.db import MAX_ID
from registry.errors import Invalid, NotFound
from registry.goals import queries as goals
from registry.paging import cut
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements.models import Obligation, RequirementKind
from registry.standards import (
    application_queries,
    applying,
    deciding,
    decision_queries,
    drafting,
    export,
    group_queries,
    library,
    queries,
    standings,
)
from registry.standards.application_queries import ApplicationRow
from registry.standards.decision_queries import DecisionEntry
from registry.standards.library import ItemView, LineView
from registry.standards.models import (
    ApplicationState,
    NationalSpec,
    Outcome,
    Phase,
    RequirementGroup,
    StandardRequirement,
)
from registry.standards.schemas import (
    AdoptNationalSchema,
    ApplicationSchema,
    DecisionSchema,
    GroupDecisionSchema,
    NationalBusinessSchema,
    StandardSchema,
)
from registry.standards.standings import Standing, Wanted
from registry.web import api, downloads
from registry.web.database import actor, session
from registry.web.gates import allow, writes

blueprint = api.blueprint("standards", "標準要件と国標準")

BUSINESS = "/businesses/<string:slug>"
STANDARD = f"{BUSINESS}/standards/<string:code>"
NATIONAL = "/national-specs/<int:spec_id>"


# ---- what is taken and given ------------------------------------------------------------------


class StandardNarrowSchema(schemas.Schema):
    """`goal` is a goal's code."""

    state = schemas.choice(Standing, required=False)
    goal = schemas.line(required=False)
    q = schemas.line(required=False)


class StandardQuerySchema(api.PageQuery, StandardNarrowSchema):
    """`goal` is a goal's code."""


class StandardAnswerSchema(schemas.Schema):
    """A standard with where it stands; `goal` and `groups` are codes."""

    id = fields.Integer(required=True)
    code = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    obligation = fields.Enum(Obligation, by_value=True, required=True)
    kind = fields.Enum(RequirementKind, by_value=True, required=True)
    phase = fields.Enum(Phase, by_value=True, required=True, allow_none=True)
    goal = fields.String(required=True)
    reason = fields.String(required=True)
    target_edition = fields.String(required=True)
    groups = fields.List(fields.String(), required=True)
    standing = fields.Enum(Standing, by_value=True, required=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True, allow_none=True)
    decided_on = fields.Date(required=True, allow_none=True)


class StandardWithVersionSchema(StandardAnswerSchema):
    version = fields.Integer(required=True)


class ProposedApplicationSchema(schemas.Schema):
    """What the alignments propose today."""

    state = fields.Enum(ApplicationState, by_value=True, required=True)
    value = fields.String(required=True)


class ApplicationAnswerSchema(schemas.Schema):
    """What a standard means for a town; `version` 0 and `state` null while nothing is stored."""

    municipality = fields.String(required=True)
    name = fields.String(required=True)
    state = fields.Enum(ApplicationState, by_value=True, required=True, allow_none=True)
    value = fields.String(required=True)
    version = fields.Integer(required=True)
    confirmed = fields.Boolean(required=True)
    confirmed_by = fields.String(required=True)
    confirmed_at = fields.DateTime(required=True, allow_none=True)
    proposed = fields.Nested(ProposedApplicationSchema, required=True)


class DecisionAnswerSchema(schemas.Schema):
    """A decision; `subject` is what was decided on, as it stood."""

    outcome = fields.Enum(Outcome, by_value=True, required=True)
    reason = fields.String(required=True)
    decided_on = fields.Date(required=True)
    recorded_at = fields.DateTime(required=True)
    who = fields.String(required=True)
    subject = fields.Dict(keys=fields.String(), required=True)
    subject_version = fields.Integer(required=True)


class NationalSpecAnswerSchema(schemas.Schema):
    """A national standard of the library; `lines` counts them by obligation."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    edition = fields.String(required=True)
    imported_at = fields.DateTime(required=True)
    items = fields.Integer(required=True)
    lines = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    unresolved = fields.Integer(required=True)


class NationalHeadingSchema(schemas.Schema):
    number = fields.String(required=True)
    title = fields.String(required=True)


class NationalOutlineSchema(NationalHeadingSchema):
    """A heading of the outline; `lines` counts its own lines by obligation."""

    level = fields.Integer(required=True)
    is_chapter = fields.Boolean(required=True)
    lines = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class NationalReferenceSchema(schemas.Schema):
    number = fields.String(required=True)
    resolved = fields.Boolean(required=True)


class NationalLineSchema(schemas.Schema):
    """A line as printed, with its cross references in their order."""

    position = fields.Integer(required=True)
    text = fields.String(required=True)
    references = fields.List(fields.Nested(NationalReferenceSchema), required=True)


class NationalItemSchema(NationalHeadingSchema):
    """An item with its blocks, its place in the outline and who refers to it."""

    is_chapter = fields.Boolean(required=True)
    above = fields.List(fields.Nested(NationalHeadingSchema), required=True)
    blocks = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Nested(NationalLineSchema)),
        required=True,
    )
    before = fields.Nested(NationalHeadingSchema, required=True, allow_none=True)
    after = fields.Nested(NationalHeadingSchema, required=True, allow_none=True)
    cited_by = fields.List(fields.Nested(NationalHeadingSchema), required=True)


class NationalSearchQuerySchema(api.PageQuery):
    """`spec` is the id of one national standard; without it all are searched."""

    q = schemas.line(length=100)
    spec = fields.Integer(allow_none=True, load_default=None, validate=ma.validate.Range(1, MAX_ID))


class NationalHitSchema(schemas.Schema):
    spec_id = fields.Integer(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    obligation = fields.Enum(Obligation, by_value=True, required=True)
    text = fields.String(required=True)


class NationalBusinessAnswerSchema(schemas.Schema):
    """The business made of a national standard, and of how many standards."""

    slug = fields.String(required=True)
    number = fields.String(required=True)
    standards = fields.Integer(required=True)


StandardPageSchema = api.envelope(StandardAnswerSchema)
ApplicationPageSchema = api.envelope(ApplicationAnswerSchema)
DecisionPageSchema = api.envelope(DecisionAnswerSchema)
NationalSpecPageSchema = api.envelope(NationalSpecAnswerSchema)
NationalOutlinePageSchema = api.envelope(NationalOutlineSchema)
NationalHitPageSchema = api.envelope(NationalHitSchema)


# ---- standards --------------------------------------------------------------------------------


@blueprint.route(f"{BUSINESS}/standards", methods=["GET"])
@blueprint.arguments(StandardQuerySchema, location="query")
@blueprint.response(200, StandardPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def standards(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """The standards of a business by code."""
    found = standings.listing(
        session(),
        actor(),
        _business(slug).id,
        _wanted(query),
        page=query["page"],
        page_size=query["page_size"],
    )
    return api.listed(found)


def _wanted(query: dict[str, Any]) -> Wanted:
    goal = goals.by_code(session(), actor(), query["goal"]) if query["goal"] else None
    return Wanted(standing=query["state"], goal_id=goal.id if goal else None, text=query["q"])


@blueprint.route(f"{BUSINESS}/standards/workbook", methods=["POST"])
@blueprint.arguments(StandardNarrowSchema, location="query")
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_standards(query: dict[str, Any], slug: str) -> Response:
    """The standards that fit as a workbook; that it was taken is recorded."""
    business, wanted = _business(slug), _wanted(query)
    content = export.export_list(session(), actor(), business=business, wanted=wanted)
    return downloads.workbook(content, f"標準要件_{business.name}")


@blueprint.route(f"{BUSINESS}/standards", methods=["POST"])
@blueprint.arguments(StandardSchema)
@blueprint.response(201, StandardWithVersionSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.DRAFT_STANDARDS)
@writes
def add_standard(values: dict[str, Any], slug: str) -> Any:
    """Draft a standard that answers the named groups; applications are proposed for every town."""
    business = _business(slug)
    made = drafting.draft_standard(
        session(), actor(), business_id=business.id, **_checked(business, values)
    )
    location = {"Location": url_for("api_standards.standard", slug=slug, code=made.code)}
    return _shown(made), 201, {**location, "ETag": api.etag(made)}


@blueprint.route(STANDARD, methods=["GET"])
@blueprint.response(200, StandardWithVersionSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def standard(slug: str, code: str) -> Any:
    """One standard; its ETag is what an edit or a decision sends back."""
    found = _standard(slug, code)
    return api.with_etag(_shown(found), found)


@blueprint.route(STANDARD, methods=["PUT"])
@blueprint.arguments(StandardSchema)
@blueprint.response(200, StandardWithVersionSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.DRAFT_STANDARDS)
@writes
def change_standard(values: dict[str, Any], slug: str, code: str) -> Any:
    """Replace what a standard says; after a decision it is a proposal until decided again."""
    found = _standard(slug, code)
    version = api.sent_version(found)
    drafting.update_standard(
        session(), actor(), found, version=version, **_checked(_business(slug), values)
    )
    session().flush()  # the answer names the new version
    return api.with_etag(_shown(found), found)


@blueprint.route(f"{STANDARD}/applications", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, ApplicationPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def applications(query: dict[str, int], slug: str, code: str) -> dict[str, Any]:
    """What the standard means for each town, by municipality code."""
    rows = application_queries.applications(session(), actor(), _standard(slug, code))
    return api.listed(cut([_application(row) for row in rows], **query))


@blueprint.route(f"{STANDARD}/applications/<string:municipality>", methods=["GET"])
@blueprint.response(200, ApplicationAnswerSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def application(slug: str, code: str, municipality: str) -> Any:
    """What the standard means for one town; its ETag is what an edit sends back."""
    row = _application_row(_standard(slug, code), municipality)
    return _application(row), 200, {"ETag": _application_tag(row)}


@blueprint.route(f"{STANDARD}/applications/<string:municipality>", methods=["PUT"])
@blueprint.arguments(ApplicationSchema)
@blueprint.response(200, ApplicationAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.DRAFT_STANDARDS)
@writes
def set_application(values: dict[str, Any], slug: str, code: str, municipality: str) -> Any:
    """Say what the standard means for one town; that confirms it."""
    found = _standard(slug, code)
    before = _application_row(found, municipality)
    api.check_match(_application_tag(before))
    applying.set_application(
        session(),
        actor(),
        standard=found,
        municipality_id=before.municipality_id,
        version=before.version or None,
        **values,
    )
    session().flush()  # the answer names the new version
    after = _application_row(found, municipality)
    return _application(after), 200, {"ETag": _application_tag(after)}


@blueprint.route(f"{STANDARD}/applications/propose", methods=["POST"])
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.DRAFT_STANDARDS)
@writes
def propose_applications(slug: str, code: str) -> dict[str, int]:
    """Propose anew from today's alignments what nobody has confirmed."""
    found = _standard(slug, code)
    return {"count": applying.propose_applications(session(), actor(), standard=found)}


@blueprint.route(f"{STANDARD}/applications/confirm", methods=["POST"])
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.DRAFT_STANDARDS)
@writes
def confirm_applications(slug: str, code: str) -> dict[str, int]:
    """Confirm every proposed application as it stands."""
    found = _standard(slug, code)
    return {"count": applying.confirm_applications(session(), actor(), standard=found)}


# ---- decisions --------------------------------------------------------------------------------


@blueprint.route(f"{STANDARD}/decisions", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, DecisionPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def decisions(query: dict[str, int], slug: str, code: str) -> dict[str, Any]:
    """Every decision on a standard, the newest first."""
    found = decision_queries.history(session(), standard=_standard(slug, code))
    return api.listed(cut([_decision(entry) for entry in found], **query))


@blueprint.route(f"{STANDARD}/decisions", methods=["POST"])
@blueprint.arguments(DecisionSchema)
@blueprint.response(201, DecisionAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.DECIDE)
@writes
def decide(values: dict[str, Any], slug: str, code: str) -> Any:
    """Decide on a standard as its ETag names it; a new decision supersedes the former."""
    found = _standard(slug, code)
    deciding.decide(session(), actor(), standard=found, version=api.sent_version(found), **values)
    session().flush()  # the answer shows what was stored
    newest = decision_queries.history(session(), standard=found)[0]
    return api.with_etag(_decision(newest), found, 201)


@blueprint.route(f"{BUSINESS}/groups/<string:code>/decisions", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, DecisionPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def group_decisions(query: dict[str, int], slug: str, code: str) -> dict[str, Any]:
    """Every decision on a group no standard was drafted for, the newest first."""
    found = decision_queries.history(session(), group=_group(slug, code))
    return api.listed(cut([_decision(entry) for entry in found], **query))


@blueprint.route(f"{BUSINESS}/groups/<string:code>/decisions", methods=["POST"])
@blueprint.arguments(GroupDecisionSchema)
@blueprint.response(201, DecisionAnswerSchema)
@api.problems(blueprint, *api.EDIT)
@allow(Permission.DECIDE)
@writes
def decide_group(values: dict[str, Any], slug: str, code: str) -> Any:
    """Reject or put off a group that gets no standard."""
    found = _group(slug, code)
    deciding.decide(session(), actor(), group=found, version=api.sent_version(found), **values)
    session().flush()  # the answer shows what was stored
    newest = decision_queries.history(session(), group=found)[0]
    return api.with_etag(_decision(newest), found, 201)


@blueprint.route(f"{BUSINESS}/standards/adopt-national", methods=["POST"])
@blueprint.arguments(AdoptNationalSchema)
@blueprint.response(200, api.CountSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.DECIDE)
@writes
def adopt_national(values: dict[str, Any], slug: str) -> dict[str, int]:
    """Adopt every line of a national standard that nobody has decided on."""
    count = deciding.adopt_national(session(), actor(), business_id=_business(slug).id, **values)
    return {"count": count}


# ---- the national library ---------------------------------------------------------------------


@blueprint.route("/national-specs", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, NationalSpecPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def national_specs(query: dict[str, int]) -> dict[str, Any]:
    """The region's library by name and edition."""
    return api.listed(cut(library.specs(session(), actor()), **query))


@blueprint.route("/national-specs/search", methods=["GET"])
@blueprint.arguments(NationalSearchQuerySchema, location="query")
@blueprint.response(200, NationalHitPageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def search_national(query: dict[str, Any]) -> dict[str, Any]:
    """The lines that hold every word, in printed order."""
    if query["spec"] is not None:
        _national(query["spec"])
    found = library.search(
        session(),
        actor(),
        query["q"],
        spec_id=query["spec"],
        page=query["page"],
        page_size=query["page_size"],
    )
    return api.listed(found.lines)


@blueprint.route(f"{NATIONAL}/items", methods=["GET"])
@blueprint.arguments(api.PageQuery, location="query")
@blueprint.response(200, NationalOutlinePageSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def national_outline(query: dict[str, int], spec_id: int) -> dict[str, Any]:
    """The outline of a national standard in printed order."""
    return api.listed(cut(library.outline(session(), _national(spec_id)), **query))


@blueprint.route(f"{NATIONAL}/items/<string:number>", methods=["GET"])
@blueprint.response(200, NationalItemSchema)
@api.problems(blueprint, *api.READ)
@allow(Permission.READ_CONTENT)
def national_item(spec_id: int, number: str) -> dict[str, Any]:
    """One item with its lines and cross references."""
    return _item(library.item(session(), _national(spec_id), number))


@blueprint.route(f"{NATIONAL}/workbook", methods=["POST"])
@blueprint.doc(responses=api.WORKBOOK)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.READ_CONTENT)
@writes
def take_national(spec_id: int) -> Response:
    """The lines of a national standard as a workbook; that it was taken is recorded."""
    spec = _national(spec_id)
    content = library.export_lines(session(), actor(), spec=spec)
    return downloads.workbook(content, f"{spec.name}_{spec.edition}")


@blueprint.route(f"{NATIONAL}/business", methods=["POST"])
@blueprint.arguments(NationalBusinessSchema)
@blueprint.response(201, NationalBusinessAnswerSchema)
@api.problems(blueprint, *api.WRITE)
@allow(Permission.DRAFT_STANDARDS)
@writes
def make_national_business(values: dict[str, Any], spec_id: int) -> Any:
    """Make a business of a national standard, one standard a line."""
    made, count = library.make_business(session(), actor(), spec=_national(spec_id), **values)
    answer = {"slug": made.slug, "number": made.number, "standards": count}
    return answer, 201, {"Location": url_for("api_processes.business", slug=made.slug)}


# ---- shared by the above ----------------------------------------------------------------------


def _business(slug: str) -> Business:
    return processes.business(session(), actor(), slug)


def _standard(slug: str, code: str) -> StandardRequirement:
    return queries.standard(session(), actor(), _business(slug).id, code)


def _group(slug: str, code: str) -> RequirementGroup:
    return queries.group(session(), actor(), _business(slug).id, code)


def _national(spec_id: int) -> NationalSpec:
    return library.spec(session(), actor(), spec_id)


def _checked(business: Business, values: dict[str, Any]) -> dict[str, Any]:
    """The body as the service takes it. Raises Invalid for unknown goals or groups."""
    errors: dict[str, list[str]] = {}
    code, goal_id = values.pop("goal"), None
    if code:
        try:
            goal_id = goals.by_code(session(), actor(), code).id
        except NotFound as missing:
            errors["goal"] = [missing.message]
    known = {row.code: row.id for row in group_queries.groups(session(), actor(), business.id)}
    asked = values.pop("groups")
    unknown = [one for one in asked if one not in known]
    if unknown:
        errors["groups"] = [f"まとまり {'、'.join(unknown)} は、この業務にありません。"]
    if errors:
        raise Invalid("保存していません。", errors)
    return values | {"goal_id": goal_id, "group_ids": [known[one] for one in asked]}


def _shown(found: StandardRequirement) -> dict[str, Any]:
    newest = decision_queries.newest_decision(session(), standard=found)
    outcome = newest.outcome if newest else None
    chain = queries.goal_chain(session(), actor(), found.goal_id)
    names = ("id", "code", "title", "text", "obligation", "kind", "phase", "reason", "version")
    return {name: getattr(found, name) for name in (*names, "target_edition")} | {
        "goal": chain[-1].code if chain else "",
        "groups": [group.code for group in queries.answered_groups(session(), found.id)],
        "standing": standings.standing(
            found.version, outcome, newest.subject_version if newest else None
        ),
        "outcome": outcome,
        "decided_on": newest.decided_on if newest else None,
    }


def _application_row(found: StandardRequirement, municipality: str) -> ApplicationRow:
    for row in application_queries.applications(session(), actor(), found):
        if row.municipality_code == municipality:
            return row
    raise NotFound(f"団体コード {municipality} の団体は見つかりませんでした。")


def _application(row: ApplicationRow) -> dict[str, Any]:
    names = ("state", "value", "version", "confirmed", "confirmed_by", "confirmed_at", "proposed")
    return {name: getattr(row, name) for name in names} | {
        "municipality": row.municipality_code,
        "name": row.municipality_name,
    }


def _application_tag(row: ApplicationRow) -> str:
    """National lines have no rows yet, so the town stands for the id."""
    return f'"{row.municipality_code}-{row.version}"'


def _decision(entry: DecisionEntry) -> dict[str, Any]:
    names = ("outcome", "reason", "decided_on", "recorded_at", "who", "subject_version")
    return {name: getattr(entry, name) for name in names} | {"subject": dict(entry.snapshot)}


def _heading(one: tuple[str, str] | None) -> dict[str, str] | None:
    return {"number": one[0], "title": one[1]} if one else None


def _item(found: ItemView) -> dict[str, Any]:
    return {
        "number": found.number,
        "title": found.title,
        "is_chapter": found.is_chapter,
        "above": [_heading(one) for one in found.above],
        "blocks": {
            obligation.value: [_line(line) for line in lines]
            for obligation, lines in found.blocks.items()
        },
        "before": _heading(found.before),
        "after": _heading(found.after),
        "cited_by": [_heading(one) for one in found.cited_by],
    }


def _line(line: LineView) -> dict[str, Any]:
    return {
        "position": line.position,
        "text": "".join(part.text for part in line.parts),
        "references": [
            {"number": part.number, "resolved": part.resolved} for part in line.parts if part.number
        ],
    }
