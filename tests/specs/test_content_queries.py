"""What the next edition would hold, on both engines, beside rows that must not be in it."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.db import now
from registry.goals import service as goals
from registry.goals.models import Beneficiary, Horizon, IndicatorKind, Viewpoint
from registry.processes.models import BusinessTerm
from registry.specs import changes, content_queries, document, readiness_queries
from registry.standards.models import (
    Application,
    NationalItem,
    NationalSpec,
    Outcome,
)
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

    content = content_queries.content(session, world.coordinator, world.business)

    assert codes(content) == [(first.code, True), (back.code, True)]


def test_a_draft_also_shows_what_nobody_has_decided(session: Session, world: World) -> None:
    first = agreed.adopted(session, world)
    open_one = agreed.drafted(session, world, "案のまま", goal=None)
    put_off = agreed.drafted(session, world, "横断検索")
    agreed.decided(session, world, put_off, Outcome.DEFER)

    content = content_queries.content(session, world.coordinator, world.business, undecided=True)

    assert codes(content) == [(first.code, True), (open_one.code, False)]


def test_an_edit_after_the_decision_is_not_printed(session: Session, world: World) -> None:
    standard = agreed.adopted(session, world)
    agreed.reworded(session, world, standard, "決定のあとの文。")

    content = content_queries.content(session, world.coordinator, world.business)

    assert [one.text for one in content.standards] == ["空き状況の照会ができること。"]
    ready = readiness_queries.readiness(session, world.coordinator, world.business)
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

    content = content_queries.content(session, world.coordinator, world.business)

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

    content = content_queries.content(session, world.coordinator, world.business)
    ready = readiness_queries.readiness(session, world.coordinator, world.business)

    assert [item.number for item in content.outline] == ["1", "1.1", "1.1.1"]
    assert ready.problems == []
    issue = document.Issue("1.0", "題", date(2026, 10, 1), None)
    (row,) = changes.rows(document.freeze(content, issue))
    assert (row["outline"], row["applications"]) == ("1.1.1(1)", {})


def test_next_changes_compares_with_the_newest_edition(session: Session, world: World) -> None:
    kept = agreed.adopted(session, world)
    changed = agreed.adopted(session, world, "抽選")
    gone = agreed.adopted(session, world, "減免")
    agreed.frozen(session, world)
    agreed.reworded(session, world, changed, "抽選と先着を選べること。")
    agreed.decided(session, world, changed)
    agreed.decided(session, world, gone, Outcome.REJECT)
    added = agreed.adopted(session, world, "取消し")

    spec, found = content_queries.next_changes(session, world.coordinator, world.business)

    assert [row["code"] for row in changes.rows(spec)] == [kept.code, changed.code, added.code]
    assert [line.code for line in found.added] == [added.code]
    assert [(one.line.code, one.fields) for one in found.changed] == [(changed.code, ("機能要件",))]
    assert [line.code for line in found.removed] == [gone.code]
    assert spec["edition"]["number"] == "1.1"
