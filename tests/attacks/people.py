"""Who attacks, with what in hand, and how it is seen that nothing changed."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from registry.db import Base, Database
from tests.conftest import ApiClient, Client
from tests.journeys.stage import OWN, SLUG

SignedIn = Callable[[str], Client]
Api = Callable[[str], ApiClient]

EDITOR, APPROVER = f"editor@{OWN}.example", f"approver@{OWN}.example"
COORDINATOR, ADMINISTRATOR = "coordinator@bureau.example", "administrator@bureau.example"
VENDOR_A, VENDOR_B = "vendor@vendor-a.example", "vendor@vendor-b.example"
IMPORTS = f"/requirements/{SLUG}/imports"
# What does not concern both engines is tried on the quicker one.
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def text_of(answer: TestResponse) -> str:
    page = re.sub(r"<(script|style|svg).*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def content_of(database: Database) -> dict[str, list[Any]]:
    """Every row of every table but the audit record and the sign-ins."""
    skipped = {"audit_event", "sign_in", "sign_in_attempt", "api_token"}
    with database.read() as session:
        return {
            name: [tuple(row) for row in session.execute(sa.select(table).order_by(*table.c))]
            if name == "stored_answer"
            else [
                tuple(map(str, row))
                for row in session.execute(sa.select(table).order_by(*table.primary_key.columns))
            ]
            for name, table in Base.metadata.tables.items()
            if name not in skipped
        }


def rows(*lines: list[Any]) -> Callable[[Any], None]:
    def fill(sheet: Any) -> None:
        for line in lines:
            sheet.append(line)

    return fill


def workbook(fill: Callable[[Any], None]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["分類", "番号", "要件", "区分", "目標"])
    fill(sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def crawl(client: Client) -> Iterator[tuple[str, TestResponse]]:
    """Every page that links lead to from the first one."""
    seen: set[str] = set()
    todo = ["/"]
    shapes: dict[str, int] = {}
    while todo:
        address = todo.pop()
        shape = re.sub(r"=[^&]*", "=", re.sub(r"\d+", "N", address))
        if address in seen or shapes.get(shape, 0) >= 2:
            continue
        seen.add(address)
        shapes[shape] = shapes.get(shape, 0) + 1
        answer = client.get(address)
        yield address, answer
        if answer.mimetype == "text/html":
            links = re.findall(r'(?:href|hx-get)="(/[^"#]*)', answer.get_data(as_text=True))
            todo += [unescape(link) for link in links if not link.startswith("/static/")]
