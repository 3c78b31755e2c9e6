"""Differences between two lines, marked by word."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from rapidfuzz.distance import Indel

from registry.text.terms import tokens

_SHORT: Final = 2
"""Equal text of at most this many characters between two changes reads better as changed."""


class PieceKind(StrEnum):
    EQUAL = "equal"
    INSERT = "insert"
    DELETE = "delete"


class Piece(NamedTuple):
    """A stretch of text: in both (`equal`), only in the other (`insert`), only in the base."""

    kind: PieceKind
    text: str


def diff_words(base: str, other: str) -> list[Piece]:
    """What has to be deleted from `base` and inserted to read `other`, word by word.

    The equal and deleted pieces joined are `base`, the equal and inserted ones `other`. Where
    both change in one place the deletion comes first. A short equal run between two changes
    (a particle) is counted as changed, so that a phrase is marked once. Words are remembered
    by `terms.tokens`; a pair of seen lines costs a few microseconds.
    """
    return diff_tokens(tokens(base), tokens(other))


def diff_tokens(base: Sequence[str], other: Sequence[str]) -> list[Piece]:
    """`diff_words` for lines already cut into tokens."""
    if base == other:
        return [Piece(PieceKind.EQUAL, "".join(base))] if base else []
    runs: list[tuple[str, str, str]] = []  # equal, deleted, inserted; one of them per place
    deleted = inserted = ""
    for step in Indel.opcodes(base, other):
        if step.tag == "equal":
            equal = "".join(base[step.src_start : step.src_end])
            if deleted or inserted:
                runs.append(("", deleted, inserted))
                deleted = inserted = ""
            runs.append((equal, "", ""))
        else:
            deleted += "".join(base[step.src_start : step.src_end])
            inserted += "".join(other[step.dest_start : step.dest_end])
    if deleted or inserted:
        runs.append(("", deleted, inserted))
    return _pieces(runs)


def _pieces(runs: list[tuple[str, str, str]]) -> list[Piece]:
    pieces: list[Piece] = []
    deleted = inserted = ""
    last = len(runs) - 1
    for at, (equal, gone, new) in enumerate(runs):
        if not equal:
            deleted += gone
            inserted += new
        elif 0 < at < last and len(equal) <= _SHORT and not equal.isspace() and _replaces(runs, at):
            deleted += equal
            inserted += equal
        else:
            _flush(pieces, deleted, inserted)
            deleted = inserted = ""
            pieces.append(Piece(PieceKind.EQUAL, equal))
    _flush(pieces, deleted, inserted)
    return pieces


def _replaces(runs: list[tuple[str, str, str]], at: int) -> bool:
    """Both neighbours replace something; a mere insertion beside a particle stays small."""
    return all(gone and new for _, gone, new in (runs[at - 1], runs[at + 1]))


def _flush(pieces: list[Piece], deleted: str, inserted: str) -> None:
    if deleted:
        pieces.append(Piece(PieceKind.DELETE, deleted))
    if inserted:
        pieces.append(Piece(PieceKind.INSERT, inserted))
