"""The JSON API's frame: OpenAPI 3.1, bearer tokens, ETags, problem+json, list envelopes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import marshmallow as ma
from flask import Flask, Request, Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_smorest import Api, Blueprint
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, HTTPException

from registry import schemas
from registry.access import Permission
from registry.db import MAX_ID
from registry.paging import Page
from registry.web import downloads, errors, strict_json
from registry.web.gates import allow

PREFIX = "/api/v1"
View = TypeVar("View", bound=Callable[..., Any])

# The refusals of a read, of a write, and of an edit that names the version it was made on.
READ: Final = (401, 403, 404, 422)
WRITE: Final = (400, 401, 403, 404, 409, 422)
EDIT: Final = (*WRITE, 412, 428)

BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
WORKBOOK: Final = {
    "200": {"description": "一覧の Excel ファイル", "content": {downloads.XLSX: BINARY}}
}
"""What a list that is taken away as a workbook answers with, for the description."""


class KaizuApi(Api):  # type: ignore[misc]  # it ships no types
    """flask-smorest with our own error answers: its handler would turn pages into JSON."""

    DEFAULT_ERROR_RESPONSE_NAME = None  # every refusal is named by `problems`

    def _register_error_handlers(self) -> None:
        """`registry.web.errors` answers for pages and API alike."""


class _StrictParser(FlaskParser):
    """A filter nobody knows is refused like an unknown key: a slip must not widen the answer."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012 - the base class has it so
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": ma.RAISE,
        "form": ma.RAISE,
    }

    def _raw_load_json(self, req: Request) -> Any:
        """The parser by itself would fall over a body that is nested too deeply."""
        sent = req.get_data(cache=True)
        return strict_json.loads(sent) if req.is_json and sent else ma.missing

    def _handle_invalid_json_error(
        self, error: json.JSONDecodeError | UnicodeDecodeError, *_: Any, **__: Any
    ) -> NoReturn:
        raise BadRequest from error


class Part(Blueprint):  # type: ignore[misc]  # it ships no types, so those used here are told
    ARGUMENTS_PARSER = _StrictParser()

    if TYPE_CHECKING:

        def route(self, rule: str, *, methods: list[str]) -> Callable[[View], View]: ...

        def arguments(
            self, schema: type[ma.Schema], *, location: str = "json", **options: Any
        ) -> Callable[[View], View]: ...

        def response(
            self, status_code: int, schema: type[ma.Schema] | None = None, **options: Any
        ) -> Callable[[View], View]: ...

        def alt_response(self, status_code: int, **options: Any) -> Callable[[View], View]: ...

        def doc(self, **options: Any) -> Callable[[View], View]: ...


class PageQuery(schemas.Schema):
    page = ma.fields.Integer(
        load_default=1,
        validate=ma.validate.Range(1, 1_000_000, error="1 以上の整数を指定してください。"),
    )
    page_size = ma.fields.Integer(
        load_default=50,
        validate=ma.validate.Range(1, 500, error="1 から 500 までの整数を指定してください。"),
    )


class CollisionSchema(ma.Schema):
    """Both sides of a collision by field, as far as they are known."""

    mine = ma.fields.Dict(keys=ma.fields.String(), required=True)
    theirs = ma.fields.Dict(keys=ma.fields.String(), required=True)


class ProblemSchema(ma.Schema):
    """RFC 9457. `errors` by field of the part of the request that is wrong, `conflict` on 409."""

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    errors = ma.fields.Dict(keys=ma.fields.String())
    conflict = ma.fields.Nested(CollisionSchema)


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


class CountSchema(ma.Schema):
    """How many rows an act changed."""

    count = ma.fields.Integer(required=True)


class StartedSchema(ma.Schema):
    """A job that works in the background; its address tells how far it is."""

    job_id = ma.fields.Integer(required=True)
    address = ma.fields.String(required=True)


def started(job_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """The answer 202 to what begins a job."""
    address = url_for("api_overview.job", job_id=job_id)
    return {"job_id": job_id, "address": address}, 202, {"Location": address}


def row_id(**options: Any) -> ma.fields.Integer:
    """The id of a stored row; a number no database holds is refused before it is asked."""
    limits = ma.validate.Range(1, MAX_ID, error="この番号は使えません。")
    return ma.fields.Integer(strict=True, validate=limits, **options)


def row_ids(*, most: int = 500) -> ma.fields.List[Any]:
    """Ids of stored rows, at least one."""
    limits = ma.validate.Length(1, most, error=f"1 件から {most} 件までを指定してください。")
    return ma.fields.List(row_id(), required=True, validate=limits)


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


def check_match(tag: str) -> None:
    """Answers 428 without If-Match, 412 when the client edits something else than `tag`."""
    sent = request.headers.get("If-Match", "").strip()
    if not sent:
        raise PreconditionRequired
    if sent != tag:
        raise PreconditionFailed


def sent_version(row: Any) -> int:
    """The version the client edits. Raises as `check_match`."""
    check_match(etag(row))
    version: int = row.version
    return version


def with_etag(payload: Any, row: Any, status: int = 200) -> tuple[Any, int, dict[str, str]]:
    return payload, status, {"ETag": etag(row)}


def created(payload: Any, address: str, tag: str) -> tuple[Any, int, dict[str, str]]:
    """The answer 201: what was made, where it is read, and the version an edit sends back."""
    return payload, 201, {"Location": address, "ETag": tag}


def blueprint(name: str, description: str) -> Part:
    """A feature's part of the API; endpoints are `api_<feature>.<function>`."""
    return Part(f"api_{name}", f"api_{name}", url_prefix=PREFIX, description=description)


def problems(part: Part, *statuses: int) -> Callable[[View], View]:
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


def install(app: Flask, blueprints: list[Part]) -> KaizuApi:
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

    document: dict[str, Any] = api.spec.to_dict()
    _describe_headers(document)

    @app.get(f"{PREFIX}/openapi.json", endpoint="openapi")
    @allow(Permission.PUBLIC)
    def openapi() -> ResponseReturnValue:
        return jsonify(document)

    @app.route(
        f"{PREFIX}/<path:rest>",
        endpoint="api_unknown",
        methods=["GET"],
    )
    @allow(Permission.PUBLIC)
    def unknown(rest: str) -> Response:
        return errors.answer(404, errors.MESSAGES[404])

    return api


_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "同じ内容を同じ鍵で送り直しても、一度だけ実行され、最初の応答が返ります。",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
_IF_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "変更する内容を読んだときの ETag。",
    "schema": {"type": "string"},
}
_ETAG: Final = {
    "description": "この版を表す値。変更するときに If-Match で送ります。",
    "schema": {"type": "string"},
}


def _describe_headers(document: dict[str, Any]) -> None:
    """Say which headers an operation takes and gives, from what it may answer.

    Every write takes an idempotency key, every operation that may answer 428 takes If-Match, and
    what is read at the address of one gives the ETag.
    """
    for path in document["paths"].values():
        versioned = False
        for method in set(path) - {"get", "parameters"}:
            operation = path[method]
            taken: list[dict[str, Any]] = [_IDEMPOTENCY_KEY]
            if "428" in operation["responses"]:
                taken.append(_IF_MATCH)
                versioned = versioned or method in {"put", "delete"}
            operation["parameters"] = [*operation.get("parameters", []), *taken]
        if versioned and "get" in path:
            path["get"]["responses"]["200"]["headers"] = {"ETag": _ETAG}
