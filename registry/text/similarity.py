"""How alike two requirement lines are, in what way, and which lines come nearest.

Character bigrams and the rules of `terms` only; no model and no dictionary. A line is never called
`same` when a number, a denial, a duty, the act or the actor differs, however alike it looks.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest
from typing import Final

from registry.labels import Labelled
from registry.text.contrasts import ACTIONS, ACTOR, CONTRASTS, OPPOSITES
from registry.text.normalise import body_text
from registry.text.terms import (
    Quantity,
    negated,
    negations,
    numbers,
    obligation_words,
    spelled,
    split_statements,
    words,
)


class RelationKind(Labelled):
    """What one line is to the other; all but `none` may be stored in an alignment."""

    SAME = "same", "同じ"
    VALUE_DIFFERS = "value_differs", "値が違う"
    OPPOSITE = "opposite", "反対"
    CONTAINS = "contains", "含む"
    CONTAINED = "contained", "含まれる"
    RELATED = "related", "関連"
    NONE = "none", "なし"


@dataclass(frozen=True, slots=True)
class Relation:
    """The first line seen from the second: `contains` means the first says more.

    `score` 0..1, 1 for equal bodies. `shared` are content words of both; `differing` the words of
    only one, and what the guards found written as 「first→second」.
    """

    relation: RelationKind
    score: float
    shared: tuple[str, ...]
    differing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line of an `Index` by its position, with its relation to the text asked for."""

    index: int
    score: float
    relation: RelationKind
    shared: tuple[str, ...]
    differing: tuple[str, ...]


_SAME: Final = 0.66
_RELATED: Final = 0.34
_COVERED: Final = 0.56
"""Least share of each line's words found in the other for two lines to be the same."""
_WHOLE: Final = 0.86
"""Share of a line's words found in the other above which it is contained in it."""
_WEAK: Final = str.maketrans({"使": "利"})
"""使用 and 利用 (使用料, 利用料金; 使用日, 利用日) are one word of two styles, legal and everyday."""
_HIRAGANA: Final = re.compile(r"[ぁ-ゟー]{2}")
_HEAD: Final = re.compile(r"[をがのはにで、]")


@dataclass(frozen=True, slots=True)
class _Features:
    body: str
    key: str
    grams: Mapping[str, int]
    gram_count: int
    words: tuple[str, ...]
    numbers: tuple[Quantity, ...]
    negated: bool
    negations: int
    duty: str
    acts: frozenset[int]
    all_acts: frozenset[int]
    actors: frozenset[str]
    opposites: tuple[int, int]
    contrasts: tuple[int, int]


@lru_cache(maxsize=65536)
def _features(text: str) -> _Features:
    key = spelled(text)
    body = body_text(key).translate(_WEAK)
    grams = Counter(
        gram
        for gram in (body[at : at + 2] for at in range(len(body) - 1))
        if not _HIRAGANA.fullmatch(gram)
    )
    content = words(text)
    return _Features(
        body=body_text(text),
        key=key,
        grams=grams,
        gram_count=grams.total(),
        words=tuple(dict.fromkeys(content)),
        numbers=numbers(text),
        negated=negated(text),
        negations=negations(text),
        duty=_duty(text),
        acts=_acts(body, content),
        all_acts=frozenset(ACTIONS[word] for word in content if word in ACTIONS),
        actors=frozenset(str(found.lastgroup) for found in ACTOR.finditer(key)),
        opposites=_sides(OPPOSITES, key),
        contrasts=_sides(CONTRASTS, key),
    )


def _acts(body: str, content: Sequence[str]) -> frozenset[int]:
    """The classes of the acts asked for at the end: 登録・変更・削除 in 〜の登録・変更・削除ができること."""
    head = [word for word in words(_HEAD.split(body)[-1]) if word in ACTIONS]
    if not head:
        head = [word for word in content if word in ACTIONS][-1:]
    return frozenset(ACTIONS[word] for word in head)


def _duty(text: str) -> str:
    """prohibited, desirable, optional, or "" for what is asked for plainly or as mandatory."""
    found = obligation_words(text)
    return next((name for name in ("prohibited", "optional", "desirable") if name in found), "")


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why two lines can never stand for one another, however alike they are written.

    `kind` is `opposite`, `value_differs`, or `related` for another act or actor; `said` shows what
    differs, first → second.
    """

    kind: RelationKind
    said: tuple[str, ...]


def conflict(one: str, other: str) -> Conflict | None:
    """The strongest contradiction between two lines, or None; independent of their likeness."""
    return _conflict(_features(one), _features(other))


def _conflict(one: _Features, other: _Features) -> Conflict | None:
    if said := _opposition(one, other):
        return Conflict(RelationKind.OPPOSITE, said)
    if said := _changed_values(one, other):
        return Conflict(RelationKind.VALUE_DIFFERS, said)
    if one.acts and other.acts and not one.acts & other.acts:
        return Conflict(RelationKind.RELATED, ())
    if one.actors and other.actors and not one.actors & other.actors:
        return Conflict(RelationKind.RELATED, ())
    return None


def _opposition(one: _Features, other: _Features) -> tuple[str, ...]:
    if one.negated != other.negated:
        return ("否定→肯定" if one.negated else "肯定→否定",)
    if one.negations % 2 != other.negations % 2:
        return ("条件の否定",)
    if "prohibited" in (one.duty, other.duty) and one.duty != other.duty and not one.negated:
        return (f"{_DUTY[one.duty]}→{_DUTY[other.duty]}",)
    return _contrast(OPPOSITES, one.opposites, other.opposites)


_DUTY: Final = {"": "必須", "prohibited": "禁止", "optional": "任意", "desirable": "望ましい"}
_Contrasts = tuple[tuple[re.Pattern[str], re.Pattern[str], str, str], ...]


def _sides(pairs: _Contrasts, key: str) -> tuple[int, int]:
    """Bits of the pairs of which a line has only the first word, and only the second."""
    left = right = 0
    for at, (one, other, _, _) in enumerate(pairs):
        has_one, has_other = one.search(key) is not None, other.search(key) is not None
        if has_one != has_other:
            left |= has_one << at
            right |= has_other << at
    return left, right


def _contrast(pairs: _Contrasts, one: tuple[int, int], other: tuple[int, int]) -> tuple[str, ...]:
    forward, backward = one[0] & other[1], one[1] & other[0]
    if not forward and not backward:
        return ()
    return tuple(
        ahead if forward >> at & 1 else back
        for at, (_, _, ahead, back) in enumerate(pairs)
        if (forward | backward) >> at & 1
    )


def _changed_values(one: _Features, other: _Features) -> tuple[str, ...]:
    said = []
    only_one, only_other = _unmatched(one.numbers, other.numbers)
    if only_one and only_other:
        said.append(f"{'・'.join(only_one)}→{'・'.join(only_other)}")
    if one.duty != other.duty and "prohibited" not in (one.duty, other.duty):
        said.append(f"{_DUTY[one.duty]}→{_DUTY[other.duty]}")
    said.extend(_contrast(CONTRASTS, one.contrasts, other.contrasts))
    return tuple(said)


def _unmatched(
    one: Sequence[Quantity], other: Sequence[Quantity]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    left = list(other)
    only_one = []
    for quantity in one:
        match = next((at for at, found in enumerate(left) if quantity.agrees(found)), None)
        if match is None:
            only_one.append(quantity.text)
        else:
            del left[match]
    return tuple(only_one), tuple(quantity.text for quantity in left)


def relate(one: str, other: str, weights: Mapping[str, float] | None = None) -> Relation:
    """Compare two lines. `weights` gives the rarity of words (see `Index.weights`), default equal.

    Symmetric but for the direction of `contains`/`contained` and of what `differing` shows.
    """
    return _relate(_features(one), _features(other), one, other, weights or {})


def _relate(
    a: _Features, b: _Features, one: str, other: str, weights: Mapping[str, float]
) -> Relation:
    shared, only_a, only_b = _split_words(a.words, b.words)
    if a.body == b.body:
        return Relation(RelationKind.SAME, 1.0, shared, ())
    extra_a, extra_b = _unmatched(a.numbers, b.numbers)
    weight_a, weight_b = _weight(a.words, weights), _weight(b.words, weights)
    cover_a = 1 - _weight(only_a, weights) / weight_a if weight_a else 0.0
    cover_b = 1 - _weight(only_b, weights) / weight_b if weight_b else 0.0
    likeness = _likeness(a, b)
    total = weight_a + weight_b
    overlap = (cover_a * weight_a + cover_b * weight_b) / total if total else likeness
    score = round(min(0.999, 0.4 * likeness + 0.6 * overlap), 4)
    differing = (*only_a, *only_b)
    if score < _RELATED and max(cover_a, cover_b) < _WHOLE:
        return Relation(RelationKind.NONE, score, shared, differing)
    found = _conflict(a, b)
    near = score >= _SAME and min(cover_a, cover_b) >= _COVERED
    part = _part(a, b, cover_a, cover_b)
    if found is not None and not (part and _agrees_in_part(one, other, part, found)):
        kind = found.kind if near or part else RelationKind.RELATED
        said = (*found.said, *(word for word in differing if word not in "".join(found.said)))
        return Relation(kind, score, shared, said)
    if part:
        return Relation(part, score, shared, (*extra_a, *extra_b, *differing))
    if near and (extra_a or extra_b):
        kind = RelationKind.CONTAINS if extra_a else RelationKind.CONTAINED
        return Relation(kind, score, shared, (*extra_a, *extra_b, *differing))
    if near:
        return Relation(RelationKind.SAME, score, shared, differing)
    kind = RelationKind.RELATED if score >= _RELATED else RelationKind.NONE
    return Relation(kind, score, shared, (*extra_a, *extra_b, *differing))


def _part(a: _Features, b: _Features, cover_a: float, cover_b: float) -> RelationKind | None:
    """CONTAINS when nearly all of `b` is in a clearly longer `a`, CONTAINED the other way round."""
    if cover_b >= _WHOLE and cover_a < _WHOLE and len(a.words) > len(b.words) >= 2:
        return RelationKind.CONTAINS if len(a.body) >= 1.35 * len(b.body) else None
    if cover_a >= _WHOLE and cover_b < _WHOLE and len(b.words) > len(a.words) >= 2:
        return RelationKind.CONTAINED if len(b.body) >= 1.35 * len(a.body) else None
    return None


def _agrees_in_part(one: str, other: str, part: RelationKind, found: Conflict) -> bool:
    """Whether the longer line says the shorter one among other things.

    The act may stand anywhere in the longer line; for the rest, the nearest statement of a compound
    line decides.
    """
    long, short = (one, other) if part is RelationKind.CONTAINS else (other, one)
    actors = _features(long).actors, _features(short).actors
    if found.kind is RelationKind.RELATED and (not all(actors) or actors[0] & actors[1]):
        return _features(short).acts <= _features(long).all_acts
    statements = [statement.text for statement in split_statements(long)]
    if len(statements) < 2:
        return False
    feature = _features(short)
    nearest = max(statements, key=lambda text: (_likeness(_features(text), feature), text))
    return _conflict(_features(nearest), feature) is None


def _likeness(a: _Features, b: _Features) -> float:
    """Dice coefficient of the character bigrams, pairs of hiragana left out."""
    if not a.gram_count or not b.gram_count:
        return 1.0 if a.key == b.key else 0.0
    few, many = (a.grams, b.grams) if len(a.grams) <= len(b.grams) else (b.grams, a.grams)
    common = sum(min(count, many[gram]) for gram, count in few.items() if gram in many)
    return 2 * common / (a.gram_count + b.gram_count)


def _split_words(
    a: Sequence[str], b: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Words of both, only of `a`, only of `b`; a compound and its core (利用予約, 予約) count as met."""
    in_a, in_b = frozenset(a), frozenset(b)
    exact = in_a & in_b
    rest_b = [word for word in b if word not in exact]
    shared, only_a = [], []
    for word in a:
        if word in exact:
            shared.append(word)
            continue
        match = None
        for found in rest_b:
            if _same_core(word, found):
                match = found
                break
        if match is None:
            only_a.append(word)
        else:
            rest_b.remove(match)
            shared.append(min(word, match, key=len))
    return tuple(shared), tuple(only_a), tuple(rest_b)


def _same_core(one: str, other: str) -> bool:
    act = ACTIONS.get(one)
    if act is not None and other in ACTIONS:
        return act == ACTIONS[other]
    if "使" in one or "使" in other:
        one, other = one.translate(_WEAK), other.translate(_WEAK)
    if len(one) > len(other):
        one, other = other, one
    return len(one) >= 2 and one in other


def _weight(found: Sequence[str], weights: Mapping[str, float]) -> float:
    return sum([weights.get(word, 1.0) for word in found])


class Index:
    """The lines of one collection, to be asked for those nearest to a text.

    Character-bigram TF-IDF in an inverted index finds a shortlist, `relate` orders it. The answer
    does not depend on the order of `texts` but for the positions themselves.
    """

    _BUDGET: Final = 8_000
    """Postings looked at for one question, rare bigrams first; bounds the time on large sets."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = tuple(texts)
        # Inside, lines are numbered in the order of their text: ties then fall the same way
        # whatever order the caller has them in.
        self._order = sorted(range(len(self.texts)), key=lambda at: (self.texts[at], at))
        features = [_features(self.texts[at]) for at in self._order]
        grams: Counter[str] = Counter()
        found: Counter[str] = Counter()
        for feature in features:
            grams.update(feature.grams.keys())
            found.update(feature.words)
        size = len(features)
        self._rarity = {gram: math.log(1 + size / count) for gram, count in grams.items()}
        self._weights = {
            word: 0.5 + math.log(1 + size / count) / math.log(1 + size)
            for word, count in found.items()
        }
        self._postings: dict[str, tuple[list[int], list[float]]] = {
            gram: ([], []) for gram in grams
        }
        for number, feature in enumerate(features):
            for gram, weight in self._vector(feature).items():
                numbers_of, weights_of = self._postings[gram]
                numbers_of.append(number)
                weights_of.append(weight)

    @property
    def weights(self) -> Mapping[str, float]:
        """Rarity of each word in the collection, 0.5 to 1.5, as `relate` takes it."""
        return self._weights

    def _vector(self, feature: _Features) -> dict[str, float]:
        rarity = self._rarity
        vector = {
            gram: (1 + math.log(count)) * rarity[gram] if count > 1 else rarity[gram]
            for gram, count in feature.grams.items()
            if gram in rarity
        }
        length = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
        return {gram: weight / length for gram, weight in vector.items()}

    def candidates(self, text: str, top: int) -> list[Candidate]:
        """At most `top` lines with something in common with `text`, the best first."""
        feature = _features(text)
        found = []
        for number in self._shortlist(feature, top + 8):
            at = self._order[number]
            other = self.texts[at]
            result = _relate(feature, _features(other), text, other, self._weights)
            if result.score > 0:
                found.append((-result.score, number, at, result))
        found.sort(key=lambda entry: entry[:2])
        return [
            Candidate(at, result.score, result.relation, result.shared, result.differing)
            for _, _, at, result in found[:top]
        ]

    def _shortlist(self, feature: _Features, size: int) -> list[int]:
        scores = [0.0] * len(self._order)
        budget = self._BUDGET
        vector = self._vector(feature)
        for gram in sorted(vector, key=lambda gram: (-self._rarity[gram], gram)):
            numbers_of, weights_of = self._postings[gram]
            budget -= len(numbers_of)
            if budget < 0:
                break
            weight = vector[gram]
            for number, other in zip(numbers_of, weights_of, strict=True):
                scores[number] += weight * other
        # A margin below the last place keeps ties together whatever the rounding.
        least = nlargest(size, scores)[-1] - 1e-9 if scores else 0.0
        touched = [(-round(score, 9), at) for at, score in enumerate(scores) if score > least]
        return [at for negative, at in sorted(touched)[:size] if negative < 0]
