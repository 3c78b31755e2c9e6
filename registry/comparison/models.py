"""What the machine thinks belongs together; nothing here counts until a person confirms it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base, JsonDoc, UtcDateTime, enum_column
from registry.standards.models import Relation


class Proposal(Base):
    """One line proposed to join a group (`group_id`) or, with others, a new one (`cluster`).

    `shared` and `differing` are lists of terms. The whole set of a business is replaced by each
    run of the job, except for what a person dismissed.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        sa.CheckConstraint("(group_id IS NULL) <> (cluster IS NULL)", name="one_target"),
        sa.Index("ix_proposal_business_cluster", "business_id", "cluster"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(sa.ForeignKey("business.id"))
    requirement_id: Mapped[int] = mapped_column(sa.ForeignKey("requirement.id"), index=True)
    requirement_version_id: Mapped[int] = mapped_column(sa.ForeignKey("requirement_version.id"))
    group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("requirement_group.id"), index=True)
    cluster: Mapped[int | None]
    score: Mapped[float]
    relation: Mapped[Relation] = mapped_column(enum_column(Relation, "relation"))
    shared: Mapped[Any] = mapped_column(JsonDoc)
    differing: Mapped[Any] = mapped_column(JsonDoc)
    why: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    dismissed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
