"""What each town asks for, in its own words, version by version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db import Base, JsonDoc, UtcDateTime, Versioned, enum_column
from registry.labels import Labelled
from registry.requirements.obligation import Obligation as Obligation


class RequirementKind(Labelled):
    FUNCTIONAL = "functional", "機能"
    FORM = "form", "帳票"
    SCREEN = "screen", "画面"
    DATA = "data", "データ"
    INTERFACE = "interface", "連携"
    NON_FUNCTIONAL = "non_functional", "非機能"


class RequirementState(Labelled):
    DRAFT = "draft", "下書き"
    SUBMITTED = "submitted", "提出"
    RETURNED = "returned", "差戻し"
    CONFIRMED = "confirmed", "確定"


class ImportState(Labelled):
    PREVIEW = "preview", "確認待ち"
    RUNNING = "running", "取込中"
    STORED = "stored", "取込済み"
    CANCELLED = "cancelled", "中止"
    UNDONE = "undone", "取消済み"


class Body(Base):
    """A normalised text, stored once; `rule` is the version of the rules that made it.

    Grouping and comparing work on its id, which is three times faster than on text.
    """

    __tablename__ = "body"
    __table_args__ = (sa.UniqueConstraint("rule", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rule: Mapped[int]
    digest: Mapped[str]
    text: Mapped[str]


class RequirementList(Versioned, Base):
    """One import or hand-kept list of a town for a business.

    `table` is the file as read (rows of text), `legend` what its marks mean, `outcome` what the
    import did to which requirement, so that it can be taken back. A hand-kept list has no file.
    """

    __tablename__ = "requirement_list"
    __table_args__ = (sa.Index("ix_requirement_list_owner", "municipality_id", "business_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(sa.ForeignKey("municipality.id"))
    business_id: Mapped[int] = mapped_column(sa.ForeignKey("business.id"), index=True)
    name: Mapped[str]
    state: Mapped[ImportState] = mapped_column(enum_column(ImportState, "state"))
    source_name: Mapped[str | None]
    source_sha256: Mapped[str | None]
    table: Mapped[Any | None] = mapped_column(JsonDoc)
    legend: Mapped[Any | None] = mapped_column(JsonDoc)
    outcome: Mapped[Any | None] = mapped_column(JsonDoc)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Requirement(Versioned, Base):
    """One line of a town's list. The row points to versions; texts live there.

    `draft_version` is what the town works on, `submitted_version` what everybody else sees (it
    stays while the town edits on), `confirmed_version` the last one its approver confirmed.
    `state` speaks of the draft version.
    """

    __tablename__ = "requirement"
    __table_args__ = (
        sa.Index("ix_requirement_owner", "municipality_id", "business_id"),
        sa.Index("ix_requirement_business_submitted", "business_id", "submitted_version_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(sa.ForeignKey("municipality.id"))
    business_id: Mapped[int] = mapped_column(sa.ForeignKey("business.id"))
    list_id: Mapped[int] = mapped_column(sa.ForeignKey("requirement_list.id"), index=True)
    position: Mapped[int]
    state: Mapped[RequirementState] = mapped_column(
        enum_column(RequirementState, "state"), default=RequirementState.DRAFT
    )
    draft_version_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("requirement_version.id", use_alter=True)
    )
    submitted_version_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("requirement_version.id", use_alter=True)
    )
    confirmed_version_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("requirement_version.id", use_alter=True)
    )
    submitted_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    return_reason: Mapped[str] = mapped_column(default="")
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    draft_version: Mapped[RequirementVersion | None] = relationship(
        foreign_keys=[draft_version_id], post_update=True
    )
    submitted_version: Mapped[RequirementVersion | None] = relationship(
        foreign_keys=[submitted_version_id], post_update=True
    )


class RequirementVersion(Base):
    """One saved wording, exactly as typed; a trigger refuses every change of it.

    `mark` is the list's own sign, `meaning` what the legend says it means ({axis, value}); only
    the obligation axis fills `obligation`.
    """

    __tablename__ = "requirement_version"
    __table_args__ = (sa.UniqueConstraint("requirement_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    requirement_id: Mapped[int] = mapped_column(sa.ForeignKey("requirement.id"))
    number: Mapped[int]
    external_id: Mapped[str] = mapped_column(default="")
    section: Mapped[str] = mapped_column(default="")
    label: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    mark: Mapped[str] = mapped_column(default="")
    meaning: Mapped[Any | None] = mapped_column(JsonDoc)
    obligation: Mapped[Obligation | None] = mapped_column(enum_column(Obligation, "obligation"))
    kind: Mapped[RequirementKind] = mapped_column(
        enum_column(RequirementKind, "kind"), default=RequirementKind.FUNCTIONAL
    )
    goal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("goal.id"), index=True)
    step: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    body_id: Mapped[int] = mapped_column(sa.ForeignKey("body.id"), index=True)
    list_id: Mapped[int | None] = mapped_column(sa.ForeignKey("requirement_list.id"))
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    body: Mapped[Body] = relationship()


class Submission(Base):
    """One submission of a wording, never changed: who showed it to the others, when and why.

    A wording that was returned can be submitted again as it is. `reason` is the 変更理由; a line
    that had been confirmed in another wording is not submitted without one.
    """

    __tablename__ = "submission"

    id: Mapped[int] = mapped_column(primary_key=True)
    requirement_version_id: Mapped[int] = mapped_column(
        sa.ForeignKey("requirement_version.id"), index=True
    )
    reason: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class JudgementOutcome(Labelled):
    """What a town does with a point of the clarity check that it does not mend."""

    REJECT = "reject", "却下"
    DEFER = "defer", "保留"


class FindingJudgement(Base):
    """A town's word on one finding: this phrase of this line stays as it is, and why.

    It holds for the phrase, whatever else of the line is edited, until it is taken back.
    """

    __tablename__ = "finding_judgement"
    __table_args__ = (
        sa.UniqueConstraint("requirement_id", "rule", "phrase"),
        sa.CheckConstraint("reason <> ''", name="has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    requirement_id: Mapped[int] = mapped_column(sa.ForeignKey("requirement.id"))
    rule: Mapped[str]
    phrase: Mapped[str]
    outcome: Mapped[JudgementOutcome] = mapped_column(enum_column(JudgementOutcome, "outcome"))
    reason: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    judged_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Clarification(Versioned, Base):
    """A question to the town about one wording it submitted, and its answer."""

    __tablename__ = "clarification"
    __table_args__ = (
        sa.CheckConstraint("question <> ''", name="has_question"),
        sa.CheckConstraint("(answer = '') = (answered_at IS NULL)", name="answered"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    requirement_version_id: Mapped[int] = mapped_column(
        sa.ForeignKey("requirement_version.id"), index=True
    )
    rule: Mapped[str]
    phrase: Mapped[str]
    question: Mapped[str]
    asked_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(default="")
    answered_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ClaritySetting(Versioned, Base):
    """What a region changed in the clarity check: rules switched off, words added, words let be.

    `off` and `allowed` are lists, `words` maps a rule's name to a list.
    """

    __tablename__ = "clarity_setting"

    id: Mapped[int] = mapped_column(primary_key=True)
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"), unique=True)
    off: Mapped[Any] = mapped_column(JsonDoc)
    words: Mapped[Any] = mapped_column(JsonDoc)
    allowed: Mapped[Any] = mapped_column(JsonDoc)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
