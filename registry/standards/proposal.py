"""What a standard would mean for a town, proposed from how its lines were aligned.

The machine proposes, the coordinator confirms. The rules, the gravest line counting:

- a line judged 反対 (opposite): an exception, for the coordinator to word with its end;
- a line judged 値が違う whose quantities are not those of the standard: the town's own value; when
  the standard took up the very same quantities, the town follows;
- every other line: the town follows;
- no line, nothing submitted, or details hidden: the town follows too. A town that asked for
  nothing gets what all get unless it objects, and a hidden wording must not show through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.standards.models import ApplicationState, Relation
from registry.text.terms import Quantity, numbers


@dataclass(frozen=True, slots=True)
class Line:
    """One aligned line of the town, as now submitted."""

    relation: Relation
    text: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """`value` is empty unless the town has its own; `why` is for the coordinator to read."""

    state: ApplicationState
    value: str
    why: str


def propose(standard_text: str, lines: Sequence[Line]) -> Proposed:
    """The proposal for one town from the lines it has in the groups a standard answers."""
    if not lines:
        return Proposed(ApplicationState.FOLLOWS, "", "対応する行がありません")
    if any(line.relation is Relation.OPPOSITE for line in lines):
        return Proposed(ApplicationState.EXCEPTION, "", "反対の内容の行があります")
    differing = [line.text for line in lines if line.relation is Relation.VALUE_DIFFERS]
    if not differing:
        return Proposed(ApplicationState.FOLLOWS, "", "対応する行は標準の内容と合います")
    value = "、".join(own_quantities(standard_text, differing))
    if not value and all(_same_quantities(standard_text, text) for text in differing):
        return Proposed(ApplicationState.FOLLOWS, "", "標準がこの団体の値を採っています")
    return Proposed(ApplicationState.OWN_VALUE, value, "値の違う行があります")


def own_quantities(standard_text: str, texts: Sequence[str]) -> list[str]:
    """The quantities of the town's lines that the standard does not have, each once."""
    standard = numbers(standard_text)
    found = [
        quantity.text
        for text in texts
        for quantity in numbers(text)
        if not _has(standard, quantity)
    ]
    return list(dict.fromkeys(found))


def _same_quantities(standard_text: str, text: str) -> bool:
    theirs = numbers(text)
    return bool(theirs) and all(_has(theirs, quantity) for quantity in numbers(standard_text))


def _has(quantities: Sequence[Quantity], wanted: Quantity) -> bool:
    return any(quantity.agrees(wanted) for quantity in quantities)
