from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.errors import NotFound
from registry.processes import service as processes
from registry.requirements import queries, service
from registry.requirements.models import Obligation, Requirement, RequirementState
from registry.requirements.queries import Filter
from registry.requirements.values import Values
from tests.requirements.lists import a_list, agreed, edit, lines, submit
from tests.world import World


def hide(session: Session, world: World, code: str) -> None:
    processes.hide_detail(
        session,
        world.of("editor", code),
        municipality_id=world.towns[code].id,
        business_id=world.business.id,
        hidden=True,
    )
    session.flush()


def table(
    session: Session, actor: Actor, world: World, code: str = "072028", **narrowed: Any
) -> list[str]:
    page = queries.lines(
        session,
        actor,
        municipality_id=world.towns[code].id,
        business_id=world.business.id,
        narrowed=Filter(**narrowed),
    )
    return [line.text for line in page.items]


def statements(session: Session, run: Callable[[], object]) -> int:
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    sa.event.listen(session.get_bind(), "before_cursor_execute", note)
    run()
    sa.event.remove(session.get_bind(), "before_cursor_execute", note)
    return count


@pytest.fixture
def region(session: Session, world: World) -> dict[str, list[Requirement]]:
    """Two towns with submitted lines and drafts, another business, a deleted line."""
    mine = lines(session, world, ["照会できること。", "予約できること。", "下書きの文"])
    theirs = lines(session, world, ["空きを調べられること。", "隣の下書き"], "072087")
    elsewhere = lines(session, world, ["除雪できること。"], business=world.other_business)
    (gone,) = lines(session, world, ["消した文"])
    service.delete(session, world.of("editor"), gone, version=gone.version)
    submit(session, world, mine[:2])
    submit(session, world, theirs[:1])
    submit(session, world, elsewhere)
    return {"mine": mine, "theirs": theirs}


# ── what others see ──


def test_submitted_lines_come_by_town_and_order(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    found = queries.submitted_lines(session, world.coordinator, world.business.id)
    assert [(one.municipality_code, one.label, one.text) for one in found] == [
        ("072028", "1", "照会できること。"),
        ("072028", "2", "予約できること。"),
        ("072087", "1", "空きを調べられること。"),
    ]
    assert found[0].version_id == region["mine"][0].submitted_version_id
    assert {one.state for one in found} == {RequirementState.SUBMITTED}


def test_others_read_the_submitted_wording_while_it_is_edited(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    edit(session, world.of("editor"), region["mine"][0], "書きかけ")
    neighbour = world.of("contributor", "072087")
    assert table(session, neighbour, world) == ["照会できること。", "予約できること。"]
    assert "書きかけ" in table(session, world.of("contributor"), world)
    texts = [one.text for one in queries.submitted_lines(session, neighbour, world.business.id)]
    assert "照会できること。" in texts
    assert "書きかけ" not in texts
    states = [
        line.state
        for line in queries.lines(
            session,
            neighbour,
            municipality_id=world.towns["072028"].id,
            business_id=world.business.id,
            narrowed=Filter(state=RequirementState.SUBMITTED),
        ).items
    ]
    assert states == [RequirementState.SUBMITTED] * 2


def test_a_hiding_town_shows_numbers_only(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    hide(session, world, "072087")
    neighbour = world.of("editor", "074225")
    seen = queries.submitted_lines(session, neighbour, world.business.id)
    assert {one.municipality_code for one in seen} == {"072028"}
    assert table(session, neighbour, world, "072087") == []
    assert not queries.may_read(session, neighbour, world.towns["072087"].id, world.business.id)
    with pytest.raises(NotFound):
        queries.get_readable(session, neighbour, world.business.id, region["theirs"][0].id)
    counts = {one.code: one for one in queries.town_counts(session, neighbour, world.business.id)}
    assert (counts["072087"].submitted, counts["072087"].readable) == (1, False)
    assert counts["072087"].has_draft
    for who in (world.of("editor", "072087"), world.coordinator):
        codes = {
            one.municipality_code
            for one in queries.submitted_lines(session, who, world.business.id)
        }
        assert codes == {"072028", "072087"}


def test_other_regions_vendors_and_administrators_see_nothing(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    for who in (world.stranger, world.vendor_actor(), world.administrator):
        assert queries.submitted_lines(session, who, world.business.id) == []
        assert table(session, who, world) == []
        assert queries.own_counts(session, who) == {}
        assert queries.towns_submitted(session, who) == {}
        with pytest.raises(NotFound):
            queries.get_readable(session, who, world.business.id, region["mine"][0].id)
    with pytest.raises(NotFound):
        queries.municipality(session, world.stranger, "072028")


def test_drafts_of_others_are_not_found(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    draft = region["mine"][2]
    for who in (world.of("editor", "072087"), world.coordinator):
        with pytest.raises(NotFound):
            queries.get_readable(session, who, world.business.id, draft.id)
        with pytest.raises(NotFound):
            queries.get_own(session, who, world.business.id, draft.id)
    assert queries.get_own(session, world.of("contributor"), world.business.id, draft.id) is draft
    with pytest.raises(NotFound):
        queries.get_own(session, world.of("contributor"), world.other_business.id, draft.id)


def test_history_is_the_towns_own(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    row = region["mine"][0]
    edit(session, world.of("contributor"), row, "書きかけ")
    own = queries.history(session, world.of("approver"), row)
    assert [(one.version.text, one.saved_by) for one in own] == [
        ("書きかけ", "会津若松市 原課職員"),
        ("照会できること。", "会津若松市 情報部門"),
    ]
    assert [(one.is_draft, one.is_submitted) for one in own] == [(True, False), (False, True)]
    (seen,) = queries.history(session, world.coordinator, row)
    assert (seen.version.text, seen.saved_by, seen.is_draft) == ("照会できること。", "", False)


# ── the table ──


def test_filters_and_sorts(session: Session, world: World) -> None:
    editor, on_list = world.of("editor"), a_list(session, world)

    def add(text: str, **more: Any) -> Requirement:
        return service.save_new(
            session, editor, requirement_list=on_list, values=Values(text=text, **more)
        )

    add("空き状況を照会できること。", label="1-10", section="照会", goal_id=world.goals["G-1-1"].id)
    add("ﾒｰﾙで通知できること。", label="1-2", section="通知", obligation=Obligation.OPTIONAL)
    sent = add(
        "帳票を100%印刷できること。", label="1-1", note="条例", obligation=Obligation.MANDATORY
    )
    submit(session, world, [sent])
    first, second, third = table(session, editor, world)
    assert table(session, editor, world, q="通知") == [second]
    assert table(session, editor, world, q="メール") == [second]
    assert table(session, editor, world, q="メール 通知") == [second]
    assert table(session, editor, world, q="空き 通知") == []
    assert table(session, editor, world, q="条例") == [third]
    assert table(session, editor, world, q="0%") == [third]
    assert table(session, editor, world, q="_") == []
    assert table(session, editor, world, section="照会") == [first]
    assert table(session, editor, world, goal="G-1-1") == [first]
    assert table(session, editor, world, goal="-") == [second, third]
    assert table(session, editor, world, state=RequirementState.SUBMITTED) == [third]
    assert table(session, editor, world, sort="label") == [third, second, first]
    assert table(session, editor, world, sort="label", descending=True) == [first, second, third]
    assert table(session, editor, world, sort="obligation") == [third, second, first]
    assert table(session, editor, world, sort="position", descending=True) == [
        third,
        second,
        first,
    ]
    for name in queries.SORTS:
        assert len(table(session, editor, world, sort=name, descending=True)) == 3
    assert queries.sections(
        session, editor, municipality_id=on_list.municipality_id, business_id=on_list.business_id
    ) == ["照会", "通知"]


def test_pages_of_a_table(session: Session, world: World) -> None:
    rows = lines(session, world, [f"帳票{n}を出力できること。" for n in range(25)])
    page = queries.lines(
        session,
        world.of("editor"),
        municipality_id=rows[0].municipality_id,
        business_id=world.business.id,
        narrowed=Filter(sort="label", descending=True),
        page=2,
        page_size=10,
    )
    assert (page.total, page.pages) == (25, 3)
    assert [line.label for line in page.items] == [str(n) for n in range(15, 5, -1)]
    beyond = queries.lines(
        session,
        world.of("editor"),
        municipality_id=rows[0].municipality_id,
        business_id=world.business.id,
        narrowed=Filter(),
        page=9,
        page_size=10,
    )
    assert beyond.items == []


def test_natural_order_reads_numbers() -> None:
    assert sorted(["1-10", "１-2", "A1", "1-1", ""], key=queries.natural) == [
        "",
        "1-1",
        "１-2",
        "1-10",
        "A1",
    ]


# ── numbers ──


def test_counts_of_the_own_town(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    editor, approver = world.of("editor"), world.of("approver")
    mine = region["mine"]
    items = [(row.id, row.submitted_version_id or 0) for row in mine[:2]]
    service.confirm(session, approver, items=items[:1])
    counts = queries.own_counts(session, editor)[world.business.id]
    assert counts == queries.Counts(
        total=3, draft=1, returned=0, waiting=1, confirmed=1, submitted=2
    )
    assert queries.own_counts(session, editor).keys() == {
        world.business.id,
        world.other_business.id,
    }
    assert queries.towns_submitted(session, editor)[world.business.id] == (2, 3)


def test_town_counts_name_every_town(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    found = queries.town_counts(session, world.coordinator, world.business.id)
    assert [(one.code, one.submitted, one.confirmed, one.has_draft) for one in found] == [
        ("072028", 2, 0, True),
        ("072087", 1, 0, True),
        ("074225", 0, 0, False),
    ]
    fewer = statements(
        session, lambda: queries.town_counts(session, world.coordinator, world.other_business.id)
    )
    more = statements(
        session, lambda: queries.town_counts(session, world.coordinator, world.business.id)
    )
    assert fewer == more


# ── approvals ──


def test_what_waits_is_the_own_towns_submitted_version(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    approver, row = world.of("approver"), region["mine"][0]
    service.confirm(session, approver, items=[(row.id, row.submitted_version_id or 0)])
    edit(session, world.of("editor"), row, "検索できること。")
    submit(session, world, [row], "語を改めた。")
    page = queries.waiting(session, approver)
    assert [
        (one.text, one.confirmed_text, one.business_slug, one.reason) for one in page.items
    ] == [
        ("検索できること。", "照会できること。", "facility-reservation", "語を改めた。"),
        ("予約できること。", None, "facility-reservation", ""),
        ("除雪できること。", None, "snow-removal", ""),
    ]
    assert page.items[0].version_id == row.submitted_version_id
    assert {one.submitted_by for one in page.items} == {"会津若松市 情報部門"}
    assert not any(one.own for one in page.items)
    assert all(one.own for one in queries.waiting(session, world.of("editor")).items)
    narrowed = queries.waiting(session, approver, business_id=world.other_business.id)
    assert narrowed.total == 1
    assert queries.waiting(session, world.of("approver", "074225")).items == []
    assert queries.waiting(session, world.stranger).items == []


def test_the_changes_of_agreed_lines_are_the_own_towns(session: Session, world: World) -> None:
    mine, same, again = agreed(session, world, ["照会", "予約", "取消"])
    (hers,) = agreed(session, world, ["隣町"], "072087")
    edit(session, world.of("editor"), mine, "検索")
    edit(session, world.of("editor", "072087"), hers, "隣町も検索")
    edit(session, world.of("editor"), again, "別の文")
    submit(session, world, [again], "理由")

    def changed(code: str, who: Actor) -> dict[int, tuple[str, str]]:
        found = queries.agreed_changes(
            session,
            who,
            municipality_id=world.towns[code].id,
            business_id=world.business.id,
        )
        return {row_id: (old.text, new.text) for row_id, (old, new) in found.items()}

    assert changed("072028", world.of("editor")) == {
        mine.id: ("照会", "検索"),
        again.id: ("取消", "別の文"),
    }
    assert changed("072087", world.of("editor")) == {}
    assert changed("072028", world.coordinator) == {}
    assert changed("072087", world.of("editor", "072087")) == {hers.id: ("隣町", "隣町も検索")}
    assert same.id not in changed("072028", world.of("editor"))


def test_the_history_names_each_submission_to_the_own_town_alone(
    session: Session, world: World
) -> None:
    (row,) = agreed(session, world, ["照会"])
    approver = world.of("approver")
    edit(session, world.of("editor"), row, "検索")
    items = submit(session, world, [row], "はじめの理由")
    service.send_back(session, approver, items=items, reason="短い")
    submit(session, world, [row], "詳しい理由")
    edit(session, world.of("editor"), row, "次の文")
    newest, sent, first = queries.history(session, world.of("editor"), row)
    assert newest.submissions == []
    assert [(one.by, one.reason) for one in sent.submissions] == [
        ("会津若松市 情報部門", "はじめの理由"),
        ("会津若松市 情報部門", "詳しい理由"),
    ]
    assert [one.reason for one in first.submissions] == [""]
    assert queries.waiting(session, approver).items[0].reason == "詳しい理由"
    (theirs,) = queries.history(session, world.of("editor", "072087"), row)
    assert theirs.submissions == []
