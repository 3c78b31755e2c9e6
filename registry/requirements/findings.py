"""The clarity check on stored lines: what it finds, what the town says to that, and a workbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, audit
from registry.access import Actor, Permission
from registry.db import now
from registry.errors import Invalid, NotFound
from registry.requirements.bodies import chunks
from registry.requirements.line_queries import Line
from registry.requirements.models import FindingJudgement, JudgementOutcome, Requirement
from registry.text.clarity.lines import Finding, lint
from registry.text.clarity.rewriting import blanks
from registry.text.clarity.rules import Kind, Settings
from registry.text.severity import Severity
from registry.workbook import Column, write_table

MAX_REASON: Final = 2000

Judgements = Mapping[tuple[str, str], FindingJudgement]
"""By rule and phrase."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding with what the town said of it (None while it is open)."""

    finding: Finding
    judgement: FindingJudgement | None


@dataclass(frozen=True, slots=True)
class Checked:
    """The findings of one line: open ones by weight, and those the town let stand."""

    grave: tuple[Judged, ...] = ()
    advice: tuple[Judged, ...] = ()
    settled: tuple[Judged, ...] = ()

    @property
    def every(self) -> tuple[Judged, ...]:
        return (*self.grave, *self.advice, *self.settled)


def check(text: str, settings: Settings, judgements: Judgements | None = None) -> Checked:
    """The findings of a wording, sorted by what is left to do with them."""
    held = judgements or {}
    judged = [Judged(one, held.get((one.rule, one.phrase))) for one in lint(text, settings)]
    open_ones = [one for one in judged if one.judgement is None]
    return Checked(
        tuple(one for one in open_ones if one.finding.severity is not Severity.ADVICE),
        tuple(one for one in open_ones if one.finding.severity is Severity.ADVICE),
        tuple(one for one in judged if one.judgement is not None),
    )


def unfilled(text: str, before: str = "") -> list[str]:
    """Why the text cannot be saved as it is: blanks of a proposal that only the town can fill.

    Those of the wording `before` are let be, so that other fields of such a line can be edited.
    """
    left = blanks(text, before)
    if not left:
        return []
    return [f"{'、'.join(left)}が残っています。団体で決めた内容に書き換えてください。"]


def judgements(session: Session, requirement_ids: Iterable[int]) -> dict[int, Judgements]:
    """What towns said of the findings in these lines, by requirement id."""
    found: dict[int, dict[tuple[str, str], FindingJudgement]] = {}
    for ids in chunks(sorted(set(requirement_ids))):
        rows = session.scalars(
            sa.select(FindingJudgement)
            .where(FindingJudgement.requirement_id.in_(ids))
            .order_by(FindingJudgement.id)
        )
        for row in rows:
            found.setdefault(row.requirement_id, {})[row.rule, row.phrase] = row
    return dict(found)


def kinds(checked: Iterable[Checked]) -> list[tuple[Kind, int]]:
    """How many open findings above advice there are of each kind, the most frequent first."""
    counts = Counter(one.finding.kind for each in checked for one in each.grave)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0].value))


def judge(
    session: Session,
    actor: Actor,
    requirement: Requirement,
    *,
    text: str,
    rule: str,
    phrase: str,
    outcome: JudgementOutcome,
    reason: str,
    settings: Settings,
) -> FindingJudgement:
    """Let a finding of the town's own line stand, with a reason.

    Raises Forbidden for another town's, Invalid without a reason or when `text` has no such
    finding (any more).
    """
    access.require(
        actor, Permission.WRITE_REQUIREMENTS, municipality_id=requirement.municipality_id
    )
    if not any((one.rule, one.phrase) == (rule, phrase) for one in lint(text, settings)):
        raise Invalid("この点は、いまの内容には見つかりません。画面を開き直してください。")
    wanted = reason.strip()
    if not wanted or len(wanted) > MAX_REASON:
        words = (
            "理由を入力してください。" if not wanted else f"{MAX_REASON:,}字以内にしてください。"
        )
        raise Invalid("記録していません。理由を確かめてください。", {"reason": [words]})
    row = session.scalar(
        sa.select(FindingJudgement).where(
            FindingJudgement.requirement_id == requirement.id,
            FindingJudgement.rule == rule,
            FindingJudgement.phrase == phrase,
        )
    )
    before = None if row is None else {"outcome": row.outcome.value, "reason": row.reason}
    if row is None:
        row = FindingJudgement(requirement_id=requirement.id, rule=rule, phrase=phrase)
        session.add(row)
    row.outcome, row.reason = outcome, wanted
    row.account_id, row.judged_at = actor.account_id, now()
    session.flush()  # the id stands in the audit record
    audit.record(
        session,
        actor,
        "requirements.judge_finding",
        f"requirement:{requirement.id}",
        before=before,
        after={"rule": rule, "phrase": phrase, "outcome": outcome.value, "reason": wanted},
    )
    return row


def withdraw(session: Session, actor: Actor, requirement: Requirement, judgement_id: int) -> None:
    """Take a judgement back: the finding is open again. Raises NotFound, Forbidden."""
    access.require(
        actor, Permission.WRITE_REQUIREMENTS, municipality_id=requirement.municipality_id
    )
    row = session.get(FindingJudgement, judgement_id)
    if row is None or row.requirement_id != requirement.id:
        raise NotFound("この記録は見つかりませんでした。")
    before = {"rule": row.rule, "phrase": row.phrase, "outcome": row.outcome.value}
    session.delete(row)
    audit.record(
        session,
        actor,
        "requirements.withdraw_judgement",
        f"requirement:{requirement.id}",
        before=before | {"reason": row.reason},
    )


def workbook(title: str, lines: Sequence[Line], settings: Settings, session: Session) -> bytes:
    """An xlsx file with one row a finding of the lines, those that were let stand with reasons."""
    held = judgements(session, (line.id for line in lines))
    rows: list[list[str]] = []
    for line in lines:
        for one in check(line.text, settings, held.get(line.id)).every:
            finding, said = one.finding, one.judgement
            rows.append(
                [
                    line.section,
                    line.label,
                    line.text,
                    finding.severity.label,
                    finding.kind.label,
                    finding.phrase,
                    finding.why,
                    finding.rewrite,
                    finding.question,
                    said.outcome.label if said else "",
                    said.reason if said else "",
                ]
            )
    return write_table(title, _COLUMNS, rows)


_COLUMNS: Final = (
    Column("分類", 24),
    Column("番号", 10, code=True),
    Column("要件", 50),
    Column("重さ", 8),
    Column("点", 16),
    Column("箇所", 24),
    Column("理由", 40),
    Column("書き方の例", 50),
    Column("団体への質問", 40),
    Column("判断", 8),
    Column("判断の理由", 30),
)
