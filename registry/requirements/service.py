"""What a town does with its requirements: write them, hang them under goals, take drafts away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, audit
from registry.access import Actor, Permission
from registry.db import check_version, now
from registry.errors import Conflict, Invalid, NotFound
from registry.goals import queries as goals
from registry.municipalities.models import Municipality
from registry.processes.models import Business
from registry.requirements import storage, values
from registry.requirements.models import (
    ImportState,
    Requirement,
    RequirementList,
    RequirementState,
)
from registry.requirements.storage import Stored
from registry.requirements.values import LABELS, Values

HAND_KEPT: Final = "画面で入力した要件"
NOT_SAVED: Final = "まだ保存していません。"
_NAMED: Final = 5  # how many lines a refusal names before it only counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """One line to store: a new one, or the next wording of `requirement_id`.

    `version` is the row version the editor had before them; None skips the check (an import that
    carries no version). A new line goes to `position`, by default to the end.
    """

    values: Values
    requirement_id: int | None = None
    version: int | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a `Save`; `before` is the line as it stood, None for a new one."""

    requirement_id: int
    version_id: int
    row_version: int
    before: Stored | None = None

    @property
    def changed(self) -> bool:
        return self.before is None or self.before.draft_id != self.version_id


def create_list(
    session: Session, actor: Actor, *, municipality_id: int, business_id: int, name: str
) -> RequirementList:
    """A list kept by hand. Raises Invalid for an empty name."""
    require_own(session, actor, Permission.WRITE_REQUIREMENTS, municipality_id, business_id)
    if not name.strip():
        raise Invalid("一覧を作っていません。", {"name": ["一覧の名前を入力してください。"]})
    made = RequirementList(
        municipality_id=municipality_id,
        business_id=business_id,
        name=name.strip(),
        state=ImportState.STORED,
        account_id=actor.account_id,
        created_at=now(),
    )
    session.add(made)
    session.flush()  # the audit names its id
    audit.record(
        session,
        actor,
        "requirements.create_list",
        f"requirement_list:{made.id}",
        after={"name": made.name, "business_id": business_id},
    )
    return made


def hand_kept_list(
    session: Session, actor: Actor, *, municipality_id: int, business_id: int
) -> RequirementList:
    """The list for lines typed on the screen, made with the first of them."""
    found = session.scalar(
        sa.select(RequirementList)
        .where(
            RequirementList.municipality_id == municipality_id,
            RequirementList.business_id == business_id,
            RequirementList.source_name.is_(None),
            RequirementList.name == HAND_KEPT,
        )
        .order_by(RequirementList.id)
        .limit(1)
    )
    return found or create_list(
        session,
        actor,
        municipality_id=municipality_id,
        business_id=business_id,
        name=HAND_KEPT,
    )


def save_new(
    session: Session,
    actor: Actor,
    *,
    requirement_list: RequirementList,
    values: Values,
    position: int | None = None,
) -> Requirement:
    """Raises Invalid, NotFound for a goal of another region."""
    (saved,) = save_many(
        session,
        actor,
        requirement_list=requirement_list,
        lines=[Save(values=values, position=position)],
    )
    return session.get_one(Requirement, saved.requirement_id)


def save_edit(
    session: Session, actor: Actor, requirement: Requirement, *, version: int, values: Values
) -> None:
    """The next wording of a line. What was submitted stays visible to others until the new
    wording is submitted too; saving the same wording again makes no version.

    Raises Invalid, Conflict for a stale version.
    """
    save_many(
        session,
        actor,
        requirement_list=session.get_one(RequirementList, requirement.list_id),
        lines=[Save(values=values, requirement_id=requirement.id, version=version)],
    )


def save_many(
    session: Session,
    actor: Actor,
    *,
    requirement_list: RequirementList,
    lines: Sequence[Save],
    imported: bool = False,
) -> list[Saved]:
    """Store lines of one town's business, all or none, in the order given.

    With `imported` the versions name the list as their source and the caller records the audit;
    otherwise every line is recorded by itself. Errors name a field as "INDEX.field".

    Raises Invalid, NotFound for a line of another town or business, Conflict for a stale version.
    """
    owner = requirement_list.municipality_id, requirement_list.business_id
    needed = Permission.IMPORT_REQUIREMENTS if imported else Permission.WRITE_REQUIREMENTS
    require_own(session, actor, needed, *owner)
    session.flush()  # plain statements follow, they do not flush by themselves
    stored = storage.stored_lines(
        session,
        municipality_id=owner[0],
        business_id=owner[1],
        ids={line.requirement_id for line in lines if line.requirement_id is not None},
        lock=True,
    )
    _check(session, actor, lines, stored)
    saved = _store(session, actor, requirement_list, lines, stored, imported=imported)
    if not imported:
        _record_saves(session, actor, lines, saved)
    return saved


def _check(
    session: Session, actor: Actor, lines: Sequence[Save], stored: Mapping[int, Stored]
) -> None:
    codes = {goal.id: goal.closed for goal in goals.all_goals(session, actor)}
    faults: dict[str, list[str]] = {}
    ids = [line.requirement_id for line in lines if line.requirement_id is not None]
    if len(ids) != len(set(ids)):
        raise Invalid(f"同じ要件が二度送られました。{NOT_SAVED}画面を開き直してください。")
    for index, line in enumerate(lines):
        before = None
        if line.requirement_id is not None:
            before = stored.get(line.requirement_id)
            if before is None:
                raise NotFound("この要件は見つかりませんでした。削除されたか、別の業務の要件です。")
            if line.version is not None:
                check_version(before.row_version, line.version, theirs(before))
        found = values.problems(line.values) | goal_problems(codes, line.values, before)
        faults |= {f"{index}.{name}": texts for name, texts in found.items()}
    if faults:
        raise Invalid(f"{NOT_SAVED}入力内容を確かめてください。", faults)


def goal_problems(
    goals_closed: Mapping[int, bool], new: Values, before: Stored | None
) -> dict[str, list[str]]:
    """A line may keep a goal that was closed meanwhile, but none may newly point to it."""
    if new.goal_id is None or (before is not None and before.values.goal_id == new.goal_id):
        return {}
    if new.goal_id not in goals_closed:
        return {"goal_id": ["この目標は目標ツリーにありません。"]}
    if goals_closed[new.goal_id]:
        return {"goal_id": ["この目標は終了しています。ほかの目標を選んでください。"]}
    return {}


def theirs(before: Stored) -> dict[str, object]:
    """The stored wording for the person whose own came too late."""
    shown = {name: getattr(before.values, name) for name in LABELS if name != "goal_id"}
    return {"version": before.row_version, **shown}


def _store(
    session: Session,
    actor: Actor,
    requirement_list: RequirementList,
    lines: Sequence[Save],
    stored: Mapping[int, Stored],
    *,
    imported: bool,
) -> list[Saved]:
    origin = storage.origin(requirement_list.id if imported else None, actor.account_id, now())
    owner = {
        "municipality_id": requirement_list.municipality_id,
        "business_id": requirement_list.business_id,
        "list_id": requirement_list.id,
    }
    fresh = [line for line in lines if line.requirement_id is None]
    end = storage.last_position(
        session, municipality_id=owner["municipality_id"], business_id=owner["business_id"]
    )
    placed = []
    for line in fresh:
        end += line.position is None
        placed.append((line.values, end if line.position is None else line.position))
    made = iter(storage.insert_lines(session, placed, owner=owner, origin=origin))
    edits = [
        (before, line.values)
        for line in lines
        if line.requirement_id is not None
        and (before := stored[line.requirement_id]).values != line.values
    ]
    new_ids = storage.insert_versions(
        session,
        [(before.id, before.number + 1, new) for before, new in edits],
        origin=origin,
    )
    drafts = {before.id: new_id for (before, _), new_id in zip(edits, new_ids, strict=True)}
    storage.point(
        session,
        [
            {"id": row_id, "draft_version_id": new_id, "state": RequirementState.DRAFT}
            for row_id, new_id in drafts.items()
        ],
    )
    saved = []
    for line in lines:
        if line.requirement_id is None:
            saved.append(Saved(*next(made), row_version=1))
            continue
        before = stored[line.requirement_id]
        changed = before.id in drafts
        saved.append(
            Saved(
                before.id,
                drafts.get(before.id, before.draft_id),
                before.row_version + changed,
                before,
            )
        )
    return saved


def _record_saves(
    session: Session, actor: Actor, lines: Sequence[Save], saved: Sequence[Saved]
) -> None:
    for line, one in zip(lines, saved, strict=True):
        if not one.changed:
            continue
        old = one.before.values if one.before else Values(text="")
        changed = values.changes(old, line.values)
        audit.record(
            session,
            actor,
            "requirements.edit" if one.before else "requirements.create",
            f"requirement:{one.requirement_id}",
            before={change.field: change.old for change in changed} if one.before else None,
            after={change.field: change.new for change in changed}
            | {"requirement_version_id": one.version_id},
        )


def delete(session: Session, actor: Actor, requirement: Requirement, *, version: int) -> None:
    """Take a draft away. Raises Conflict for a stale version or a submitted line."""
    delete_many(
        session,
        actor,
        municipality_id=requirement.municipality_id,
        business_id=requirement.business_id,
        items=[(requirement.id, version)],
    )


def delete_many(
    session: Session,
    actor: Actor,
    *,
    municipality_id: int,
    business_id: int,
    items: Sequence[tuple[int, int | None]],
) -> int:
    """Take drafts away, all or none; `items` are (requirement id, row version or None).

    A line that others see is never taken away: their comparison and alignments rest on it.
    Raises NotFound, Conflict.
    """
    require_own(session, actor, Permission.WRITE_REQUIREMENTS, municipality_id, business_id)
    found = chosen(session, municipality_id, business_id, [one for one, _ in items])
    for row_id, version in items:
        if version is not None:
            check_version(found[row_id].row_version, version, theirs(found[row_id]))
    kept = [one for one in found.values() if one.submitted_id or one.confirmed_id]
    if kept:
        raise Conflict(
            f"提出した要件は削除できません（{_named(kept)}）。ほかの団体の比較や対応付けで使われています。"
            "何も削除していません。なくすときは、団体承認者に、確定の前なら差し戻し、確定のあとなら取り下げてもらい、"
            "そのあとで削除してください。"
        )
    storage.point_all(session, list(found), deleted_at=now())
    for one in found.values():
        audit.record(
            session,
            actor,
            "requirements.delete",
            f"requirement:{one.id}",
            before={"label": one.values.label, "text": one.values.text},
        )
    return len(found)


def set_goal(
    session: Session,
    actor: Actor,
    *,
    municipality_id: int,
    business_id: int,
    requirement_ids: Sequence[int],
    goal_id: int | None,
) -> int:
    """Hang lines under one goal; the number of lines that changed. Raises NotFound, Invalid."""
    require_own(session, actor, Permission.WRITE_REQUIREMENTS, municipality_id, business_id)
    found = chosen(session, municipality_id, business_id, requirement_ids)
    some = next(iter(found.values()))
    saved = save_many(
        session,
        actor,
        requirement_list=session.get_one(RequirementList, some.list_id),
        lines=[
            Save(
                values=replace(one.values, goal_id=goal_id),
                requirement_id=one.id,
            )
            for one in found.values()
        ],
    )
    return sum(one.changed for one in saved)


def record_export(
    session: Session, actor: Actor, *, municipality_id: int, business_id: int, count: int
) -> None:
    """Note that a town's lines were taken out as a file."""
    access.require(actor, Permission.READ_CONTENT)
    audit.record(
        session,
        actor,
        "requirements.export",
        f"business:{business_id}",
        after={"municipality_id": municipality_id, "lines": count},
    )


def chosen(
    session: Session, municipality_id: int, business_id: int, ids: Collection[int]
) -> dict[int, Stored]:
    """Exactly these lines of the business, locked. Raises Invalid for none, NotFound."""
    if not ids:
        raise Invalid("要件が選ばれていません。左端の欄で選んでください。何も変更していません。")
    found = storage.stored_lines(
        session, municipality_id=municipality_id, business_id=business_id, ids=set(ids), lock=True
    )
    if not found.keys() >= set(ids):
        raise NotFound("選ばれた要件のうち、見つからないものがあります。何も変更していません。")
    return {one: found[one] for one in dict.fromkeys(ids)}


def require_own(
    session: Session, actor: Actor, permission: Permission, municipality_id: int, business_id: int
) -> None:
    """The act is the town's own, in a business of its region. Raises NotFound, Forbidden."""
    town = session.get(Municipality, municipality_id)
    business = session.get(Business, business_id)
    if town is None or business is None or business.region_id != town.region_id:
        raise NotFound
    access.require(actor, permission, region_id=town.region_id, municipality_id=town.id)


def _named(lines: Sequence[Stored]) -> str:
    names = [f"「{one.values.label or one.values.text[:20]}」" for one in lines[:_NAMED]]
    rest = len(lines) - _NAMED
    return "、".join(names) + (f"ほか{rest}件" if rest > 0 else "")
