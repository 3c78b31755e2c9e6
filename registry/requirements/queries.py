"""Reading requirements: the town's own table, what others may see, what waits for approval.

Two wordings of a line are never mixed up: the town works on the draft version, everybody else
reads the submitted one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, defer

from registry.access import Actor, Permission, Role
from registry.accounts.models import Account
from registry.errors import NotFound
from registry.goals.models import Goal
from registry.municipalities.models import Municipality
from registry.paging import Page
from registry.processes import queries as processes
from registry.processes.models import Business, BusinessProcess
from registry.requirements import submissions
from registry.requirements.models import (
    Body,
    Obligation,
    Requirement,
    RequirementKind,
    RequirementList,
    RequirementState,
    RequirementVersion,
)
from registry.requirements.submissions import Submitted
from registry.requirements.values import COLUMNS, Values
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
class SubmittedLine:
    """A line as other towns, the matrix and the alignments see it."""

    requirement_id: int
    municipality_id: int
    municipality_code: str
    version_id: int
    body_id: int
    section: str
    label: str
    text: str
    obligation: Obligation | None
    kind: RequirementKind
    goal_id: int | None
    state: RequirementState


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


@dataclass(frozen=True, slots=True)
class Counts:
    """Lines by state, as the town itself counts them; `submitted` are those others can see."""

    total: int = 0
    draft: int = 0
    returned: int = 0
    waiting: int = 0
    confirmed: int = 0
    submitted: int = 0


@dataclass(frozen=True, slots=True)
class TownCounts:
    """What may be known of a town's lines by others: numbers, and that a draft exists."""

    municipality_id: int
    code: str
    name: str
    submitted: int
    confirmed: int
    has_draft: bool
    hides_detail: bool
    readable: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A submitted version that its town's approver has not judged yet."""

    requirement_id: int
    version_id: int
    section: str
    label: str
    text: str
    obligation: Obligation | None
    note: str
    confirmed_text: str | None
    confirmed_obligation: Obligation | None
    submitted_by: str
    own: bool
    business_slug: str
    business_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One version with its place in the line's life; who submitted it is the town's own matter."""

    version: RequirementVersion
    saved_by: str
    goal: str
    source: str
    is_draft: bool
    is_submitted: bool
    is_confirmed: bool
    submissions: Sequence[Submitted] = ()


def sees_all_detail(actor: Actor) -> bool:
    """The coordinator reads every submitted line; a town's hiding is meant for its neighbours."""
    return actor.terminal or actor.role is Role.COORDINATOR


def readable(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the submitted wording of a `requirement` row may be shown to this person."""
    if not actor.may(Permission.READ_CONTENT):
        return sa.false()
    seen = sa.and_(
        Requirement.submitted_version_id.is_not(None),
        Requirement.deleted_at.is_(None),
        Requirement.municipality_id.in_(
            sa.select(Municipality.id).where(Municipality.region_id == actor.region_id)
        ),
    )
    if sees_all_detail(actor):
        return seen
    hidden = sa.exists().where(
        BusinessProcess.municipality_id == Requirement.municipality_id,
        BusinessProcess.business_id == Requirement.business_id,
        BusinessProcess.hides_detail,
    )
    return sa.and_(seen, sa.or_(Requirement.municipality_id == actor.municipality_id, ~hidden))


def submitted_lines(session: Session, actor: Actor, business_id: int) -> list[SubmittedLine]:
    """All submitted lines of a business this person may read, by town code and list order.

    Lines of towns that hide their detail are left out for other towns, texts and ids alike;
    `processes.queries.hidden_towns` names those towns and `town_counts` counts their lines.
    """
    version = RequirementVersion
    rows = session.execute(
        sa.select(
            Requirement.id,
            Requirement.municipality_id,
            Municipality.code,
            version.id,
            version.body_id,
            version.section,
            version.label,
            version.text,
            version.obligation,
            version.kind,
            version.goal_id,
            _state(own=False),
        )
        .join(version, version.id == Requirement.submitted_version_id)
        .join(Municipality, Municipality.id == Requirement.municipality_id)
        .where(Requirement.business_id == business_id, readable(actor))
        .order_by(Municipality.code, Requirement.position, Requirement.id)
    )
    return [SubmittedLine(*[*list(row)[:-1], RequirementState(row[-1])]) for row in rows]


def _state(*, own: bool) -> sa.ColumnElement[Any]:
    """The draft's state for its town; for others only what became of the submitted version."""
    if own:
        return cast(sa.ColumnElement[Any], Requirement.__table__.c.state)
    return sa.case(
        (
            Requirement.confirmed_version_id == Requirement.submitted_version_id,
            RequirementState.CONFIRMED.value,
        ),
        else_=RequirementState.SUBMITTED.value,
    )


def municipality(session: Session, actor: Actor, code: str) -> Municipality:
    """A town of the actor's region. Raises NotFound."""
    found = session.scalar(
        sa.select(Municipality).where(
            Municipality.region_id == actor.region_id, Municipality.code == code
        )
    )
    if found is None:
        raise NotFound(f"団体コード {code} の団体は見つかりませんでした。")
    return found


def may_read(session: Session, actor: Actor, municipality_id: int, business_id: int) -> bool:
    """Whether the submitted lines of this town's business are open to the person."""
    if not actor.may(Permission.READ_CONTENT):
        return False
    if sees_all_detail(actor) or municipality_id == actor.municipality_id:
        return True
    return municipality_id not in processes.hidden_towns(session, business_id)


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
            _state(own=own),
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
        return query.where(_in_region(actor))
    return query.where(readable(actor))


def _in_region(actor: Actor) -> sa.ColumnElement[bool]:
    if not (actor.may(Permission.READ_CONTENT)):
        return sa.false()
    return Requirement.municipality_id.in_(
        sa.select(Municipality.id).where(Municipality.region_id == actor.region_id)
    )


def _line(row: sa.Row[Any]) -> Line:
    cells = list(row)
    cells[13] = RequirementState(cells[13])
    return Line(*cells)


def _narrow(query: Rows, narrowed: Filter, *, own: bool) -> Rows:
    version = RequirementVersion
    if narrowed.state is not None:
        query = query.where(_state(own=own) == narrowed.state.value)
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
        "state": _rank(_state(own=own), RequirementState.values()),
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


def own_counts(session: Session, actor: Actor) -> dict[int, Counts]:
    """Business id → counts of the actor's own town; businesses without lines are left out."""
    if actor.municipality_id is None or not actor.may(Permission.READ_CONTENT):
        return {}
    state = Requirement.state
    rows = session.execute(
        sa.select(
            Requirement.business_id,
            sa.func.count(),
            _count(state == RequirementState.DRAFT),
            _count(state == RequirementState.RETURNED),
            _count(_is_waiting()),
            _count(state == RequirementState.CONFIRMED),
            _count(Requirement.submitted_version_id.is_not(None)),
        )
        .where(
            Requirement.municipality_id == actor.municipality_id, Requirement.deleted_at.is_(None)
        )
        .group_by(Requirement.business_id)
        .order_by(Requirement.business_id)
    )
    return {row[0]: Counts(*list(row)[1:]) for row in rows}


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _is_waiting() -> sa.ColumnElement[bool]:
    """Submitted and not judged: no confirmed version, or an older one."""
    return sa.and_(
        Requirement.submitted_version_id.is_not(None),
        sa.or_(
            Requirement.confirmed_version_id.is_(None),
            Requirement.confirmed_version_id != Requirement.submitted_version_id,
        ),
    )


def town_counts(session: Session, actor: Actor, business_id: int) -> list[TownCounts]:
    """Every town of the region with what others may know of its lines, by code."""
    if not actor.may(Permission.READ_CONTENT):
        return []
    unsubmitted = sa.or_(
        Requirement.submitted_version_id.is_(None),
        Requirement.draft_version_id != Requirement.submitted_version_id,
    )
    confirmed = sa.and_(
        Requirement.submitted_version_id.is_not(None),
        Requirement.confirmed_version_id == Requirement.submitted_version_id,
    )
    rows = session.execute(
        sa.select(
            Municipality.id,
            Municipality.code,
            Municipality.name,
            _count(Requirement.submitted_version_id.is_not(None)),
            _count(confirmed),
            _count(sa.and_(Requirement.id.is_not(None), unsubmitted)),
        )
        .outerjoin(
            Requirement,
            sa.and_(
                Requirement.municipality_id == Municipality.id,
                Requirement.business_id == business_id,
                Requirement.deleted_at.is_(None),
            ),
        )
        .where(Municipality.region_id == actor.region_id)
        .group_by(Municipality.id, Municipality.code, Municipality.name)
        .order_by(Municipality.code)
    ).all()
    hidden = processes.hidden_towns(session, business_id)
    return [
        TownCounts(
            row[0],
            row[1],
            row[2],
            int(row[3]),
            int(row[4]),
            bool(row[5]),
            hides_detail=row[0] in hidden,
            readable=(
                row[0] == actor.municipality_id or sees_all_detail(actor) or row[0] not in hidden
            ),
        )
        for row in rows
    ]


def towns_submitted(session: Session, actor: Actor) -> dict[int, tuple[int, int]]:
    """Business id → (towns with submitted lines, submitted lines) in the actor's region."""
    if not actor.may(Permission.READ_CONTENT):
        return {}
    rows = session.execute(
        sa.select(
            Requirement.business_id,
            sa.func.count(sa.distinct(Requirement.municipality_id)),
            sa.func.count(),
        )
        .join(Business, Business.id == Requirement.business_id)
        .where(
            Business.region_id == actor.region_id,
            Requirement.submitted_version_id.is_not(None),
            Requirement.deleted_at.is_(None),
        )
        .group_by(Requirement.business_id)
        .order_by(Requirement.business_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def get_own(session: Session, actor: Actor, business_id: int, requirement_id: int) -> Requirement:
    """A line of the actor's own town in this business, to work on. Raises NotFound."""
    found = session.scalar(
        sa.select(Requirement).where(
            Requirement.id == requirement_id,
            Requirement.business_id == business_id,
            Requirement.municipality_id == actor.municipality_id,
            Requirement.deleted_at.is_(None),
        )
    )
    if found is None:
        raise NotFound("この要件は見つかりませんでした。削除されたか、ほかの団体の要件です。")
    return found


def get_readable(
    session: Session, actor: Actor, business_id: int, requirement_id: int
) -> tuple[Requirement, Municipality]:
    """A line of the own town, or another town's submitted one. Raises NotFound."""
    own = sa.and_(
        Requirement.municipality_id == actor.municipality_id,
        Requirement.deleted_at.is_(None),
        _in_region(actor),
    )
    row = session.execute(
        sa.select(Requirement, Municipality)
        .join(Municipality, Municipality.id == Requirement.municipality_id)
        .where(
            Requirement.id == requirement_id,
            Requirement.business_id == business_id,
            sa.or_(own, readable(actor)),
        )
    ).first()
    if row is None:
        raise NotFound("この要件は見つかりませんでした。")
    return row[0], row[1]


def history(session: Session, actor: Actor, requirement: Requirement) -> list[HistoryEntry]:
    """The versions of a line, newest first; other towns get the submitted one alone."""
    version = RequirementVersion
    query = (
        sa.select(
            version,
            sa.func.coalesce(Account.name, "管理者(端末)"),
            sa.func.coalesce(Goal.code, ""),
            sa.func.coalesce(RequirementList.source_name, RequirementList.name, ""),
        )
        .outerjoin(Account, Account.id == version.account_id)
        .outerjoin(Goal, Goal.id == version.goal_id)
        .outerjoin(RequirementList, RequirementList.id == version.list_id)
        .where(version.requirement_id == requirement.id)
        .order_by(version.number.desc())
    )
    own = requirement.municipality_id == actor.municipality_id or actor.terminal
    if not own:
        query = query.where(version.id == requirement.submitted_version_id)
    submitted = submissions.of_requirement(session, requirement.id) if own else {}
    return [
        HistoryEntry(
            version=one,
            saved_by=saved_by if own else "",
            goal=goal,
            source=source if own else "",
            is_draft=own and one.id == requirement.draft_version_id,
            is_submitted=one.id == requirement.submitted_version_id,
            is_confirmed=one.id == requirement.confirmed_version_id,
            submissions=submitted.get(one.id, []),
        )
        for one, saved_by, goal, source in session.execute(query)
    ]


def agreed_changes(
    session: Session, actor: Actor, *, municipality_id: int, business_id: int
) -> dict[int, tuple[Values, Values]]:
    """Requirement id → (confirmed, draft) wording of the own town's lines where the two are
    different versions. Other towns' lines are left out."""
    confirmed, draft = aliased(RequirementVersion), aliased(RequirementVersion)
    rows = session.execute(
        sa.select(
            Requirement.id,
            *(getattr(confirmed, name) for name in COLUMNS),
            *(getattr(draft, name) for name in COLUMNS),
        )
        .join(confirmed, confirmed.id == Requirement.confirmed_version_id)
        .join(draft, draft.id == Requirement.draft_version_id)
        .where(
            Requirement.municipality_id == municipality_id,
            Requirement.municipality_id == actor.municipality_id,
            Requirement.business_id == business_id,
            Requirement.deleted_at.is_(None),
            Requirement.draft_version_id != Requirement.confirmed_version_id,
            _in_region(actor),
        )
        .order_by(Requirement.position, Requirement.id)
    )
    found = {}
    for row in rows:
        cells: list[Any] = list(row)
        old, new = cells[1 : len(COLUMNS) + 1], cells[len(COLUMNS) + 1 :]
        found[cells[0]] = (
            Values(**dict(zip(COLUMNS, old, strict=True))),
            Values(**dict(zip(COLUMNS, new, strict=True))),
        )
    return found


def waiting(
    session: Session,
    actor: Actor,
    *,
    business_id: int | None = None,
    page: int = 1,
    page_size: int = 100,
) -> Page[Waiting]:
    """What the approver's own town has submitted and nobody has judged yet."""
    submitted, confirmed = RequirementVersion, aliased(RequirementVersion)
    query = (
        sa.select(
            Requirement.id,
            submitted.id,
            submitted.section,
            submitted.label,
            submitted.text,
            submitted.obligation,
            submitted.note,
            confirmed.text,
            confirmed.obligation,
            sa.func.coalesce(Account.name, "管理者(端末)"),
            sa.func.coalesce(Requirement.submitted_by == actor.account_id, sa.false()),
            Business.slug,
            Business.name,
            submissions.newest_reason(submitted.id),
        )
        .join(submitted, submitted.id == Requirement.submitted_version_id)
        .outerjoin(confirmed, confirmed.id == Requirement.confirmed_version_id)
        .outerjoin(Account, Account.id == Requirement.submitted_by)
        .join(Business, Business.id == Requirement.business_id)
        .where(
            Requirement.municipality_id == actor.municipality_id,
            Business.region_id == actor.region_id,
            Requirement.deleted_at.is_(None),
            _is_waiting(),
        )
        .order_by(Business.number, Requirement.position, Requirement.id)
    )
    if business_id is not None:
        query = query.where(Requirement.business_id == business_id)
    total = session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery()))
    rows = session.execute(query.limit(page_size).offset((page - 1) * page_size))
    return Page([Waiting(*list(row)) for row in rows], page, page_size, total or 0)


def lists(session: Session, actor: Actor, *, business_id: int) -> list[tuple[RequirementList, str]]:
    """The imports of the own town for a business with who made them, newest first."""
    rows = session.execute(
        sa.select(RequirementList, sa.func.coalesce(Account.name, "管理者(端末)"))
        .outerjoin(Account, Account.id == RequirementList.account_id)
        .where(
            RequirementList.municipality_id == actor.municipality_id,
            RequirementList.business_id == business_id,
            RequirementList.source_name.is_not(None),
        )
        .options(
            defer(RequirementList.table),  # a file of ten thousand rows is not for a list
            defer(RequirementList.outcome),
        )
        .order_by(RequirementList.created_at.desc(), RequirementList.id.desc())
        .limit(100)
    )
    return [(row[0], row[1]) for row in rows]


def get_list(session: Session, actor: Actor, business_id: int, list_id: int) -> RequirementList:
    """An import of the own town. Raises NotFound."""
    found = session.scalar(
        sa.select(RequirementList).where(
            RequirementList.id == list_id,
            RequirementList.business_id == business_id,
            RequirementList.municipality_id == actor.municipality_id,
            RequirementList.source_name.is_not(None),
        )
    )
    if found is None:
        raise NotFound("この取込は見つかりませんでした。")
    return found
