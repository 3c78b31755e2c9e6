"""Which lines of a collection come nearest to a text.

An inverted index of meanings (`concepts.units`) and character pairs, weighted by rarity in the
collection, finds a shortlist; `pairing` judges those lines. Lines with one body are one entry.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from registry.text.matching.features import Features, facts, features
from registry.text.matching.pairing import judge
from registry.text.matching.relations import RelationKind

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line of an `Index` by its position, with its relation to the text asked for."""

    index: int
    score: float
    relation: RelationKind
    shared: tuple[str, ...]
    differing: tuple[str, ...]


_MEANING: Final = 2.2
"""Weight of a meaning beside that of a character pair."""
_JUDGED: Final = 10
"""Lines of the shortlist that are judged; more only when more are asked for."""
_PLACE: Final = 0.5
"""Share of the order among the judged that comes from the collection's rarity of words."""


class Index:
    """The lines of one collection, to be asked for those nearest to a text.

    The answer does not depend on the order of `texts` but for the positions themselves. Without
    `rarity` every term counts alike whatever else is in the collection: how near two lines are
    then never changes when another line comes or goes. `judged`: how many lines of the shortlist
    are judged for one answer.
    """

    def __init__(self, texts: Sequence[str], *, rarity: bool = True) -> None:
        import numpy as np

        self.texts = tuple(texts)
        self.judged = _JUDGED
        places: dict[str, list[int]] = {}
        for at, text in enumerate(self.texts):
            places.setdefault(features(text).body, []).append(at)
        # Entries are numbered in the order of their body: ties then fall the same way whatever
        # order the caller has the lines in.
        self._bodies = sorted(places)
        self._places = [
            sorted(places[body], key=lambda at: (self.texts[at], at)) for body in self._bodies
        ]
        self._entries = {body: number for number, body in enumerate(self._bodies)}
        self._features = [features(self.texts[found[0]]) for found in self._places]
        size = len(self._bodies)
        counted: Counter[str] = Counter()
        for feature in self._features:
            counted.update(_terms(feature).keys())
        self._unknown = math.log(1 + size) if rarity else 1.0
        self._known = {
            term: (row, math.log(1 + size / count) if rarity else 1.0)
            for row, (term, count) in enumerate(sorted(counted.items()))
        }
        numbers: list[list[int]] = [[] for _ in self._known]
        weights: list[list[float]] = [[] for _ in self._known]
        for number, feature in enumerate(self._features):
            for row, weight in zip(*self._vector(feature), strict=True):
                numbers[row].append(number)
                weights[row].append(weight)
        self._numbers = [np.array(found, dtype=np.intp) for found in numbers]
        self._weights = [np.array(found, dtype=np.float32) for found in weights]
        self._lengths = np.array(list(map(len, numbers)), dtype=np.intp)

    def _vector(self, feature: Features) -> tuple[list[int], list[float]]:
        """Unit vector over the terms of the collection, as rows and weights; terms it does not know
        lengthen it."""
        known = self._known
        rows, values = [], []
        length = 0.0
        for term, weight in _terms(feature).items():
            found = known.get(term)
            if found is None:
                value = weight * self._unknown
            else:
                value = weight * found[1]
                rows.append(found[0])
                values.append(value)
            length += value * value
        scale = 1 / math.sqrt(length) if length else 0.0
        return rows, [value * scale for value in values]

    def candidates(self, text: str, top: int) -> list[Candidate]:
        """At most `top` lines with something in common with `text`, the best first.

        `score` (0..1) is what they are ordered by: the judgement of the pair, and how much of what
        is rare in this collection they share. It is 1 for the same body only.
        """
        return self.candidates_of([text], top)[0]

    def candidates_of(self, texts: Sequence[str], top: int) -> list[list[Candidate]]:
        """`candidates` of each text in turn."""
        # Step by step for all of them: what one step needs then stays in the processor's cache,
        # which saves a quarter of the time. `judge` finds the facts remembered.
        asked = [features(text) for text in texts]
        size = max(top, self.judged)
        lists = [self._shortlist(feature, size) for feature in asked]
        for text in texts:
            facts(text)
        return [
            self._judged_best(feature, near, top)
            for feature, near in zip(asked, lists, strict=True)
        ]

    def _judged_best(
        self, feature: Features, near: Sequence[tuple[int, float]], top: int
    ) -> list[Candidate]:
        found = []
        for number, cosine in near:
            result = judge(feature, self._features[number])
            score = result.score
            if score < 1:
                score = round((1 - _PLACE) * score + _PLACE * min(cosine, 0.999), 4)
            if score > 0:
                found.append((-score, number, result))
        found.sort(key=lambda entry: entry[:2])
        best: list[Candidate] = []
        for negative, number, result in found:
            if len(best) >= top:
                break
            said = result.relation()
            best += [
                Candidate(at, -negative, said.relation, said.shared, said.differing)
                for at in self._places[number]
            ]
        return best[:top]

    def near(self, text: str, least: float, most: int) -> list[tuple[float, int]]:
        """The lines whose likeness to `text` in shared terms is at least `least`, best first.

        At most `most` distinct bodies; each line by its likeness (0..1) and position.
        """
        return [
            (min(likeness, 1.0), at)
            for number, likeness in self._shortlist(features(text), most)
            if likeness >= least
            for at in self._places[number]
        ]

    def _scores(self, feature: Features) -> Floats:
        import numpy as np

        rows, values = self._vector(feature)
        if not rows:
            return np.zeros(len(self._bodies))
        numbers = [self._numbers[row] for row in rows]
        weights = np.concatenate([self._weights[row] for row in rows])
        weights *= np.repeat(np.array(values, dtype=np.float32), self._lengths[rows])
        found: Floats = np.bincount(np.concatenate(numbers), weights, minlength=len(self._bodies))
        return found

    def _shortlist(self, feature: Features, size: int) -> list[tuple[int, float]]:
        import numpy as np

        if not self._bodies:
            return []
        scores = self._scores(feature)
        exact = self._entries.get(feature.body)
        if exact is not None:
            scores[exact] = 2.0
        size = min(size, len(scores))
        # Equal to the sixth place is equal; only what may be in the list need be rounded.
        least = np.partition(scores, len(scores) - size)[len(scores) - size]
        touched = (scores >= least - 1e-6).nonzero()[0]
        rounded = np.round(scores[touched], 6)
        order = (-rounded).argsort(kind="stable")[:size]
        found = zip(touched[order].tolist(), rounded[order].tolist(), strict=True)
        return [(number, likeness) for number, likeness in found if likeness > 0]


def _terms(feature: Features) -> Mapping[str, float]:
    """What a line is found by: its meanings and its character pairs, with their weights."""
    found = dict.fromkeys(feature.grams, 1.0)
    for unit in feature.units:
        # A tab is in no line's key: no meaning is taken for a character pair.
        found[unit.term + "\t"] = _MEANING * (0.4 + unit.weight)
    return found
