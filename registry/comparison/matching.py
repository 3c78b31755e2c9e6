"""`kaizu match`: the matching engine on files, as plain data. Needs no database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from registry.comparison.grouping import Line, propose
from registry.requirements.line_files import Numbered
from registry.text.matching import bulk
from registry.text.matching.nearest import Index
from registry.text.matching.pairing import relate


def match(
    asked: Sequence[Numbered], lines: Sequence[Numbered], top: int, index: Index | None = None
) -> list[dict[str, Any]]:
    """For each line asked about the most similar of `lines`, at most `top`, the best first.

    [{line, text, candidates: [{line, text, score, relation, shared, differing}]}]; `line` is the
    number in the file, `relation` that of the line asked about to the candidate. `index` over the
    texts of `lines` may be another one than the plain one.
    """
    index = index or Index([line.text for line in lines])
    found = bulk.candidates(index, [line.text for line in asked], top)
    return [
        {
            "line": line.number,
            "text": line.text,
            "candidates": [
                {
                    "line": lines[near.index].number,
                    "text": lines[near.index].text,
                    "score": near.score,
                    "relation": near.relation.value,
                    "shared": list(near.shared),
                    "differing": list(near.differing),
                }
                for near in candidates
            ],
        }
        for line, candidates in zip(asked, found, strict=True)
    ]


def pairs(found: Sequence[tuple[int, str, str]]) -> list[dict[str, Any]]:
    """[{line, relation, score, shared, differing}] of pairs (line, first text, second text)."""
    judged = []
    for number, one, other in found:
        relation = relate(one, other)
        judged.append(
            {
                "line": number,
                "relation": relation.relation.value,
                "score": relation.score,
                "shared": list(relation.shared),
                "differing": list(relation.differing),
            }
        )
    return judged


def group(lines: Sequence[Numbered]) -> list[dict[str, Any]]:
    """[{line, group, why}]: lines that say the same share a `group`, the number of its first line.

    Each line may be of another town: any two can share a group. A line that is like no other is a
    group of its own, with an empty `why`.
    """
    home = {line.number: (line.number, "") for line in lines}
    named = [Line(f"{line.number:09}", line.text, str(line.number)) for line in lines]
    for found in propose(named, {}):
        if found.group is None and not found.beside:
            numbers = sorted(int(key) for key in found.lines)
            home |= dict.fromkeys(numbers, (numbers[0], found.why.partition("。")[2]))
    return [
        {"line": line.number, "group": home[line.number][0], "why": home[line.number][1]}
        for line in lines
    ]
