from __future__ import annotations

from pathlib import Path

from tests.terminal import invoke


def test_work_once_runs_what_waits(loaded: Path) -> None:
    assert "0 件" in invoke(loaded, "work", "--once").stderr
