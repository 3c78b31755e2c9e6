"""Which wordings of the towns the standards already rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.standards.models import Alignment, RequirementGroup

_CHUNK = 1000


def used_versions(session: Session, version_ids: Sequence[int]) -> Mapping[int, str]:
    """Version id → why it cannot be taken back, for the aligned ones among `version_ids`."""
    found: dict[int, str] = {}
    for start in range(0, len(version_ids), _CHUNK):
        rows = session.execute(
            sa.select(Alignment.requirement_version_id, sa.func.min(RequirementGroup.code))
            .join(RequirementGroup, RequirementGroup.id == Alignment.group_id)
            .where(Alignment.requirement_version_id.in_(version_ids[start : start + _CHUNK]))
            .group_by(Alignment.requirement_version_id)
            .order_by(Alignment.requirement_version_id)
        )
        found |= {row[0]: f"{row[1]}に対応付けられています" for row in rows}
    return found
