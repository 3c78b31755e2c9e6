"""What the pages of lines show of the clarity check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from registry.access import Actor
from registry.requirements import clarifications, clarity_settings, findings
from registry.requirements.findings import Checked
from registry.requirements.models import JudgementOutcome, Requirement
from registry.text.clarity.lines import lint
from registry.text.clarity.rewriting import Taken, nearest, taken
from registry.text.clarity.rules import Kind

MOST_COUNTED: Final = 1500
"""Lines of an import whose findings are counted; a page must not wait for more."""


@dataclass(frozen=True, slots=True)
class Marker:
    """What a row of the table shows: its findings and how many questions wait for an answer."""

    checked: Checked
    questions: int

    @property
    def any(self) -> bool:
        return bool(self.checked.every or self.questions)


def of_line(session: Session, actor: Actor, row: Requirement, text: str) -> Mapping[str, Any]:
    """What a line's own page needs to show its findings and questions."""
    settings = clarity_settings.settings_of(session, actor)
    held = findings.judgements(session, [row.id]).get(row.id)
    asked = clarifications.of_requirement(session, actor, row)
    return {
        "checked": findings.check(text, settings, held),
        "questions": asked,
        "asked": {(one.rule, one.phrase) for one in asked if not one.answer},
        "may_ask": row.submitted_version_id is not None
        and clarifications.may_ask(actor, row.municipality_id),
        "outcomes": JudgementOutcome.choices(),
    }


def of_typed(session: Session, actor: Actor, row: Requirement | None, text: str) -> Checked:
    """The findings in what stands in the form of a line; `row` is None for a line to be."""
    settings = clarity_settings.settings_of(session, actor)
    held = findings.judgements(session, [row.id]).get(row.id) if row else None
    return findings.check(text, settings, held)


def proposal(session: Session, actor: Actor, text: str, wanted: str) -> Taken | None:
    """The text with the proposal of the finding "RULE.START" in it.

    None when the text has no such finding (any more), or the finding proposes no wording.
    """
    rule, _, start = wanted.rpartition(".")
    found = lint(text, clarity_settings.settings_of(session, actor))
    finding = nearest(found, rule, int(start)) if start.isdecimal() and len(start) < 6 else None
    return taken(text, finding) if finding else None


def split_of(session: Session, actor: Actor, text: str) -> tuple[str, ...]:
    """The separate lines proposed for a compound one; empty where the line is not compound."""
    found = lint(text, clarity_settings.settings_of(session, actor))
    return next((one.split for one in found if one.split), ())


def of_rows(session: Session, actor: Actor, texts: Mapping[int, str]) -> dict[int, Marker]:
    """The markers of rows of the table; `texts` and the answer are by requirement id."""
    if not texts:
        return {}
    ids = list(texts)
    settings = clarity_settings.settings_of(session, actor)
    held = findings.judgements(session, ids)
    waiting = clarifications.open_counts(session, actor, ids)
    return {
        one: Marker(findings.check(text, settings, held.get(one)), waiting.get(one, 0))
        for one, text in texts.items()
    }


def in_words(markers: Iterable[Marker]) -> str:
    """What is left to do in rows that have just been saved, as one sentence."""
    checked = [one.checked for one in markers]
    grave, advice = sum(len(one.grave) for one in checked), sum(len(one.advice) for one in checked)
    found = [f"要確認{grave}件" if grave else "", f"助言{advice}件" if advice else ""]
    words = "・".join(filter(None, found))
    return f"点検で{words}が見つかりました。" if words else "点検で残った点はありません。"


@dataclass(frozen=True, slots=True)
class Incoming:
    """Findings in the lines of an import by its row; `kinds` counts those above advice."""

    by_row: Mapping[int, Checked]
    kinds: Sequence[tuple[Kind, int]]
    lines: int
    advice: int
    counted: int
    total: int


def of_incoming(session: Session, actor: Actor, texts: Sequence[tuple[int, str]]) -> Incoming:
    """The findings in (row of the file, text) of an import's new and changed lines."""
    settings = clarity_settings.settings_of(session, actor)
    chosen = texts[:MOST_COUNTED]
    checked = {row: findings.check(text, settings) for row, text in chosen}
    return Incoming(
        by_row={row: one for row, one in checked.items() if one.every},
        kinds=findings.kinds(checked.values()),
        lines=sum(bool(one.grave) for one in checked.values()),
        advice=sum(len(one.advice) for one in checked.values()),
        counted=len(chosen),
        total=len(texts),
    )
