"""Groups of lines that say the same, the standard drafted from them, and each decision on it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db import Base, JsonDoc, UtcDateTime, Versioned, enum_column
from registry.labels import Labelled
from registry.requirements.models import Obligation, RequirementKind


class Relation(Labelled):
    """How a line stands to its group, as the person who put it there judged."""

    SAME = "same", "同じ"
    VALUE_DIFFERS = "value_differs", "値が違う"
    OPPOSITE = "opposite", "反対"
    CONTAINS = "contains", "含む"
    CONTAINED = "contained", "含まれる"
    RELATED = "related", "関連"


class Phase(Labelled):
    PHASE_1 = "phase_1", "第1期"
    PHASE_2 = "phase_2", "第2期"
    DEFERRED = "deferred", "見送り"
    WORKAROUND = "workaround", "運用で代替"


class Outcome(Labelled):
    ADOPT = "adopt", "採用"
    ADOPT_REVISED = "adopt_revised", "修正して採用"
    REJECT = "reject", "不採用"
    DEFER = "defer", "保留"


class ApplicationState(Labelled):
    FOLLOWS = "follows", "標準どおり"
    OWN_VALUE = "own_value", "団体の値"
    EXCEPTION = "exception", "例外"
    NOT_USED = "not_used", "対象外"


class RequirementGroup(Versioned, Base):
    """Lines of several towns that belong together. `code` (F-001) is never given twice."""

    __tablename__ = "requirement_group"
    __table_args__ = (sa.UniqueConstraint("business_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(sa.ForeignKey("business.id"))
    code: Mapped[str]
    label: Mapped[str]
    goal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("goal.id"), index=True)


class Alignment(Base):
    """A person's word that this version of a line belongs to this group.

    When the town submits a newer version the alignment is suspect until somebody looks again:
    `requirement.submitted_version_id` then differs from `requirement_version_id`.
    """

    __tablename__ = "alignment"
    __table_args__ = (sa.UniqueConstraint("group_id", "requirement_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("requirement_group.id"))
    requirement_id: Mapped[int] = mapped_column(sa.ForeignKey("requirement.id"), index=True)
    requirement_version_id: Mapped[int] = mapped_column(
        sa.ForeignKey("requirement_version.id"), index=True
    )
    relation: Mapped[Relation] = mapped_column(enum_column(Relation, "relation"))
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StandardRequirement(Versioned, Base):
    """One line of the standard. `code` is `A-` + business number + serial + `-01`, for ever.

    What a spec prints is not this row but the snapshot of its newest decision: an edit after the
    decision is a proposal until it is decided again.
    """

    __tablename__ = "standard_requirement"
    __table_args__ = (
        sa.UniqueConstraint("business_id", "code"),
        sa.UniqueConstraint("business_id", "serial"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(sa.ForeignKey("business.id"))
    serial: Mapped[int]
    code: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    obligation: Mapped[Obligation] = mapped_column(enum_column(Obligation, "obligation"))
    kind: Mapped[RequirementKind] = mapped_column(enum_column(RequirementKind, "kind"))
    reason: Mapped[str] = mapped_column(default="")
    phase: Mapped[Phase | None] = mapped_column(enum_column(Phase, "phase"))
    goal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("goal.id"), index=True)
    national_item_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("national_item.id"), index=True
    )
    target_edition: Mapped[str] = mapped_column(default="")


class StandardAnswer(Base):
    """Which groups a standard answers."""

    __tablename__ = "standard_answer"

    standard_id: Mapped[int] = mapped_column(
        sa.ForeignKey("standard_requirement.id"), primary_key=True
    )
    group_id: Mapped[int] = mapped_column(
        sa.ForeignKey("requirement_group.id"), primary_key=True, index=True
    )


class Application(Versioned, Base):
    """What a standard means for one town; unconfirmed ones are proposals from the alignments."""

    __tablename__ = "application"
    __table_args__ = (sa.UniqueConstraint("standard_id", "municipality_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    standard_id: Mapped[int] = mapped_column(sa.ForeignKey("standard_requirement.id"))
    municipality_id: Mapped[int] = mapped_column(sa.ForeignKey("municipality.id"), index=True)
    state: Mapped[ApplicationState] = mapped_column(enum_column(ApplicationState, "state"))
    value: Mapped[str] = mapped_column(default="")
    confirmed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Decision(Base):
    """Who decided what, when and why; a trigger refuses every change, a new one supersedes.

    The subject is a standard at one version, or a group for which no standard was drafted.
    `snapshot` is the standard as decided: it is what editions are drawn from.
    """

    __tablename__ = "decision"
    __table_args__ = (
        sa.CheckConstraint("(standard_id IS NULL) <> (group_id IS NULL)", name="one_subject"),
        sa.CheckConstraint("reason <> ''", name="has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(sa.ForeignKey("business.id"), index=True)
    standard_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("standard_requirement.id"), index=True
    )
    group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("requirement_group.id"), index=True)
    subject_version: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome, "outcome"))
    reason: Mapped[str]
    snapshot: Mapped[Any] = mapped_column(JsonDoc)
    decided_on: Mapped[date]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    supersedes_id: Mapped[int | None] = mapped_column(sa.ForeignKey("decision.id"), unique=True)


class StandardChange(Base):
    """Why a standard was edited after a decision on it, never changed.

    `standard_version` is the version the edit began from.
    """

    __tablename__ = "standard_change"
    __table_args__ = (sa.CheckConstraint("reason <> ''", name="has_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    standard_id: Mapped[int] = mapped_column(sa.ForeignKey("standard_requirement.id"), index=True)
    standard_version: Mapped[int]
    reason: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NationalSpec(Base):
    """One edition of a national standard as imported; read only afterwards."""

    __tablename__ = "national_spec"
    __table_args__ = (sa.UniqueConstraint("region_id", "name", "edition"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"))
    name: Mapped[str]
    edition: Mapped[str]
    source_sha256: Mapped[str]
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NationalItem(Base):
    """A heading of the outline; chapters have no lines of their own. `path` orders by number."""

    __tablename__ = "national_item"
    __table_args__ = (
        sa.UniqueConstraint("national_spec_id", "number"),
        sa.UniqueConstraint("national_spec_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    national_spec_id: Mapped[int] = mapped_column(sa.ForeignKey("national_spec.id"))
    number: Mapped[str]
    title: Mapped[str]
    level: Mapped[int]
    position: Mapped[int]
    is_chapter: Mapped[bool]

    lines: Mapped[list[NationalLine]] = relationship(order_by="NationalLine.position")


class NationalLine(Base):
    """A non-empty line of an obligation block, with its text as printed."""

    __tablename__ = "national_line"
    __table_args__ = (sa.UniqueConstraint("national_item_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    national_item_id: Mapped[int] = mapped_column(sa.ForeignKey("national_item.id"))
    position: Mapped[int]
    obligation: Mapped[Obligation] = mapped_column(enum_column(Obligation, "obligation"))
    text: Mapped[str]
    search_key: Mapped[str]


class NationalReference(Base):
    """One occurrence of a cross reference; `target_id` is empty while the chapter is not loaded."""

    __tablename__ = "national_reference"

    id: Mapped[int] = mapped_column(primary_key=True)
    national_line_id: Mapped[int] = mapped_column(sa.ForeignKey("national_line.id"), index=True)
    position: Mapped[int]
    number: Mapped[str]
    target_id: Mapped[int | None] = mapped_column(sa.ForeignKey("national_item.id"))
