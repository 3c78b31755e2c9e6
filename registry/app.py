"""The composition root of the web side: every feature, wired once."""

from __future__ import annotations

import hashlib
import secrets
import time
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy as sa
import structlog
from flask import Flask, Response, g, get_flashed_messages, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from registry import config as settings
from registry import db, frozen, logs, migrate
from registry.access import Permission
from registry.accounts import admin_api, admin_views, own_views, signin
from registry.accounts import api as accounts_api
from registry.accounts import views as accounts_views
from registry.comparison import (
    alignment_api,
    group_api,
    group_views,
    proposal_api,
    proposal_views,
    unaligned_views,
)
from registry.comparison import api as comparison_api
from registry.comparison import views as comparison_views
from registry.goals import api as goals_api
from registry.goals import views as goals_views
from registry.municipalities import api as municipalities_api
from registry.overview import api as overview_api
from registry.overview import audit_api, navigation
from registry.overview import views as overview_views
from registry.processes import api as processes_api
from registry.processes import (
    flow_acts_api,
    flow_acts_views,
    flow_api,
    flow_compare_views,
    flow_drawing_views,
    flow_file_views,
    flow_table_views,
    flow_views,
    record_api,
    term_api,
)
from registry.processes import views as processes_views
from registry.requirements import api as requirements_api
from registry.requirements import (
    clarity_api,
    clarity_views,
    import_acts_api,
    import_api,
    import_files_api,
    import_views,
    line_api,
    line_views,
    review_api,
    review_views,
    split_views,
    table_api,
    table_views,
    upload_api,
)
from registry.requirements import views as requirements_views
from registry.specs import api as specs_api
from registry.specs import file_api
from registry.specs import views as specs_views
from registry.standards import api as standards_api
from registry.standards import (
    application_api,
    decision_api,
    drafting_views,
    group_decision_views,
    national_api,
    national_views,
    standard_views,
    usage,
)
from registry.standards import views as standards_views
from registry.vendors import api as vendors_api
from registry.vendors import delivery_api, received_api
from registry.vendors import views as vendors_views
from registry.web import api, converters, errors, filters, gates, strict_json
from registry.web.database import State, state

STATIC = Path(__file__).parent / "static"

# Every module of pages, one line a feature. The feature's views.py owns the blueprint; a module
# beside it adds its pages to that blueprint by being imported here.
VIEWS: tuple[tuple[ModuleType, ...], ...] = (
    (accounts_views, own_views, admin_views),
    (comparison_views, group_views, proposal_views, unaligned_views),
    (goals_views,),
    (processes_views,),
    (
        flow_views,
        flow_table_views,
        flow_drawing_views,
        flow_file_views,
        flow_acts_views,
        flow_compare_views,
    ),
    (overview_views,),
    (
        requirements_views,
        table_views,
        line_views,
        split_views,
        review_views,
        import_views,
        clarity_views,
    ),
    (specs_views,),
    (vendors_views,),
    (standards_views, standard_views, drafting_views, group_decision_views, national_views),
)
# Every module of the JSON API likewise: the feature's api.py owns the blueprint.
API: tuple[tuple[ModuleType, ...], ...] = (
    (municipalities_api,),
    (accounts_api, admin_api),
    (goals_api,),
    (processes_api, term_api, record_api, flow_api, flow_acts_api),
    (
        requirements_api,
        line_api,
        table_api,
        review_api,
        upload_api,
        import_api,
        import_acts_api,
        import_files_api,
        clarity_api,
    ),
    (standards_api, application_api, decision_api, national_api),
    (comparison_api, group_api, alignment_api, proposal_api),
    (specs_api, file_api),
    (vendors_api, delivery_api, received_api),
    (overview_api, audit_api),
)

log = structlog.get_logger()


def create_app(config: settings.Config | None = None, database: db.Database | None = None) -> Flask:
    """Build the application.

    Raises RuntimeError when an endpoint has no `@allow`, ConfigError for unusable settings.
    """
    config = config or settings.read()
    database = database or db.Database(config.database_url, pool_size=config.pool_size)
    app = Flask(
        "registry",
        template_folder=str(settings.ROOT / "templates"),
        static_folder=str(STATIC),
    )
    app.config.update(
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=config.max_upload_bytes + 64 * 1024,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        SESSION_COOKIE_NAME="kaizu-form" if config.insecure_http else "__Host-kaizu-form",
        SESSION_COOKIE_SECURE=not config.insecure_http,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # lives as long as the browser's session; forms stay open for hours
        # Asks for a Referer, which our own Referrer-Policy forbids; the token lies in a `__Host-`
        # cookie that nobody can plant over plain http.
        WTF_CSRF_SSL_STRICT=False,
        TESTING=config.testing,
    )
    app.json = strict_json.Provider(app)
    converters.install(app)
    app.extensions["kaizu"] = State(config, database)
    app.extensions[import_views.USED] = usage.used_versions
    app.jinja_env.filters.update(filters.FILTERS)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    logs.configure()
    if config.proxies:
        hops = config.proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # as Flask's manual shows it
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    csrf = CSRFProtect(app)
    for views, *_ in VIEWS:
        app.register_blueprint(views.blueprint)
    api.install(app, [one.blueprint for one, *_ in API])
    for endpoint in app.view_functions:
        if endpoint.startswith("api_"):
            csrf.exempt(_view_name(app, endpoint))  # bearer tokens only, no cookie is looked at
    _health(app)
    errors.register(app)
    _context(app)
    _life(app)
    gates.guard_all(app, signin.read_actor)
    return app


def _view_name(app: Flask, endpoint: str) -> str:
    view = app.view_functions[endpoint]
    return f"{view.__module__}.{view.__name__}"


def _health(app: Flask) -> None:
    @app.get("/healthz")
    @gates.allow(Permission.PUBLIC)
    def healthz() -> ResponseReturnValue:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/readyz")
    @gates.allow(Permission.PUBLIC)
    def readyz() -> ResponseReturnValue:
        """The database answers, is migrated and still refuses to change history."""
        database = state().database
        with database.engine.connect() as connection:
            connection.execute(sa.select(1))
            gone = frozen.missing(connection)
        current = migrate.current(database)
        ready = current == migrate.newest() and not gone
        body = {"status": "ok" if ready else "not ready", "revision": current, "missing": gone}
        return body, 200 if ready else 503


def _context(app: Flask) -> None:
    """What every template may use (see templates/base.html)."""

    def static(path: str) -> str:
        return url_for("static", filename=path, v=_content_hash(path))

    @app.context_processor
    def names() -> dict[str, Any]:
        actor = g.get("actor")
        return {
            "actor": actor,
            "navigation": _menu(actor),
            "local_navigation": _sections(actor),
            "csp_nonce": _nonce,
            "static": static,
            "messages": get_flashed_messages(with_categories=True),
            "now": db.now(),
            "idempotency_key": lambda: secrets.token_urlsafe(18),
        }


def _menu(actor: Any) -> list[dict[str, Any]]:
    """The person's menu; the entry whose address leads to this page is the current one."""
    entries = [(label, url_for(endpoint)) for label, endpoint in navigation.entries(actor)]
    return [
        {"label": label, "href": href, "current": f"{request.path}/".startswith(f"{href}/")}
        for label, href in entries
    ]


def _sections(actor: Any) -> list[dict[str, Any]]:
    """The pages of the business that this page belongs to, with what `aria-current` says.

    Only where the address names a business: "page" on a section itself, "true" below one.
    """
    slug = (request.view_args or {}).get("slug")
    endpoints = navigation.sections(actor) if slug is not None else []
    here = request.blueprint
    if here not in {endpoint.partition(".")[0] for _, endpoint in endpoints}:
        return []
    return [
        {
            "label": label,
            "href": url_for(endpoint, slug=slug),
            "current": "page"
            if endpoint == request.endpoint
            else "true"
            if endpoint.partition(".")[0] == here
            else None,
        }
        for label, endpoint in endpoints
    ]


def _nonce() -> str:
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    nonce: str = g.nonce
    return nonce


@cache
def _content_hash(path: str) -> str:
    file = STATIC / path
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else "0"


def _life(app: Flask) -> None:
    """Request ids, log lines, security headers."""

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(8)
        g.started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=g.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        signin.refresh(response)
        _headers(response)
        actor = g.get("actor")
        log.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
            account=actor.account_id if actor else None,
        )
        return response


def _headers(response: Response) -> None:
    """Strict CSP with a nonce, no framing, no sniffing, nothing kept by caches."""
    policy = (
        "default-src 'none'; "
        f"script-src 'nonce-{_nonce()}' 'strict-dynamic'; "
        "style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if not state().config.insecure_http:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers["Cache-Control"] = "no-store"
        response.headers.add("Vary", "Cookie")
