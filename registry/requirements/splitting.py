"""A line that holds several requirements becomes several lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.orm import Session

from registry import audit
from registry.access import Actor
from registry.errors import Invalid
from registry.goals.models import Goal
from registry.requirements import service
from registry.requirements.findings import unfilled
from registry.requirements.models import Requirement, RequirementVersion
from registry.requirements.service import Save, Saved
from registry.requirements.values import COLUMNS, MAX_LENGTH, Values

MOST: Final = 12
"""Lines that one line may become at once; nobody writes more into one."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the lines to be; `label` is its number in the town's list."""

    text: str
    label: str = ""


def proposed(texts: Sequence[str], label: str) -> list[Part]:
    """The parts with numbers to begin with: the line's own, then 12-2, 12-3."""
    return [
        Part(text, label if number == 1 or not label else f"{label}-{number}")
        for number, text in enumerate(texts, start=1)
    ]


def reason(label: str, text: str, count: int) -> str:
    """What stands in the note of every line of a split, and in the audit record."""
    named = f"要件番号{label}" if label else f"「{text[:30]}」"
    return f"分割: {named}を{count}件に分けた"


def split(
    session: Session, actor: Actor, requirement: Requirement, *, version: int, parts: Sequence[Part]
) -> list[Saved]:
    """The first part is the line's next wording, the others are new drafts right behind it.

    So the line keeps its history and what it is aligned with. The new ones take over section,
    obligation, kind, step, note and a goal that is still open. The notes of all say what was
    split, for those who read the history or confirm the change. The mark of a town's own list
    stays with the line that is in that list.

    Raises Forbidden, Invalid by "INDEX.field" of the parts, Conflict for a stale version.
    """
    before = session.get_one(RequirementVersion, requirement.draft_version_id)
    held = Values(**{name: getattr(before, name) for name in COLUMNS})
    _check(parts, held.text)
    why = reason(held.label, held.text, len(parts))
    held = replace(held, note=_noted(held.note, why))
    fresh = replace(held, external_id="", mark="", meaning=None, goal_id=_open_goal(session, held))
    first, *others = parts
    owner = {
        "municipality_id": requirement.municipality_id,
        "business_id": requirement.business_id,
    }
    on_list = service.hand_kept_list(session, actor, **owner)
    edited = replace(held, text=first.text, label=first.label)
    saved = service.save_many(
        session,
        actor,
        requirement_list=on_list,
        lines=[
            Save(values=edited, requirement_id=requirement.id, version=version),
            *(
                Save(
                    values=replace(fresh, text=part.text, label=part.label),
                    position=requirement.position,
                )
                for part in others
            ),
        ],
    )
    audit.record(
        session,
        actor,
        "requirements.split",
        f"requirement:{requirement.id}",
        before={"label": held.label, "text": held.text},
        after={"reason": why, "requirement_ids": [one.requirement_id for one in saved]},
    )
    return saved


def _check(parts: Sequence[Part], before: str) -> None:
    """What only a split can have wrong; everything else is checked when the lines are stored."""
    faults = {
        f"{index}.text": found
        for index, part in enumerate(parts)
        if (found := unfilled(part.text, before))
    }
    if len(parts) < 2:
        faults["1.text"] = ["分けたあとの要件を、二つ以上入力してください。"]
    if len(parts) > MOST:
        raise Invalid(f"一度に分けられるのは{MOST}件までです。まだ分けていません。")
    if faults:
        raise Invalid("まだ分けていません。入力内容を確かめてください。", faults)


def _open_goal(session: Session, held: Values) -> int | None:
    goal = session.get(Goal, held.goal_id) if held.goal_id else None
    return goal.id if goal is not None and not goal.closed else None


def _noted(note: str, why: str) -> str:
    """The note with the reason below it; a note too long for both gives way at its end."""
    room = MAX_LENGTH["note"] - len(why) - 1
    return f"{note[:room]}\n{why}" if note else why
