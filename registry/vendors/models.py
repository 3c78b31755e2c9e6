"""ICT vendors and what was delivered to them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base, UtcDateTime, Versioned


class Vendor(Base):
    __tablename__ = "vendor"
    __table_args__ = (sa.UniqueConstraint("region_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"))
    name: Mapped[str]
    kana: Mapped[str] = mapped_column(default="")


class VendorMember(Base):
    """Which vendor a vendor account acts for."""

    __tablename__ = "vendor_member"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    vendor_id: Mapped[int] = mapped_column(sa.ForeignKey("vendor.id"), index=True)


class Delivery(Versioned, Base):
    """An edition handed to one vendor. Withdrawn ones stay as a record but open nothing."""

    __tablename__ = "delivery"
    __table_args__ = (
        sa.Index(
            "uq_delivery_open",
            "edition_id",
            "vendor_id",
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    vendor_id: Mapped[int] = mapped_column(sa.ForeignKey("vendor.id"), index=True)
    delivered_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    delivered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    withdrawn_reason: Mapped[str] = mapped_column(default="")


class Download(Base):
    """One file fetched by a vendor account."""

    __tablename__ = "download"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(sa.ForeignKey("delivery.id"), index=True)
    edition_file_id: Mapped[int] = mapped_column(sa.ForeignKey("edition_file.id"))
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
