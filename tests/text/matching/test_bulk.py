from __future__ import annotations

import pytest

from registry.text.matching import bulk
from registry.text.matching.nearest import Index

LINES = [
    f"第{number}施設の予約を{act}できること" for number in range(6) for act in ("登録", "取消")
]


def test_many_at_once_are_answered_in_their_order() -> None:
    found = bulk.candidates(Index(LINES), [*LINES, "・" + LINES[0]], 2)
    assert [near[0].index for near in found] == [*range(len(LINES)), 0]


def test_two_processes_give_what_one_line_after_the_other_gives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bulk, "_ALONE", 3)
    monkeypatch.setattr(bulk, "_CHUNK", 5)
    index = Index(LINES)
    index.judged = 2
    assert bulk.candidates(Index(LINES), LINES, 2) == [index.candidates(line, 2) for line in LINES]
