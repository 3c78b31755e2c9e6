"""The goal tree under which every problem and requirement hangs."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base, Versioned, enum_column
from registry.labels import Labelled


class Viewpoint(Labelled):
    """The four viewpoints of PRACTICES row 120."""

    MANAGEMENT = "management", "経営"
    ORGANIZATION = "organization", "組織"
    PROGRAM = "program", "事業"
    TECHNOLOGY = "technology", "技術"


class Horizon(Labelled):
    SHORT = "short", "1年以内"
    MEDIUM = "medium", "3年以内"
    LONG = "long", "10年"


class Beneficiary(Labelled):
    RESIDENT = "resident", "住民"
    STAFF = "staff", "職員"
    BUSINESS = "business", "事業者"


class IndicatorKind(Labelled):
    QUANTITATIVE = "quantitative", "定量"
    QUALITATIVE = "qualitative", "定性"


class Goal(Versioned, Base):
    """One node. `statement` names a state that is reached, not an activity.

    A quantitative indicator has measure, unit, now, target and due; a qualitative one says in
    `judgement` how its being reached is judged. `closed` goals take no new requirement.
    """

    __tablename__ = "goal"
    __table_args__ = (
        sa.UniqueConstraint("region_id", "code"),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_own_parent"),
        sa.CheckConstraint(
            "indicator_kind IS NULL"
            " OR (indicator_kind = 'quantitative' AND measure <> '' AND target <> '')"
            " OR (indicator_kind = 'qualitative' AND judgement <> '')",
            name="indicator_complete",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"))
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("goal.id"), index=True)
    code: Mapped[str]
    position: Mapped[int]
    statement: Mapped[str]
    viewpoint: Mapped[Viewpoint] = mapped_column(enum_column(Viewpoint, "viewpoint"))
    horizon: Mapped[Horizon] = mapped_column(enum_column(Horizon, "horizon"))
    beneficiary: Mapped[Beneficiary] = mapped_column(enum_column(Beneficiary, "beneficiary"))
    indicator_kind: Mapped[IndicatorKind | None] = mapped_column(
        enum_column(IndicatorKind, "indicator_kind")
    )
    measure: Mapped[str] = mapped_column(default="")
    unit: Mapped[str] = mapped_column(default="")
    now: Mapped[str] = mapped_column(default="")
    target: Mapped[str] = mapped_column(default="")
    due: Mapped[date | None]
    judgement: Mapped[str] = mapped_column(default="")
    closed: Mapped[bool] = mapped_column(default=False)
