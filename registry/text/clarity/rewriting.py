"""Taking a finding's proposed wording over into the line, for a person to read and to save.

What only the town can say stands in the proposal as a blank: 〔何秒・何日〕. A blank that is still
there is no wording yet.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from registry.text.clarity.anatomy import Line
from registry.text.clarity.checks import ACT_BLANK
from registry.text.clarity.lines import LONGEST, Finding
from registry.text.clarity.rules import Rule, rules

_BLANK = re.compile("〔[^〔〕]+〕")


@dataclass(frozen=True, slots=True)
class Taken:
    """The line with the proposal in it: `text[start:end]` is what the proposal put there."""

    text: str
    start: int
    end: int


def taken(text: str, finding: Finding) -> Taken | None:
    """The line with the finding's proposal; `finding` must be one of `lint(text)`.

    A proposal for the phrase takes the phrase's place; one for a whole statement takes the place
    of its sentence, so that other sentences stay. None where there is only advice, or a split.
    """
    if finding.hint or finding.split:
        return None
    if not _by_id()[finding.rule].rewrite:
        looked_at = text[:LONGEST]
        behind = len(looked_at) - finding.end
        wording = finding.rewrite[finding.start : len(finding.rewrite) - behind]
        return _put(text, finding.start, finding.end, wording)
    line = Line(text[:LONGEST])
    sentence = line.sentence_at(finding.start)
    start = min(finding.start, max(sentence.start, line.body_start))
    end = max(finding.end, sentence.end)
    if finding.rewrite.endswith("。") and text[end : end + 1] in ("。", "．"):
        end += 1
    return _put(text, start, end, finding.rewrite)


def _put(text: str, start: int, end: int, wording: str) -> Taken:
    return Taken(text[:start] + wording + text[end:], start, start + len(wording))


def nearest(findings: Sequence[Finding], rule: str, start: int) -> Finding | None:
    """The finding of that rule closest to a place; None when the rule finds nothing any more."""
    same = [one for one in findings if one.rule == rule]
    return min(same, key=lambda one: abs(one.start - start), default=None)


def blanks(text: str, before: str = "") -> list[str]:
    """The blanks of proposals that are still open in a text, each once, in their order.

    Those that stood in `before` do not count: the town put them there, or has lived with them.
    """
    found = dict.fromkeys(_BLANK.findall(text))
    return [one for one in found if one in _known() and one not in before]


@lru_cache(maxsize=1)
def _by_id() -> dict[str, Rule]:
    return {rule.id: rule for rule in rules()}


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    texts = (text for rule in rules() for text in (rule.instead, rule.before_noun, rule.rewrite))
    return frozenset(_BLANK.findall("".join(texts))) | {ACT_BLANK}
