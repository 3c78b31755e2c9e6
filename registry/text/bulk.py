"""The nearest lines for many lines at once, by two processes where it pays."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from typing import Final

from registry.text.nearest import Candidate, Index
from registry.text.normalise import body_text

_ALONE: Final = 2_000
"""Fewer different lines than this are not worth a second process."""
_PROCESSES: Final = 2
_MORE_JUDGED: Final = 2
"""Judged beyond those shown when thousands of lines ask; a single line has ten judged."""
_CHUNK: Final = 256

_asked: tuple[Index, int] | None = None


def candidates(index: Index, texts: Sequence[str], top: int) -> list[list[Candidate]]:
    """`Index.candidates` of each text in turn; lines with one body are looked up once."""
    bodies = [body_text(text) for text in texts]
    first: dict[str, str] = {}
    for body, text in zip(bodies, texts, strict=True):
        first[body] = min(first.get(body, text), text)
    found = dict(zip(first, _each(index, list(first.values()), top), strict=True))
    return [found[body] for body in bodies]


def _each(index: Index, texts: Sequence[str], top: int) -> list[list[Candidate]]:
    if len(texts) < _ALONE:
        return [index.candidates(text, top) for text in texts]
    index.judged = top + _MORE_JUDGED
    global _asked  # forked children find the index here without a copy of it
    _asked = index, top
    try:
        with multiprocessing.get_context("fork").Pool(_PROCESSES) as pool:
            return pool.map(_one, texts, chunksize=_CHUNK)
    finally:
        _asked = None


def _one(text: str) -> list[Candidate]:
    assert _asked is not None  # noqa: S101 - set before the fork
    index, top = _asked
    return index.candidates(text, top)
