"""A national standard into the library: once, with its outline, lines and references."""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, audit
from registry.access import Actor, Permission
from registry.db import now
from registry.errors import Conflict, Invalid
from registry.standards.models import (
    NationalItem,
    NationalLine,
    NationalReference,
    NationalSpec,
)
from registry.standards.national import NationalText
from registry.text.normalise import search_key


def store(
    session: Session, actor: Actor, *, name: str, edition: str, text: NationalText
) -> tuple[NationalSpec, bool]:
    """Keep a text that was read; (the spec, whether it is new).

    The same content again changes nothing. Raises Conflict when this name and edition hold other
    content, Invalid without a name or edition.
    """
    access.require(actor, Permission.EDIT_BUSINESSES)
    name, edition = name.strip(), edition.strip()
    missing = {
        field: ["入力してください。"]
        for field, value in (("name", name), ("edition", edition))
        if not value
    }
    if missing:
        raise Invalid("国標準の名前と版を指定してください。何も登録していません。", missing)
    digest = _digest(text)
    stored = session.scalar(
        sa.select(NationalSpec).where(
            NationalSpec.region_id == actor.region_id,
            NationalSpec.name == name,
            NationalSpec.edition == edition,
        )
    )
    if stored is not None:
        if stored.source_sha256 != digest:
            raise Conflict(
                f"{name} {edition} 版は、別の内容ですでに登録されています。何も変更していません。"
                "改定された本文なら、版の番号を変えて登録してください。"
            )
        return stored, False
    spec = NationalSpec(
        region_id=actor.region_id,
        name=name,
        edition=edition,
        source_sha256=digest,
        imported_at=now(),
    )
    session.add(spec)
    session.flush()  # the outline points to it
    items = _store_outline(session, spec.id, text)
    lines = _store_lines(session, spec.id, items, text)
    _store_references(session, items, lines, text)
    audit.record(
        session,
        actor,
        "standards.store_national",
        f"national_spec:{spec.id}",
        after={"name": name, "edition": edition, "sha256": digest, "items": len(text.items)},
    )
    return spec, True


def _digest(text: NationalText) -> str:
    """Of what is printed: the outline and every line with its block."""
    content = [
        [(one.number, one.title) for one in text.chapters],
        [
            (
                one.number,
                one.title,
                one.preamble,
                [(line.obligation.value, line.text) for line in one.lines],
            )
            for one in text.items
        ],
    ]
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def _outline_order(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in number.split("."))


def _store_outline(session: Session, spec_id: int, text: NationalText) -> dict[str, int]:
    """Chapters and items in one order; their ids by number."""
    headings = [(one.number, one.title, one.level, True) for one in text.chapters]
    headings += [(one.number, one.title, one.level, False) for one in text.items]
    headings.sort(key=lambda heading: _outline_order(heading[0]))
    session.execute(
        sa.insert(NationalItem),
        [
            {
                "national_spec_id": spec_id,
                "number": number,
                "title": title,
                "level": level,
                "position": position,
                "is_chapter": is_chapter,
            }
            for position, (number, title, level, is_chapter) in enumerate(headings, start=1)
        ],
    )
    rows = session.execute(
        sa.select(NationalItem.number, NationalItem.id)
        .where(NationalItem.national_spec_id == spec_id)
        .order_by(NationalItem.position)
    )
    return {row[0]: row[1] for row in rows}


def _store_lines(
    session: Session, spec_id: int, items: dict[str, int], text: NationalText
) -> dict[tuple[str, int], int]:
    """The lines' ids by number of their item and position in it."""
    rows = [
        {
            "national_item_id": items[item.number],
            "position": line.position,
            "obligation": line.obligation,
            "text": line.text,
            "search_key": search_key(line.text),
        }
        for item in text.items
        for line in item.lines
    ]
    if not rows:
        return {}
    session.execute(sa.insert(NationalLine), rows)
    numbers = {item_id: number for number, item_id in items.items()}
    stored = session.execute(
        sa.select(NationalLine.national_item_id, NationalLine.position, NationalLine.id)
        .join(NationalItem, NationalItem.id == NationalLine.national_item_id)
        .where(NationalItem.national_spec_id == spec_id)
        .order_by(NationalLine.id)
    )
    return {(numbers[item_id], position): line_id for item_id, position, line_id in stored}


def _store_references(
    session: Session,
    items: dict[str, int],
    lines: dict[tuple[str, int], int],
    text: NationalText,
) -> None:
    rows = [
        {
            "national_line_id": lines[found.source, found.position],
            "position": found.start,
            "number": found.to,
            "target_id": items[found.to] if found.target is not None else None,
        }
        for found in text.references
    ]
    if rows:
        session.execute(sa.insert(NationalReference), rows)
