"""What a vendor could not estimate and an examiner could not test in a requirement line.

`lint` reads one line and answers its findings: the exact place, why it is unclear, a proposed
wording, and the question to put to the town. The rules are data (`rules.toml`); a region
changes them through `Settings`. Nothing is changed by this: a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from registry.text.clarity.anatomy import Line
from registry.text.clarity.checks import CHECKS
from registry.text.clarity.compound import parts
from registry.text.clarity.guards import GUARDS
from registry.text.clarity.rules import DEFAULT, Kind, Rule, Settings, patterns, rules
from registry.text.severity import Severity

LONGEST: Final = 4000
"""Longest text that is looked at (characters); no requirement line comes near it."""

_ORDER: Final = {Severity.ERROR: 0, Severity.CHECK: 1, Severity.ADVICE: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One unclear point: `text[start:end] == phrase`, places in the text as typed.

    `rewrite` is a wording to start from, with 〔 〕 where only the town can say what belongs, or
    with `hint` an advice how to write instead;
    `split` are the separate lines proposed for a compound one (empty otherwise).
    """

    kind: Kind
    rule: str
    severity: Severity
    start: int
    end: int
    phrase: str
    why: str
    rewrite: str
    question: str
    split: tuple[str, ...] = ()
    hint: bool = False

    def as_json(self) -> dict[str, Any]:
        """The finding as `kaizu lint --format json` and the API give it."""
        found: dict[str, Any] = {
            "kind": self.kind.value,
            "start": self.start,
            "end": self.end,
            "phrase": self.phrase,
            "severity": self.severity.label,
            "why": self.why,
            "rewrite": self.rewrite,
            "question": self.question,
            "rule": self.rule,
        }
        if self.split:
            found["split"] = list(self.split)
        return found


@lru_cache(maxsize=16384)
def lint(text: str, settings: Settings = DEFAULT) -> tuple[Finding, ...]:
    """The findings in one requirement line, the heavier first, then by place.

    `text` is as typed (it may hold line ends); places count its characters. Remembered, because
    pages show the same lines again and again.
    """
    if not text.strip():
        return ()
    line = Line(text[:LONGEST])
    found = [*_worded(line, settings), *_checked(line, settings)]
    if "compound" not in settings.off:
        found.extend(_compound(line))
    kept = _joined(_without_doubles(_outside(found, line, settings.allowed)), line)
    return tuple(sorted(kept, key=lambda item: (_ORDER[item.severity], item.start, item.kind)))


def heaviest(findings: tuple[Finding, ...]) -> Severity | None:
    """The weight of the heaviest finding; None when there is none."""
    return min((item.severity for item in findings), key=_ORDER.__getitem__, default=None)


def _worded(line: Line, settings: Settings) -> Iterator[Finding]:
    for rule, pattern in patterns(settings):
        if rule.check or (rule.needs and not re.search(rule.needs, line.text)):
            continue
        added = {word for target, word in settings.words if target == rule.id}
        for found in pattern.finditer(line.open):
            start, end = found.span()
            if start < line.body_start or not found.group().strip():
                continue
            if found.group() in added or not _excused(line, rule, start, end):
                yield _finding(line, rule, start, end)


def _excused(line: Line, rule: Rule, start: int, end: int) -> bool:
    return any(GUARDS[name](line, start, end) for name in rule.unless)


def _checked(line: Line, settings: Settings) -> Iterator[Finding]:
    for rule in rules():
        if rule.check not in CHECKS or rule.id in settings.off:
            continue
        for start, end, values in CHECKS[rule.check](line, rule):
            if not _excused(line, rule, start, end):
                yield _finding(line, rule, start, end, values)


def _compound(line: Line) -> Iterator[Finding]:
    pieces = parts(line)
    if not pieces:
        return
    rule = next(rule for rule in rules() if rule.id == "compound")
    texts = tuple(piece.text for piece in pieces)
    start, end = pieces[0].start, pieces[-1].end
    count = {"count": str(len(texts))}
    yield Finding(
        rule.kind,
        rule.id,
        rule.severity,
        start,
        end,
        line.text[start:end],
        rule.why.format_map(count),
        "\n".join(texts),
        rule.ask.format_map(count) + "".join(f" ({n}) {text}" for n, text in enumerate(texts, 1)),
        texts,
    )


_NOTHING: Final[Mapping[str, str]] = {}
_NOUN_NEXT: Final = re.compile(r"[いなのきた]$")
_VERB_BEFORE_NOUN: Final = re.compile(r"る[一-龥々ァ-ヺA-Za-z]")


def _finding(
    line: Line, rule: Rule, start: int, end: int, values: Mapping[str, str] = _NOTHING
) -> Finding:
    phrase = line.text[start:end]
    words = {"phrase": phrase, "body": _body(line), **values}
    if wording := rule.rewrite or rule.hint:
        rewrite = wording.format_map(words)
    else:
        noun = rule.before_noun and (
            _NOUN_NEXT.search(phrase) or _VERB_BEFORE_NOUN.match(line.text, end - 1)
        )
        instead = (rule.before_noun if noun else rule.instead).format_map(words)
        rewrite = line.text[:start] + instead + line.text[end:]
    return Finding(
        rule.kind,
        rule.id,
        rule.severity,
        start,
        end,
        phrase,
        rule.why.format_map(words),
        rewrite,
        rule.ask.format_map(words),
        hint=bool(rule.hint),
    )


def _body(line: Line) -> str:
    return line.text[line.body_start :].strip().rstrip("。．")


def _outside(found: list[Finding], line: Line, allowed: frozenset[str]) -> list[Finding]:
    """Without findings that lie inside a word the region lets stand."""
    if not allowed:
        return found
    spans = [
        (at.start(), at.end()) for word in allowed for at in re.finditer(re.escape(word), line.text)
    ]
    whole = {Kind.COMPOUND, Kind.TOO_LONG, Kind.SENTENCE_FORM}
    return [
        item
        for item in found
        if item.kind in whole
        or not any(start < item.end and item.start < end for start, end in spans)
    ]


# Of two findings over the same words the one named first says more.
_SAYS_MORE: Final = (
    Kind.SOLUTION_NAMED,
    Kind.UNTESTABLE,
    Kind.MISSING_CONDITION,
    Kind.DANGLING_REFERENCE,
    Kind.UNDEFINED_ABBREVIATION,
    Kind.VAGUE,
)


def _without_doubles(found: list[Finding]) -> list[Finding]:
    """One finding a phrase: the longest of a kind, and of kinds over the same words the telling one.

    A rule that names its words comes before one that knows the shape of an aim alone, so that a
    judgement of its finding stays with it.
    """
    kept: list[Finding] = []
    shapes = {rule.id for rule in rules() if rule.check == "aim"}
    for item in sorted(found, key=lambda one: (one.rule in shapes, one.start - one.end, one.start)):
        if item.kind not in _SAYS_MORE:
            if not any(other.kind is item.kind for other in kept):
                kept.append(item)
            continue
        if any(
            other.kind is item.kind and other.start < item.end and item.start < other.end
            for other in kept
        ):
            continue
        kept.append(item)
    return [item for item in kept if not _doubled(item, kept)]


def _joined(found: list[Finding], line: Line) -> list[Finding]:
    """Vague words right beside each other as one finding: もう少し|スムーズに."""
    kept: list[Finding] = []
    for item in sorted(found, key=lambda one: one.start):
        before = next(
            (one for one in kept if one.kind is item.kind and one.end == item.start), None
        )
        if before is None or item.kind is not Kind.VAGUE:
            kept.append(item)
            continue
        kept.remove(before)
        rule = next(rule for rule in rules() if rule.id == item.rule)
        kept.append(_finding(line, rule, before.start, item.end))
    return kept


def _doubled(item: Finding, found: list[Finding]) -> bool:
    """A vague or missing word that is only the tail of a more telling finding."""
    if item.kind not in (Kind.VAGUE, Kind.MISSING_CONDITION, Kind.DANGLING_REFERENCE):
        return False
    rank = _SAYS_MORE.index(item.kind)
    return any(
        other.kind in _SAYS_MORE[:rank]
        and other.start <= item.start
        and item.end <= other.end
        and (other.end - other.start) <= (item.end - item.start) + 2
        for other in found
    )
