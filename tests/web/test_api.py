"""The frame of the JSON API: its description is true and complete."""

from __future__ import annotations

from typing import Any

from flask import Flask

from tests.conftest import Client


def test_the_description_is_openapi_3_1_with_bearer_tokens(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json
    assert document is not None
    assert document["openapi"] == "3.1.0"
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert document["security"] == [{"bearer": []}]


def test_every_endpoint_of_the_api_is_described(app: Flask, client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json
    assert document is not None
    described = {
        (path.replace("{", "<").replace("}", ">"), method.upper())
        for path, methods in document["paths"].items()
        for method in methods
    }
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api_") and rule.endpoint != "api_unknown":
            path = str(rule)
            for kind in ("int:", "string:", "path:"):
                path = path.replace(kind, "")
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                assert (path, method) in described, rule


def test_a_cookie_opens_nothing_here(client: Client) -> None:
    client.send("/sign-in", email="coordinator@bureau.example", password="tanuki no mori 2026")
    assert client.get("/").status_code == 200
    assert client.get("/api/v1/goals").status_code == 401


def test_an_unknown_address_is_a_problem(client: Client) -> None:
    answer = client.get("/api/v1/no/such")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_the_headers_an_operation_takes_and_gives_are_described(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json
    assert document is not None

    def taken(operation: dict[str, Any]) -> dict[str, bool]:
        return {
            one["name"]: one.get("required", False)
            for one in operation.get("parameters", [])
            if one["in"] == "header"
        }

    goal = document["paths"]["/api/v1/goals/{code}"]
    assert taken(goal["put"]) == {"Idempotency-Key": False, "If-Match": True}
    assert taken(document["paths"]["/api/v1/goals"]["post"]) == {"Idempotency-Key": False}
    assert taken(goal["get"]) == {}
    assert "ETag" in goal["get"]["responses"]["200"]["headers"]


def test_every_operation_says_what_it_does_and_refuses(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json
    assert document is not None
    for path, methods in document["paths"].items():
        for method in set(methods) - {"parameters"}:
            operation = methods[method]
            assert operation.get("summary"), (method, path)
            assert "401" in operation["responses"], (method, path)
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert set(answer["content"]) == {"application/problem+json"}, (method, path)
