"""The first page after signing in."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.web.gates import allow

blueprint = Blueprint("overview", __name__)


@blueprint.get("/")
@allow(Permission.SIGNED_IN)
def home() -> ResponseReturnValue:
    return render_template("overview/home.html")
