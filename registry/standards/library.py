"""The library of national standards: read, searched and taken along."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, audit
from registry.access import Actor, Permission
from registry.errors import NotFound
from registry.paging import Page, paginate
from registry.requirements.models import Obligation
from registry.standards.models import (
    NationalItem,
    NationalLine,
    NationalReference,
    NationalSpec,
)
from registry.standards.national import is_page_number
from registry.text.normalise import search_key
from registry.workbook import Column, write_table

_FULL_TO_HALF: Final = str.maketrans("０１２３４５６７８９．", "0123456789.")


@dataclass(frozen=True, slots=True)
class SpecRow:
    """A national standard in the list, with what it holds."""

    id: int
    name: str
    edition: str
    imported_at: Any
    items: int
    lines: dict[str, int]
    unresolved: int

    @property
    def total(self) -> int:
        return sum(self.lines.values())


def specs(session: Session, actor: Actor) -> list[SpecRow]:
    """The region's library by name and edition."""
    found = session.scalars(
        sa.select(NationalSpec)
        .where(NationalSpec.region_id == actor.region_id)
        .order_by(NationalSpec.name, NationalSpec.edition)
    ).all()
    own = NationalItem.national_spec_id.in_([spec.id for spec in found])
    items = session.execute(
        sa.select(NationalItem.national_spec_id, sa.func.count())
        .where(own, ~NationalItem.is_chapter)
        .group_by(NationalItem.national_spec_id)
        .order_by(NationalItem.national_spec_id)
    )
    item_counts = {row[0]: row[1] for row in items}
    lines: dict[int, dict[str, int]] = defaultdict(dict)
    for spec_id, obligation, number in session.execute(
        sa.select(NationalItem.national_spec_id, NationalLine.obligation, sa.func.count())
        .join(NationalLine, NationalLine.national_item_id == NationalItem.id)
        .where(own)
        .group_by(NationalItem.national_spec_id, NationalLine.obligation)
        .order_by(NationalItem.national_spec_id)
    ):
        lines[spec_id][obligation.value] = number
    open_ones = session.execute(
        sa.select(NationalItem.national_spec_id, sa.func.count())
        .join(NationalLine, NationalLine.national_item_id == NationalItem.id)
        .join(NationalReference, NationalReference.national_line_id == NationalLine.id)
        .where(own, NationalReference.target_id.is_(None))
        .group_by(NationalItem.national_spec_id)
        .order_by(NationalItem.national_spec_id)
    )
    open_counts = {row[0]: row[1] for row in open_ones}
    return [
        SpecRow(
            id=spec.id,
            name=spec.name,
            edition=spec.edition,
            imported_at=spec.imported_at,
            items=item_counts.get(spec.id, 0),
            lines={one.value: lines[spec.id].get(one.value, 0) for one in Obligation},
            unresolved=open_counts.get(spec.id, 0),
        )
        for spec in found
    ]


def spec(session: Session, actor: Actor, spec_id: int) -> NationalSpec:
    """Raises NotFound, also for another region's."""
    found = session.get(NationalSpec, spec_id)
    if found is None or found.region_id != actor.region_id:
        raise NotFound("この国標準は見つかりませんでした。")
    return found


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the outline; `lines` counts its own lines by obligation."""

    number: str
    title: str
    level: int
    is_chapter: bool
    lines: dict[str, int]


def outline(session: Session, spec: NationalSpec, *, under: str = "") -> list[Heading]:
    """The outline in its order; only what lies under the number `under` when it is given."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for item_id, obligation, number in session.execute(
        sa.select(NationalItem.id, NationalLine.obligation, sa.func.count())
        .join(NationalLine, NationalLine.national_item_id == NationalItem.id)
        .where(NationalItem.national_spec_id == spec.id)
        .group_by(NationalItem.id, NationalLine.obligation)
        .order_by(NationalItem.id)
    ):
        counts[item_id][obligation.value] = number
    return [
        Heading(item.number, item.title, item.level, item.is_chapter, counts[item.id])
        for item in _headings(session, spec)
        if not under or item.number.startswith(under + ".")
    ]


def _headings(session: Session, spec: NationalSpec) -> Sequence[NationalItem]:
    return session.scalars(
        sa.select(NationalItem)
        .where(NationalItem.national_spec_id == spec.id)
        .order_by(NationalItem.position)
    ).all()


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a line; `number` is set on a cross reference, `resolved` when it leads on."""

    text: str
    number: str = ""
    resolved: bool = False


@dataclass(frozen=True, slots=True)
class LineView:
    """A line cut at its cross references."""

    position: int
    parts: tuple[Part, ...]
    heading: bool
    page_number: bool


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item with its three blocks, its place in the outline, and who refers to it."""

    number: str
    title: str
    is_chapter: bool
    above: list[tuple[str, str]]
    blocks: dict[Obligation, list[LineView]]
    before: tuple[str, str] | None
    after: tuple[str, str] | None
    cited_by: list[tuple[str, str]]


def item(session: Session, spec: NationalSpec, number: str) -> ItemView:
    """Raises NotFound for a number this text does not have."""
    headings = list(_headings(session, spec))
    at = next((place for place, one in enumerate(headings) if one.number == number), None)
    if at is None:
        raise NotFound(f"{spec.name} に {number} はありません。")
    found = headings[at]
    items = [one for one in headings if not one.is_chapter]
    place = items.index(found) if not found.is_chapter else None
    blocks: dict[Obligation, list[LineView]] = {obligation: [] for obligation in Obligation}
    references = _references(session, found.id)
    for line in session.scalars(
        sa.select(NationalLine)
        .where(NationalLine.national_item_id == found.id)
        .order_by(NationalLine.position)
    ):
        blocks[line.obligation].append(_line_view(line, references.get(line.id, [])))
    return ItemView(
        number=found.number,
        title=found.title,
        is_chapter=found.is_chapter,
        above=[
            (one.number, one.title) for one in headings if found.number.startswith(one.number + ".")
        ],
        blocks=blocks,
        before=_neighbour(items, place, -1),
        after=_neighbour(items, place, 1),
        cited_by=_cited_by(session, found.id),
    )


def _neighbour(
    items: Sequence[NationalItem], place: int | None, step: int
) -> tuple[str, str] | None:
    if place is None or not 0 <= place + step < len(items):
        return None
    return items[place + step].number, items[place + step].title


def _references(session: Session, item_id: int) -> dict[int, list[NationalReference]]:
    found: dict[int, list[NationalReference]] = defaultdict(list)
    for reference in session.scalars(
        sa.select(NationalReference)
        .join(NationalLine, NationalLine.id == NationalReference.national_line_id)
        .where(NationalLine.national_item_id == item_id)
        .order_by(NationalReference.national_line_id, NationalReference.position)
    ):
        found[reference.national_line_id].append(reference)
    return found


def _cited_by(session: Session, item_id: int) -> list[tuple[str, str]]:
    """The items whose lines refer to this one, in printed order."""
    rows = session.execute(
        sa.select(NationalItem.number, NationalItem.title, NationalItem.position)
        .join(NationalLine, NationalLine.national_item_id == NationalItem.id)
        .join(NationalReference, NationalReference.national_line_id == NationalLine.id)
        .where(NationalReference.target_id == item_id, NationalItem.id != item_id)
        .distinct()
        .order_by(NationalItem.position)
    )
    return [(number, title) for number, title, _ in rows]


def _line_view(line: NationalLine, references: Sequence[NationalReference]) -> LineView:
    parts: list[Part] = []
    at = 0
    for reference in references:
        end = reference.position + _written_length(line.text, reference)
        if reference.position < at:
            continue
        if reference.position > at:
            parts.append(Part(line.text[at : reference.position]))
        parts.append(
            Part(
                line.text[reference.position : end],
                reference.number,
                reference.target_id is not None,
            )
        )
        at = end
    if at < len(line.text):
        parts.append(Part(line.text[at:]))
    text = line.text.strip()
    return LineView(
        position=line.position,
        parts=tuple(parts),
        heading=text.startswith("【") and text.endswith("】"),
        page_number=is_page_number(line.text),
    )


def _written_length(text: str, reference: NationalReference) -> int:
    """How much of the line is the reference: the 3 of 4.1.1～3 stands for 4.1.3."""
    number, start = reference.number, reference.position
    if text[start : start + len(number)].translate(_FULL_TO_HALF) == number:
        return len(number)
    return len(number.rpartition(".")[2])


# ---- searching --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hit:
    """A line that holds every word asked for."""

    spec_id: int
    number: str
    title: str
    obligation: Obligation
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """A page of lines, and the headings (spec id, number, title) whose title holds every word."""

    lines: Page[Hit]
    titles: list[tuple[int, str, str]]


def search(
    session: Session, actor: Actor, words: str, *, spec_id: int | None, page: int, page_size: int
) -> Found:
    """The lines that hold the words (spaces between them), in printed order.

    Words of any length, however they are typed. Of several words all have to stand in the line or
    its item's title, and at least one in the line itself.
    """
    keys = [key for key in map(search_key, words.split()) if key]
    if not keys:
        return Found(Page([], page, page_size, 0), [])
    headings = _titles(session, actor, spec_id)
    titled = {key: [one.id for one in headings if key in search_key(one.title)] for key in keys}
    holds = {key: NationalLine.search_key.contains(key, autoescape=True) for key in keys}
    query = (
        sa.select(NationalLine)
        .join(NationalItem, NationalItem.id == NationalLine.national_item_id)
        .join(NationalSpec, NationalSpec.id == NationalItem.national_spec_id)
        .where(
            NationalSpec.region_id == actor.region_id,
            sa.or_(*holds.values()),
            *(sa.or_(holds[key], NationalItem.id.in_(titled[key])) for key in keys),
        )
        .order_by(
            NationalSpec.name, NationalSpec.edition, NationalItem.position, NationalLine.position
        )
    )
    if spec_id is not None:
        query = query.where(NationalSpec.id == spec_id)
    found = paginate(session, query, page=page, page_size=page_size)
    by_id = {one.id: one for one in headings}
    hits = [
        Hit(
            spec_id=by_id[line.national_item_id].national_spec_id,
            number=by_id[line.national_item_id].number,
            title=by_id[line.national_item_id].title,
            obligation=line.obligation,
            text=line.text,
        )
        for line in found.items
    ]
    return Found(
        Page(hits, found.page, found.page_size, found.total),
        [
            (one.national_spec_id, one.number, one.title)
            for one in headings
            if all(one.id in titled[key] for key in keys)
        ],
    )


def _titles(session: Session, actor: Actor, spec_id: int | None) -> Sequence[NationalItem]:
    """Every heading in printed order; an outline is short, so it is read whole."""
    query = (
        sa.select(NationalItem)
        .join(NationalSpec, NationalSpec.id == NationalItem.national_spec_id)
        .where(NationalSpec.region_id == actor.region_id)
        .order_by(NationalSpec.name, NationalSpec.edition, NationalItem.position)
    )
    if spec_id is not None:
        query = query.where(NationalSpec.id == spec_id)
    return session.scalars(query).all()


# ---- taking along -----------------------------------------------------------------------------

COLUMNS: Final = (
    Column("番号", 10, code=True),
    Column("表題", 30),
    Column("区分", 10),
    Column("本文", 80),
)


def export_lines(session: Session, actor: Actor, *, spec: NationalSpec) -> bytes:
    """Every line as an xlsx file; that it was taken along is in the audit record."""
    access.require(actor, Permission.READ_CONTENT, region_id=spec.region_id)
    rows = [
        (item.number, item.title, line.obligation.label, line.text)
        for item, line in all_lines(session, spec)
    ]
    audit.record(
        session,
        actor,
        "standards.export_national",
        f"national_spec:{spec.id}",
        after={"rows": len(rows)},
    )
    return write_table(f"{spec.name} {spec.edition} 版", COLUMNS, rows)


def all_lines(session: Session, spec: NationalSpec) -> Sequence[tuple[NationalItem, NationalLine]]:
    """Every line with its item, in printed order."""
    return [
        (item, line)
        for item, line in session.execute(
            sa.select(NationalItem, NationalLine)
            .join(NationalLine, NationalLine.national_item_id == NationalItem.id)
            .where(NationalItem.national_spec_id == spec.id)
            .order_by(NationalItem.position, NationalLine.position)
        )
    ]
