"""One table: method × address × role → status, and what nobody may read anywhere.

`access_table.tsv` is the table; every route has its row, and a new route without one fails. Rows
of writes show the status of a minimal send, which is rolled back: what matters is whether it was
refused (DESIGN §6) or answered for its content.
"""

from __future__ import annotations

import csv
import re
import zipfile
from collections import deque
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from registry.access import PERMISSIONS, Permission
from registry.web import gates
from tests import everybody, filled
from tests.everybody import API, PEOPLE, Stage, address, body, tag

TABLE: Final = Path(__file__).parent / "access_table.tsv"
NOBODY: Final = "nobody"
ROLES: Final = (NOBODY, *PEOPLE)
REFUSED: Final = frozenset({401, 403, 404})


@pytest.fixture(scope="module")
def stage(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with everybody.opened(sqlite_template, tmp_path_factory.mktemp("access")) as found:
        yield found


# ---- the table --------------------------------------------------------------------------------


def routes(app: Flask) -> list[tuple[str, Rule]]:
    """(method, rule) of every route but the files that are the same for everybody."""
    return sorted(
        (
            (method, rule)
            for rule in app.url_map.iter_rules()
            if rule.endpoint != "static"
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        ),
        key=lambda pair: (pair[1].rule, pair[0]),
    )


def read_table() -> dict[tuple[str, str], dict[str, int]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {
            (row["method"], row["address"]): {role: int(row[role]) for role in ROLES}
            for row in rows
        }


def status(stage: Stage, role: str, method: str, rule: Rule) -> int:
    path = address(rule, stage.filled)
    sent = body(rule.endpoint, stage.filled)
    answer = stage.send(role, method, path, sent)
    if answer.status_code == 428:
        answer = stage.send(role, method, path, sent, **tag(stage, role, path))
    return answer.status_code


def test_every_route_has_its_row_and_every_row_its_route(stage: Stage) -> None:
    assert {(method, rule.rule) for method, rule in routes(stage.app)} == set(read_table())


@pytest.mark.parametrize("role", ROLES)
def test_the_table_holds(stage: Stage, role: str) -> None:
    table = read_table()
    wrong = {}
    for method, rule in routes(stage.app):
        found, expected = status(stage, role, method, rule), table[method, rule.rule][role]
        if found != expected:
            wrong[f"{method} {rule.rule}"] = f"{found} instead of {expected}"
    assert not wrong


def test_the_table_is_what_the_roles_may(stage: Stage) -> None:
    """Beside the statuses somebody once wrote down: whoever lacks the permission is refused."""
    table = read_table()
    actors = stage.filled.world.actors
    for method, rule in routes(stage.app):
        row = table[method, rule.rule]
        permission = gates.permission_of(stage.app.view_functions[rule.endpoint])
        if permission is Permission.PUBLIC:
            continue
        page = method == "GET" and not rule.rule.startswith(API)
        assert row[NOBODY] == (303 if page else 401), rule
        for role, email in PEOPLE.items():
            may = permission in PERMISSIONS[actors[email].role]
            assert may or row[role] == 403, (rule, role)


def test_what_is_another_region_s_is_not_there(stage: Stage) -> None:
    """Every address with something of the first region in it, for somebody of the other."""
    table = read_table()
    coordinator = PERMISSIONS[stage.filled.world.stranger.role]
    seen = 0
    for method, rule in routes(stage.app):
        permission = gates.permission_of(stage.app.view_functions[rule.endpoint])
        own = rule.arguments - {"role", "rest"}
        if own and permission is not Permission.PUBLIC and permission in coordinator:
            assert table[method, rule.rule]["stranger"] == 404, (method, rule)
            seen += 1
    assert seen > 100


def test_what_is_another_town_s_is_not_worked_on(stage: Stage) -> None:
    table = read_table()
    for method, rule in routes(stage.app):
        if rule.arguments & {"requirement_id", "list_id"}:
            assert table[method, rule.rule]["neighbour"] in REFUSED, (method, rule)


# ---- what nobody may read ---------------------------------------------------------------------

CONTENT: Final = {filled.SUBMITTED, filled.UNDELIVERED}
OWN: Final = {filled.OWN_DRAFT, filled.OWN_IMPORT}
MAY_SEE: Final[dict[str, set[str]]] = {
    NOBODY: set(),
    "contributor": CONTENT | OWN,
    "editor": CONTENT | OWN,
    "approver": CONTENT | OWN,
    "neighbour": CONTENT
    | {filled.THEIR_DRAFT, filled.THEIR_EDIT, filled.THEIR_REASON, filled.THEIR_IMPORT},
    "coordinator": CONTENT | {filled.HIDDEN},
    "vendor": set(),
    "administrator": set(),
    "stranger": set(),
}
# The crawl is only worth something when it comes to where the canaries sit.
MUST_SEE: Final = {
    "contributor": CONTENT | {filled.OWN_DRAFT},
    "editor": CONTENT | OWN,
    "neighbour": {filled.THEIR_DRAFT, filled.THEIR_EDIT, filled.THEIR_REASON, filled.THEIR_IMPORT},
    "coordinator": CONTENT | {filled.HIDDEN},
}
CANARIES: Final = {text.split()[0]: text for text in filled.CANARIES}
MOST_PAGES: Final = 220


def canaries(answer: TestResponse) -> set[str]:
    """The canaries in a page, a document or the parts of a workbook."""
    content = answer.data
    if content.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(content)) as book:
            content = b" ".join(book.read(name) for name in book.namelist())
    text = content.decode("utf-8", "replace").upper()
    return {CANARIES[word] for word in CANARIES if word in text}


def links(answer: TestResponse) -> Iterator[str]:
    """Addresses of this site on a page, without those that only sort what is shown."""
    if answer.mimetype != "text/html":
        return
    for target in re.findall(r'href="(/[^"#]*)', answer.get_data(as_text=True)):
        if not target.startswith(("//", "/static/")) and "sort=" not in target:
            yield unescape(target)


@pytest.mark.parametrize("role", ROLES)
def test_nobody_finds_what_is_not_theirs(stage: Stage, role: str) -> None:
    """Every address of the table, every link from there, and every workbook."""
    waiting = deque(
        address(rule, stage.filled) for method, rule in routes(stage.app) if method == "GET"
    )
    waiting.append(f"{API}/national-specs/search?q=氏名")
    met, seen = set(waiting), set()
    while waiting:
        path = waiting.popleft()
        answer = stage.send(role, "GET", path)
        assert answer.status_code < 500, path
        found = canaries(answer)
        assert found <= MAY_SEE[role], path
        seen |= found
        for target in links(answer):
            if target not in met and len(met) < MOST_PAGES:
                met.add(target)
                waiting.append(target)
    for method, rule in routes(stage.app):
        if method == "POST" and re.search(
            r"export|workbook|rejections|file|annotated|template", rule.rule
        ):
            answer = stage.send(role, method, address(rule, stage.filled), {})
            assert canaries(answer) <= MAY_SEE[role], rule
    assert seen >= MUST_SEE.get(role, set())
