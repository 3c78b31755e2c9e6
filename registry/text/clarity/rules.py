"""The rules of the clarity engine, read from `rules.toml`.

The file is what people read and change; this turns it into compiled patterns, once a process
and once for each region's settings.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from registry.labels import Labelled
from registry.text.severity import Severity

_FOLDER: Final = Path(__file__).parent


class Kind(Labelled):
    """What a finding in a requirement line or in an AsIs/ToBe sheet says is wrong."""

    VAGUE = "vague", "あいまい"
    COMPOUND = "compound", "複数の要件"
    MISSING_CONDITION = "missing_condition", "条件の不足"
    UNTESTABLE = "untestable", "検査できない"
    SOLUTION_NAMED = "solution_named", "手段の指定"
    UNDEFINED_ABBREVIATION = "undefined_abbreviation", "説明のない略語"
    DANGLING_REFERENCE = "dangling_reference", "指す先の不明"
    PRIORITY_CONFLICT = "priority_conflict", "必須と任意の混在"
    SENTENCE_FORM = "sentence_form", "要件文の形"
    TOO_LONG = "too_long", "長すぎる文"
    MIRRORED_TO_BE = "mirrored_to_be", "現状の裏返し"
    PROBLEM_CHALLENGE_CONFUSION = "problem_challenge_confusion", "問題と課題の取り違え"
    TOOL_BEFORE_CHALLENGE = "tool_before_challenge", "道具が先"
    GOAL_AS_ACTIVITY = "goal_as_activity", "活動になった目標"
    PURPOSE_RESTATES_MEANS = "purpose_restates_means", "手段の目的化"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as written in the file.

    `words` stand as they are, `patterns` are regular expressions; a rule with `check` is decided in
    code. `unless` names the circumstances in which nothing is found. The texts may hold {phrase}.
    """

    id: str
    title: str
    kind: Kind
    severity: Severity
    why: str
    ask: str
    example: str
    counter: str
    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    check: str = ""
    unless: tuple[str, ...] = ()
    instead: str = ""
    before_noun: str = ""
    rewrite: str = ""
    hint: str = ""
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a region changes: rules it switched off, words it added to a rule, words left alone.

    `words` holds (rule id, word) pairs; `allowed` are names and abbreviations that are known in the
    region, inside which nothing is found. Hashable, because answers are remembered with it.
    """

    off: frozenset[str] = frozenset()
    words: frozenset[tuple[str, str]] = frozenset()
    allowed: frozenset[str] = frozenset()


DEFAULT: Final = Settings()


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """All rules for requirement lines, in the order of the file."""
    return _read("rules.toml")


def _read(name: str) -> tuple[Rule, ...]:
    with (_FOLDER / name).open("rb") as file:
        document = tomllib.load(file)
    return tuple(_rule(table) for table in document["rule"])


def _rule(table: Mapping[str, Any]) -> Rule:
    values = dict(table)
    values["kind"] = Kind(values["kind"])
    values["severity"] = Severity(values["severity"])
    for field in ("words", "patterns", "unless"):
        values[field] = tuple(values.get(field, ()))
    return Rule(**values)


@lru_cache(maxsize=64)
def patterns(settings: Settings = DEFAULT) -> tuple[tuple[Rule, re.Pattern[str]], ...]:
    """The rules that are switched on and look for words, with their compiled patterns.

    A rule comes twice where some of its patterns begin with something else than a plain character:
    the expression machine skips through a line by first characters only when all have one.
    """
    found: list[tuple[Rule, re.Pattern[str]]] = []
    for rule in rules():
        if rule.id in settings.off or rule.check:
            continue
        added = sorted(word for target, word in settings.words if target == rule.id)
        literal = [re.escape(w) for w in sorted((*rule.words, *added), key=len, reverse=True)]
        spread = [part for pattern in rule.patterns for part in unfolded(pattern)]
        plain = [part for part in (*literal, *spread) if _PLAIN_START.match(part)]
        other = [part for part in (*literal, *spread) if not _PLAIN_START.match(part)]
        found.extend((rule, re.compile("|".join(parts))) for parts in (plain, other) if parts)
    return tuple(found)


_PLAIN_START: Final = re.compile(r"(?:[^\\()\[\].^$*+?{}|]|\\[^A-Za-z0-9])(?![?*{])")


def unfolded(pattern: str) -> list[str]:
    """`(?:A|B)C` as AC and BC, `[xy]z` as xz and yz, as far as the beginning of a pattern goes."""
    if pattern.startswith("(?:"):
        end = _closing(pattern)
        rest = pattern[end + 1 :]
        if rest[:1] not in ("?", "*", "+", "{"):
            return [one for part in _branches(pattern[3:end]) for one in unfolded(part + rest)]
    if found := re.match(r"\[([^\^\]\\-]{1,8})\](?![?*+{])", pattern):
        return [sign + pattern[found.end() :] for sign in found.group(1)]
    return [pattern]


def _closing(pattern: str) -> int:
    depth, at = 0, 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == "\\":
            at += 1
        elif sign == "[":
            at = pattern.index("]", at + 2)
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
            if not depth:
                return at
        at += 1
    raise ValueError(f"unbalanced: {pattern}")


def _branches(inner: str) -> list[str]:
    parts, start, depth, at = [], 0, 0, 0
    while at < len(inner):
        sign = inner[at]
        if sign == "\\":
            at += 1
        elif sign == "[":
            at = inner.index("]", at + 2)
        elif sign in "()":
            depth += 1 if sign == "(" else -1
        elif sign == "|" and not depth:
            parts.append(inner[start:at])
            start = at + 1
        at += 1
    return [*parts, inner[start:]]
