"""The API keeps its word: whatever is sent, it answers as its description says, and never a 5xx.

Half of the sends go to addresses that exist, so that bodies and filters come into their own; the
other half make the addresses up too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks as openapi_checks
from werkzeug.routing import Rule

from tests import everybody
from tests.everybody import API, Stage

pytestmark = pytest.mark.slow

EXAMPLES: Final = 6
KEPT: Final = (
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
)


@pytest.fixture(scope="module")
def stage(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with everybody.opened(sqlite_template, tmp_path_factory.mktemp("contract")) as found:
        yield found


def rules(stage: Stage) -> dict[str, Rule]:
    """The routes of the API by the path their description gives them."""
    found = {}
    for rule in stage.app.url_map.iter_rules():
        path = rule.rule
        for kind in ("<int:", "<string:", "<path:"):
            path = path.replace(kind, "{")
        found[path.replace(">", "}")] = rule
    return found


@pytest.mark.parametrize("role", ["coordinator", "editor", "approver", "vendor", "administrator"])
def test_every_answer_is_as_described(stage: Stage, role: str) -> None:
    schema = schemathesis.openapi.from_wsgi(f"{API}/openapi.json", stage.app)
    known = rules(stage)
    operations = list(schema.get_all_operations())
    assert len(operations) > 130
    broken = []
    for found in operations:
        assert isinstance(found, Ok), found
        operation = found.ok()
        try:
            send_to(stage, role, operation, known[operation.full_path])
        except FailureGroup as failures:
            broken.append(f"{operation.label}: {failures.exceptions}")
    assert not broken, "\n".join(broken)


def send_to(stage: Stage, role: str, operation: Any, rule: Rule) -> None:
    headers = {"Authorization": f"Bearer {stage.tokens[role]}"}
    real = everybody.arguments(rule, stage.filled)
    tag = everybody.tag(stage, role, everybody.address(rule, stage.filled))

    @seed(20260801)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), at_home=st.booleans())
    def run(case: Any, at_home: bool) -> None:
        if at_home:
            case.path_parameters.update(real)
            if "If-Match" in (case.headers or {}):
                case.headers["If-Match"] = tag.get("If_Match", '"0-0"')
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=list(KEPT), headers=headers)

    run()
