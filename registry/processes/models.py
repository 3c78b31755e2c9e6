"""The region's catalogue of businesses and each town's record of them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base, Versioned


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
