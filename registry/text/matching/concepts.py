"""What a line speaks of, with words of near meaning brought to one term.

`thesaurus.tsv` is the data: a term, its family, and the words and word stems that mean the same in
the daily work of a town hall. A line is cut by the longest words found there; what is left is cut
by script. Terms are keys for comparing and never shown in place of a person's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from registry.text.normalise import search_key, strip_marks
from registry.text.terms import cut_kanji, without_quantities

THESAURUS: Final = Path(__file__).with_name("thesaurus.tsv")


class Entry(NamedTuple):
    """A class of the thesaurus. `words` include the term itself; all are search keys."""

    term: str
    family: str
    words: tuple[str, ...]


class Unit(NamedTuple):
    """One meaning in a line: its term, the family of the term, how much it weighs, as written.

    `name` is the three that say what it is, as one key: term, family and writing, tab between.
    """

    term: str
    family: str
    weight: float
    surface: str
    start: int
    name: str


LIGHT: Final = "light"
COMPOSED: Final = "="
WORD: Final = ""
"""Family of a word that is in no class."""

_STEM_WEIGHT: Final = 0.45
_BRACKETED: Final = 0.35
"""An explanation or example in brackets says little that the line itself does not."""


class Families(NamedTuple):
    """What is known of families: `weights` (1 where none is given), those that are `acts`, the
    `general` acts, pairs that are `near` in meaning, and acts that may be meant `instead`."""

    weights: dict[str, float]
    acts: frozenset[str]
    general: frozenset[str]
    near: frozenset[frozenset[str]]
    instead: frozenset[frozenset[str]]


def _rows(path: Path) -> Iterator[tuple[str, str, str]]:
    for row in path.read_text("utf-8").splitlines()[1:]:
        if row and not row.startswith("#"):
            one, two, three = row.split("\t")
            yield one, two, three


@cache
def families() -> Families:
    """The rules of `thesaurus_families.tsv`."""
    weights: dict[str, float] = {}
    sets: dict[str, set[str]] = {"act": set(), "general": set()}
    pairs: dict[str, set[frozenset[str]]] = {"near": set(), "instead": set()}
    for rule, value, names in _rows(THESAURUS.with_name("thesaurus_families.tsv")):
        if rule == "weight":
            weights |= dict.fromkeys(names.split(" "), float(value))
        elif rule in sets:
            sets[rule] |= set(names.split(" "))
        else:
            pairs[rule] |= {frozenset((value, name)) for name in names.split(" ")}
    return Families(
        weights,
        frozenset(sets["act"]),
        frozenset(sets["general"]),
        frozenset(pairs["near"]),
        frozenset(pairs["instead"]),
    )


@cache
def entries() -> tuple[Entry, ...]:
    """The classes of the thesaurus in the order of the file."""
    found = []
    for term, family, words in _rows(THESAURUS):
        forms = tuple(dict.fromkeys(search_key(word) for word in (term, *words.split(" ")) if word))
        found.append(Entry(term, family, forms))
    return tuple(found)


class _Word(NamedTuple):
    """What a form stands for, put together once: term, family, weight and name of each meaning.

    `denies`: it denies something within itself. `bound`: it is a word only between certain
    neighbours (see `_stands`).
    """

    form: str
    meanings: tuple[tuple[str, str, float, str], ...]
    denies: bool
    bound: bool


class _Lexicon(NamedTuple):
    forms: dict[str, _Word]
    lengths: dict[str, tuple[int, ...]]
    """First two characters, and a form of one → lengths of the forms to try there, longest first."""


@cache
def _lexicon() -> _Lexicon:
    of_term = {entry.term: entry.family for entry in entries() if entry.family != COMPOSED}
    forms: dict[str, tuple[tuple[str, str], ...]] = {}
    for entry in entries():
        if entry.family == COMPOSED:
            row = entry.words[1:]
            forms[entry.words[0]] = tuple(
                (term, of_term.get(term, WORD)) for term in _as_written(entry.term, row)
            )
        else:
            for form in entry.words:
                forms.setdefault(form, ((entry.term, entry.family),))
    lengths: dict[str, set[int]] = {}
    for form in forms:
        lengths.setdefault(form[:2], set()).add(len(form))
    for start, found in lengths.items():
        if start[0] in forms:
            found.add(1)
    return _Lexicon(
        {form: _known(form, terms) for form, terms in forms.items()},
        {start: tuple(sorted(found, reverse=True)) for start, found in lengths.items()},
    )


def _known(form: str, terms: tuple[tuple[str, str], ...]) -> _Word:
    weights = families().weights
    return _Word(
        form,
        tuple(
            (term, family, weights.get(family, 1.0), f"{term}\t{family}\t{form}")
            for term, family in terms
            if family != LIGHT
        ),
        denies=len(form) > 1 and terms[0][1] not in _KEPT and bool(_DENIES.search(form)),
        bound=not (len(form) > 1 and "一" <= form[0] <= "鿿") and form not in _AFFIXES,
    )


@lru_cache(maxsize=65536)
def _unknown(form: str) -> _Word:
    """A word that is in no class."""
    term = form.rstrip("ー") if len(form) > 3 else form
    weight = 1.0 if len(form) > 1 else _STEM_WEIGHT
    return _Word(
        form, ((term, WORD, weight, f"{term}\t{WORD}\t{form}"),), denies=False, bound=False
    )


def _as_written(term: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Terms of a composed word as the file spells them (the keys are lower case)."""
    spelled = {search_key(entry.term): entry.term for entry in entries()}
    return tuple(spelled.get(key, key) for key in keys)


_KANJI: Final = re.compile(r"[一-鿿㐀-䶿豈-﫿々〆〇\U00020000-\U0003ffff]")
_KATAKANA: Final = re.compile(r"[ァ-ヺーヽヾ]+")
_LATIN: Final = re.compile(r"[a-z][a-z0-9]*(?:[.+_/\-][a-z0-9]+)*")
_HIRAGANA: Final = re.compile(r"[ぁ-ゟ]")
_AFFIXES: Final = frozenset("別毎各全旧新者")
_ALONE: Final = (1,)
_BRACKET: Final = re.compile(r"\([^()]*\)|「例[^」]*」")


class Reading(NamedTuple):
    """A line cut into its meanings.

    `key`: its search key without the marks in front. `plain`: the same with quantities and words
    that deny within a term (人手を介さず is 自動) blanked, places kept, so that what denies there is
    not read as a denial. `units`: its meanings in their order, light words left out.
    """

    key: str
    plain: str
    units: tuple[Unit, ...]


_DENIES: Final = re.compile(r"な[いくかしっ]|[ずぬん]$|ず(?=に)|ません|ぬ|不|未|無")
_KEPT: Final = frozenset(("prevent", "forbid", "limit", "anon", WORD))


@lru_cache(maxsize=65536)
def read(text: str) -> Reading:
    """Cut a line by the thesaurus; remembered, because the same lines come back."""
    key = search_key(strip_marks(text))
    plain = blank = without_quantities(key)
    inside = [found.span() for found in _BRACKET.finditer(plain)] if "(" in plain else []
    found = []
    for start, word in _scan(plain):
        surface = word.form
        if word.denies:
            blank = blank[:start] + "〓" * len(surface) + blank[start + len(surface) :]
        scale = _BRACKETED if any(low <= start < high for low, high in inside) else 1.0
        for term, family, weight, name in word.meanings:
            found.append(Unit(term, family, weight * scale, surface, start, name))
    return Reading(key, blank, tuple(found))


def units(text: str) -> tuple[Unit, ...]:
    """The meanings of a line in their order, light words left out."""
    return read(text).units


def _scan(key: str) -> list[tuple[int, _Word]]:
    """The words of a key with their places: the longest known ones, the rest cut by script."""
    lexicon = _lexicon()
    found: list[tuple[int, _Word]] = []
    at = 0
    unknown = 0  # length of the run of kanji in no class that ends here
    while at < len(key):
        word = _longest(key, at, lexicon)
        if word is None and not "ぁ" <= key[at] <= "ゟ":
            if _KANJI.match(key, at):
                unknown += 1
                at += 1
                continue
            run = _KATAKANA.match(key, at) or _LATIN.match(key, at)
            if run and len(run[0]) > 1:
                word = _unknown(run[0])
        if unknown:
            found += _cut(key, at - unknown, unknown)
            unknown = 0
        if word is not None:
            found.append((at, word))
            at += len(word.form)
        else:
            at += 1
    if unknown:
        found += _cut(key, at - unknown, unknown)
    return found


def _longest(key: str, at: int, lexicon: _Lexicon) -> _Word | None:
    tried = lexicon.lengths.get(key[at : at + 2])
    if tried is None:
        tried = _ALONE if key[at] in lexicon.forms else ()
    for length in tried:
        word = lexicon.forms.get(key[at : at + length])
        if word is not None and (not word.bound or _stands(key, at, word.form)):
            return word
    return None


def _cut(key: str, start: int, length: int) -> Iterator[tuple[int, _Word]]:
    """An unknown run of kanji cut into words."""
    at = start
    for piece in cut_kanji(key[start : start + length]):
        yield at, _unknown(piece)
        at += len(piece)


def _stands(key: str, at: int, form: str) -> bool:
    """Whether a form that is no compound of kanji is a word there and no part of another one."""
    before = key[at - 1] if at else ""
    after = key[at + len(form)] if at + len(form) < len(key) else ""
    if len(form) == 1 and _KANJI.match(form):
        return not (before and _KANJI.match(before)) and not (after and _KANJI.match(after))
    if _KATAKANA.fullmatch(form):
        if before and _KATAKANA.match(before):
            return False
        return len(form) >= 4 or not (after and _KATAKANA.match(after))
    if _LATIN.fullmatch(form):
        return not (after and _LATIN.match(after)) and not (before and _LATIN.match(before))
    if _HIRAGANA.match(form[0]) and len(form) < 3:
        return not (before and _HIRAGANA.match(before))
    return True
