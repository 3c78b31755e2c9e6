"""What `kaizu match` prints: one JSON document or readable lines, and the messages beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from registry.comparison import matching
from registry.errors import Invalid
from registry.requirements import sheet
from registry.requirements.line_files import NOTHING_DONE, content_of, read_lines
from registry.text.matching import semantic
from registry.text.matching.relations import RelationKind


@dataclass(frozen=True, slots=True)
class Answer:
    """What to print on stdout (`text`), on stderr (`messages`), and the exit code."""

    text: str
    messages: list[str]
    code: int


def near(asked: Path, among: Path, *, top: int, helper: str | None, form: str) -> Answer:
    """The nearest lines of one list for each line of another. Raises Invalid."""
    questions, lines = read_lines(asked), read_lines(among)
    engine = semantic.engine(helper)
    answer = matching.match(questions, lines, top, engine.index([line.text for line in lines]))
    messages = [engine.refusal] if engine.refusal else []
    messages.append(f"使った照合: {engine.name}")
    return Answer(_printed(answer, form, _candidates_in_words(answer)), messages, 0)


def pairs(file: Path, *, form: str) -> Answer:
    """The relation of each pair of a file; code 1 when lines of it were no pairs. Raises Invalid."""
    found, broken = read_pairs(file)
    answer = matching.pairs(found)
    texts = {number: (one, other) for number, one, other in found}
    messages = [f"使った照合: {semantic.PLAIN}"]
    messages += [
        f"{number} 行目は2つの文の組ではないため、調べていません。文と文をタブで区切ってください。"
        for number in broken
    ]
    return Answer(
        _printed(answer, form, _pairs_in_words(answer, texts)), messages, 1 if broken else 0
    )


def group(file: Path, *, form: str) -> Answer:
    """The lines of a file that say the same, together. Raises Invalid."""
    lines = read_lines(file)
    answer = matching.group(lines)
    texts = {line.number: line.text for line in lines}
    return Answer(
        _printed(answer, form, _groups_in_words(answer, texts)),
        [f"使った照合: {semantic.PLAIN}"],
        0,
    )


def read_pairs(path: Path) -> tuple[list[tuple[int, str, str]], list[int]]:
    """(line number, first text, second text) of a tab-separated file, and the numbers of lines
    that are no pair.

    The first two columns, or the columns a and b when the first line names them. Raises Invalid.
    """
    text, _ = sheet.decode(content_of(path))
    one, other = 0, 1
    pairs: list[tuple[int, str, str]] = []
    broken: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if number == 1 and {"a", "b"} <= set(cells):
            one, other = cells.index("a"), cells.index("b")
        elif len(cells) > max(one, other) and cells[one] and cells[other]:
            pairs.append((number, cells[one], cells[other]))
        elif line.strip():
            broken.append(number)
    if not pairs:
        raise Invalid(
            f"{path} に文の組が一つもありません。1行に2つの文をタブで区切って書いてください。"
            f"{NOTHING_DONE}"
        )
    return pairs, broken


def _printed(answer: list[dict[str, Any]], form: str, readable: Iterator[str]) -> str:
    if form == "json":
        return json.dumps(answer, ensure_ascii=False, indent=1)
    return "\n".join(readable)


def _label(value: str) -> str:
    return RelationKind(value).label


def _candidates_in_words(answer: list[dict[str, Any]]) -> Iterator[str]:
    for one in answer:
        yield f"{one['line']}: {one['text']}"
        for found in one["candidates"]:
            yield f"    {found['score']:.2f} {_label(found['relation'])} {found['line']}: {found['text']}"
            yield f"         共通 {_words(found['shared'])} / 違い {_words(found['differing'])}"
        if not one["candidates"]:
            yield "    近い行はありません。"


def _pairs_in_words(
    answer: list[dict[str, Any]], texts: dict[int, tuple[str, str]]
) -> Iterator[str]:
    for one in answer:
        yield f"{one['line']}: {_label(one['relation'])} {one['score']:.2f}"
        for text in texts[one["line"]]:
            yield f"    {text}"
        yield f"    共通 {_words(one['shared'])} / 違い {_words(one['differing'])}"


def _groups_in_words(answer: list[dict[str, Any]], texts: dict[int, str]) -> Iterator[str]:
    ordered = sorted(answer, key=lambda one: (one["group"], one["line"]))
    for number, members in groupby(ordered, key=lambda one: one["group"]):
        lines = list(members)
        yield f"まとまり {number}({len(lines)}行) {lines[0]['why']}".rstrip()
        for one in lines:
            yield f"    {one['line']}: {texts[one['line']]}"


def _words(found: list[str]) -> str:
    return "、".join(found) or "なし"
