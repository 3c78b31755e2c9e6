"""A business made of a national standard, on both engines."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.errors import DomainError, Forbidden, Invalid, NotFound
from registry.standards import (
    deciding,
    decision_queries,
    library_business,
    library_storing,
    standings,
)
from registry.standards.models import (
    Application,
    StandardRequirement,
)
from registry.standards.national import read_national
from tests.standards.material import DAY
from tests.standards.nation import stored, text
from tests.world import World


def count(session: Session, table: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_each_line_becomes_a_standard(session: Session, world: World) -> None:
    spec = stored(session, world)
    business, made = library_business.make_business(
        session, world.coordinator, spec=spec, slug="resident-record", name="住民記録"
    )
    assert (business.number, made) == ("003", 7)
    assert library_business.usable_lines(session, spec) == 7
    standards = session.scalars(
        sa.select(StandardRequirement)
        .where(StandardRequirement.business_id == business.id)
        .order_by(StandardRequirement.serial)
    ).all()
    assert [one.code for one in standards[:2]] == ["A-0030001-01", "A-0030002-01"]
    assert standards[0].title == "日本人住民データの管理"
    assert standards[0].text == "次の項目を管理すること（1.1.2参照）。"
    assert standards[0].reason == "国標準「住民記録 1.0 版」1.1.1 日本人住民データの管理"
    assert [one.obligation.value for one in standards] == [
        "mandatory",
        "mandatory",
        "mandatory",
        "optional",
        "prohibited",
        "mandatory",
        "mandatory",
    ]
    assert "12 / 345" not in {one.text for one in standards}
    assert all(one.national_item_id is not None for one in standards)
    assert count(session, Application) == 0


def test_a_taken_slug_is_refused_and_nothing_is_made(session: Session, world: World) -> None:
    spec = stored(session, world)
    with pytest.raises(Invalid) as refused:
        library_business.make_business(
            session, world.coordinator, spec=spec, slug="snow-removal", name="x", number="001"
        )
    assert set(refused.value.fields) == {"slug", "number"}
    assert count(session, StandardRequirement) == 0


MAKERS: dict[str, tuple[Callable[[World], object], type[DomainError]]] = {
    "editor": (lambda world: world.of("editor"), Forbidden),
    "administrator": (lambda world: world.administrator, Forbidden),
    "stranger": (lambda world: world.stranger, NotFound),
}


@pytest.mark.parametrize("who", MAKERS)
def test_only_the_coordinator_makes_a_business(session: Session, world: World, who: str) -> None:
    spec = stored(session, world)
    person, expected = MAKERS[who]
    with pytest.raises(expected):
        library_business.make_business(
            session,
            person(world),  # type: ignore[arg-type]
            spec=spec,
            slug="x",
            name="x",
        )


def test_a_thousand_lines_are_made_and_adopted(session: Session, world: World) -> None:
    many = "1.1.2. 外国人住民データの管理\n【実装すべき機能】\n" + "".join(
        f"{number}番目の事項を管理すること。\n" for number in range(1200)
    )
    big = text(b=many + "【実装してもしなくても良い機能】\n【実装しない機能】\n")
    spec, _ = library_storing.store(session, world.coordinator, name="x", edition="1", text=big)
    business, made = library_business.make_business(
        session, world.coordinator, spec=spec, slug="big", name="大きな業務"
    )
    adopted = deciding.adopt_national(
        session,
        world.coordinator,
        business_id=business.id,
        reason="国標準のとおり採用する。",
        decided_on=DAY,
    )
    assert adopted == made == 1206
    assert standings.open_national(session, business.id) == 0
    snapshots = [
        row.snapshot for row in decision_queries.decided(session, world.coordinator, business.id)
    ]
    assert len(snapshots) == 1206
    assert snapshots[-1]["code"] == "A-0031206-01"


def test_one_document_without_any_line_makes_no_business(session: Session, world: World) -> None:
    empty = "【実装すべき機能】\n【実装してもしなくても良い機能】\n【実装しない機能】\n"
    bare = read_national({"index.md": "### 1.1.1. 空 (a.txt)\n", "a.txt": "1.1.1. 空\n" + empty})
    spec, _ = library_storing.store(session, world.coordinator, name="空", edition="1", text=bare)
    with pytest.raises(Invalid):
        library_business.make_business(
            session, world.coordinator, spec=spec, slug="empty", name="空"
        )
