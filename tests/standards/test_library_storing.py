"""A national standard is stored as printed, once, on both engines."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit
from registry.access import terminal_actor
from registry.errors import Conflict, Forbidden, Invalid
from registry.requirements.models import Obligation
from registry.standards import (
    library_storing,
)
from registry.standards.models import (
    NationalItem,
    NationalLine,
    NationalReference,
    NationalSpec,
)
from tests.standards.nation import FIRST, SECOND, stored, text
from tests.world import World


def count(session: Session, table: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_the_text_is_stored_as_printed(session: Session, world: World) -> None:
    spec = stored(session, world)
    headings = session.execute(
        sa.select(NationalItem.number, NationalItem.level, NationalItem.is_chapter)
        .where(NationalItem.national_spec_id == spec.id)
        .order_by(NationalItem.position)
    ).all()
    assert [tuple(row) for row in headings] == [
        ("1", 1, True),
        ("1.1", 2, True),
        ("1.1.1", 3, False),
        ("1.1.2", 3, False),
        ("2", 1, True),
        ("2.1", 2, True),
        ("2.1.1", 3, False),
    ]
    assert count(session, NationalLine) == 8
    line = session.scalars(
        sa.select(NationalLine).where(NationalLine.obligation == Obligation.PROHIBITED)
    ).one()
    assert line.text == "・ＤＶ等支援措置の自動解除は行わないこと。"
    references = session.execute(
        sa.select(NationalReference.number, NationalItem.number)
        .outerjoin(NationalItem, NationalItem.id == NationalReference.target_id)
        .order_by(NationalReference.id)
    ).all()
    assert [tuple(row) for row in references] == [
        ("1.1.2", "1.1.2"),
        ("1.1", "1.1"),
        ("5.2", None),
    ]


def test_the_same_content_again_changes_nothing(session: Session, world: World) -> None:
    spec = stored(session, world)
    lines, events = count(session, NationalLine), audit.pending(session)
    again, new = library_storing.store(
        session, world.coordinator, name=" 住民記録 ", edition="1.0", text=text()
    )
    assert (again.id, new) == (spec.id, False)
    assert (count(session, NationalLine), audit.pending(session)) == (lines, events)


@pytest.mark.parametrize(
    "other",
    [
        {"b": SECOND.replace("通称を", "通称名を")},
        {"a": FIRST.replace("【実装しない機能】\n", "") + "【実装しない機能】\n"},
    ],
)
def test_other_content_under_the_same_name_is_refused(
    session: Session, world: World, other: dict[str, str]
) -> None:
    stored(session, world)
    with pytest.raises(Conflict) as refused:
        library_storing.store(
            session, world.coordinator, name="住民記録", edition="1.0", text=text(**other)
        )
    assert "版の番号を変えて" in refused.value.message
    library_storing.store(
        session, world.coordinator, name="住民記録", edition="1.1", text=text(**other)
    )
    assert count(session, NationalSpec) == 2


def test_a_text_needs_a_name_and_an_edition(session: Session, world: World) -> None:
    with pytest.raises(Invalid) as refused:
        library_storing.store(session, world.coordinator, name=" ", edition="", text=text())
    assert set(refused.value.fields) == {"name", "edition"}


@pytest.mark.parametrize("who", ["editor", "administrator", "vendor"])
def test_only_the_coordinator_and_the_terminal_store(
    session: Session, world: World, who: str
) -> None:
    actor = {
        "editor": world.of("editor"),
        "administrator": world.administrator,
        "vendor": world.vendor_actor(),
    }[who]
    with pytest.raises(Forbidden):
        library_storing.store(session, actor, name="x", edition="1", text=text())
    terminal = terminal_actor(world.region.id)
    assert library_storing.store(session, terminal, name="x", edition="1", text=text())[1]
