"""${message}

Revision: ${up_revision}, after ${down_revision}.

Write the new revision's name into migrations/HEAD: two branches that both add one then conflict
there. A removed column takes two releases: first stop using it, then drop it. Batch changes on
SQLite lose triggers: call `registry.frozen.freeze` again for a table you rebuild.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
