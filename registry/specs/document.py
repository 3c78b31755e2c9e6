"""The content of `spec.json`: plain facts in, one frozen document out.

Everything a reader of an edition gets passes through here, so this is the allow-list: what has
no field below (people, opinions, undecided lines, a town's own wording) cannot get out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final

from registry.goals import tree
from registry.specs import changes
from registry.specs.words import TEMPLATE_VERSION

FORMAT: Final = "kaizu-spec/1"

CHAPTER_LEVEL: Final = 2
SECTION_LEVEL: Final = 3
OTHERS: Final = "その他"
OVERALL: Final = "全体に関わる要件"
UNDECIDED: Final = "【未決定】"
UNCONFIRMED: Final = "（未確認）"
FIRST_EDITION: Final = "初版"
WHOLE: Final = "全体"

Spec = dict[str, Any]


@dataclass(frozen=True)
class Town:
    code: str
    name: str
    kana: str
    kind: str
    population: int


@dataclass(frozen=True)
class GoalNode:
    """A goal of the region; `indicator` is already in the shape of spec.json."""

    id: int
    parent_id: int | None
    position: int
    code: str
    statement: str
    viewpoint: str
    horizon: str
    beneficiary: str
    indicator: Mapping[str, str | None] | None


@dataclass(frozen=True)
class Applied:
    """What a standard means for one town: a stored application state and the town's value."""

    state: str
    value: str | None
    confirmed: bool


@dataclass(frozen=True)
class Standard:
    """One line as decided. `applications` maps a municipality code to what it means there.

    `decided` is False only in a draft.
    """

    code: str
    title: str
    text: str
    obligation: str
    kind: str
    reason: str
    phase: str | None
    goal: str | None
    national_item_id: int | None
    applications: Mapping[str, Applied]
    decided: bool = True


@dataclass(frozen=True)
class OutlineItem:
    """A heading of a national outline; `number` has its parts joined by dots."""

    id: int
    number: str
    title: str
    position: int


@dataclass(frozen=True)
class Content:
    """What an edition of one business can be drawn from at this moment."""

    region_name: str
    issuer: str
    slug: str
    number: str
    name: str
    summary: str
    towns: Sequence[Town]
    goals: Sequence[GoalNode]
    standards: Sequence[Standard]
    terms: Sequence[tuple[str, str]]
    outline: Sequence[OutlineItem]


@dataclass(frozen=True)
class Issue:
    """How an edition is called; `predecessor` is the frozen document it follows."""

    number: str
    title: str
    issued_on: date
    predecessor: Mapping[str, Any] | None


def freeze(content: Content, issue: Issue) -> Spec:
    """The document of spec.json.

    Lines stand by the goal tree (大分類 and 中分類 are the goals of level 2 and 3 above a line's
    goal), lines of a national spec by its outline before them; equal content gives an equal
    document whatever order the rows came in.
    """
    printed = list(tree.walk(tree.grow(content.goals)))
    by_code = {node.goal.code: node.goal for node in printed}
    applied = any(standard.applications for standard in content.standards)
    towns = sorted(content.towns, key=lambda town: town.code) if applied else []
    national = [line for line in content.standards if line.national_item_id is not None]
    own = [line for line in content.standards if line.national_item_id is None]
    chapters = _national_chapters(national, content.outline, towns)
    taken = [int(chapter["number"]) for chapter in chapters if chapter["number"].isdecimal()]
    chapters += _goal_chapters(own, printed, towns, max(taken, default=0) + 1)
    spec: Spec = {
        "format": FORMAT,
        "template_version": TEMPLATE_VERSION,
        "region": {"name": content.region_name, "issuer": content.issuer},
        "business": {
            "slug": content.slug,
            "number": content.number,
            "name": content.name,
            "summary": content.summary,
        },
        "edition": {
            "number": issue.number,
            "title": issue.title,
            "issued_on": issue.issued_on.isoformat(),
            "predecessor": issue.predecessor["edition"]["number"] if issue.predecessor else None,
        },
        "municipalities": [
            {
                "code": town.code,
                "name": town.name,
                "kana": town.kana,
                "kind": town.kind,
                "population": town.population,
            }
            for town in towns
        ],
        "goals": _goals(printed, by_code, {line.goal for line in content.standards if line.goal}),
        "chapters": chapters,
        "terms": [{"term": term, "meaning": meaning} for term, meaning in content.terms],
    }
    spec["history"] = _history(spec, issue)
    return spec


def to_bytes(spec: Mapping[str, Any]) -> bytes:
    """The bytes of spec.json: UTF-8, sorted keys, one space of indent, a newline at the end."""
    text = json.dumps(spec, ensure_ascii=False, sort_keys=True, indent=1)
    return f"{text}\n".encode()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def next_number(predecessor: str | None) -> str:
    """What the next edition is called unless somebody says otherwise: 1.0, then 1.1, 1.2, …"""
    if predecessor is None:
        return "1.0"
    first, second = number_key(predecessor)
    return f"{first}.{second + 1}"


def number_key(number: str) -> tuple[int, int]:
    """「1.10」 comes after 「1.9」. Raises ValueError for anything but two numbers and a dot."""
    if not re.fullmatch(r"(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})", number, re.ASCII):
        raise ValueError(number)
    first, _, second = number.partition(".")
    return int(first), int(second)


def _goals(
    printed: Sequence[tree.Placed[GoalNode]], by_code: Mapping[str, GoalNode], used: set[str]
) -> list[Spec]:
    """The goals that lines stand under and all above them, in printed order."""
    by_id = {node.goal.id: node.goal for node in printed}
    kept = {
        goal.code
        for code in used & by_code.keys()
        for goal in tree.ancestors(by_id, by_code[code].id)
    }
    return [
        {
            "code": node.goal.code,
            "parent": by_id[node.goal.parent_id].code if node.goal.parent_id else None,
            "level": node.level,
            "statement": node.goal.statement,
            "viewpoint": node.goal.viewpoint,
            "horizon": node.goal.horizon,
            "beneficiary": node.goal.beneficiary,
            "indicator": dict(node.goal.indicator) if node.goal.indicator else None,
        }
        for node in printed
        if node.goal.code in kept
    ]


# A place in the printed order and what stands there: (position, title, goal code).
_Heading = tuple[int, str, str | None]


def _goal_chapters(
    lines: Sequence[Standard],
    printed: Sequence[tree.Placed[GoalNode]],
    towns: Sequence[Town],
    first: int,
) -> list[Spec]:
    """Chapters by the goal tree, numbered from `first`; lines without a goal come last."""
    places = {node.goal.code: place for place, node in enumerate(printed)}
    by_id = {node.goal.id: node.goal for node in printed}
    ids = {node.goal.code: node.goal.id for node in printed}
    end = len(printed)

    def headings(goal: str | None) -> tuple[_Heading, _Heading]:
        if goal not in places:
            return (end, OTHERS, None), (end, OTHERS, None)
        chain = [
            (places[above.code], above.statement, above.code)
            for above in tree.ancestors(by_id, ids[goal])
        ]
        chapter = chain[min(CHAPTER_LEVEL, len(chain)) - 1]
        if len(chain) < SECTION_LEVEL:
            return chapter, (chapter[0], OVERALL, None)
        return chapter, chain[SECTION_LEVEL - 1]

    placed = sorted(
        ((*headings(line.goal), places.get(line.goal or "", end), line) for line in lines),
        key=lambda item: (item[0][0], item[1][0], item[2], item[3].code),
    )
    chapters: list[Spec] = []
    for chapter, of_chapter in groupby(placed, key=lambda item: item[0]):
        number = str(first + len(chapters))
        chapters.append(_heading(number, chapter, "sections"))
        sections = chapters[-1]["sections"]
        for section, of_section in groupby(of_chapter, key=lambda item: item[1]):
            sections.append(_heading(f"{number}.{len(sections) + 1}", section, "requirements"))
            sections[-1]["requirements"] = [
                _line(line, f"{sections[-1]['number']}.{place}", towns)
                for place, (_, _, _, line) in enumerate(of_section, start=1)
            ]
    return chapters


def _heading(number: str, heading: _Heading, below: str) -> Spec:
    return {"number": number, "title": heading[1], "goal": heading[2], below: []}


def _national_chapters(
    lines: Sequence[Standard], outline: Sequence[OutlineItem], towns: Sequence[Town]
) -> list[Spec]:
    """Chapters as the national spec has them, with its numbers.

    Several lines stand under one number there, so a line's own is 「1.1.13(2)」.
    """
    items = {item.id: item for item in outline}
    titles = {item.number: item.title for item in outline}
    chapters: dict[str, Spec] = {}
    sections: dict[str, Spec] = {}
    counts: dict[str, int] = {}

    placed = [(items[line.national_item_id], line) for line in lines if line.national_item_id]
    for item, line in sorted(placed, key=lambda pair: (pair[0].position, pair[1].code)):
        parts = item.number.split(".")
        top, second = parts[0], ".".join(parts[:2])
        if top not in chapters:
            chapters[top] = _heading(top, (0, titles.get(top, f"第{top}章"), None), "sections")
        if second not in sections:
            # A chapter's own lines stand before its first section.
            title = titles.get(second, OVERALL) if second != top else OVERALL
            number = second if second != top else f"{top}.0"
            sections[second] = _heading(number, (0, title, None), "requirements")
            chapters[top]["sections"].append(sections[second])
        counts[item.number] = counts.get(item.number, 0) + 1
        outline_number = f"{item.number}({counts[item.number]})"
        sections[second]["requirements"].append(_line(line, outline_number, towns))
    return list(chapters.values())


def _line(line: Standard, outline: str, towns: Sequence[Town]) -> Spec:
    return {
        "code": line.code,
        "outline": outline,
        "title": line.title if line.decided else f"{UNDECIDED}{line.title}",
        "text": line.text,
        "obligation": line.obligation,
        "reason": line.reason,
        "goal": line.goal,
        "phase": line.phase,
        "kind": line.kind,
        "applications": {
            town.code: _application(line.applications[town.code])
            for town in towns
            if town.code in line.applications
        },
    }


# Only a draft holds unconfirmed ones; they must not look settled there.
_PROPOSED: Final = {"follows": "標準どおり", "exception": "例外", "not_used": "対象外"}


def _application(applied: Applied) -> Spec:
    if applied.confirmed:
        return {"state": applied.state, "value": applied.value or None}
    words = " ".join(filter(None, (_PROPOSED.get(applied.state), applied.value)))
    return {"state": "own_value", "value": f"{words}{UNCONFIRMED}"}


def _history(spec: Spec, issue: Issue) -> list[Spec]:
    """改定履歴: the predecessor's rows and what this edition changes."""
    row = {"number": issue.number, "issued_on": issue.issued_on.isoformat()}
    if issue.predecessor is None:
        return [row | {"place": WHOLE, "content": FIRST_EDITION}]
    found = changes.between(issue.predecessor, spec)
    return [
        *(dict(earlier) for earlier in issue.predecessor["history"]),
        *(row | {"place": place, "content": text} for place, text in found.summary()),
    ]
