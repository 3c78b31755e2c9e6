"""Odd bytes and sizes against every form and every address of the API."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from flask import Flask

from registry import audit
from registry.db import Database
from tests.attacks.people import (
    ADMINISTRATOR,
    APPROVER,
    COORDINATOR,
    EDITOR,
    Api,
    SignedIn,
    crawl,
    on_sqlite,
)
from tests.conftest import AUDIT_KEY, Client
from tests.journeys import stage as stages
from tests.journeys.stage import OWN, SLUG, Stage

HOSTILE = {
    "nul": "あ\x00い",
    "endless digits": "9" * 5000,
    "large": "9" * 25,
    "negative": "-1",
    "superscript": "²",
    "year 1": "0001-01-01",
    "year 9999": "9999-12-31",
    "control": "あ\x07\u202eい",
    "brackets": "[" * 2000,
}
MEGABYTE = "あ" * 120_000  # once it is sent


def forms_of(client: Client) -> dict[tuple[str, ...], tuple[str, dict[str, str]]]:
    """Every different form on the pages this person finds: its address and fields as given."""
    found: dict[tuple[str, ...], tuple[str, dict[str, str]]] = {}
    for address, answer in crawl(client):
        assert answer.status_code < 500, address
        page = answer.get_data(as_text=True)
        for form in re.findall(r"<form\b.*?</form>", page, flags=re.S):
            head = form[: form.index(">")]
            if 'method="post"' not in head:
                continue
            fields: dict[str, str] = {}
            for tag in re.findall(r"<(?:input|select|textarea|button)\b[^>]*>", form):
                name = re.search(r'\bname="([^"]+)"', tag)
                value = re.search(r'\bvalue="([^"]*)"', tag)
                if name:
                    fields.setdefault(unescape(name[1]), unescape(value[1]) if value else "")
            actions = re.findall(r'\b(?:form)?action="([^"]*)"', form) or [address]
            for action in map(unescape, actions):
                shape = re.sub(r"\d+", "N", action.partition("?")[0])
                found.setdefault((shape, *sorted(set(fields) & KNOWN)), (action, fields))
    return found


KNOWN = {"version", "everything", "again", "confirm", "position", "number"}
ENDS_THE_SIGN_IN = ("/sign-out", "/account/sign-ins/end-others")


@pytest.mark.parametrize(
    ("database", "email"),
    [
        *(("sqlite", email) for email in (EDITOR, APPROVER, COORDINATOR, ADMINISTRATOR)),
        *(
            pytest.param("postgresql", email, marks=pytest.mark.postgresql)
            for email in (EDITOR, COORDINATOR)  # these two have nearly all forms
        ),
    ],
    indirect=["database"],
)
def test_no_form_ends_in_a_fault(
    email: str, stage: Stage, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(email)
    forms = forms_of(client)
    assert len(forms) > 5
    token = client.csrf()
    tried = 0
    for action, fields in forms.values():
        if action in ENDS_THE_SIGN_IN:
            continue
        tries = [dict.fromkeys(fields, value) for value in HOSTILE.values()]
        tries.append({**fields, list(fields)[-1]: MEGABYTE})
        # Numbers are looked at only once the rest is good.
        tries += [
            {**fields, name: HOSTILE[kind]}
            for name in fields
            if name.endswith(("version", "selected", "_id", "_ids", "position", "_row"))
            for kind in ("endless digits", "large")
        ][:6]
        for sent in tries:
            sent.pop("idempotency_key", None)
            answer = client.post(action, data={**sent, "csrf_token": token})
            assert answer.status_code < 500, f"{action} {[(k, v[:20]) for k, v in sent.items()]}"
            tried += 1
    assert tried > 80
    with database.read() as session:
        assert audit.verify(session, AUDIT_KEY).broken is None


@on_sqlite
def test_bytes_that_are_no_text_are_refused_or_replaced(
    stage: Stage, signed_in: SignedIn, database: Database
) -> None:
    editor = signed_in(EDITOR)
    token = editor.csrf()
    address = f"/requirements/{SLUG}/new"
    bodies = [
        b"csrf_token=" + token.encode() + b"&text=\xff\xfe\x80",
        b"csrf_token=" + token.encode() + b"&text=%ff%fe%00",
        b"csrf_token=" + token.encode() + b"&text=" + "できること".encode("cp932"),
        b"csrf_token=" + token.encode() + b"&" + b"a=1&" * 20_000,
    ]
    for body in bodies:
        answer = editor.post(address, data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in {303, 400, 413, 422}, answer.status_code
        if answer.status_code == 303:
            page = editor.get(answer.location)
            assert page.status_code == 200
    for query in (
        "?q=%00",
        "?q=%ff",
        "?page=0",
        "?page=-1",
        "?page=99999999999999999999",
        "?page_size=100000",
        "?page=1e3",
        "?sort=;--",
        "?state=x",
        "?order=\u0000",
    ):
        for path in (
            f"/requirements/{SLUG}",
            "/approvals",
            f"/compare/{SLUG}",
            f"/standards/{SLUG}",
            "/goals",
            "/national/search",
            f"/editions/{SLUG}/1.0",
        ):
            answer = editor.get(path + query)
            assert answer.status_code < 500, path + query


API_BODIES = {
    "no json": b"{",
    "no text": b'{"a": "\xff"}',
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"text":' * 50_000,
    "endless number": b'{"position": ' + b"9" * 5000 + b"}",
    "not a number": b'{"position": NaN}',
    "half a character": rb'{"text": "\ud800", "statement": "\ud800", "term": "\ud800"}',
    "nul": rb'{"text": "\u0000", "statement": "\u0000", "name": "\u0000", "rows": [["\u0000"]]}',
    "list": b"[1, 2, 3]",
    "text": b'"text"',
    "null": b"null",
    "nothing": b"",
}


def test_no_body_ends_the_api_in_a_fault(
    app: Flask, stage: Stage, api: Api, database: Database
) -> None:
    programs = {email: api(email) for email in (EDITOR, APPROVER, COORDINATOR)}
    fills = {
        "code": OWN,
        "slug": SLUG,
        "requirement_id": str(stage.own.draft),
        "list_id": str(stage.own.preview),
        "term_id": str(stage.term),
    }
    tried = 0
    for rule in app.url_map.iter_rules():
        methods = {"POST", "PUT", "DELETE"} & (rule.methods or set())
        if not rule.rule.startswith("/api/") or not methods:
            continue
        address = re.sub(
            r"<\w+:(\w+)>",
            lambda name: fills.get(name[1], "1"),
            rule.rule.replace("<string:code>", "G-1") if "/goals" in rule.rule else rule.rule,
        )
        email = (
            APPROVER
            if "confirmations" in address or "returns" in address
            else EDITOR
            if "/municipalities/" in address
            else COORDINATOR
        )
        for method in methods:
            for name, body in API_BODIES.items():
                answer = app.test_client().open(
                    address,
                    method=method,
                    data=body,
                    headers={
                        "Authorization": f"Bearer {programs[email].token}",
                        "Content-Type": "application/json",
                        "If-Match": '"1-1"',
                    },
                )
                assert answer.status_code < 500, f"{method} {address} {name}"
                if answer.status_code >= 400:
                    assert answer.mimetype == "application/problem+json"
                    assert re.search(r"[ぁ-ん]", answer.get_json()["detail"]), answer.get_json()
                tried += 1
    assert tried > 200


@on_sqlite
def test_the_tables_script_sends_json_that_may_be_hostile_too(
    stage: Stage, signed_in: SignedIn, database: Database
) -> None:
    editor = signed_in(EDITOR)
    headers = {"X-CSRFToken": editor.csrf(), "Content-Type": "application/json"}
    before = stages.counts(database)["requirement"]
    row = {"id": "new-1", "version": None, "fields": {"text": "あ\ud800"}}
    bodies = [
        *API_BODIES.values(),
        json.dumps({"mode": "each", "rows": [row]}).encode(),
        json.dumps(
            {"mode": "each", "rows": [{"id": "9" * 5000, "version": 1, "fields": {}}]}
        ).encode(),
        json.dumps(
            {"mode": "all", "rows": [{"id": "1", "version": 10**30, "fields": {"text": "x"}}]}
        ).encode(),
        json.dumps({"mode": "each", "rows": [{**row, "fields": {"text": "あ\x00"}}]}).encode(),
    ]
    for body in bodies:
        answer = editor.post(f"/requirements/{SLUG}/rows", data=body, headers=headers)
        assert answer.status_code < 500, body[:60]
    assert stages.counts(database)["requirement"] == before
