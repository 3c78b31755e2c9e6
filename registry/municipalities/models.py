"""The region and the municipalities that sit down together in it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base, enum_column
from registry.labels import Labelled


class MunicipalityKind(Labelled):
    CITY = "city", "市"
    TOWN = "town", "町"
    VILLAGE = "village", "村"


class Region(Base):
    """One association of municipalities; regions do not see each other.

    `issuer` is the body whose name stands on the specs.
    """

    __tablename__ = "region"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    bureau: Mapped[str]
    issuer: Mapped[str]


class Municipality(Base):
    """`code` is the six-digit local government code as text: its leading zero must survive."""

    __tablename__ = "municipality"
    __table_args__ = (
        sa.UniqueConstraint("region_id", "code"),
        sa.CheckConstraint("length(code) = 6", name="code_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"))
    code: Mapped[str]
    name: Mapped[str]
    kana: Mapped[str]
    kind: Mapped[MunicipalityKind] = mapped_column(enum_column(MunicipalityKind, "kind"))
    population: Mapped[int]
