"""The page that shows two flows side by side."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from registry.access import Permission
from registry.errors import NotFound
from registry.processes import flow_diff, flow_queries
from registry.processes.drawing import pair
from registry.processes.flow_views import blueprint, business_of, document_of, number_of, signs_of
from registry.processes.models import Business, FlowRecord
from registry.web.database import actor, session
from registry.web.gates import allow


@blueprint.get("/businesses/<string:slug>/flows/compare")
@allow(Permission.READ_CONTENT)
def compare(slug: str) -> ResponseReturnValue:
    """Two flows side by side: ?one=ID&other=ID; without both, the choice."""
    business = business_of(slug)
    every = [
        one
        for one in flow_queries.flows(session(), actor(), business.id)
        if one.record.withdrawn_at is None
    ]
    chosen = [_asked(business, name) for name in ("one", "other")]
    sides: list[dict[str, Any]] = []
    found = None
    signs: list[tuple[Markup, str]] = []
    if all(chosen):
        documents = []
        for record in chosen:
            if record is None:
                raise NotFound
            version = flow_queries.version(session(), record)
            documents.append(document_of(version))
            place = flow_queries.town(session(), record)
            sides.append({"flow": record, "town": place, "version": version})
        found = flow_diff.compare(documents[0].flow, documents[1].flow)
        signs = signs_of(*documents)
        for side, svg in zip(sides, pair.draw_pair(documents[0], documents[1], found), strict=True):
            side["svg"] = Markup(svg)  # noqa: S704 - drawn by us, every text in it escaped
    return render_template(
        "processes/flow_compare.html",
        business=business,
        flows=every,
        sides=sides,
        found=found,
        signs=signs,
        said=pair.describe(found) if found else "",
        one=request.args.get("one", ""),
        other=request.args.get("other", ""),
    )


def _asked(business: Business, name: str) -> FlowRecord | None:
    flow_id = number_of(request.args.get(name, ""))
    return flow_queries.flow(session(), actor(), business, flow_id) if flow_id is not None else None
