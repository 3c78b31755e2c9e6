"""The nearest lines for many lines at once, by two processes where it pays."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Sequence
from typing import Final

from registry.text.matching.nearest import Candidate, Index
from registry.text.matching.relations import RelationKind

_ALONE: Final = 2_000
"""Fewer different lines than this are not worth a second process."""
_PROCESSES: Final = 2
_CHUNK: Final = 512

_Plain = tuple[int, float, str, tuple[str, ...], tuple[str, ...]]
_asked: tuple[Index, int] | None = None


def candidates(index: Index, texts: Sequence[str], top: int) -> list[list[Candidate]]:
    """`Index.candidates` of each text in turn; equal texts are looked up once.

    For thousands of texts only the lines that are shown are judged, and two processes share them.
    """
    different = list(dict.fromkeys(texts))
    found = dict(zip(different, _each(index, different, top), strict=True))
    return [found[text] for text in texts]


def _each(index: Index, texts: Sequence[str], top: int) -> list[list[Candidate]]:
    if len(texts) < _ALONE:
        return [index.candidates(text, top) for text in texts]
    # Thousands of lines: only those shown are judged; for a few, ten are, and the best shown.
    index.judged = top
    global _asked  # forked children find the index here without a copy of it
    _asked = index, top
    try:
        # The children make many small lasting objects; collecting over and over costs a fifth.
        gc.freeze()
        with multiprocessing.get_context("fork").Pool(_PROCESSES, initializer=gc.disable) as pool:
            parts = [texts[at : at + _CHUNK] for at in range(0, len(texts), _CHUNK)]
            return [
                [
                    Candidate(at, score, RelationKind(kind), *words)
                    for at, score, kind, *words in near
                ]
                for part in pool.imap(_some, parts)
                for near in part
            ]
    finally:
        _asked = None
        gc.unfreeze()


def _some(texts: Sequence[str]) -> list[list[_Plain]]:
    """Candidates as plain tuples, which cost a quarter to send of what objects do."""
    assert _asked is not None  # noqa: S101 - set before the fork
    index, top = _asked
    return [
        [(c.index, c.score, c.relation.value, c.shared, c.differing) for c in near]
        for near in index.candidates_of(texts, top)
    ]
