"""Saving rows of the table: each for itself, or a pasted block whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.accounts.models import Account
from registry.errors import Invalid
from registry.goals import queries as goals
from registry.goals.models import Goal
from registry.requirements import service, storage
from registry.requirements.legend import Legend
from registry.requirements.models import RequirementKind, RequirementList, RequirementVersion
from registry.requirements.schemas import FIELDS, RequirementSchema
from registry.requirements.service import Save, Saved
from registry.requirements.storage import Stored
from registry.requirements.values import Values, problems, remark, row_id


@dataclass(frozen=True, slots=True)
class Row:
    """A row as sent: `id` is a number or new-N; existing rows may send changed fields only."""

    id: str
    version: int | None
    fields: Mapping[str, str]


@dataclass(slots=True)
class Answer:
    """What became of a row. With errors or a conflict it has not been stored."""

    id: str
    version: int | None
    errors: dict[str, list[str]] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    conflict: dict[str, Any] | None = None
    changed: bool = False

    @property
    def ok(self) -> bool:
        return not self.errors and self.conflict is None

    def to_data(self) -> dict[str, Any]:
        data: dict[str, Any] = {"id": self.id, "version": self.version, "errors": self.errors}
        if self.fields:
            data["fields"] = self.fields
        if self.conflict is not None:
            data["conflict"] = self.conflict
        return data


@dataclass(slots=True)
class _Desk:
    """What the rows are checked against."""

    goals: dict[str, Goal]
    codes: dict[int, str]
    closed: dict[int, bool]
    stored: dict[int, Stored]
    legends: dict[int, Legend]


def save_rows(
    session: Session,
    actor: Actor,
    *,
    municipality_id: int,
    business_id: int,
    rows: Sequence[Row],
    whole: bool,
) -> list[Answer]:
    """Store rows and answer for each in the order sent.

    With `whole` nothing is stored unless every row is good; the caller must then roll back
    nothing, since nothing was touched. Raises what the services raise for the rights.
    """
    desk = _desk(session, actor, municipality_id, business_id, rows)
    answers, saves = [], []
    for row in rows:
        answer, save = _check(desk, row)
        answers.append(answer)
        saves.append(save)
    _describe_conflicts(session, desk, answers)
    good = [index for index, answer in enumerate(answers) if answer.ok]
    if not good or (whole and len(good) < len(rows)):
        return answers
    chosen = [saves[index] for index in good]
    saved = _store(session, actor, municipality_id, business_id, desk, chosen)
    for index, one in zip(good, saved, strict=True):
        _settle(desk, answers[index], rows[index], saves[index], one)
    return answers


def to_fields(values: Values, codes: Mapping[int, str]) -> dict[str, str]:
    """Stored values as the table's cells hold them; the usual kind is an empty cell."""
    return {
        "section": values.section,
        "label": values.label,
        "text": values.text,
        "obligation": values.obligation.value if values.obligation else "",
        "kind": "" if values.kind is RequirementKind.FUNCTIONAL else values.kind.value,
        "goal": codes.get(values.goal_id, "") if values.goal_id else "",
        "step": values.step,
        "note": values.note,
    }


def with_fields(
    before: Values | None, data: Mapping[str, Any], goals_by_code: Mapping[str, Goal]
) -> Values:
    """Checked form data as values, over what the line held. Raises Invalid by field.

    Fields that were not sent stay as they are, to the letter: the table may not show their
    columns. The ID and the list's own mark are not typed on pages; they stay too.
    """
    sent: dict[str, Any] = {
        name: data[name]
        for name in ("section", "label", "text", "obligation", "step", "note")
        if name in data
    }
    if "kind" in data:
        sent["kind"] = data["kind"] or RequirementKind.FUNCTIONAL
    if "goal" in data:
        goal = goals_by_code.get(data["goal"].strip()) if data["goal"] else None
        if data["goal"] and goal is None:
            raise Invalid(
                service.NOT_SAVED,
                {"goal": ["この目標は目標ツリーにありません。目標IDを確かめてください。"]},
            )
        sent["goal_id"] = goal.id if goal else None
    return replace(before or Values(text=""), **sent)


def _desk(
    session: Session, actor: Actor, municipality_id: int, business_id: int, rows: Sequence[Row]
) -> _Desk:
    every = goals.all_goals(session, actor)
    stored = storage.stored_lines(
        session,
        municipality_id=municipality_id,
        business_id=business_id,
        ids={one for row in rows if (one := row_id(row.id)) is not None},
        lock=True,
    )
    return _Desk(
        goals={goal.code: goal for goal in every},
        codes={goal.id: goal.code for goal in every},
        closed={goal.id: goal.closed for goal in every},
        stored=stored,
        legends=legends(session, {one.list_id for one in stored.values()}),
    )


def legends(session: Session, list_ids: Iterable[int]) -> dict[int, Legend]:
    """The legends of these lists; a list kept by hand has none."""
    rows = session.execute(
        sa.select(RequirementList.id, RequirementList.legend)
        .where(RequirementList.id.in_(sorted(list_ids)), RequirementList.legend.is_not(None))
        .order_by(RequirementList.id)
    )
    return {row[0]: Legend.from_data(row[1]) for row in rows}


def _check(desk: _Desk, row: Row) -> tuple[Answer, Save]:
    answer = Answer(row.id, row.version)
    nothing = Save(values=Values(text=""))
    before = desk.stored.get(row_id(row.id) or 0)
    if before is None and not row.id.startswith("new-"):
        answer.errors["_row"] = ["この行は見つかりません。ほかの人が削除した可能性があります。"]
        return answer, nothing
    held = to_fields(before.values, desk.codes) if before else dict.fromkeys(FIELDS, "")
    try:
        data = RequirementSchema().load(
            dict(row.fields), partial=before is not None, unknown=ma.EXCLUDE
        )
        new = with_fields(before.values if before else None, data, desk.goals)
    except ma.ValidationError as error:
        messages = error.messages if isinstance(error.messages, dict) else {"_row": error.messages}
        answer.errors = {str(name): [str(one) for one in texts] for name, texts in messages.items()}
        return answer, nothing
    except Invalid as error:
        answer.errors = error.fields
        return answer, nothing
    if before:
        new = remark(new, desk.legends.get(before.list_id))
    found = problems(new) | service.goal_problems(desk.closed, new, before)
    answer.errors = {"goal" if name == "goal_id" else name: list(t) for name, t in found.items()}
    if before and new == before.values:
        # Nothing would be stored, so an older version does no harm.
        return answer, Save(values=new, requirement_id=before.id)
    if before and row.version != before.row_version:
        answer.conflict = {
            "version": before.row_version,
            "fields": held,
            "draft_id": before.draft_id,
        }
    return answer, Save(
        values=new, requirement_id=before.id if before else None, version=row.version
    )


def _describe_conflicts(session: Session, desk: _Desk, answers: Sequence[Answer]) -> None:
    """Say who saved the other wording, and when."""
    conflicts = {one.conflict.pop("draft_id"): one.conflict for one in answers if one.conflict}
    if not conflicts:
        return
    rows = session.execute(
        sa.select(RequirementVersion.id, Account.name, RequirementVersion.created_at)
        .outerjoin(Account, Account.id == RequirementVersion.account_id)
        .where(RequirementVersion.id.in_(conflicts))
        .order_by(RequirementVersion.id)
    )
    for draft_id, name, at in rows:
        conflicts[draft_id] |= {"who": name or "管理者(端末)", "at": _iso(at)}


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _store(
    session: Session,
    actor: Actor,
    municipality_id: int,
    business_id: int,
    desk: _Desk,
    saves: Sequence[Save],
) -> list[Saved]:
    owner = {"municipality_id": municipality_id, "business_id": business_id}
    if any(save.requirement_id is None for save in saves):
        on_list = service.hand_kept_list(session, actor, **owner)
    else:
        some = desk.stored[saves[0].requirement_id or 0]
        on_list = session.get_one(RequirementList, some.list_id)
    return service.save_many(session, actor, requirement_list=on_list, lines=saves)


def _settle(desk: _Desk, answer: Answer, row: Row, save: Save, saved: Saved) -> None:
    answer.id, answer.version = str(saved.requirement_id), saved.row_version
    answer.changed = saved.changed
    stored = to_fields(save.values, desk.codes)
    answer.fields = {
        name: stored[name]
        for name, sent in row.fields.items()
        if name in stored and stored[name] != sent
    }
