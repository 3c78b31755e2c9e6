from __future__ import annotations

from pathlib import Path

from registry.cli.terminal import REFUSED
from tests.terminal import invoke


def test_freezing_without_decisions_is_refused(loaded: Path) -> None:
    refused = invoke(
        loaded,
        *("edition", "create", "facility-reservation", "--number", "1.0"),
        *("--as", "coordinator@bureau.example"),
    )
    assert refused.exit_code == REFUSED
    missing = invoke(
        loaded, "spec", "build", "facility-reservation", "--edition", "9.9", "--out", str(loaded)
    )
    assert missing.exit_code == REFUSED
