"""Frozen editions and the files built from them."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base, UtcDateTime


class Edition(Base):
    """An edition of a business's spec, frozen as the exact bytes of its `spec.json`.

    A trigger refuses every update and delete on both engines.
    """

    __tablename__ = "edition"
    __table_args__ = (sa.UniqueConstraint("business_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(sa.ForeignKey("business.id"))
    number: Mapped[str]
    title: Mapped[str]
    issued_on: Mapped[date]
    frozen: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    sha256: Mapped[str]
    template_version: Mapped[str]
    predecessor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("edition.id"))
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class EditionFile(Base):
    """A file built from an edition at its release; deliveries serve these bytes for ever."""

    __tablename__ = "edition_file"
    __table_args__ = (sa.UniqueConstraint("edition_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    name: Mapped[str]
    media_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    sha256: Mapped[str]
    size: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SpecDraft(Base):
    """The newest draft PDF 「案」 of a business; replaced by each build, never delivered."""

    __tablename__ = "spec_draft"

    business_id: Mapped[int] = mapped_column(sa.ForeignKey("business.id"), primary_key=True)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    sha256: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
