"""What an edition would hold now, and who may read editions."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.db import now
from registry.errors import NotFound
from registry.goals import service as goals
from registry.goals.models import Beneficiary, Horizon, IndicatorKind, Viewpoint
from registry.processes import service as processes
from registry.processes.models import BusinessTerm
from registry.specs import changes, document, queries, service
from registry.specs.models import Edition, EditionFile, SpecDraft
from registry.standards import applying
from registry.standards.models import (
    Application,
    ApplicationState,
    NationalItem,
    NationalSpec,
    Outcome,
)
from tests.requirements import lists
from tests.specs import agreed
from tests.world import World


def codes(content: document.Content) -> list[tuple[str, bool]]:
    return [(one.code, one.decided) for one in content.standards]


def test_only_the_newest_adoptions_are_printed(session: Session, world: World) -> None:
    first = agreed.adopted(session, world)
    again = agreed.adopted(session, world, "抽選")
    agreed.decided(session, world, again, Outcome.REJECT)
    put_off = agreed.drafted(session, world, "横断検索")
    agreed.decided(session, world, put_off, Outcome.DEFER)
    back = agreed.drafted(session, world, "減免")
    agreed.decided(session, world, back, Outcome.REJECT)
    agreed.decided(session, world, back, Outcome.ADOPT_REVISED)
    agreed.drafted(session, world, "案のまま")
    agreed.adopted(session, world, "別の業務", business=world.other_business)

    content = queries.content(session, world.coordinator, world.business)

    assert codes(content) == [(first.code, True), (back.code, True)]


def test_a_draft_also_shows_what_nobody_has_decided(session: Session, world: World) -> None:
    first = agreed.adopted(session, world)
    open_one = agreed.drafted(session, world, "案のまま", goal=None)
    put_off = agreed.drafted(session, world, "横断検索")
    agreed.decided(session, world, put_off, Outcome.DEFER)

    content = queries.content(session, world.coordinator, world.business, undecided=True)

    assert codes(content) == [(first.code, True), (open_one.code, False)]


def test_an_edit_after_the_decision_is_not_printed(session: Session, world: World) -> None:
    standard = agreed.adopted(session, world)
    agreed.reworded(session, world, standard, "決定のあとの文。")

    content = queries.content(session, world.coordinator, world.business)

    assert [one.text for one in content.standards] == ["空き状況の照会ができること。"]
    ready = queries.readiness(session, world.coordinator, world.business)
    assert [point.code for point in ready.edited] == [standard.code]
    assert ready.problems == []


def test_content_carries_the_region_the_goals_the_terms_and_the_towns(
    session: Session, world: World
) -> None:
    session.add(
        BusinessTerm(business_id=world.business.id, term="仮予約", meaning="申込みの前の確保。")
    )
    session.add(
        BusinessTerm(business_id=world.other_business.id, term="除雪", meaning="雪を除くこと。")
    )
    goals.create_goal(
        session,
        world.coordinator,
        parent_id=None,
        statement="予約が増えている",
        viewpoint=Viewpoint.PROGRAM,
        horizon=Horizon.SHORT,
        beneficiary=Beneficiary.RESIDENT,
        indicator_kind=IndicatorKind.QUANTITATIVE,
        measure="件数",
        unit="件/年",
        now="120",
        target="600",
        due=date(2028, 3, 31),
        judgement="",
    )
    agreed.adopted(session, world)

    content = queries.content(session, world.coordinator, world.business)

    assert (content.region_name, content.issuer) == ("会津地域", "会津地域協議会")
    assert (content.slug, content.number, content.name) == (
        "facility-reservation",
        "001",
        "公共施設予約",
    )
    assert [town.code for town in content.towns] == ["072028", "072087", "074225"]
    assert content.terms == [("仮予約", "申込みの前の確保。")]
    assert {goal.code for goal in content.goals} >= {"G-1", "G-1-1-1"}
    assert [goal.indicator for goal in content.goals if goal.indicator] == [
        {
            "kind": "quantitative",
            "measure": "件数",
            "unit": "件/年",
            "now": "120",
            "target": "600",
            "due": "2028-03-31",
        }
    ]
    assert content.standards[0].applications == {
        code: document.Applied("follows", "", True) for code in ("072028", "072087", "074225")
    }


def test_a_line_of_a_national_spec_brings_its_outline(session: Session, world: World) -> None:
    national = NationalSpec(
        region_id=world.region.id,
        name="住民記録",
        edition="1.0",
        source_sha256="0" * 64,
        imported_at=now(),
    )
    session.add(national)
    session.flush()
    items = [
        NationalItem(
            national_spec_id=national.id,
            number=number,
            title=title,
            level=number.count(".") + 1,
            position=position,
            is_chapter=number != "1.1.1",
        )
        for position, (number, title) in enumerate(
            [("1", "管理項目"), ("1.1", "住民データ"), ("1.1.1", "日本人住民データの管理")], start=1
        )
    ]
    session.add_all(items)
    standard = agreed.drafted(session, world, "日本人住民データの管理", goal=None)
    session.flush()
    session.execute(sa.delete(Application).where(Application.standard_id == standard.id))
    standard.national_item_id = items[2].id
    session.flush()
    agreed.decided(session, world, standard)

    content = queries.content(session, world.coordinator, world.business)
    ready = queries.readiness(session, world.coordinator, world.business)

    assert [item.number for item in content.outline] == ["1", "1.1", "1.1.1"]
    assert ready.problems == []
    issue = document.Issue("1.0", "題", date(2026, 10, 1), None)
    (row,) = changes.rows(document.freeze(content, issue))
    assert (row["outline"], row["applications"]) == ("1.1.1(1)", {})


def test_readiness_says_what_is_open_and_what_blocks(session: Session, world: World) -> None:
    assert len(queries.readiness(session, world.coordinator, world.business).problems) == 1

    unconfirmed = agreed.drafted(session, world, "抽選")
    agreed.decided(session, world, unconfirmed)
    applying.set_application(
        session,
        world.coordinator,
        standard=unconfirmed,
        municipality_id=world.towns["072028"].id,
        state=ApplicationState.FOLLOWS,
        value="",
    )
    open_one = agreed.drafted(session, world, "案のまま")
    put_off = agreed.drafted(session, world, "横断検索")
    agreed.decided(session, world, put_off, Outcome.DEFER)

    ready = queries.readiness(session, world.coordinator, world.business)

    assert ready.decided == 1
    assert [point.code for point in ready.undecided] == [open_one.code]
    assert [(point.code, point.note) for point in ready.put_off] == [(put_off.code, "保留")]
    assert [(point.code, point.note) for point in ready.unconfirmed] == [
        (unconfirmed.code, "喜多方市、湯川村")
    ]
    assert len(ready.problems) == 1
    assert "未確認の標準要件が 1 件" in ready.problems[0]


@pytest.mark.parametrize(
    ("value", "copied"),
    [
        ("7日前", False),
        ("予約は利用日の7日前で 締め切ること", True),
        ("村では「予約は利用日の7日前で締め切ること」とする", True),
        ("約は利用日の7日前で締め切るこ", True),
    ],
)
def test_a_hidden_wording_in_a_value_blocks(
    session: Session, world: World, value: str, copied: bool
) -> None:
    rows = lists.lines(session, world, ["予約は利用日の7日前で締め切ること"], "074225")
    lists.submit(session, world, rows)
    processes.hide_detail(
        session,
        world.of("editor", "074225"),
        municipality_id=world.towns["074225"].id,
        business_id=world.business.id,
        hidden=True,
    )
    standard = agreed.adopted(session, world, "予約の締切")
    applying.set_application(
        session,
        world.coordinator,
        standard=standard,
        municipality_id=world.towns["074225"].id,
        state=ApplicationState.OWN_VALUE,
        value=value,
    )

    ready = queries.readiness(session, world.coordinator, world.business)

    assert [(point.code, point.note) for point in ready.copied] == (
        [(standard.code, "湯川村")] if copied else []
    )
    assert bool(ready.problems) is copied


def test_a_wording_of_a_town_that_shows_its_lines_does_not_block(
    session: Session, world: World
) -> None:
    rows = lists.lines(session, world, ["予約は利用日の7日前で締め切ること"], "074225")
    lists.submit(session, world, rows)
    standard = agreed.adopted(session, world, "予約の締切")
    applying.set_application(
        session,
        world.coordinator,
        standard=standard,
        municipality_id=world.towns["074225"].id,
        state=ApplicationState.OWN_VALUE,
        value="予約は利用日の7日前で締め切ること",
    )

    assert queries.readiness(session, world.coordinator, world.business).problems == []


def test_next_changes_compares_with_the_newest_edition(session: Session, world: World) -> None:
    kept = agreed.adopted(session, world)
    changed = agreed.adopted(session, world, "抽選")
    gone = agreed.adopted(session, world, "減免")
    agreed.frozen(session, world)
    agreed.reworded(session, world, changed, "抽選と先着を選べること。")
    agreed.decided(session, world, changed)
    agreed.decided(session, world, gone, Outcome.REJECT)
    added = agreed.adopted(session, world, "取消し")

    spec, found = queries.next_changes(session, world.coordinator, world.business)

    assert [row["code"] for row in changes.rows(spec)] == [kept.code, changed.code, added.code]
    assert [line.code for line in found.added] == [added.code]
    assert [(one.line.code, one.fields) for one in found.changed] == [(changed.code, ("機能要件",))]
    assert [line.code for line in found.removed] == [gone.code]
    assert spec["edition"]["number"] == "1.1"


def stored_file(session: Session, edition: Edition, name: str) -> None:
    session.add(
        EditionFile(
            edition_id=edition.id,
            name=name,
            media_type="text/plain",
            content=name.encode(),
            sha256=document.digest(name.encode()),
            size=len(name),
            created_at=now(),
        )
    )
    session.flush()


def test_editions_are_listed_newest_first_within_the_region(session: Session, world: World) -> None:
    agreed.adopted(session, world)
    first = agreed.frozen(session, world)
    second = agreed.frozen(session, world, "1.1")
    for name in queries.FILES:
        stored_file(session, first, name)
    agreed.adopted(session, world, "除雪", business=world.other_business)
    agreed.frozen(session, world, business=world.other_business)

    found = queries.editions(session, world.of("contributor"), world.business.id)

    assert [(row.number, row.built) for row in found] == [("1.1", False), ("1.0", True)]
    assert [row.slug for row in queries.editions(session, world.coordinator)] == [
        "facility-reservation",
        "facility-reservation",
        "snow-removal",
    ]
    assert queries.editions(session, world.stranger) == []
    assert [row.name for row in queries.files(session, first.id)] == list(queries.FILES)
    newest = queries.newest(session, world.business.id)
    assert newest is not None
    assert newest.id == second.id


def test_an_edition_of_another_region_or_number_is_not_found(
    session: Session, world: World
) -> None:
    agreed.adopted(session, world)
    edition = agreed.frozen(session, world)

    assert queries.edition(session, world.of("editor"), world.business.id, "1.0").id == edition.id
    with pytest.raises(NotFound):
        queries.edition(session, world.stranger, world.business.id, "1.0")
    with pytest.raises(NotFound):
        queries.edition(session, world.coordinator, world.business.id, "1.1")
    with pytest.raises(NotFound):
        queries.edition(session, world.coordinator, world.other_business.id, "1.0")
    with pytest.raises(NotFound):
        queries.file(session, edition.id, "spec.pdf")


def test_the_overview_counts_what_is_open(session: Session, world: World) -> None:
    agreed.adopted(session, world)
    agreed.frozen(session, world)
    unconfirmed = agreed.drafted(session, world, "抽選")
    agreed.decided(session, world, unconfirmed)
    put_off = agreed.drafted(session, world, "横断検索")
    agreed.decided(session, world, put_off, Outcome.DEFER)
    rejected = agreed.drafted(session, world, "現金払い")
    agreed.decided(session, world, rejected)
    agreed.decided(session, world, rejected, Outcome.REJECT)
    agreed.drafted(session, world, "案のまま", business=world.other_business)
    at = now()
    session.add(
        SpecDraft(business_id=world.business.id, content=b"pdf", sha256="0" * 64, created_at=at)
    )
    session.flush()

    first, second = queries.overview(session, world.coordinator)

    assert (first.slug, first.editions) == ("facility-reservation", 1)
    assert (first.adopted, first.unconfirmed, first.open) == (2, 1, 1)
    assert first.edition is not None
    assert first.edition.number == "1.0"
    assert first.draft_at == at
    assert (second.adopted, second.unconfirmed, second.open) == (0, 0, 1)
    assert (second.edition, second.draft_at) == (None, None)
    assert [row.name for row in queries.overview(session, world.stranger)] == ["施設予約"]


def test_the_newest_job_of_an_edition_and_of_a_draft_is_found(
    session: Session, world: World
) -> None:
    agreed.adopted(session, world)
    edition = agreed.frozen(session, world)
    other = agreed.frozen(session, world, "1.1")
    draft = service.enqueue_draft(session, world.coordinator, business_id=world.business.id)

    job = queries.edition_job(session, world.coordinator, edition.id)
    assert job is not None
    assert job.payload == {"edition_id": edition.id}
    found = queries.draft_job(session, world.coordinator, world.business.id)
    assert found is not None
    assert found.id == draft.id
    assert queries.edition_job(session, world.stranger, other.id) is None
    assert queries.draft_job(session, world.coordinator, world.other_business.id) is None


def test_what_was_drawn_is_read_back(session: Session, world: World) -> None:
    with pytest.raises(NotFound):
        queries.draft_content(session, world.business.id)
    session.add(
        SpecDraft(business_id=world.business.id, content=b"pdf", sha256="0", created_at=now())
    )
    session.flush()

    assert queries.draft_content(session, world.business.id) == b"pdf"
