"""The library is read, searched and taken along within its region, on both engines."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.errors import NotFound
from registry.paging import Page
from registry.requirements.models import Obligation
from registry.standards import (
    library,
    library_storing,
)
from registry.standards.library import Found, Hit
from tests.standards.nation import SECOND, stored, text
from tests.world import World


def count(session: Session, table: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_the_list_counts_what_each_holds(session: Session, world: World) -> None:
    stored(session, world, "住民記録")
    stored(session, world, "印鑑")
    library_storing.store(session, world.stranger, name="よそ", edition="1.0", text=text())
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
    spec, _ = library_storing.store(session, world.coordinator, name="x", edition="1", text=changed)
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
    library_storing.store(session, world.stranger, name="よそ", edition="1.0", text=text())
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


def test_the_lines_go_into_a_workbook(session: Session, world: World) -> None:
    spec = stored(session, world)
    content = library.export_lines(session, world.of("editor"), spec=spec)
    assert re.match(rb"PK", content)
    with pytest.raises(NotFound):
        library.export_lines(session, world.stranger, spec=spec)
