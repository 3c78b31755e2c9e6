"""Log lines: one JSON object each, Japanese readable, no secrets."""

from __future__ import annotations

import json

import pytest
import structlog

from registry import logs


def test_a_line_is_json_and_hides_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.get_logger().info(
        "起動", password="himitsu", Authorization="Bearer x", path="/目標\n/x"
    )
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    line = json.loads(written)
    assert line["event"] == "起動"
    assert (line["password"], line["Authorization"]) == ("***", "***")
    assert "himitsu" not in written
    assert "目標" in written
