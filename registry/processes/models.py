"""The region's catalogue of businesses, each town's record of them, and its flows."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base, UtcDateTime, Versioned, enum_column
from registry.labels import Labelled


class Business(Versioned, Base):
    """`number` is the region's three digits inside every standard's code; never given twice."""

    __tablename__ = "business"
    __table_args__ = (
        sa.UniqueConstraint("region_id", "slug"),
        sa.UniqueConstraint("region_id", "number"),
        sa.CheckConstraint("length(number) = 3", name="number_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"))
    slug: Mapped[str]
    number: Mapped[str]
    name: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")


class BusinessTerm(Base):
    """A term of the business and what it means, printed in the spec's 用語."""

    __tablename__ = "business_term"
    __table_args__ = (sa.UniqueConstraint("business_id", "term"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(sa.ForeignKey("business.id"))
    term: Mapped[str]
    meaning: Mapped[str]


class BusinessProcess(Versioned, Base):
    """A town's record of one business. `hides_detail`: other towns see its counts only."""

    __tablename__ = "business_process"
    __table_args__ = (sa.UniqueConstraint("municipality_id", "business_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(sa.ForeignKey("municipality.id"))
    business_id: Mapped[int] = mapped_column(sa.ForeignKey("business.id"), index=True)
    division: Mapped[str] = mapped_column(default="")
    hides_detail: Mapped[bool] = mapped_column(default=False)


class FlowKind(Labelled):
    """Whether a flow shows the work as it is or as it should become."""

    AS_IS = "as_is", "現状(AsIs)"
    TO_BE = "to_be", "あるべき姿(ToBe)"


class FlowRecord(Versioned, Base):
    """A flow of one town. What it looks like stands in its newest `FlowVersion`.

    A withdrawn one was made by mistake: it keeps all its versions, but lists leave it out and nobody
    changes or copies it until its town brings it back.
    """

    __tablename__ = "flow"
    __table_args__ = (
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_reason = '')", name="withdrawn_with_reason"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(sa.ForeignKey("municipality.id"))
    business_id: Mapped[int] = mapped_column(sa.ForeignKey("business.id"), index=True)
    kind: Mapped[FlowKind] = mapped_column(enum_column(FlowKind, "flow_kind"))
    title: Mapped[str]
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    withdrawn_reason: Mapped[str] = mapped_column(default="")


class FlowVersion(Base):
    """One saved state, never changed: the BPMN source, who saved it, when and why.

    `credit_id` is the version of another town it was copied from (出典).
    """

    __tablename__ = "flow_version"
    __table_args__ = (sa.UniqueConstraint("flow_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    flow_id: Mapped[int] = mapped_column(sa.ForeignKey("flow.id"))
    number: Mapped[int]
    bpmn: Mapped[str] = mapped_column(sa.Text)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str]
    credit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("flow_version.id"))
