"""What the child tells while it draws."""

from __future__ import annotations

import time

import pytest

from registry.specs import drawing


def test_progress_counts_units_and_never_overshoots(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(drawing, "report_progress", lambda done, total: told.append((done, total)))
    counted = drawing._Counted(2)

    for name in ("a", "b", "c"):
        counted.put(name, b"drawn")

    assert told == [(1, 3), (2, 3), (2, 3)]
    assert counted.get("b") == b"drawn"


def test_a_long_unit_still_gives_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(drawing, "report_progress", lambda done, total: told.append((done, total)))
    monkeypatch.setattr(drawing, "BEAT_SECONDS", 0.01)

    with drawing._beating(drawing._Counted(5)):
        deadline = time.monotonic() + 5
        while len(told) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    count = len(told)
    time.sleep(0.05)

    assert told[:3] == [(0, 6)] * 3
    assert len(told) == count
