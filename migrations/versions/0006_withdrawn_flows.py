"""Flows taken out because they were made by mistake: when, by whom and why.

Revision: 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from registry import db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("flow", sa.Column("withdrawn_at", db.UtcDateTime(), nullable=True))
    # Written out, because SQLite takes a constraint only together with its column: Alembic's way
    # would build the table anew, under the feet of the versions that refer to it.
    op.execute(
        "ALTER TABLE flow ADD COLUMN withdrawn_by INTEGER"
        " CONSTRAINT fk_flow_withdrawn_by REFERENCES account (id)"
    )
    op.execute(
        "ALTER TABLE flow ADD COLUMN withdrawn_reason VARCHAR DEFAULT '' NOT NULL"
        " CONSTRAINT ck_flow_withdrawn_with_reason"
        " CHECK ((withdrawn_at IS NULL) = (withdrawn_reason = ''))"
    )


def downgrade() -> None:
    for column in ("withdrawn_reason", "withdrawn_by", "withdrawn_at"):
        op.drop_column("flow", column)
