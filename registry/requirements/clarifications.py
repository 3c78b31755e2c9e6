"""Questions to a town about a submitted wording, and the town's answers.

Seen by the town itself and by the coordinator; other towns see neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from registry import access, audit
from registry.access import Actor, Permission, Role
from registry.accounts.models import Account
from registry.db import check_version, now
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.municipalities.models import Municipality
from registry.processes.models import Business
from registry.requirements.models import Clarification, Requirement, RequirementVersion
from registry.text.clarity.settings import rule_ids

MAX_TEXT: Final = 2000


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answer ("" while it is open) and the names of both people."""

    id: int
    version: int
    rule: str
    phrase: str
    question: str
    asked_by: str
    asked_at: datetime
    answer: str
    answered_by: str
    answered_at: datetime | None
    wording: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Open questions of a town in one business; `requirement_id` is the first line with one."""

    business_slug: str
    business_name: str
    count: int
    requirement_id: int


def may_see(actor: Actor, municipality_id: int) -> bool:
    """Whether the person reads the questions about this town's lines."""
    return (
        actor.terminal or actor.role is Role.COORDINATOR or actor.municipality_id == municipality_id
    )


def may_ask(actor: Actor, municipality_id: int) -> bool:
    """The coordinator asks any town, an approver the own one."""
    if actor.terminal or actor.role is Role.COORDINATOR:
        return True
    own = actor.municipality_id == municipality_id
    return own and actor.may(Permission.CONFIRM_REQUIREMENTS)


def of_requirement(session: Session, actor: Actor, requirement: Requirement) -> list[Asked]:
    """The questions about a line in the order they were asked; none for people of other towns."""
    if not may_see(actor, requirement.municipality_id):
        return []
    asker, answerer = aliased(Account), aliased(Account)
    rows = session.execute(
        sa.select(
            Clarification.id,
            Clarification.version,
            Clarification.rule,
            Clarification.phrase,
            Clarification.question,
            sa.func.coalesce(asker.name, "管理者(端末)"),
            Clarification.asked_at,
            Clarification.answer,
            sa.func.coalesce(answerer.name, ""),
            Clarification.answered_at,
            RequirementVersion.number,
        )
        .join(RequirementVersion, RequirementVersion.id == Clarification.requirement_version_id)
        .outerjoin(asker, asker.id == Clarification.asked_by)
        .outerjoin(answerer, answerer.id == Clarification.answered_by)
        .where(RequirementVersion.requirement_id == requirement.id)
        .order_by(Clarification.id)
    )
    return [Asked(*row) for row in rows]


def unanswered(session: Session, municipality_id: int) -> list[Unanswered]:
    """The town's open questions, business by business."""
    rows = session.execute(
        sa.select(Business.slug, Business.name, sa.func.count(), sa.func.min(Requirement.id))
        .select_from(Clarification)
        .join(RequirementVersion, RequirementVersion.id == Clarification.requirement_version_id)
        .join(Requirement, Requirement.id == RequirementVersion.requirement_id)
        .join(Business, Business.id == Requirement.business_id)
        .where(
            Requirement.municipality_id == municipality_id,
            Requirement.deleted_at.is_(None),
            Clarification.answered_at.is_(None),
        )
        .group_by(Business.slug, Business.name, Business.number)
        .order_by(Business.number)
    )
    return [Unanswered(*row) for row in rows]


def open_counts(session: Session, actor: Actor, requirement_ids: list[int]) -> dict[int, int]:
    """How many open questions each of these lines has, as far as the person may see them."""
    everything = actor.terminal or actor.role is Role.COORDINATOR
    own = Requirement.municipality_id == actor.municipality_id
    rows = session.execute(
        sa.select(RequirementVersion.requirement_id, sa.func.count())
        .join(Clarification, Clarification.requirement_version_id == RequirementVersion.id)
        .join(Requirement, Requirement.id == RequirementVersion.requirement_id)
        .where(
            Requirement.id.in_(requirement_ids),
            Clarification.answered_at.is_(None),
            sa.true() if everything else own,
        )
        .group_by(RequirementVersion.requirement_id)
        .order_by(RequirementVersion.requirement_id)
    )
    return {row[0]: row[1] for row in rows}


def ask(
    session: Session,
    actor: Actor,
    requirement: Requirement,
    *,
    rule: str,
    phrase: str,
    question: str,
) -> Clarification:
    """Ask the town about a phrase of the wording it submitted.

    Raises NotFound for another region's line, Forbidden, Invalid without a question or for an
    unknown rule, Conflict for
    a line that is not submitted or a phrase that is asked about already.
    """
    region_id = session.scalar(
        sa.select(Municipality.region_id).where(Municipality.id == requirement.municipality_id)
    )
    access.require(actor, Permission.READ_CONTENT, region_id=region_id)
    if not may_ask(actor, requirement.municipality_id):
        raise Forbidden("団体に尋ねられるのは、広域調整担当とその団体の承認者です。")
    if rule not in rule_ids():
        raise Invalid("この点検の項目はありません。画面を開き直してください。何も送っていません。")
    if requirement.submitted_version_id is None:
        raise Conflict("提出されていない要件については尋ねられません。")
    wording = session.get_one(RequirementVersion, requirement.submitted_version_id)
    if phrase not in wording.text:
        raise Conflict("この箇所は、提出されている内容にはありません。画面を開き直してください。")
    already = session.scalar(
        sa.select(Clarification.id).where(
            Clarification.requirement_version_id == wording.id,
            Clarification.rule == rule,
            Clarification.phrase == phrase,
            Clarification.answered_at.is_(None),
        )
    )
    if already is not None:
        raise Conflict("この点はもう尋ねています。団体の回答を待ってください。")
    row = Clarification(
        requirement_version_id=wording.id,
        rule=rule,
        phrase=phrase,
        question=_text(question, "question", "質問"),
        asked_by=actor.account_id,
        asked_at=now(),
    )
    session.add(row)
    session.flush()  # the id stands in the audit record
    after: dict[str, Any] = {"rule": rule, "phrase": phrase, "question": row.question}
    audit.record(session, actor, "requirements.ask", f"requirement:{requirement.id}", after=after)
    return row


def answer(
    session: Session,
    actor: Actor,
    requirement: Requirement,
    clarification_id: int,
    *,
    version: int,
    text: str,
) -> Clarification:
    """Answer a question about the own town's line; a later answer replaces the one before.

    Raises NotFound, Forbidden, Invalid without a text, Conflict on a stale version.
    """
    row = session.get(Clarification, clarification_id)
    wording = session.get(RequirementVersion, row.requirement_version_id) if row else None
    if row is None or wording is None or wording.requirement_id != requirement.id:
        raise NotFound("この質問は見つかりませんでした。")
    access.require(
        actor, Permission.WRITE_REQUIREMENTS, municipality_id=requirement.municipality_id
    )
    check_version(row.version, version, {"answer": row.answer})
    before = row.answer
    row.answer = _text(text, "answer", "回答")
    row.answered_by, row.answered_at = actor.account_id, now()
    audit.record(
        session,
        actor,
        "requirements.answer",
        f"requirement:{requirement.id}",
        before={"answer": before} if before else None,
        after={"phrase": row.phrase, "question": row.question, "answer": row.answer},
    )
    session.flush()  # the new version goes into the answer
    return row


def _text(typed: str, field: str, name: str) -> str:
    text = typed.strip()
    if not text:
        raise Invalid(f"{name}を保存していません。", {field: [f"{name}を入力してください。"]})
    if len(text) > MAX_TEXT:
        raise Invalid(
            f"{name}を保存していません。", {field: [f"{name}は{MAX_TEXT:,}字以内にしてください。"]}
        )
    return text
