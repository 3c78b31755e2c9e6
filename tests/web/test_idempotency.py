"""A repeated send has one effect, and says so when it is not the same send."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask, request

from registry.web import idempotency
from tests.conftest import ApiClient, Client


def sent(app: Flask, content: bytes, name: str = "list.csv", **fields: str) -> str:
    data = {**fields, "file": (BytesIO(content), name)}
    with app.test_request_context("/imports", method="POST", data=data):
        return idempotency.content_hash(request)


def test_another_file_of_the_same_name_is_other_content(app: Flask) -> None:
    first = sent(app, b"a,b", note="x")
    assert first == sent(app, b"a,b", note="x")
    assert first == sent(app, b"a,b", note="x", csrf_token="new", idempotency_key="k")
    assert first != sent(app, b"a,c", note="x")
    assert first != sent(app, b"a,b", note="y")
    assert first != sent(app, b"a,b", note="x", name="other.csv")


def test_a_file_that_was_read_already_counts_whole(app: Flask) -> None:
    data = {"file": (BytesIO(b"a,b"), "list.csv")}
    with app.test_request_context("/imports", method="POST", data=data):
        before = idempotency.content_hash(request)
        assert request.files["file"].read() == b"a,b"
        assert idempotency.content_hash(request) == before


def test_one_key_one_effect(api: object) -> None:
    assert callable(api)
    program: ApiClient = api("coordinator@bureau.example")
    new = {"slug": "library", "name": "図書館"}
    first = program.call("POST", "/businesses", new, Idempotency_Key="k")
    again = program.call("POST", "/businesses", new, Idempotency_Key="k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    other = program.call("POST", "/businesses", {**new, "name": "博物館"}, Idempotency_Key="k")
    assert other.status_code == 409
    theirs = other.get_json(force=True)["conflict"]["theirs"]
    assert theirs["saved_at"].endswith("/businesses/library")


@pytest.mark.parametrize("key", ["a" * 200, " k "])
def test_keys_are_cut_to_what_is_stored(app: Flask, key: str) -> None:
    with app.test_request_context("/x", method="POST", headers={"Idempotency-Key": key + "b"}):
        assert len(idempotency.key_of(request)) <= 200


def test_a_refused_send_may_be_mended_under_the_same_key(client: Client, api: object) -> None:
    assert callable(api)
    program: ApiClient = api("coordinator@bureau.example")
    bad = program.call("POST", "/businesses", {"slug": "Ａ", "name": "図書館"}, Idempotency_Key="m")
    good = program.call(
        "POST", "/businesses", {"slug": "library", "name": "図書館"}, Idempotency_Key="m"
    )
    assert (bad.status_code, good.status_code) == (422, 201)
