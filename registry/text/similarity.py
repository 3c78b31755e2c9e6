"""How alike two requirement lines are, in what way, and which lines come nearest.

The public face of the matching engine: `relate` and `conflict` judge a pair (see `pairing`),
`Index` finds the nearest lines of a collection (see `nearest`). Plain code and readable data; the
optional parts of `semantic` are asked for by name.
"""

from __future__ import annotations

from registry.text.matching.nearest import Candidate, Index
from registry.text.matching.pairing import conflict, relate
from registry.text.matching.relations import CONVERSE, Conflict, Relation, RelationKind

__all__ = [
    "CONVERSE",
    "Candidate",
    "Conflict",
    "Index",
    "Relation",
    "RelationKind",
    "conflict",
    "relate",
]
