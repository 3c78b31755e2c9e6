"""Domain errors become answers here, once: a page for people, problem+json for programs."""

from __future__ import annotations

import traceback
from http import HTTPStatus
from typing import Any, Final

import structlog
from flask import Flask, Response, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from registry.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from registry.web.gates import SignInRequired

log = structlog.get_logger()

_TRACE: Final = 10_000  # of the trace's end, which names the fault; a deep recursion fills pages

STATUS: dict[type[DomainError], int] = {NotFound: 404, Forbidden: 403, Invalid: 422, Conflict: 409}

STALE = Conflict(
    "ほかの人が先に保存したため、まだ保存していません。画面を開き直して、相手の変更を確かめてください。"
)

MESSAGES = {
    400: "送られた内容を読み取れませんでした。何も変更していません。前の画面に戻ってやり直してください。",
    401: "サインインしてください。",
    403: "この操作を行う権限がありません。",
    404: "お探しのページは見つかりませんでした。",
    405: "この操作はこの画面からはできません。前の画面に戻ってやり直してください。",
    413: "送られたファイルが大きすぎます。何も保存していません。ファイルを分けて送ってください。",
    415: "この形式の内容は受け取れません。",
    422: "入力内容を確かめてください。まだ保存していません。",
    428: "版(If-Match)を付けて送ってください。何も変更していません。",
    412: "ほかの人が先に変更しています。何も変更していません。",
    429: "短い間に何度も試されました。しばらく待ってからやり直してください。",
    500: "システムの不具合で処理できませんでした。保存済みの内容は変わっていません。",
    503: "いま混み合っているか、データベースに接続できません。保存済みの内容は変わっていません。"
    "1 分ほど待ってから、もう一度お試しください。",
}


def register(app: Flask) -> None:
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(SignInRequired, _sign_in)
    app.register_error_handler(StaleDataError, lambda _: _domain(STALE))
    app.register_error_handler(IntegrityError, _integrity)
    app.register_error_handler(OperationalError, _unavailable)
    app.register_error_handler(PoolTimeout, _unavailable)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)


def wants_json() -> bool:
    """Programs: the API, and scripts of a page that ask for JSON."""
    return request.path.startswith("/api/") or (
        request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    )


def answer(status: int, message: str, **context: Any) -> Response:
    """The error as a page or as problem+json (RFC 9457)."""
    if wants_json():
        problem = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": message,
            **{key: value for key, value in context.items() if value},
        }
        response = make_response(problem, status)
        response.mimetype = "application/problem+json"
        return response
    page = f"errors/{status}.html" if status in PAGES else "errors/400.html"
    return make_response(render_template(page, message=message, status=status, **context), status)


PAGES = frozenset({400, 401, 403, 404, 409, 413, 422, 429, 500, 503})


def _domain(error: DomainError) -> Response:
    status = (
        next(code for kind, code in STATUS.items() if isinstance(error, kind))
        if isinstance(error, tuple(STATUS))
        else 422
    )
    context: dict[str, Any] = {}
    if isinstance(error, Invalid):
        context["errors"] = error.fields
    if isinstance(error, Conflict):
        context["conflict"] = {"mine": dict(request.form), "theirs": error.theirs}
    return answer(status, error.message, **context)


def _sign_in(_: SignInRequired) -> Response:
    if wants_json():
        response = answer(401, MESSAGES[401])
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    if request.method != "GET":
        # What was typed stays in the browser; the page says how to go on.
        return answer(401, MESSAGES[401])
    return make_response(redirect(url_for("accounts.sign_in_page", next=request.full_path), 303))


def _integrity(error: IntegrityError) -> Response:
    """A constraint had the last word: somebody else was first with the same value."""
    log.warning("database.integrity", error=str(error.orig))
    return answer(
        409,
        "同じ内容がすでに登録されているか、関連する情報が先に変更されたため、保存していません。"
        "画面を開き直して、いまの内容を確かめてください。",
    )


def _unavailable(error: Exception) -> Response:
    log.error("database.unavailable", error=str(error))
    response = answer(503, MESSAGES[503])
    response.headers["Retry-After"] = "30"
    return response


def _database(error: DBAPIError) -> Response:
    if error.connection_invalidated:
        return _unavailable(error)
    if isinstance(error, DataError):  # a character or number no column holds
        log.warning("database.refused_value", error=str(error.orig))
        return answer(400, MESSAGES[400])
    return _fault(error)


def _csrf(_: CSRFError) -> Response:
    return answer(
        400,
        "画面を開いてから時間がたったため、確認のための情報が合いませんでした。何も変更していません。"
        "画面を開き直して、もう一度送ってください。",
    )


def _http(error: HTTPException) -> Response:
    code = error.code or 500
    if code < 400:
        return make_response(error.get_response())
    # What flask-smorest's parser found wrong, by field.
    found = getattr(error, "data", None) or {}
    response = answer(code, MESSAGES.get(code, MESSAGES[400]), errors=found.get("messages"))
    valid = getattr(error, "valid_methods", None)
    if code == 405 and valid:
        response.headers["Allow"] = ", ".join(sorted(valid))
    return response


def _fault(error: Exception) -> Response:
    log.error("request.crashed", error=repr(error), trace=traceback.format_exc()[-_TRACE:])
    return answer(500, MESSAGES[500])
