"""Requirement rows and versions in bulk: what a save of one line or of ten thousand comes down to.

Plain tables instead of objects, because ten thousand rows are stored while a job holds the write
lock. Nothing in here asks who may: that is `service`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.requirements.bodies import CHUNK, body_ids, chunks
from registry.requirements.models import Requirement, RequirementState, RequirementVersion
from registry.requirements.values import COLUMNS, Values

ROW: Final = cast(sa.Table, Requirement.__table__)
VERSION: Final = cast(sa.Table, RequirementVersion.__table__)

_POINTERS: Final = 11  # columns of the query before the values


@dataclass(frozen=True, slots=True)
class Stored:
    """One line as it stands: its pointers, its state and the wording the town works on.

    `row_version` is what edits are checked against, `number` the highest version number given,
    `wording` that of the wording itself: an import that was taken back leaves the two apart.
    """

    values: Values
    id: int
    list_id: int
    position: int
    row_version: int
    state: RequirementState
    draft_id: int
    submitted_id: int | None
    confirmed_id: int | None
    return_reason: str
    number: int
    wording: int


def stored_lines(
    session: Session,
    *,
    municipality_id: int,
    business_id: int,
    ids: Collection[int] | None = None,
    lock: bool = False,
) -> dict[int, Stored]:
    """The lines of a town's business by id, in the list's order, deleted ones left out.

    With `lock` nobody else can change them until the transaction ends.
    """
    if lock:
        _lock(session, municipality_id, business_id, ids)
    highest = (
        sa.select(sa.func.max(VERSION.c.number))
        .where(VERSION.c.requirement_id == ROW.c.id)
        .correlate(ROW)
        .scalar_subquery()
    )
    query = (
        sa.select(
            ROW.c.id,
            ROW.c.list_id,
            ROW.c.position,
            ROW.c.version,
            ROW.c.state,
            ROW.c.draft_version_id,
            ROW.c.submitted_version_id,
            ROW.c.confirmed_version_id,
            ROW.c.return_reason,
            highest,
            VERSION.c.number,
            *(VERSION.c[name] for name in COLUMNS),
        )
        .join(VERSION, VERSION.c.id == ROW.c.draft_version_id)
        .where(_of(municipality_id, business_id))
        .order_by(ROW.c.position, ROW.c.id)
    )
    found: dict[int, Stored] = {}
    for narrowed in _narrowed(query, ids):
        for row in session.execute(narrowed):
            cells: list[Any] = list(row)
            wording = dict(zip(COLUMNS, cells[_POINTERS:], strict=True))
            found[cells[0]] = Stored(Values(**wording), *cells[:_POINTERS])
    return found


def _of(municipality_id: int, business_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        ROW.c.municipality_id == municipality_id,
        ROW.c.business_id == business_id,
        ROW.c.deleted_at.is_(None),
    )


def _narrowed(query: sa.Select[Any], ids: Collection[int] | None) -> list[sa.Select[Any]]:
    """The query for these ids; a long list of ids is cheaper read as all lines of the business."""
    if ids is None or len(ids) > CHUNK:
        return [query]
    return [query.where(ROW.c.id.in_(sorted(ids)))] if ids else []


def _lock(
    session: Session, municipality_id: int, business_id: int, ids: Collection[int] | None
) -> None:
    """SQLite holds its one write lock already; PostgreSQL locks row by row in one order."""
    if session.get_bind().dialect.name != "postgresql":
        return
    query = (
        sa.select(ROW.c.id).where(_of(municipality_id, business_id)).order_by(ROW.c.id)
    ).with_for_update()
    for narrowed in _narrowed(query, ids):
        session.execute(narrowed).all()


def wordings(session: Session, version_ids: Collection[int]) -> dict[int, Values]:
    """Version id → what it says."""
    found: dict[int, Values] = {}
    for chunk in chunks(sorted(version_ids)):
        columns = (VERSION.c.id, *(VERSION.c[name] for name in COLUMNS))
        rows = session.execute(
            sa.select(*columns).where(VERSION.c.id.in_(chunk)).order_by(VERSION.c.id)
        )
        for row in rows:
            cells: list[Any] = list(row)
            found[cells[0]] = Values(**dict(zip(COLUMNS, cells[1:], strict=True)))
    return found


def last_position(session: Session, *, municipality_id: int, business_id: int) -> int:
    return (
        session.scalar(
            sa.select(sa.func.max(ROW.c.position)).where(
                ROW.c.municipality_id == municipality_id, ROW.c.business_id == business_id
            )
        )
        or 0
    )


def insert_lines(
    session: Session,
    lines: Sequence[tuple[Values, int]],
    *,
    owner: Mapping[str, Any],
    origin: Mapping[str, Any],
) -> list[tuple[int, int]]:
    """New drafts at the given positions: (requirement id, version id) in the order given.

    `owner` are municipality_id, business_id and list_id of the rows; `origin` list_id, account_id
    and created_at of the versions.
    """
    if not lines:
        return []
    rows = [
        {
            **owner,
            "position": position,
            "state": RequirementState.DRAFT,
            "return_reason": "",
            "version": 1,
        }
        for _, position in lines
    ]
    session.execute(sa.insert(ROW), rows)
    # Only rows of this transaction have no wording yet. They differ in their position alone, so
    # that any fitting id will do, the lower one for the earlier of two lines at one place.
    made = session.execute(
        sa.select(ROW.c.position, ROW.c.id)
        .where(ROW.c.list_id == owner["list_id"], ROW.c.draft_version_id.is_(None))
        .order_by(ROW.c.position, ROW.c.id)
    )
    places = [(row[0], row[1]) for row in made]
    order = sorted(range(len(lines)), key=lambda index: (lines[index][1], index))
    by_index = {index: row_id for index, (_, row_id) in zip(order, places, strict=True)}
    ids = [by_index[index] for index in range(len(lines))]
    versions = insert_versions(
        session,
        [(row_id, 1, values) for row_id, (values, _) in zip(ids, lines, strict=True)],
        origin=origin,
    )
    first = (
        sa.select(VERSION.c.id)
        .where(VERSION.c.requirement_id == ROW.c.id, VERSION.c.number == 1)
        .correlate(ROW)
        .scalar_subquery()
    )
    for chunk in chunks(ids):
        session.execute(sa.update(ROW).where(ROW.c.id.in_(chunk)).values(draft_version_id=first))
    return list(zip(ids, versions, strict=True))


def insert_versions(
    session: Session,
    wordings: Sequence[tuple[int, int, Values]],
    *,
    origin: Mapping[str, Any],
) -> list[int]:
    """New versions of (requirement id, number, values), one a line; their ids in that order."""
    if not wordings:
        return []
    bodies = body_ids(session, (values.text for _, _, values in wordings))
    rows = [
        {
            **values.columns(),
            **origin,
            "requirement_id": row_id,
            "number": number,
            "body_id": bodies[values.text],
        }
        for row_id, number, values in wordings
    ]
    # Row by row and the ids read afterwards: RETURNING would make statements of thousands of
    # parameters, which the driver of PostgreSQL takes four times as long to prepare.
    session.execute(sa.insert(VERSION), rows)
    made: dict[tuple[int, int], int] = {}
    for chunk in chunks(wordings):
        found = session.execute(
            sa.select(VERSION.c.requirement_id, VERSION.c.number, VERSION.c.id)
            .where(
                VERSION.c.requirement_id.in_([row_id for row_id, _, _ in chunk]),
                VERSION.c.number >= min(number for _, number, _ in chunk),
            )
            .order_by(VERSION.c.id)
        )
        made |= {(row[0], row[1]): row[2] for row in found}
    return [made[row_id, number] for row_id, number, _ in wordings]


def point(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Set pointers and state of rows: each mapping has `id` and the same columns to set."""
    if not rows:
        return
    columns = {name: sa.bindparam(f"new_{name}", type_=ROW.c[name].type) for name in rows[0]}
    row_id = columns.pop("id")
    statement = (
        sa.update(ROW).where(ROW.c.id == row_id).values(**columns, version=ROW.c.version + 1)
    )
    session.connection().execute(
        statement, [{f"new_{name}": value for name, value in row.items()} for row in rows]
    )
    forget(session)


def point_all(session: Session, ids: Sequence[int], **values: Any) -> None:
    """The same change for many rows, e.g. `submitted_version_id=ROW.c.draft_version_id`."""
    for chunk in chunks(ids):
        session.execute(
            sa.update(ROW).where(ROW.c.id.in_(chunk)).values(**values, version=ROW.c.version + 1)
        )
    forget(session)


def forget(session: Session) -> None:
    """Rows were changed behind the back of the loaded objects: let them be read anew."""
    for loaded in list(session.identity_map.values()):
        if isinstance(loaded, Requirement):
            session.expire(loaded)


def origin(list_id: int | None, account_id: int | None, at: datetime) -> dict[str, Any]:
    return {"list_id": list_id, "account_id": account_id, "created_at": at}
