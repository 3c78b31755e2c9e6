"""The clarity check: what towns leave as it is, questions to them, a region's settings.

Revision: 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from registry import db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "finding_judgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("requirement_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("phrase", sa.String(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "reject",
                "defer",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("judged_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_finding_judgement_has_reason")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_finding_judgement_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["requirement_id"],
            ["requirement.id"],
            name=op.f("fk_finding_judgement_requirement_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_judgement")),
        sa.UniqueConstraint(
            "requirement_id",
            "rule",
            "phrase",
            name=op.f("uq_finding_judgement_requirement_id_rule_phrase"),
        ),
    )
    op.create_table(
        "clarification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("requirement_version_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("phrase", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", db.UtcDateTime(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", db.UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("question <> ''", name=op.f("ck_clarification_has_question")),
        sa.CheckConstraint(
            "(answer = '') = (answered_at IS NULL)", name=op.f("ck_clarification_answered")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["account.id"], name=op.f("fk_clarification_answered_by")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["account.id"], name=op.f("fk_clarification_asked_by")
        ),
        sa.ForeignKeyConstraint(
            ["requirement_version_id"],
            ["requirement_version.id"],
            name=op.f("fk_clarification_requirement_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clarification")),
    )
    op.create_index(
        op.f("ix_clarification_requirement_version_id"),
        "clarification",
        ["requirement_version_id"],
    )
    op.create_table(
        "clarity_setting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("off", db.JsonDoc(), nullable=False),
        sa.Column("words", db.JsonDoc(), nullable=False),
        sa.Column("allowed", db.JsonDoc(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", db.UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_clarity_setting_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["region_id"], ["region.id"], name=op.f("fk_clarity_setting_region_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clarity_setting")),
        sa.UniqueConstraint("region_id", name=op.f("uq_clarity_setting_region_id")),
    )


def downgrade() -> None:
    op.drop_table("clarity_setting")
    op.drop_index(op.f("ix_clarification_requirement_version_id"), table_name="clarification")
    op.drop_table("clarification")
    op.drop_table("finding_judgement")
