"""The JSON API's frame: OpenAPI 3.1, bearer tokens, ETags, problem+json, list envelopes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import marshmallow as ma
from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_smorest import Api, Blueprint
from werkzeug.exceptions import HTTPException

from registry import schemas
from registry.access import Permission
from registry.paging import Page
from registry.web import errors
from registry.web.gates import allow

PREFIX = "/api/v1"
View = TypeVar("View", bound=Callable[..., Any])


class KaizuApi(Api):  # type: ignore[misc]  # it ships no types
    """flask-smorest with our own error answers: its handler would turn pages into JSON."""

    def _register_error_handlers(self) -> None:
        """`registry.web.errors` answers for pages and API alike."""


class PageQuery(schemas.Schema):
    page = ma.fields.Integer(
        load_default=1,
        validate=ma.validate.Range(1, 1_000_000, error="1 以上の整数を指定してください。"),
    )
    page_size = ma.fields.Integer(
        load_default=50,
        validate=ma.validate.Range(1, 500, error="1 から 500 までの整数を指定してください。"),
    )


class ProblemSchema(ma.Schema):
    """RFC 9457."""

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    errors = ma.fields.Dict(keys=ma.fields.String())


def envelope(item: type[ma.Schema]) -> type[ma.Schema]:
    """The schema of a list answer: {items, page, page_size, total}."""
    name = item.__name__.removesuffix("Schema") + "PageSchema"
    return type(
        name,
        (ma.Schema,),
        {
            "items": ma.fields.List(ma.fields.Nested(item), required=True),
            "page": ma.fields.Integer(required=True),
            "page_size": ma.fields.Integer(required=True),
            "total": ma.fields.Integer(required=True),
        },
    )


def listed(page: Page[Any]) -> dict[str, Any]:
    return {
        "items": page.items,
        "page": page.page,
        "page_size": page.page_size,
        "total": page.total,
    }


def etag(row: Any) -> str:
    """The strong tag of a versioned row: `"<id>-<version>"`."""
    return f'"{row.id}-{row.version}"'


class PreconditionRequired(HTTPException):
    code = 428


class PreconditionFailed(HTTPException):
    code = 412


def sent_version(row: Any) -> int:
    """The version the client edits. Answers 428 without If-Match, 412 when it is not current."""
    sent = request.headers.get("If-Match", "").strip()
    if not sent:
        raise PreconditionRequired
    if sent != etag(row):
        raise PreconditionFailed
    version: int = row.version
    return version


def with_etag(payload: Any, row: Any, status: int = 200) -> tuple[Any, int, dict[str, str]]:
    return payload, status, {"ETag": etag(row)}


def blueprint(name: str, description: str) -> Blueprint:
    """A feature's part of the API; endpoints are `api_<feature>.<function>`."""
    return Blueprint(f"api_{name}", f"api_{name}", url_prefix=PREFIX, description=description)


def problems(part: Blueprint, *statuses: int) -> Callable[[View], View]:
    """Describe which refusals an endpoint may answer with, all as problem+json."""

    def describe(view: View) -> View:
        for status in statuses:
            view = part.alt_response(
                status,
                schema=ProblemSchema,
                content_type="application/problem+json",
                success=False,
                description=errors.MESSAGES.get(status, ""),
            )(view)
        return view

    return describe


def install(app: Flask, blueprints: list[Blueprint]) -> KaizuApi:
    """Register the feature blueprints and serve the description of all of them."""
    app.config.update(
        API_TITLE="Kaizu",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=None,
    )
    api = KaizuApi(app)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    api.spec.options["security"] = [{"bearer": []}]
    for part in blueprints:
        api.register_blueprint(part)

    @app.get(f"{PREFIX}/openapi.json", endpoint="openapi")
    @allow(Permission.PUBLIC)
    def openapi() -> ResponseReturnValue:
        return jsonify(api.spec.to_dict())

    @app.route(
        f"{PREFIX}/<path:rest>",
        endpoint="api_unknown",
        methods=["GET"],
    )
    @allow(Permission.PUBLIC)
    def unknown(rest: str) -> Response:
        return errors.answer(404, errors.MESSAGES[404])

    return api
