"""The house rules, read from the code itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from registry import labels
from registry.app import create_app
from registry.config import ROOT, Config
from registry.db import Base, Database
from registry.web import gates

REGISTRY = ROOT / "registry"

# Lowest first; a feature imports only what stands before it.
FEATURES = (
    "municipalities",
    "accounts",
    "goals",
    "processes",
    "workshops",
    "requirements",
    "standards",
    "comparison",
    "consultations",
    "nonfunctional",
    "roadmaps",
    "specs",
    "vendors",
    "outcomes",
    "publishing",
    "exchange",
    "overview",
)
# They wire everything together.
COMPOSITION = {"app.py", "cli", "worker.py"}


def modules() -> list[Path]:
    return sorted(REGISTRY.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(REGISTRY).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Dotted names of everything a module imports, `from x import y` as x.y."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{name_of(path)} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(path: Path) -> str:
    """The feature a module lives in, or an empty text for shared ground."""
    first = path.relative_to(REGISTRY).parts[0]
    return first if first in FEATURES else ""


def imported_features(path: Path) -> set[str]:
    found = set()
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "registry" and len(parts) > 1 and parts[1] in FEATURES:
            found.add(parts[1])
    return found


def test_features_import_only_to_their_left() -> None:
    for path in modules():
        here = room(path)
        if not here:
            continue
        allowed = set(FEATURES[: FEATURES.index(here) + 1])
        assert imported_features(path) <= allowed, name_of(path)


def test_shared_ground_imports_no_feature() -> None:
    for path in modules():
        if not room(path) and path.relative_to(REGISTRY).parts[0] not in COMPOSITION:
            assert not imported_features(path), name_of(path)


def test_every_folder_is_a_known_room() -> None:
    folders = {path.name for path in REGISTRY.iterdir() if path.is_dir()} - {"__pycache__"}
    assert folders <= {*FEATURES, "cli", "text", "web", "static"}


def test_flask_stays_at_the_edge() -> None:
    edge = re.compile(r"(\w+/)?(\w*views|\w*api)\.py|accounts/signin\.py|web/\w+\.py|app\.py")
    for path in modules():
        flask = {name for name in imports(path) if name.split(".")[0].startswith("flask")}
        if flask:
            assert edge.fullmatch(name_of(path)), f"{name_of(path)} imports {flask}"


def test_only_the_pdf_package_draws_with_weasyprint() -> None:
    for path in modules():
        if any(name.split(".")[0] in {"weasyprint", "pydyf"} for name in imports(path)):
            assert name_of(path).startswith("specs/pdf/"), name_of(path)


def test_services_and_queries_never_commit() -> None:
    for path in modules():
        if name_of(path) != "transaction.py":
            assert ".commit(" not in path.read_text(encoding="utf-8").replace(
                "transaction.commit(", ""
            ), name_of(path)


def test_no_backref() -> None:
    for path in modules():
        assert "backref" not in path.read_text(encoding="utf-8"), name_of(path)


def test_no_drawers() -> None:
    for path in [*modules(), *(ROOT / "tests").rglob("*.py")]:
        assert not re.search(r"util|helper|common|misc", path.stem), path


def test_every_multi_row_query_is_ordered() -> None:
    """A select that is read as many rows says in which order."""
    unordered = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr != "scalars" or not node.args:
                continue
            argument = ast.unparse(node.args[0])
            literal = "select(" in argument
            if literal and "order_by" not in argument and "insert" not in argument:
                unordered.append(f"{name_of(path)}:{node.lineno}")
    assert not unordered


def every_enum() -> list[type[labels.Labelled]]:
    found, waiting = [], [labels.Labelled]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            found.append(kind)
            waiting.append(kind)
    return found


def test_every_value_has_a_japanese_label() -> None:
    kinds = every_enum()
    assert len(kinds) > 10
    for kind in kinds:
        for member in kind:
            japanese = re.search(r"[ぁ-んァ-ヶ一-龠]", member.label) or member.label == "ID"
            assert japanese, f"{kind.__name__}.{member.name}"


def test_every_module_with_logic_has_its_mirrored_test() -> None:
    missing = []
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        logic = any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in tree.body)
        if not logic or path.name in {"models.py", "__init__.py"}:
            continue
        relative = path.relative_to(REGISTRY)
        mirror = ROOT / "tests" / relative.parent / f"test_{relative.name}"
        if not mirror.exists():
            missing.append(relative.as_posix())
    assert not missing


OUTSIDE = re.compile(r"""(?:src|href|url\(|import|fetch\()\s*[=(]?\s*["']?(?:https?:)?//""", re.I)


def test_no_outside_address_in_what_the_browser_gets() -> None:
    for folder in ("templates", "registry/static/css", "registry/static/js"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".html", ".css", ".js"}:
                assert not OUTSIDE.search(path.read_text(encoding="utf-8")), path


def test_no_inline_script_or_style_in_templates() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        if "pdf" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle\s*=", text), path
        assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), path
        for script in re.findall(r"<script\b[^>]*>", text):
            assert "nonce=" in script, f"{path}: {script}"


# Every tutorial still shows the names of htmx 2; in version 4 they do nothing, silently.
HTMX_2 = re.compile(r"hx-(ext|vars|disabled-elt|history|request)\b|htmx:[a-z]+[A-Z]")


def test_no_htmx_2_names() -> None:
    for path in [*(ROOT / "templates").rglob("*.html"), *(REGISTRY / "static/js").rglob("*.js")]:
        found = HTMX_2.search(path.read_text(encoding="utf-8"))
        assert not found, f"{path}: {found}"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("app")
    url = f"sqlite:///{folder / 'kaizu.db'}"
    config = Config(
        database_url=url,
        secret_key="k" * 32,
        audit_key="a" * 32,
        insecure_http=True,
        data_dir=folder,
        testing=True,
    )
    return create_app(config, Database(url))


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def test_every_endpoint_says_who_may(app: Flask) -> None:
    for rule in rules(app):
        assert gates.permission_of(app.view_functions[rule.endpoint]) is not None, rule


def test_writes_and_only_writes_are_marked(app: Flask) -> None:
    for rule in rules(app):
        changes = bool((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"})
        assert gates.is_writer(app.view_functions[rule.endpoint]) == changes, rule


def test_addresses_are_kebab_case_with_typed_parts(app: Flask) -> None:
    for rule in rules(app):
        for part in rule.rule.strip("/").split("/"):
            typed = re.fullmatch(r"<(int|string|path):[a-z_]+>(\.[a-z]+)?", part)
            plain = re.fullmatch(r"[a-z0-9]*(-[a-z0-9]+)*(\.[a-z]+)?", part)
            assert typed or plain, rule


def test_the_menu_leads_only_to_real_pages(app: Flask) -> None:
    from registry.overview import navigation

    endpoints = {rule.endpoint for rule in rules(app)}
    for _, endpoint, permission in (*navigation.ENTRIES, *navigation.SECTIONS):
        assert endpoint in endpoints, endpoint
        assert gates.permission_of(app.view_functions[endpoint]) is permission, endpoint


def test_tables_are_named_in_the_singular() -> None:
    for name in Base.metadata.tables:
        assert not name.endswith("s") or name.endswith(("ss", "us")), name
