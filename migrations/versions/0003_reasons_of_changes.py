"""Why an agreed wording was changed: with each submission, and with edits of decided standards.

Revision: 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from registry import db, frozen

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FROZEN = ("standard_change", "submission")


def upgrade() -> None:
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("requirement_version_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("submitted_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["requirement_version_id"],
            ["requirement_version.id"],
            name=op.f("fk_submission_requirement_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_submission_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
    )
    op.create_index(
        op.f("ix_submission_requirement_version_id"), "submission", ["requirement_version_id"]
    )
    op.create_table(
        "standard_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("standard_id", sa.Integer(), nullable=False),
        sa.Column("standard_version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_standard_change_has_reason")),
        sa.ForeignKeyConstraint(
            ["standard_id"],
            ["standard_requirement.id"],
            name=op.f("fk_standard_change_standard_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_standard_change_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard_change")),
    )
    op.create_index(op.f("ix_standard_change_standard_id"), "standard_change", ["standard_id"])
    for table in FROZEN:
        frozen.freeze(op.get_bind(), table)


def downgrade() -> None:
    for table in FROZEN:
        frozen.thaw(op.get_bind(), table)
        op.drop_table(table)
