"""Pages for the browser tests: the real templates and static files under the real policy.

A small server of its own stands in for the application, so that the scripts are tested against
their written contract (the head of grid.js) and not against one server's habits.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from registry.web import filters

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "registry" / "static"
NONCE = "bm9uY2UtZm9yLXRlc3Rz"
POLICY = (
    f"default-src 'none'; script-src 'nonce-{NONCE}' 'strict-dynamic'; style-src 'self'; "
    "img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}


def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(filters.FILTERS)
    made.globals.update(
        csp_nonce=lambda: NONCE,
        csrf_token=lambda: "csrf-token-for-tests",
        idempotency_key=lambda: "key-for-tests",
        static=_static,
    )
    return made


def _static(path: str) -> str:
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"


def context(**more: Any) -> dict[str, Any]:
    """What every page gets, as a signed-in editor of a city sees it."""
    return {
        "actor": SimpleNamespace(
            name="髙橋 葛󠄀子",
            email="editor@072028.example",
            municipality_name="会津若松市",
            role=SimpleNamespace(label="情報部門", value="editor"),
        ),
        "navigation": [
            {"label": label, "href": f"/{number}", "current": number == 2}
            for number, label in enumerate(
                ("ホーム", "目標", "要件", "比較", "標準要件", "仕様書", "国標準")
            )
        ],
        "local_navigation": [
            {
                "label": label,
                "href": f"/section/{number}",
                "current": "page" if number == 1 else None,
            }
            for number, label in enumerate(("概要", "要件", "比較", "標準要件", "仕様書の版"))
        ],
        "messages": [],
        "request": SimpleNamespace(path="/page"),
        **more,
    }


def render(template: str, **more: Any) -> str:
    return environment().get_template(template).render(context(**more))


def render_text(source: str, **more: Any) -> str:
    return environment().from_string(source).render(context(**more))


@dataclass
class Reply:
    body: str
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Seen:
    """One request that changed something, or asked for data."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Site:
    """`pages` by path; `posts` answers POSTs by path; `seen` lists them.

    `fonts`: send the nine megabytes of fonts too, where a test looks at the page.
    """

    pages: dict[str, Callable[[], Reply]] = field(default_factory=dict)
    posts: dict[str, Callable[[Seen], Reply]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    address: str = ""
    fonts: bool = False

    def page(self, path: str, html: str) -> None:
        self.pages[path] = lambda: Reply(html)


def as_json(value: Any, status: int = 200) -> Reply:
    return Reply(json.dumps(value, ensure_ascii=False), status, "application/json")


@contextmanager
def serve() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path.startswith("/static/"):
                self._file(STATIC / path.removeprefix("/static/"))
            elif path in site.pages:
                self._send(site.pages[path]())
            else:
                self._send(Reply("<!DOCTYPE html><title>404</title>", 404))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            path = self.path.partition("?")[0]
            seen = Seen(path, {k.lower(): v for k, v in self.headers.items()}, body)
            site.seen.append(seen)
            answer = site.posts.get(path)
            self._send(answer(seen) if answer else Reply("", 404))

        def _file(self, path: Path) -> None:
            if not path.is_file() or (path.suffix == ".ttf" and not site.fonts):
                self._send(Reply("", 404))
                return
            self._head(200, TYPES.get(path.suffix, "application/octet-stream"), path.stat().st_size)
            self.wfile.write(path.read_bytes())

        def _send(self, reply: Reply) -> None:
            data = reply.body.encode()
            self._head(reply.status, reply.kind, len(data), reply.headers)
            self.wfile.write(data)

        def _head(
            self, status: int, kind: str, size: int, headers: dict[str, str] | None = None
        ) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(size))
            self.send_header("Content-Security-Policy", POLICY)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet: the suite's output is for its findings."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    site.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reference_page(errors: bool = True) -> str:
    """The page with every component, filled with made-up values."""
    form = SimpleNamespace(
        values={"title": "空き状況の照会", "towns": ["072028"], "obligation": "mandatory"},
        errors={
            "due": ["日付を 2028-03-31 の形で入力してください。"],
            "obligation": ["選んでください。"],
        }
        if errors
        else {},
        message="入力内容を確かめてください。まだ保存していません。" if errors else "",
    )
    names = "会津若松市 喜多方市 下郷町 檜枝岐村 只見町 南会津町 北塩原村 西会津町 磐梯町 猪苗代町 会津坂下町 湯川村 会津美里町"
    job = SimpleNamespace(message="", error=None, done=0, total=0)
    jobs = [
        SimpleNamespace(**{**vars(job), **values})
        for values in (
            {"id": 1, "state": "todo"},
            {
                "id": 2,
                "state": "doing",
                "done": 620,
                "total": 1000,
                "message": "3章を描いています。",
            },
            {"id": 3, "state": "done"},
            {
                "id": 4,
                "state": "failed",
                "error": "フォントが見つかりません。管理者に連絡してください。",
            },
        )
    ]
    node = {"width": 190, "height": 56}
    tree = {
        "width": 460,
        "height": 150,
        "nodes": [
            {**node, "x": 10, "y": 45, "level": 1, "code": "G-1", "lines": ["住民がいつでも手続き", "できている"]},
            {**node, "x": 250, "y": 10, "level": 2, "code": "G-1-1", "lines": ["施設の予約が窓口に", "行かずにできている"], "href": "/g/2"},
            {**node, "x": 250, "y": 84, "level": 3, "code": "G-1-2", "lines": ["申請の控えが残っている"], "href": "/g/3"},
        ],
        "edges": [(200, 73, 250, 38), (200, 73, 250, 112)],
    }  # fmt: skip
    return render(
        "reference/components.html",
        form=form,
        jobs=jobs,
        tree=SimpleNamespace(**tree),
        towns=[{"label": name, "class": "kz-town"} for name in names.split()],
        page_href=lambda number: f"?page={number}",
        messages=[("success", "3件を保存しました。"), ("error", "1件は保存できませんでした。")],
    )
