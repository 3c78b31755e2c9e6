from __future__ import annotations

from sqlalchemy.orm import Session

from registry.db import now
from registry.standards.models import Alignment, Relation, RequirementGroup
from registry.standards.usage import used_versions
from tests.requirements.lists import lines
from tests.world import World


def test_aligned_versions_are_in_use(session: Session, world: World) -> None:
    one, two = lines(session, world, ["照会できること。", "予約できること。"])
    groups = [
        RequirementGroup(business_id=world.business.id, code=code, label="照会")
        for code in ("F-002", "F-001")
    ]
    session.add_all(groups)
    session.flush()
    for group in groups:
        session.add(
            Alignment(
                group_id=group.id,
                requirement_id=one.id,
                requirement_version_id=one.draft_version_id,
                relation=Relation.SAME,
                confirmed_at=now(),
            )
        )
    session.flush()
    asked = [one.draft_version_id or 0, two.draft_version_id or 0, 999_999]
    assert used_versions(session, asked) == {one.draft_version_id: "F-001に対応付けられています"}
    assert used_versions(session, []) == {}
    assert used_versions(session, list(range(10_000, 12_500))) == {}
