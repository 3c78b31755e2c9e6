"""The lines of a town's table, narrowed, sorted and paged as a person asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.accounts.models import Account
from registry.goals.models import Goal
from registry.paging import Page
from registry.requirements.models import (
    Body,
    Obligation,
    Requirement,
    RequirementKind,
    RequirementState,
    RequirementVersion,
)
from registry.requirements.queries import in_region, readable, state_seen
from registry.text.normalise import search_key

Rows = sa.Select[*tuple[Any, ...]]

SORTS: Final[Mapping[str, str]] = {
    "position": "一覧の順",
    "label": "番号",
    "section": "分類",
    "text": "要件",
    "obligation": "実装区分",
    "kind": "種別",
    "goal": "目標",
    "state": "状態",
    "saved": "保存した日時",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a town's table. `version` is the row's, for the next save; `wording` numbers what
    it says, whatever was submitted, confirmed or taken back since."""

    id: int
    version: int
    section: str
    label: str
    text: str
    mark: str
    obligation: Obligation | None
    kind: RequirementKind
    goal: str
    goal_closed: bool
    step: str
    note: str
    external_id: str
    state: RequirementState
    return_reason: str
    is_submitted: bool
    saved_at: datetime
    saved_by: str
    wording: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a table is narrowed to; empty values do not narrow. `goal` is a code, "-" means none."""

    state: RequirementState | None = None
    section: str = ""
    goal: str = ""
    q: str = ""
    sort: str = "position"
    descending: bool = False


def lines(
    session: Session,
    actor: Actor,
    *,
    municipality_id: int,
    business_id: int,
    narrowed: Filter,
    page: int = 1,
    page_size: int | None = None,
) -> Page[Line]:
    """One page of a town's table, the whole of it without a page size.

    The own town reads its drafts, others the submitted wording of what they may read.
    """
    own = municipality_id == actor.municipality_id or actor.terminal
    query = _narrow(_lines(actor, municipality_id, business_id, own=own), narrowed, own=own)
    keys = session.execute(
        query.with_only_columns(Requirement.id, RequirementVersion.label).order_by(
            *_order(narrowed, own=own)
        )
    ).all()
    ids = [row.id for row in keys]
    if narrowed.sort == "label":
        # Numbers inside a label count as numbers: 1-2 before 1-10.
        ids = [row.id for row in sorted(keys, key=lambda row: natural(row.label))]
        if narrowed.descending:
            ids.reverse()
    size = page_size or max(len(ids), 1)
    chosen = ids[(page - 1) * size : page * size]
    rows = session.execute(
        query.where(Requirement.id.in_(chosen)).order_by(Requirement.id)
        if page_size
        else query.order_by(Requirement.id)
    )
    found = {row[0]: _line(row) for row in rows}
    return Page([found[one] for one in chosen if one in found], page, size, len(ids))


def natural(text: str) -> list[tuple[int, int, str]]:
    """A sort key that reads the digits in a text as numbers."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in re.split(r"(\d+)", search_key(text))
        if part
    ]


def _lines(actor: Actor, municipality_id: int, business_id: int, *, own: bool) -> Rows:
    version = RequirementVersion
    shown = Requirement.draft_version_id if own else Requirement.submitted_version_id
    query: Rows = (
        sa.select(
            Requirement.id,
            Requirement.version,
            version.section,
            version.label,
            version.text,
            version.mark,
            version.obligation,
            version.kind,
            sa.func.coalesce(Goal.code, ""),
            sa.func.coalesce(Goal.closed, sa.false()),
            version.step,
            version.note,
            version.external_id,
            state_seen(own=own),
            Requirement.return_reason if own else sa.literal(""),
            Requirement.submitted_version_id.is_not(None),
            version.created_at,
            sa.func.coalesce(Account.name, "管理者(端末)") if own else sa.literal(""),
            version.number,
        )
        .select_from(Requirement)
        .join(version, version.id == shown)
        .join(Body, Body.id == version.body_id)
        .outerjoin(Goal, Goal.id == version.goal_id)
        .outerjoin(Account, Account.id == version.account_id)
        .where(
            Requirement.municipality_id == municipality_id,
            Requirement.business_id == business_id,
            Requirement.deleted_at.is_(None),
        )
    )
    if own:
        return query.where(in_region(actor))
    return query.where(readable(actor))


def _line(row: sa.Row[Any]) -> Line:
    cells = list(row)
    cells[13] = RequirementState(cells[13])
    return Line(*cells)


def _narrow(query: Rows, narrowed: Filter, *, own: bool) -> Rows:
    version = RequirementVersion
    if narrowed.state is not None:
        query = query.where(state_seen(own=own) == narrowed.state.value)
    if narrowed.section:
        query = query.where(version.section == narrowed.section)
    if narrowed.goal == "-":
        query = query.where(version.goal_id.is_(None))
    elif narrowed.goal:
        query = query.where(Goal.code == narrowed.goal)
    for word in narrowed.q.split():
        query = query.where(_holds(word))
    return query


def _holds(word: str) -> sa.ColumnElement[bool]:
    """As typed in any field, or in the text whatever its width and case (from one character on)."""
    version = RequirementVersion
    fields = (version.text, version.section, version.label, version.note, version.external_id)
    found = [field.icontains(word, autoescape=True) for field in fields]
    key = search_key(word)
    return sa.or_(*found, Body.text.contains(key, autoescape=True)) if key else sa.or_(*found)


def _order(narrowed: Filter, *, own: bool) -> list[Any]:
    version = RequirementVersion
    place = [Requirement.position, Requirement.id]
    if narrowed.sort in {"position", "label"} or narrowed.sort not in SORTS:
        down = narrowed.descending and narrowed.sort != "label"
        return [one.desc() for one in place] if down else place
    ranks: dict[str, Any] = {
        "obligation": _rank(version.obligation, Obligation.values()),
        "kind": _rank(version.kind, RequirementKind.values()),
        "state": _rank(state_seen(own=own), RequirementState.values()),
        "goal": sa.func.coalesce(Goal.code, "\U0010ffff"),
        "section": version.section,
        "text": version.text,
        "saved": version.created_at,
    }
    wanted = ranks[narrowed.sort]
    return [wanted.desc() if narrowed.descending else wanted.asc(), *place]


def _rank(column: Any, values: Sequence[str]) -> sa.ColumnElement[int]:
    """By the order of the vocabulary, not of its English words; an empty one last."""
    return sa.case(
        *((column == value, rank) for rank, value in enumerate(values)), else_=len(values)
    )


def sections(
    session: Session, actor: Actor, *, municipality_id: int, business_id: int
) -> list[str]:
    """The sections of a town's lines in the list's order, for the filter."""
    own = municipality_id == actor.municipality_id or actor.terminal
    query = _lines(actor, municipality_id, business_id, own=own)
    rows = session.execute(
        query.with_only_columns(RequirementVersion.section, sa.func.min(Requirement.position))
        .where(RequirementVersion.section != "")
        .group_by(RequirementVersion.section)
        .order_by(sa.func.min(Requirement.position), RequirementVersion.section)
    )
    return [row[0] for row in rows]
