"""With which characters a match of a pattern can begin.

Rules in this program are many small patterns and most lines hold few of them. Knowing the first
characters lets a caller look once which characters a line has, and leave the other patterns out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_LOOKS: Final = ("(?=", "(?!", "(?<=", "(?<!")


def openings(pattern: str) -> frozenset[str]:
    """The characters a match of `pattern` can begin with.

    Understood are characters, classes of single characters, groups, each also optional, and looks
    around in front of them. Raises ValueError for a pattern that begins otherwise (with a range or
    an escape), so that no rule is left out in silence.
    """
    return frozenset().union(*map(_opening, _alternatives(pattern)))


def _alternatives(pattern: str) -> Iterator[str]:
    start = at = 0
    while at < len(pattern):
        if pattern[at] == "|":
            yield pattern[start:at]
            start = at + 1
        at = _behind(pattern, at)
    yield pattern[start:]


def _behind(pattern: str, at: int) -> int:
    """The place behind the character, class or group that begins at a place."""
    if pattern[at] == "\\":
        return at + 2
    if pattern[at] == "[":
        return pattern.index("]", at) + 1
    if pattern[at] != "(":
        return at + 1
    at += 1
    while pattern[at] != ")":
        at = _behind(pattern, at)
    return at + 1


def _opening(pattern: str) -> frozenset[str]:
    at = 0
    while pattern.startswith(_LOOKS, at):
        at = _behind(pattern, at)
    if at == len(pattern):
        raise ValueError(f"a match of {pattern!r} can be empty")
    end = _behind(pattern, at)
    first, then = pattern[at:end], pattern[end:]
    if then[:1] in ("?", "*"):
        return _characters(first) | _opening(then[1:])
    if then[:1] == "{":
        raise ValueError(f"{pattern!r} begins with something counted")
    return _characters(first)


def _characters(first: str) -> frozenset[str]:
    """The characters a character, class or group can begin with."""
    if first[0] == "(":
        return openings(first[1:-1].removeprefix("?:"))
    if first[0] == "[":
        first = first[1:-1]
        if "-" in first or first[0] == "^":
            raise ValueError(f"[{first}] has a range")
    if "\\" in first or first == ".":
        raise ValueError(f"{first} is an escape")
    return frozenset(first)
