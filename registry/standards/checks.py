"""What every act on groups and standards checks, and locks, before it changes anything."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from registry import access
from registry.access import Actor, Permission
from registry.db import check_version
from registry.errors import Invalid, NotFound
from registry.goals.models import Goal
from registry.processes.models import Business
from registry.standards.models import RequirementGroup, StandardRequirement


def business_for(
    session: Session, actor: Actor, permission: Permission, business_id: int
) -> Business:
    """The business, if this person may do that in its region; otherwise Forbidden or NotFound."""
    access.require(actor, permission)
    business = session.get(Business, business_id)
    if business is None or business.region_id != actor.region_id:
        raise NotFound
    return business


def lock_codes(session: Session, business: Business) -> None:
    """Codes are counted one after the other; SQLite's writers are alone already."""
    session.execute(sa.select(Business.id).where(Business.id == business.id).with_for_update())


def touch(
    session: Session,
    subject: RequirementGroup | StandardRequirement,
    version: int | None = None,
    theirs: dict[str, object] | None = None,
) -> None:
    """Lock a row as it stands now and count its version up with the next flush.

    What belongs to a row but lies in other tables (its lines, its decision) changes it too.
    """
    session.refresh(subject, with_for_update=True)
    if version is not None:
        check_version(subject.version, version, theirs)
    flag_modified(subject, "code")


def filled(field: str, text: str) -> str:
    """The text without blanks around it. Raises Invalid for `field` when nothing is left."""
    text = text.strip()
    if not text:
        raise Invalid("保存していません。", {field: ["入力してください。"]})
    return text


def allowed_goal(
    session: Session, actor: Actor, goal_id: int | None, *, kept: int | None = None
) -> int | None:
    """The goal, if it may be taken; one that was closed later may be kept."""
    if goal_id is None or goal_id == kept:
        return goal_id
    goal = session.get(Goal, goal_id)
    if goal is None or goal.region_id != actor.region_id:
        raise NotFound
    if goal.closed:
        raise Invalid(
            "保存していません。",
            {"goal": [f"{goal.code} は閉じた目標です。ほかの目標を選んでください。"]},
        )
    return goal_id
