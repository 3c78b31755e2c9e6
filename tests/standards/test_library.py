from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit
from registry.access import terminal_actor
from registry.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from registry.paging import Page
from registry.requirements.models import Obligation
from registry.standards import deciding, decision_queries, library, standings
from registry.standards.library import Found, Hit
from registry.standards.models import (
    Application,
    NationalItem,
    NationalLine,
    NationalReference,
    NationalSpec,
    StandardRequirement,
)
from registry.standards.national import read_national
from tests.standards.material import DAY
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
    again, new = library.store(
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
        library.store(
            session, world.coordinator, name="住民記録", edition="1.0", text=text(**other)
        )
    assert "版の番号を変えて" in refused.value.message
    library.store(session, world.coordinator, name="住民記録", edition="1.1", text=text(**other))
    assert count(session, NationalSpec) == 2


def test_a_text_needs_a_name_and_an_edition(session: Session, world: World) -> None:
    with pytest.raises(Invalid) as refused:
        library.store(session, world.coordinator, name=" ", edition="", text=text())
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
        library.store(session, actor, name="x", edition="1", text=text())
    terminal = terminal_actor(world.region.id)
    assert library.store(session, terminal, name="x", edition="1", text=text())[1]


def test_the_list_counts_what_each_holds(session: Session, world: World) -> None:
    stored(session, world, "住民記録")
    stored(session, world, "印鑑")
    library.store(session, world.stranger, name="よそ", edition="1.0", text=text())
    rows = library.specs(session, world.of("contributor"))
    assert [row.name for row in rows] == sorted(["住民記録", "印鑑"])
    assert (rows[0].items, rows[0].total, rows[0].unresolved) == (3, 8, 1)
    assert rows[0].lines == {"mandatory": 6, "optional": 1, "prohibited": 1}


def test_another_regions_text_is_not_found(session: Session, world: World) -> None:
    spec = stored(session, world)
    with pytest.raises(NotFound):
        library.spec(session, world.stranger, spec.id)
    with pytest.raises(NotFound):
        library.spec(session, world.coordinator, spec.id + 99)


def test_an_item_shows_its_blocks_and_references(session: Session, world: World) -> None:
    spec = stored(session, world)
    item = library.item(session, spec, "1.1.1")
    assert item.above == [("1", "管理項目"), ("1.1", "住民データ")]
    assert item.before is None
    assert item.after == ("1.1.2", "外国人住民データの管理")
    mandatory = item.blocks[Obligation.MANDATORY]
    assert [line.heading for line in mandatory] == [False, True, False, False]
    assert [line.page_number for line in mandatory] == [False, False, False, True]
    first = [(part.text, part.number, part.resolved) for part in mandatory[0].parts]
    assert first == [
        ("次の項目を管理すること（", "", False),
        ("1.1.2", "1.1.2", True),
        ("参照）。", "", False),
    ]
    assert ("１.１", "1.1", True) in [
        (part.text, part.number, part.resolved) for part in mandatory[2].parts
    ]
    (optional,) = item.blocks[Obligation.OPTIONAL]
    assert [(part.text, part.resolved) for part in optional.parts if part.number] == [
        ("5.2", False)
    ]
    assert library.item(session, spec, "1.1.2").cited_by == [("1.1.1", item.title)]


def test_every_line_is_put_together_again_from_its_parts(session: Session, world: World) -> None:
    changed = text(b=SECOND.replace("通称を", "4.1.1～3参照、1.1.1及び1.1.2(第2章参照)の通称を"))
    spec, _ = library.store(session, world.coordinator, name="x", edition="1", text=changed)
    for number in ("1.1.1", "1.1.2", "2.1.1"):
        item = library.item(session, spec, number)
        shown = [
            "".join(part.text for part in line.parts)
            for lines in item.blocks.values()
            for line in lines
        ]
        printed = [line.text for one in changed.items if one.number == number for line in one.lines]
        assert shown == printed


def test_a_chapter_lists_what_lies_under_it(session: Session, world: World) -> None:
    spec = stored(session, world)
    assert library.item(session, spec, "1").is_chapter
    assert [one.number for one in library.outline(session, spec, under="1")] == [
        "1.1",
        "1.1.1",
        "1.1.2",
    ]
    with pytest.raises(NotFound):
        library.item(session, spec, "9.9")


def look(session: Session, world: World, words: str, spec_id: int | None = None) -> Found:
    return library.search(session, world.of("editor"), words, spec_id=spec_id, page=1, page_size=50)


def numbers(page: Page[Hit]) -> list[str]:
    return [hit.number for hit in page.items]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("通", ["1.1.2"]),
        ("通称", ["1.1.2"]),
        ("dv", ["1.1.1"]),
        ("ＤＶ等", ["1.1.1"]),
        ("氏名", ["1.1.1", "2.1.1"]),
        ("100%", ["1.1.1"]),
        ("0%一", ["1.1.1"]),
        ("%", ["1.1.1"]),
        ("_", ["1.1.1"]),
        ("_を", ["1.1.1"]),
        ("名_", []),
        ("氏名 検索", ["2.1.1"]),
        ("通称　外国人", ["1.1.2"]),
        ("どこにもない語", []),
        ("  ", []),
        ("\\", []),
    ],
)
def test_words_of_any_length_are_found(
    session: Session, world: World, words: str, found: list[str]
) -> None:
    stored(session, world)
    library.store(session, world.stranger, name="よそ", edition="1.0", text=text())
    assert numbers(look(session, world, words).lines) == found


def test_titles_are_found_too(session: Session, world: World) -> None:
    spec = stored(session, world)
    assert look(session, world, "外国人").titles == [(spec.id, "1.1.2", "外国人住民データの管理")]
    assert look(session, world, "外国人").lines.total == 0


def test_a_search_stays_in_one_text_and_comes_in_pages(session: Session, world: World) -> None:
    one, two = stored(session, world, "一"), stored(session, world, "二")
    assert {hit.spec_id for hit in look(session, world, "氏名").lines.items} == {one.id, two.id}
    assert {hit.spec_id for hit in look(session, world, "氏名", two.id).lines.items} == {two.id}
    last = library.search(
        session, world.coordinator, "氏名", spec_id=None, page=4, page_size=1
    ).lines
    assert (last.total, [hit.number for hit in last.items]) == (4, ["2.1.1"])


# ---- a business of it ----


def test_each_line_becomes_a_standard(session: Session, world: World) -> None:
    spec = stored(session, world)
    business, made = library.make_business(
        session, world.coordinator, spec=spec, slug="resident-record", name="住民記録"
    )
    assert (business.number, made) == ("003", 7)
    assert library.usable_lines(session, spec) == 7
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
        library.make_business(
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
        library.make_business(
            session,
            person(world),  # type: ignore[arg-type]
            spec=spec,
            slug="x",
            name="x",
        )


def test_a_thousand_lines_are_made_and_adopted_in_seconds(session: Session, world: World) -> None:
    many = "1.1.2. 外国人住民データの管理\n【実装すべき機能】\n" + "".join(
        f"{number}番目の事項を管理すること。\n" for number in range(1200)
    )
    big = text(b=many + "【実装してもしなくても良い機能】\n【実装しない機能】\n")
    started = time.perf_counter()
    spec, _ = library.store(session, world.coordinator, name="x", edition="1", text=big)
    business, made = library.make_business(
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
    # Row by row this takes minutes on a slow disk; the figure only catches that.
    assert time.perf_counter() - started < 20


def test_the_lines_go_into_a_workbook(session: Session, world: World) -> None:
    spec = stored(session, world)
    content = library.export_lines(session, world.of("editor"), spec=spec)
    assert re.match(rb"PK", content)
    with pytest.raises(NotFound):
        library.export_lines(session, world.stranger, spec=spec)


def test_one_document_without_any_line_makes_no_business(session: Session, world: World) -> None:
    empty = "【実装すべき機能】\n【実装してもしなくても良い機能】\n【実装しない機能】\n"
    bare = read_national({"index.md": "### 1.1.1. 空 (a.txt)\n", "a.txt": "1.1.1. 空\n" + empty})
    spec, _ = library.store(session, world.coordinator, name="空", edition="1", text=bare)
    with pytest.raises(Invalid):
        library.make_business(session, world.coordinator, spec=spec, slug="empty", name="空")
